//! The simulated cluster without its I/O: what it was told, what is really there, and what is on its way between the two.
//!
//! Pure: moments are arguments, counted from the cluster's start. The rule it implements is the first principle of the
//! design: there is no attach call; the broadcast says what should be plugged in and the cluster works towards it.
//!
//! ```text
//!  take_broadcast ──▶ desired ──(difference)──▶ pending operations ──(delay, or a test's word)──▶ actual ──▶ report
//! ```
//!
//! - The version and revision in a report are those of the broadcast that was last *taken*. From that moment nothing the
//!   broadcast does not list can be plugged in any more, because every operation it does not ask for is dropped; what is
//!   still plugged in is in the report. So "covers the detach and does not list it" means detached.
//! - A broadcast older than the one taken is refused: its revision is lower.
//! - After [`SimulateRequest::restore`] the saved state stands still, as that of a controller that came back from an old
//!   disk. It heals with the next broadcast that arrives, even the same one again. Nothing asks the bus for one: a test
//!   that wants it to stay old whatever happens sets `ignore_broadcasts` too.
//! - When `ignore_broadcasts` ends, the cluster looks again at the newest broadcast it has seen, as the last value on the
//!   bus would still be there.

use std::{sync::Arc, time::Duration};

use multihome_messages::{AttachMode, Report, ReportMode, ReportRequest, ReportedAttachment, ReportedInstance, SimulateReply, SimulateRequest};
use multihome_types::{AttachmentId, ChangeId, ClusterName, DeviceIndex, InstanceId, Refusal};

use crate::{
    actual::{Actual, Snapshot},
    behaviour::{Behaviour, Delays},
    desired::Desired,
    operation::{Operation, Pending},
};

mod reconcile;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod report_tests;
#[cfg(test)]
mod tests;

/// A cluster that exists only in memory.
#[derive(Clone, Debug)]
pub struct Simulation {
    name: ClusterName,
    /// What a reset goes back to.
    usual: Delays,
    behaviour: Behaviour,
    /// The broadcast that is acted upon.
    desired: Arc<Desired>,
    /// The newest broadcast that arrived, acted upon or not.
    seen: Arc<Desired>,
    /// The actual state was put there by a restore, so the same broadcast again has work to do.
    restored: bool,
    /// Reports say something else about the cluster as a whole than after the last step.
    turned: bool,
    actual: Actual,
    pending: Pending,
    held: bool,
    saved: Option<Saved>,
}

#[derive(Clone, Debug)]
struct Saved {
    desired: Arc<Desired>,
    actual: Snapshot,
}

/// What became of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is what the cluster works towards from now on.
    New,
    /// It is the one the cluster works towards already.
    Same,
    /// An older one than the cluster works towards: refused.
    Older,
    /// The cluster is told to do nothing about broadcasts.
    Ignored,
}

/// Whether a poll would be answered differently than before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub something_changed: bool,
}

impl Simulation {
    /// An empty cluster that was never told anything.
    pub fn new(name: ClusterName, delays: Delays) -> Self {
        Self {
            name,
            usual: delays,
            behaviour: Behaviour::new(delays),
            desired: Arc::default(),
            seen: Arc::default(),
            restored: false,
            turned: false,
            actual: Actual::default(),
            pending: Pending::default(),
            held: false,
            saved: None,
        }
    }

    pub fn name(&self) -> ClusterName {
        self.name
    }

    /// The version and the revision of the broadcast it works towards.
    pub fn applied(&self) -> (&str, ChangeId) {
        (&self.desired.version, self.desired.revision)
    }

    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// How many instances run, and how many interfaces are plugged into them.
    pub fn counts(&self) -> (usize, usize) {
        self.actual.counts()
    }

    /// Whether a broadcast with these headers is worth reading: not if it is older than, or the same as, the one taken.
    pub fn wants(&self, version: &str, revision: ChangeId) -> bool {
        match self.verdict(version, revision) {
            Taken::New => true,
            Taken::Ignored => (version, revision) != (&self.seen.version, self.seen.revision),
            Taken::Same | Taken::Older => false,
        }
    }

    fn verdict(&self, version: &str, revision: ChangeId) -> Taken {
        if self.behaviour.ignore_broadcasts {
            Taken::Ignored
        } else if revision < self.desired.revision {
            Taken::Older
        } else if (version, revision) == self.applied() && !self.restored {
            Taken::Same
        } else {
            Taken::New
        }
    }

    /// A broadcast arrived. Call [`Simulation::advance`] afterwards: what takes no time is due at once.
    pub fn take_broadcast(&mut self, broadcast: Desired, now: Duration) -> Taken {
        let taken = self.verdict(&broadcast.version, broadcast.revision);
        let broadcast = Arc::new(broadcast);
        if broadcast.revision >= self.seen.revision {
            self.seen = Arc::clone(&broadcast);
        }
        if taken == Taken::New {
            self.work_towards(broadcast, now);
        }
        taken
    }

    fn work_towards(&mut self, broadcast: Arc<Desired>, now: Duration) {
        self.turned |= (&*broadcast.version, broadcast.revision) != self.applied();
        self.desired = broadcast;
        self.restored = false;
        self.reconcile(now);
    }

    /// Completes everything that is due.
    pub fn advance(&mut self, now: Duration) -> Changes {
        while !self.held
            && let Some(operation) = self.pending.take_due(&self.behaviour, now)
        {
            self.complete_now(operation, now);
        }
        let stepped = self.actual.commit();
        Changes { something_changed: std::mem::take(&mut self.turned) || stepped }
    }

    /// When to call [`Simulation::advance`] next, if nothing else happens.
    pub fn next_due(&self) -> Option<Duration> {
        self.pending.next_due(&self.behaviour).filter(|_| !self.held)
    }

    /// What the cluster says to a poll; `None` where it keeps silent.
    pub fn report(&self, request: &ReportRequest) -> Option<Report> {
        let (digest, page) = match self.behaviour.report {
            ReportMode::Normal => (self.actual.digest(), self.actual.page(request)),
            ReportMode::Empty => Default::default(),
            ReportMode::Silent => return None,
        };
        let (version, revision) = (self.desired.version.clone(), self.desired.revision);
        Some(Report { cluster: self.name, version, revision, digest, since: page.since, instances: page.instances, gone: page.gone, next: page.next })
    }

    /// Behaves differently from now on. Call [`Simulation::advance`] afterwards: a shorter delay may have passed already.
    ///
    /// A restore with nothing saved is refused, and then nothing of the request is done.
    pub fn simulate(&mut self, request: &SimulateRequest, now: Duration) -> Result<SimulateReply, Refusal> {
        if request.restore && !request.save && self.saved.is_none() {
            return Err(Refusal::new("IncorrectState", format!("Nothing was saved on cluster {}, so there is nothing to restore.", self.name)));
        }
        let ignored = self.behaviour.ignore_broadcasts;
        let report = self.behaviour.report;
        self.behaviour = self.behaviour.changed(request, self.usual);
        self.turned |= request.restore || report != self.behaviour.report;
        let seen = &self.seen;
        if ignored && self.verdict(&seen.version, seen.revision) == Taken::New {
            self.work_towards(Arc::clone(&self.seen), now);
        }
        if request.save {
            self.saved = Some(Saved { desired: Arc::clone(&self.desired), actual: self.actual.snapshot() });
        }
        if request.restore
            && let Some(saved) = &self.saved
        {
            self.desired = Arc::clone(&saved.desired);
            self.actual.restore(&saved.actual);
            self.pending.clear();
            self.restored = true;
        }
        Ok(self.now_behaves())
    }

    fn now_behaves(&self) -> SimulateReply {
        let Behaviour { delays, attach, report, ignore_broadcasts } = &self.behaviour;
        let millis = |delay: Duration| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        let (instances, attachments) = self.counts();
        SimulateReply {
            launch_ms: millis(delays.launch),
            attach_ms: millis(delays.attach),
            detach_ms: millis(delays.detach),
            stop_ms: millis(delays.stop),
            attach: *attach,
            report: *report,
            ignore_broadcasts: *ignore_broadcasts,
            instances,
            attachments,
        }
    }

    /// From now on time completes nothing; only [`Simulation::complete`] does.
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// Time counts again, also that which passed meanwhile.
    pub fn release(&mut self) {
        self.held = false;
    }

    pub fn held(&self) -> bool {
        self.held
    }

    /// What is under way.
    pub fn pending(&self) -> impl Iterator<Item = Operation> {
        self.pending.iter()
    }

    pub fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// The attach or detach of an attachment that is under way.
    pub fn pending_about(&self, attachment: AttachmentId) -> Option<Operation> {
        self.pending.about(attachment)
    }

    /// Completes an operation whenever it is due. `false` if it is not under way or never ends.
    pub fn complete(&mut self, operation: Operation, now: Duration) -> bool {
        let completes = self.behaviour.delay(operation.kind()).is_some() && self.pending.remove(operation);
        if completes {
            self.complete_now(operation, now);
        }
        completes
    }
}
