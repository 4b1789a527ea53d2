use proptest::prelude::*;

use super::{sample::attachment, *};

const NOW: Timestamp = Timestamp(5000);
const LATE: Timestamp = Timestamp(121_000);
const CHANGE: ChangeId = ChangeId(10);
const BEFORE: ChangeId = ChangeId(9);

fn step(attachment: &Attachment, input: AttachmentInput, now: Timestamp) -> AttachmentStep {
    transition(attachment, input, now, &Deadlines::default())
}

/// What a step comes to, without its sentence.
fn outline(step: &AttachmentStep) -> String {
    match step {
        AttachmentStep::Stay => "stay".to_owned(),
        AttachmentStep::Become { state, deadline, reason } => {
            let until = deadline.map(|at| format!(" until {}", at.0)).unwrap_or_default();
            format!("{state}{until}{}", if reason.is_some() { " because" } else { "" })
        }
        AttachmentStep::Release { reason } => format!("release{}", if reason.is_some() { " because" } else { "" }),
        AttachmentStep::ReleaseAndDelete => "delete".to_owned(),
    }
}

#[test]
fn every_state_and_input_of_a_secondary_on_a_running_instance() {
    use AttachmentInput::*;
    let inputs = [
        (Reported, NOW),
        (Unreported { revision: BEFORE }, NOW),
        (Unreported { revision: CHANGE }, NOW),
        (DeadlinePassed, NOW),
        (DeadlinePassed, LATE),
        (Detach { force: false, instance: InstanceState::Running }, NOW),
        (Detach { force: true, instance: InstanceState::Running }, NOW),
        (InstanceStopped, NOW),
        (InstanceTerminated, NOW),
    ];
    #[rustfmt::skip]
    let table = [
        (AttachmentState::Attaching, [
            "attached", "stay", "stay", "stay", "detaching until 241000 because", "detaching until 125000", "detaching until 7000", "attached", "release",
        ]),
        (AttachmentState::Attached, [
            "stay", "stay", "stay", "stay", "stay", "detaching until 125000", "detaching until 7000", "stay", "release",
        ]),
        (AttachmentState::Detaching, [
            "stay", "stay", "release", "stay", "release because", "stay", "detaching until 7000", "release", "release",
        ]),
    ];
    assert_eq!(table.map(|(state, _)| state).to_vec(), AttachmentState::ALL);
    for (state, expected) in table {
        let steps = inputs.map(|(input, now)| outline(&step(&attachment(1, state), input, now)));
        assert_eq!(steps, expected, "{state}");
    }
}

#[test]
fn a_detach_waits_for_the_cluster_only_where_something_may_be_plugged_in() {
    let table = [
        (InstanceState::Pending, "stay", "stay"),
        (InstanceState::Running, "detaching until 125000", "detaching until 7000"),
        (InstanceState::ShuttingDown, "detaching until 125000", "detaching until 7000"),
        (InstanceState::Terminated, "release", "release"),
        (InstanceState::Stopping, "detaching until 125000", "detaching until 7000"),
        (InstanceState::Stopped, "release", "release"),
    ];
    assert_eq!(table.map(|(state, ..)| state).to_vec(), InstanceState::ALL);
    for (instance, gentle, forced) in table {
        for state in [AttachmentState::Attaching, AttachmentState::Attached] {
            let steps = [false, true].map(|force| outline(&step(&attachment(1, state), AttachmentInput::Detach { force, instance }, NOW)));
            assert_eq!(steps, [gentle, forced], "{state} on a {instance} instance");
        }
    }
}

#[test]
fn an_interface_marked_so_is_deleted_with_its_instance_from_every_state() {
    for state in AttachmentState::ALL {
        let attachment = Attachment { delete_on_termination: true, ..attachment(1, *state) };
        assert_eq!(step(&attachment, AttachmentInput::InstanceTerminated, NOW), AttachmentStep::ReleaseAndDelete);
    }
}

#[test]
fn the_primary_waits_for_its_instance_and_never_leaves_it() {
    let attaching = Attachment { deadline: None, ..attachment(0, AttachmentState::Attaching) };
    assert_eq!(step(&attaching, AttachmentInput::DeadlinePassed, LATE), AttachmentStep::Stay);
    assert_eq!(outline(&step(&attaching, AttachmentInput::Reported, LATE)), "attached");
    for force in [false, true] {
        let detach = AttachmentInput::Detach { force, instance: InstanceState::Running };
        assert_eq!(step(&attachment(0, AttachmentState::Attached), detach, NOW), AttachmentStep::Stay);
    }
}

#[test]
fn reasons_are_sentences_with_the_cluster_and_the_time() {
    let AttachmentStep::Become { reason: Some(gave_up), .. } =
        step(&attachment(1, AttachmentState::Attaching), AttachmentInput::DeadlinePassed, LATE)
    else {
        panic!("it did not give up")
    };
    assert_eq!(gave_up, "cluster one did not report it within 2 m, so the attach was given up");
    let AttachmentStep::Release { reason: Some(released) } = step(&attachment(1, AttachmentState::Detaching), AttachmentInput::DeadlinePassed, LATE)
    else {
        panic!("it was not released")
    };
    assert_eq!(released, "released by deadline: cluster one did not confirm the detach within 2 m");
}

#[test]
fn force_on_a_detach_that_ends_sooner_changes_nothing() {
    let almost = Attachment { deadline: Some(Timestamp(6000)), ..attachment(1, AttachmentState::Detaching) };
    assert_eq!(step(&almost, AttachmentInput::Detach { force: true, instance: InstanceState::Running }, NOW), AttachmentStep::Stay);
}

#[test]
fn a_moved_deadline_owes_the_cluster_no_other_confirmation() {
    let detaching = attachment(1, AttachmentState::Detaching);
    let forced = step(&detaching, AttachmentInput::Detach { force: true, instance: InstanceState::Running }, NOW);
    let after = revised(&detaching, &forced, ChangeId(11), NOW).unwrap();
    assert_eq!((after.change, after.since, after.deadline), (detaching.change, detaching.since, Some(Timestamp(7000))));
    let attached = step(&attachment(1, AttachmentState::Attaching), AttachmentInput::Reported, NOW);
    let after = revised(&attachment(1, AttachmentState::Attaching), &attached, ChangeId(11), NOW).unwrap();
    assert_eq!((after.change, after.since, after.deadline), (ChangeId(11), NOW, None));
}

fn inputs() -> impl Strategy<Value = AttachmentInput> {
    prop_oneof![
        Just(AttachmentInput::Reported),
        (0i64..60).prop_map(|revision| AttachmentInput::Unreported { revision: ChangeId(revision) }),
        Just(AttachmentInput::DeadlinePassed),
        (any::<bool>(), proptest::sample::select(InstanceState::ALL)).prop_map(|(force, instance)| AttachmentInput::Detach { force, instance }),
        Just(AttachmentInput::InstanceStopped),
        Just(AttachmentInput::InstanceTerminated),
    ]
}

fn history() -> impl Strategy<Value = Vec<(AttachmentInput, i64)>> {
    proptest::collection::vec((inputs(), 0i64..200_000), 0..40)
}

proptest! {
    /// Whatever happens, in whatever order and at whatever pace: each step is one the drawing has, and once deadlines pass
    /// the attachment is attached or gone.
    #[test]
    fn every_history_follows_the_drawing_and_ends_in_a_steady_state(history in history(), index in 1u8..32, marked: bool) {
        let deadlines = Deadlines::default();
        let mut now = Timestamp(1000);
        let mut current = Some(Attachment { delete_on_termination: marked, ..attachment(index, AttachmentState::Attaching) });
        for (number, (input, pause)) in history.into_iter().enumerate() {
            now = Timestamp(now.0 + pause);
            let Some(before) = current.take() else { break };
            let step = transition(&before, input, now, &deadlines);
            prop_assert_eq!(&step, &transition(&before, input, now, &deadlines), "the same input, the same step");
            current = revised(&before, &step, ChangeId(11 + i64::try_from(number).unwrap()), now);
            if let Some(after) = &current {
                if after.state == AttachmentState::Attached && before.state != AttachmentState::Attached {
                    prop_assert!(matches!(input, AttachmentInput::Reported | AttachmentInput::InstanceStopped));
                }
                if before.state == AttachmentState::Detaching {
                    prop_assert_eq!(after.state, AttachmentState::Detaching, "detaching never turns back");
                    prop_assert!(after.deadline <= before.deadline, "nothing prolongs a detach");
                }
                prop_assert_eq!(after.deadline.is_some(), after.state != AttachmentState::Attached);
            } else if before.state == AttachmentState::Detaching && let AttachmentInput::Unreported { revision } = input {
                prop_assert!(revision >= before.change, "gone only if the cluster was told");
            } else if step == AttachmentStep::ReleaseAndDelete {
                prop_assert!(marked && input == AttachmentInput::InstanceTerminated);
            }
        }
        for _ in 0..2 {
            now = now + deadlines.attach + deadlines.detach;
            current = current.and_then(|attachment| {
                let step = transition(&attachment, AttachmentInput::DeadlinePassed, now, &deadlines);
                revised(&attachment, &step, ChangeId(1000), now)
            });
        }
        prop_assert!(current.is_none_or(|attachment| attachment.state == AttachmentState::Attached));
    }
}
