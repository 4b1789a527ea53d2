use multihome_types::AttachmentState;
use proptest::prelude::*;

use super::*;
use crate::transition::sample::{attachment, id, instance};

const NOW: Timestamp = Timestamp(5000);
const LATE: Timestamp = Timestamp(301_000);

/// What an answer comes to, without its sentence.
fn outline(answer: Result<InstanceStep, Refusal>) -> String {
    match answer {
        Ok(InstanceStep::Stay) => "stay".to_owned(),
        Ok(InstanceStep::Become { state, deadline, reason }) => {
            let until = deadline.map(|at| format!(" until {}", at.0)).unwrap_or_default();
            let reason = reason.map(|reason| format!(" {}", reason.code)).unwrap_or_default();
            format!("{state}{until}{reason}")
        }
        Err(refusal) => refusal.code.into_owned(),
    }
}

#[test]
fn instances_are_all_there_or_all_that_are_missing_are_named_in_the_order_asked() {
    let found = [1, 2].map(|number| Instance { id: id(number), ..instance(InstanceState::Running) });
    let asked: [InstanceId; 4] = [4, 2, 3, 1].map(id);
    assert_eq!(select(&[asked[1], asked[3]], &found), Ok(vec![&found[1], &found[0]]));
    let refused = refusals::instances_not_found(&[asked[0], asked[2]]);
    assert_eq!(select(&asked, &found), Err(refused));
}

#[test]
fn every_state_and_command() {
    use InstanceCommand::*;
    let commands = [Start, Stop { force: false }, Stop { force: true }, Terminate { force: false }, Terminate { force: true }];
    let refused = "IncorrectInstanceState";
    let (down, forced) = ("shutting-down until 305000 Client.UserInitiatedShutdown", "shutting-down until 7000 Client.UserInitiatedShutdown");
    let (stop, forced_stop) = ("stopping until 305000 Client.UserInitiatedShutdown", "stopping until 7000 Client.UserInitiatedShutdown");
    let terminated = "terminated Client.UserInitiatedShutdown";
    let table = [
        (InstanceState::Pending, ["stay", refused, refused, down, forced]),
        (InstanceState::Running, ["stay", stop, forced_stop, down, forced]),
        (InstanceState::ShuttingDown, [refused, refused, refused, "stay", "shutting-down until 7000"]),
        (InstanceState::Terminated, [refused, refused, refused, "stay", "stay"]),
        (InstanceState::Stopping, [refused, "stay", "stopping until 7000", down, forced]),
        (InstanceState::Stopped, ["pending until 605000", "stay", "stay", terminated, terminated]),
    ];
    assert_eq!(table.map(|(state, _)| state).to_vec(), InstanceState::ALL);
    for (state, expected) in table {
        let answers = commands.map(|command| outline(admit(&instance(state), command, NOW, &Deadlines::default())));
        assert_eq!(answers, expected, "{state}");
    }
}

#[test]
fn every_state_and_observation() {
    use InstanceInput::*;
    let inputs = [
        (ReportedRunning { revision: ChangeId(9) }, NOW),
        (ReportedRunning { revision: ChangeId(10) }, NOW),
        (Unreported { revision: ChangeId(9) }, NOW),
        (Unreported { revision: ChangeId(10) }, NOW),
        (DeadlinePassed { started: false }, NOW),
        (DeadlinePassed { started: false }, LATE),
        (DeadlinePassed { started: true }, NOW),
        (DeadlinePassed { started: true }, LATE),
    ];
    let (down, stopping) = ("shutting-down until 601000 Server.InternalError", "stopping until 601000 Server.InternalError");
    let (terminated, stopped) = ("terminated Server.InternalError", "stopped Server.InternalError");
    let table = [
        (InstanceState::Pending, ["stay", "running", "stay", "stay", "stay", down, "stay", stopping]),
        (InstanceState::Running, ["stay"; 8]),
        (InstanceState::ShuttingDown, ["stay", "stay", "stay", "terminated", "stay", terminated, "stay", terminated]),
        (InstanceState::Terminated, ["stay"; 8]),
        (InstanceState::Stopping, ["stay", "stay", "stay", "stopped", "stay", stopped, "stay", stopped]),
        (InstanceState::Stopped, ["stay"; 8]),
    ];
    assert_eq!(table.map(|(state, _)| state).to_vec(), InstanceState::ALL);
    for (state, expected) in table {
        let steps = inputs.map(|(input, now)| outline(Ok(advance(&instance(state), input, now, &Deadlines::default()))));
        assert_eq!(steps, expected, "{state}");
    }
}

#[test]
fn refusals_are_worded_as_ec2_words_them() {
    let refusal = |state, command| admit(&instance(state), command, NOW, &Deadlines::default()).unwrap_err().message;
    assert_eq!(
        refusal(InstanceState::Terminated, InstanceCommand::Start),
        "The instance 'i-00000001' is not in a state from which it can be started."
    );
    assert_eq!(
        refusal(InstanceState::Terminated, InstanceCommand::Stop { force: false }),
        "This instance 'i-00000001' is not in a state from which it can be stopped."
    );
    assert_eq!(
        refusal(InstanceState::Pending, InstanceCommand::Stop { force: false }),
        "Instance 'i-00000001' cannot be stopped as it has never reached the 'running' state."
    );
}

#[test]
fn the_reason_of_a_stop_survives_its_confirmation() {
    let running = instance(InstanceState::Running);
    let stop = admit(&running, InstanceCommand::Stop { force: false }, NOW, &Deadlines::default()).unwrap();
    let stopping = revised(&running, &stop, ChangeId(11), NOW);
    let stopped = advance(&stopping, InstanceInput::Unreported { revision: ChangeId(11) }, NOW, &Deadlines::default());
    let reason = revised(&stopping, &stopped, ChangeId(12), NOW).reason.unwrap();
    assert_eq!(reason.message, "Client.UserInitiatedShutdown: User initiated shutdown");
    let stopped = revised(&stopping, &stopped, ChangeId(12), Timestamp(1_795_559_400_042));
    assert_eq!(transition_reason(&stopped), "User initiated (2026-11-24 22:30:00 GMT)");
    assert_eq!(transition_reason(&Instance { reason: Some(internal_error("it was lost".to_owned())), ..stopped }), "");
}

#[test]
fn a_launch_that_the_cluster_never_confirms_says_so() {
    let InstanceStep::Become { reason: Some(reason), .. } =
        advance(&instance(InstanceState::Pending), InstanceInput::DeadlinePassed { started: false }, LATE, &Deadlines::default())
    else {
        panic!("it did not end")
    };
    assert_eq!(reason.message, "Server.InternalError: cluster one did not report the instance running within 5 m");
}

#[test]
fn a_start_that_the_cluster_never_confirms_ends_stopped_and_says_why() {
    let stopped = instance(InstanceState::Stopped);
    let on_it = [attachment(0, AttachmentState::Attached)];
    assert!(!was_started(&instance(InstanceState::Pending), &on_it), "a launch");
    let start = admit(&stopped, InstanceCommand::Start, NOW, &Deadlines::default()).unwrap();
    let pending = revised(&stopped, &start, ChangeId(11), NOW);
    let started = was_started(&pending, &on_it);
    assert!(started);
    let late = NOW + Deadlines::default().launch;
    let gave_up = advance(&pending, InstanceInput::DeadlinePassed { started }, late, &Deadlines::default());
    let stopping = revised(&pending, &gave_up, ChangeId(12), late);
    let ended = advance(&stopping, InstanceInput::Unreported { revision: ChangeId(12) }, late, &Deadlines::default());
    let ended = revised(&stopping, &ended, ChangeId(13), late);
    assert_eq!((ended.state, ended.reason.unwrap().code.as_str()), (InstanceState::Stopped, "Server.InternalError"));
}

#[test]
fn a_start_is_a_launch_again() {
    let stopped = instance(InstanceState::Stopped);
    let start = admit(&stopped, InstanceCommand::Start, NOW, &Deadlines::default()).unwrap();
    let pending = revised(&stopped, &start, ChangeId(11), NOW);
    assert_eq!((pending.launched_at, pending.since, pending.change), (NOW, NOW, ChangeId(11)));
    let running = revised(
        &pending,
        &advance(&pending, InstanceInput::ReportedRunning { revision: ChangeId(11) }, LATE, &Deadlines::default()),
        ChangeId(12),
        LATE,
    );
    assert_eq!((running.launched_at, running.since, running.deadline), (NOW, LATE, None));
}

#[test]
fn attachments_are_told_of_the_two_ends_only() {
    let step = |state| InstanceStep::Become { state, deadline: None, reason: None }.attachment_input();
    let told: Vec<_> = InstanceState::ALL.iter().filter_map(|state| step(*state).map(|input| (*state, input))).collect();
    assert_eq!(told, [(InstanceState::Terminated, AttachmentInput::InstanceTerminated), (InstanceState::Stopped, AttachmentInput::InstanceStopped)]);
    assert_eq!(InstanceStep::Stay.attachment_input(), None);
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Command(InstanceCommand),
    Input(InstanceInput),
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Command(InstanceCommand::Start)),
        any::<bool>().prop_map(|force| Event::Command(InstanceCommand::Stop { force })),
        any::<bool>().prop_map(|force| Event::Command(InstanceCommand::Terminate { force })),
        (0i64..60).prop_map(|revision| Event::Input(InstanceInput::ReportedRunning { revision: ChangeId(revision) })),
        (0i64..60).prop_map(|revision| Event::Input(InstanceInput::Unreported { revision: ChangeId(revision) })),
        any::<bool>().prop_map(|started| Event::Input(InstanceInput::DeadlinePassed { started })),
    ]
}

proptest! {
    #[test]
    fn every_history_ends_in_a_steady_state_and_terminated_is_for_ever(
        history in proptest::collection::vec((events(), 0i64..400_000), 0..40),
    ) {
        let deadlines = Deadlines::default();
        let mut now = Timestamp(1000);
        let mut current = instance(InstanceState::Pending);
        for (number, (event, pause)) in history.into_iter().enumerate() {
            now = Timestamp(now.0 + pause);
            let change = ChangeId(11 + i64::try_from(number).unwrap());
            let answer = match event {
                Event::Command(command) => admit(&current, command, now, &deadlines),
                Event::Input(input) => Ok(advance(&current, input, now, &deadlines)),
            };
            let after = answer.map_or_else(|_| current.clone(), |step| revised(&current, &step, change, now));
            prop_assert!(current.state != InstanceState::Terminated || after == current, "terminated is for ever");
            if after.state == InstanceState::Running && current.state != InstanceState::Running {
                let told = matches!(event, Event::Input(InstanceInput::ReportedRunning { revision }) if revision >= current.change);
                prop_assert!(told, "running only if the cluster was told");
            }
            let steady = matches!(after.state, InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated);
            prop_assert_eq!(after.deadline.is_none(), steady, "a transition has a deadline, nothing else has");
            current = after;
        }
        for _ in 0..2 {
            now = now + deadlines.launch;
            let step = advance(&current, InstanceInput::DeadlinePassed { started: false }, now, &deadlines);
            current = revised(&current, &step, ChangeId(1000), now);
        }
        prop_assert!(matches!(current.state, InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated));
    }
}

#[test]
fn a_protected_instance_is_not_taken_away_by_a_call() {
    let protected = |state, termination, stop| {
        let attributes = multihome_types::InstanceAttributes {
            disable_api_termination: termination,
            disable_api_stop: stop,
            ..multihome_types::InstanceAttributes::default()
        };
        Instance { attributes, ..instance(state) }
    };
    let code = |instance: &Instance, command| {
        admit(instance, command, Timestamp(2000), &Deadlines::default()).err().map(|refusal| refusal.code.into_owned())
    };
    let (stop, terminate) = (InstanceCommand::Stop { force: true }, InstanceCommand::Terminate { force: true });
    for state in InstanceState::ALL.iter().copied() {
        let going = matches!(state, InstanceState::ShuttingDown | InstanceState::Terminated);
        for (termination, stopping) in [(true, false), (false, true), (true, true)] {
            let refused = code(&protected(state, termination, stopping), terminate);
            assert_eq!(refused.as_deref(), (!going).then_some("OperationNotPermitted"), "{state}");
        }
        assert_eq!(code(&protected(state, false, false), terminate), None, "{state}");
    }
    assert_eq!(code(&protected(InstanceState::Running, false, true), stop).as_deref(), Some("OperationNotPermitted"));
    assert_eq!(code(&protected(InstanceState::Running, true, false), stop), None);
    assert_eq!(code(&protected(InstanceState::Stopped, false, true), stop), None, "it is stopped already");
    let advanced = advance(
        &protected(InstanceState::ShuttingDown, true, true),
        InstanceInput::Unreported { revision: ChangeId(10) },
        Timestamp(2000),
        &Deadlines::default(),
    );
    assert!(matches!(advanced, InstanceStep::Become { state: InstanceState::Terminated, .. }));
}
