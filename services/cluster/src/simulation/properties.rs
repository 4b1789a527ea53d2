//! What holds for every sequence of broadcasts, passing time, faults and steps.

use std::{collections::BTreeSet, time::Duration};

use multihome_messages::{AttachMode, SimulateRequest};
use multihome_types::{AttachmentId, InstanceId};
use proptest::prelude::*;

use super::{
    Simulation, Taken,
    report_tests::Mirror,
    tests::{DELAYS, broadcast, cluster, listed, ms},
};
use crate::desired::{Desired, DesiredInstance};

#[derive(Clone, Debug)]
enum Step {
    /// For each of four instances: absent, or whether it is placed and which of four interfaces are listed besides the primary.
    Broadcast(Vec<Option<(bool, u8)>>),
    /// An older broadcast comes again.
    Stale(Vec<Option<(bool, u8)>>),
    Wait(u64),
    Simulate(SimulateRequest),
    Hold(bool),
    /// Completes the pending operation at this place.
    Complete(usize),
    Poll,
}

fn world() -> impl Strategy<Value = Vec<Option<(bool, u8)>>> {
    proptest::collection::vec(proptest::option::weighted(0.8, (proptest::bool::weighted(0.8), 0u8..16)), 4)
}

fn step() -> impl Strategy<Value = Step> {
    let request = (any::<bool>(), any::<bool>(), 0u64..400, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(reset, never, delay, ignore, save, restore)| SimulateRequest {
            reset,
            attach: Some(if never { AttachMode::Never } else { AttachMode::Normal }),
            attach_ms: Some(delay),
            detach_ms: Some(400 - delay),
            ignore_broadcasts: Some(ignore),
            save,
            restore,
            ..SimulateRequest::default()
        },
    );
    prop_oneof![
        6 => world().prop_map(Step::Broadcast),
        1 => world().prop_map(Step::Stale),
        6 => (0u64..400).prop_map(Step::Wait),
        2 => request.prop_map(Step::Simulate),
        1 => any::<bool>().prop_map(Step::Hold),
        2 => (0usize..8).prop_map(Step::Complete),
        4 => Just(Step::Poll),
    ]
}

fn instances(world: &[Option<(bool, u8)>]) -> Vec<DesiredInstance> {
    let listed = |(number, instance): (u32, &Option<(bool, u8)>)| {
        let (placed, mask) = (*instance)?;
        let attachments: Vec<u32> = (0..=4).filter(|bit| *bit == 0 || mask & (1 << (bit - 1)) != 0).map(|bit| 16 * number + bit).collect();
        Some(listed(number, placed, &attachments))
    };
    (0..).zip(world).filter_map(listed).collect()
}

type Plugs = BTreeSet<(InstanceId, AttachmentId)>;

fn plugged(cluster: &Simulation) -> Plugs {
    cluster.actual.instances().flat_map(|instance| instance.attachments.iter().map(|attachment| (instance.id, attachment.id))).collect()
}

fn asked_for(desired: &Desired) -> Plugs {
    let placed = desired.instances().iter().filter(|instance| instance.placed);
    placed.flat_map(|instance| instance.attachments().iter().map(|attachment| (instance.id, attachment.id))).collect()
}

/// A cluster, its clock and a poller.
struct Story {
    cluster: Simulation,
    now: Duration,
    revision: i64,
    mirror: Mirror,
}

impl Story {
    fn take(&mut self, step: &Step) {
        let before = plugged(&self.cluster);
        let mut restored = false;
        match step {
            Step::Broadcast(world) => {
                self.revision += 1;
                let taken = self.cluster.take_broadcast(broadcast(self.revision, instances(world)), self.now);
                assert!(matches!(taken, Taken::New | Taken::Ignored));
            }
            Step::Stale(world) => {
                let applied = self.cluster.applied().1.0;
                assert_ne!(self.cluster.take_broadcast(broadcast(applied - 1, instances(world)), self.now), Taken::New);
            }
            Step::Wait(millis) => self.now += ms(*millis),
            Step::Simulate(request) => {
                restored = request.restore;
                let refused = self.cluster.simulate(request, self.now).is_err();
                assert_eq!(refused, request.restore && self.cluster.saved.is_none());
            }
            Step::Hold(true) => self.cluster.hold(),
            Step::Hold(false) => self.cluster.release(),
            Step::Complete(place) => {
                let chosen = self.cluster.pending().nth(*place);
                if let Some(operation) = chosen {
                    self.cluster.complete(operation, self.now);
                }
            }
            Step::Poll => drop(self.mirror.poll(&self.cluster)),
        }
        self.cluster.advance(self.now);
        // Nothing is ever plugged in that the broadcast being acted upon does not list.
        let asked = asked_for(&self.cluster.desired);
        let wrong: Vec<_> = plugged(&self.cluster).into_iter().filter(|plug| !before.contains(plug) && !asked.contains(plug)).collect();
        assert!(restored || wrong.is_empty(), "{wrong:?} plugged in by {step:?}");
        assert!(self.cluster.next_due().is_none_or(|due| due > self.now), "everything due is done");
    }
}

proptest! {
    #[test]
    fn whatever_happened_it_ends_with_what_the_last_broadcast_asks_for(steps in proptest::collection::vec(step(), 0..40), last in world()) {
        let mut story = Story { cluster: cluster(DELAYS), now: ms(0), revision: 0, mirror: Mirror::default() };
        for step in &steps {
            story.take(step);
        }
        story.take(&Step::Hold(false));
        story.take(&Step::Simulate(SimulateRequest { reset: true, ..SimulateRequest::default() }));
        story.take(&Step::Broadcast(last.clone()));
        story.take(&Step::Wait(500));
        // What a launch left to do, it did within another delay.
        story.take(&Step::Wait(500));
        prop_assert_eq!(story.cluster.pending_count(), 0);
        prop_assert_eq!(plugged(&story.cluster), asked_for(&story.cluster.desired));
        let running: Vec<InstanceId> = story.cluster.actual.instances().map(|instance| instance.id).collect();
        let placed: Vec<InstanceId> = instances(&last).iter().filter(|instance| instance.placed).map(|instance| instance.id).collect();
        prop_assert_eq!(running, placed);
    }

    #[test]
    fn differences_applied_to_the_known_report_give_the_whole_one(steps in proptest::collection::vec(step(), 0..60)) {
        let mut story = Story { cluster: cluster(DELAYS), now: ms(0), revision: 0, mirror: Mirror::default() };
        for step in steps.iter().chain([&Step::Poll]) {
            story.take(step);
        }
        let mut whole = Mirror::default();
        whole.poll(&story.cluster);
        prop_assert_eq!(&story.mirror.instances, &whole.instances);
        prop_assert_eq!(story.mirror.digest, whole.digest);
        let counts = (whole.instances.len(), whole.instances.values().map(|instance| instance.attachments.len()).sum());
        prop_assert_eq!(story.cluster.counts(), counts);
    }
}
