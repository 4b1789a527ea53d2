use proptest::prelude::*;

use super::*;
use crate::{
    deadlines::Deadlines,
    transition::{AttachmentInput, AttachmentStep, sample, transition},
};

const NOW: Timestamp = Timestamp(20_000);
const TOLD: ChangeId = ChangeId(10);
const UNTOLD: ChangeId = ChangeId(9);

fn attachment(state: AttachmentState) -> AwaitedAttachment {
    AwaitedAttachment { id: sample::id(0x101), instance: sample::id(1), state, change: TOLD }
}

fn instance(state: InstanceState) -> AwaitedInstance {
    AwaitedInstance { id: sample::id(1), state, change: TOLD, primary: Some(sample::id(0x100)) }
}

/// Awaits these of a cluster that reported a moment ago, at `revision`.
fn awaiting(revision: ChangeId, attachments: Vec<AwaitedAttachment>, instances: Vec<AwaitedInstance>) -> Awaited {
    let applied = Applied { version: revision.to_string(), revision, at: NOW };
    Awaited { attachments, instances, applied: Some(applied), reported_at: Some(NOW) }
}

fn report(revision: ChangeId, attachments: Option<&[u128]>) -> Reported {
    let instances = attachments.map(|ids| (sample::id(1), ids.iter().map(|number| sample::id(*number)).collect()));
    Reported { version: revision.to_string(), revision, instances: instances.into_iter().collect() }
}

#[test]
fn every_attachment_state_listed_or_not_told_or_not() {
    let table = [
        (AttachmentState::Attaching, ["attached", "attached", "nothing", "nothing"]),
        (AttachmentState::Attached, ["nothing", "nothing", "nothing", "nothing"]),
        (AttachmentState::Detaching, ["nothing", "nothing", "nothing", "detached"]),
    ];
    assert_eq!(table.map(|(state, _)| state).to_vec(), AttachmentState::ALL);
    for (state, expected) in table {
        let cases = [(UNTOLD, true), (TOLD, true), (UNTOLD, false), (TOLD, false)];
        let met = cases.map(|(revision, listed)| {
            let listed: &[u128] = if listed { &[0x100, 0x101] } else { &[0x100] };
            match observe(&awaiting(revision, vec![attachment(state)], vec![]), &report(revision, Some(listed)), NOW) {
                None => "nothing",
                Some(observation) if observation.attached == [attachment(state).id] && observation.detached.is_empty() => "attached",
                Some(observation) if observation.detached == [attachment(state).id] && observation.attached.is_empty() => "detached",
                Some(_) => "both",
            }
        });
        assert_eq!(met, expected, "{state}");
    }
}

#[test]
fn every_instance_state_running_or_not_told_or_not() {
    let table = [
        (InstanceState::Pending, ["nothing", "running", "nothing", "nothing"]),
        (InstanceState::Running, ["nothing"; 4]),
        (InstanceState::ShuttingDown, ["nothing", "nothing", "nothing", "gone"]),
        (InstanceState::Terminated, ["nothing"; 4]),
        (InstanceState::Stopping, ["nothing", "nothing", "nothing", "gone"]),
        (InstanceState::Stopped, ["nothing"; 4]),
    ];
    assert_eq!(table.map(|(state, _)| state).to_vec(), InstanceState::ALL);
    for (state, expected) in table {
        let cases = [(UNTOLD, true), (TOLD, true), (UNTOLD, false), (TOLD, false)];
        let met = cases.map(|(revision, runs)| {
            let report = report(revision, runs.then_some(&[0x100]));
            match observe(&awaiting(revision, vec![], vec![instance(state)]), &report, NOW) {
                None => "nothing",
                Some(observation) if observation.running == [instance(state).id] && observation.gone.is_empty() => "running",
                Some(observation) if observation.gone == [instance(state).id] && observation.running.is_empty() => "gone",
                Some(_) => "both",
            }
        });
        assert_eq!(met, expected, "{state}");
    }
}

#[test]
fn an_instance_without_its_primary_interface_does_not_run() {
    let awaited = awaiting(TOLD, vec![], vec![instance(InstanceState::Pending)]);
    assert_eq!(observe(&awaited, &report(TOLD, Some(&[])), NOW), None);
    let nameless = AwaitedInstance { primary: None, ..instance(InstanceState::Pending) };
    assert_eq!(observe(&awaiting(TOLD, vec![], vec![nameless]), &report(TOLD, Some(&[0x100])), NOW), None);
}

#[test]
fn an_interface_on_an_instance_that_no_longer_runs_is_detached() {
    let observation = observe(&awaiting(TOLD, vec![attachment(AttachmentState::Detaching)], vec![]), &report(TOLD, None), NOW).unwrap();
    assert_eq!(observation.detached, [attachment(AttachmentState::Detaching).id]);
}

#[test]
fn a_report_that_says_nothing_new_is_kept_every_ten_seconds() {
    let report = report(TOLD, None);
    let mut awaited = awaiting(TOLD, vec![], vec![]);
    assert_eq!(observe(&awaited, &report, NOW), None);
    awaited.reported_at = Some(NOW - Duration::from_millis(9999));
    assert_eq!(observe(&awaited, &report, NOW), None);
    for reported_at in [None, Some(NOW - REPORT_KEPT)] {
        awaited.reported_at = reported_at;
        let observation = observe(&awaited, &report, NOW).unwrap();
        assert!(observation.attached.is_empty() && observation.gone.is_empty());
    }
}

#[test]
fn another_version_or_revision_is_told_at_once_in_either_direction() {
    let awaited = awaiting(TOLD, vec![], vec![]);
    for reported in
        [report(ChangeId(11), None), report(UNTOLD, None), Reported { version: "other".to_owned(), ..report(TOLD, None) }, Reported::default()]
    {
        let observation = observe(&awaited, &reported, NOW).unwrap();
        assert_eq!((observation.version, observation.revision), (reported.version, reported.revision));
    }
    let never = Awaited { applied: None, ..awaiting(TOLD, vec![], vec![]) };
    assert!(observe(&never, &report(TOLD, None), NOW).is_some());
    assert_eq!(observe(&never, &Reported::default(), NOW), None);
}

proptest! {
    /// The poll and the state machine agree: what an observation concludes, the transition does, at once or never.
    #[test]
    fn what_is_concluded_is_what_the_transition_does(state in proptest::sample::select(AttachmentState::ALL), listed: bool, revision in 0i64..20) {
        let awaited = awaiting(ChangeId(revision), vec![attachment(state)], vec![]);
        let listing: &[u128] = if listed { &[0x101] } else { &[] };
        let observed = observe(&awaited, &report(ChangeId(revision), Some(listing)), NOW);
        let input = if listed { AttachmentInput::Reported } else { AttachmentInput::Unreported { revision: ChangeId(revision) } };
        let step = transition(&sample::attachment(1, state), input, NOW, &Deadlines::default());
        prop_assert_eq!(observed.is_none(), step == AttachmentStep::Stay);
    }
}
