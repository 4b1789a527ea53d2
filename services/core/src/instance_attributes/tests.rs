//! What may be changed in which state, and what a new type has to have.

use multihome_types::{Architecture, AttachmentState};

use super::*;
use crate::transition::sample::{self, attachment, interface};

fn modify_in(state: InstanceState, modification: Modification) -> Result<Instance, String> {
    let new_type = predefined("m1.large").map(|known| known.instance_type());
    let on_it = [interface(1), interface(2)];
    let situation = Situation { instance: &sample::instance(state), new_type: new_type.as_ref(), on_it: &on_it };
    modify(situation, modification).map_err(|refusal| refusal.code.into_owned())
}

#[test]
fn what_an_instance_is_built_from_changes_while_it_is_stopped() {
    for (modification, needs_stopped) in [
        (Modification::InstanceType("m1.large".to_owned()), true),
        (Modification::UserData(Some("aGk=".to_owned())), true),
        (Modification::EbsOptimized(false), true),
        (Modification::DisableApiTermination(true), false),
        (Modification::DisableApiStop(true), false),
        (Modification::ShutdownBehavior(ShutdownBehavior::Terminate), false),
        (Modification::Monitoring(true), false),
    ] {
        for state in InstanceState::ALL.iter().copied() {
            let expected = match state {
                InstanceState::Stopped => true,
                InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => !needs_stopped,
                InstanceState::ShuttingDown | InstanceState::Terminated => false,
            };
            let outcome = modify_in(state, modification.clone());
            assert_eq!(outcome.is_ok(), expected, "{} of {state}: {outcome:?}", modification.name());
            assert!(outcome.is_ok() || outcome == Err("IncorrectInstanceState".to_owned()));
        }
    }
}

#[test]
fn one_attribute_changes_and_nothing_else() {
    let before = sample::instance(InstanceState::Stopped);
    let attributes = InstanceAttributes::default();
    for (modification, expected) in [
        (Modification::InstanceType("m1.large".to_owned()), Instance { instance_type: "m1.large".to_owned(), ..before.clone() }),
        (Modification::UserData(Some("aGk=".to_owned())), Instance { user_data: Some("aGk=".to_owned()), ..before.clone() }),
        (
            Modification::DisableApiTermination(true),
            Instance { attributes: InstanceAttributes { disable_api_termination: true, ..attributes.clone() }, ..before.clone() },
        ),
        (
            Modification::DisableApiStop(true),
            Instance { attributes: InstanceAttributes { disable_api_stop: true, ..attributes.clone() }, ..before.clone() },
        ),
        (
            Modification::ShutdownBehavior(ShutdownBehavior::Terminate),
            Instance { attributes: InstanceAttributes { shutdown_behavior: ShutdownBehavior::Terminate, ..attributes.clone() }, ..before.clone() },
        ),
        (Modification::Monitoring(true), Instance { attributes: InstanceAttributes { monitoring: true, ..attributes }, ..before.clone() }),
    ] {
        assert_eq!(modify_in(InstanceState::Stopped, modification).unwrap(), expected);
    }
}

#[test]
fn a_new_type_has_to_take_what_there_is() {
    let stopped = sample::instance(InstanceState::Stopped);
    let arm = Instance { attributes: InstanceAttributes { architecture: Architecture::Arm64, ..InstanceAttributes::default() }, ..stopped.clone() };
    let optimized = Instance { attributes: InstanceAttributes { ebs_optimized: true, ..InstanceAttributes::default() }, ..stopped.clone() };
    let on_it: Vec<Interface> = (1..=4).map(interface).collect();
    for (instance, name, count, code) in [
        (&stopped, "t3.micro", 2, None),
        (&stopped, "t3.micro", 3, Some("AttachmentLimitExceeded")),
        (&stopped, "m5.xlarge", 4, None),
        (&stopped, "x9.huge", 1, Some("InvalidParameterValue")),
        (&stopped, "t4g.micro", 1, Some("InvalidParameterValue")),
        (&arm, "t4g.micro", 1, None),
        (&arm, "t3.micro", 1, Some("InvalidParameterValue")),
        (&optimized, "m5.large", 1, None),
        (&optimized, "t2.micro", 1, Some("UnsupportedOperation")),
    ] {
        let new_type = predefined(name).map(|known| known.instance_type());
        let situation = Situation { instance, new_type: new_type.as_ref(), on_it: &on_it[..count] };
        let outcome = modify(situation, Modification::InstanceType(name.to_owned())).err().map(|refusal| refusal.code.into_owned());
        assert_eq!(outcome.as_deref(), code, "{name} with {count}");
    }
}

#[test]
fn a_new_type_has_to_take_all_addresses() {
    let stopped = sample::instance(InstanceState::Stopped);
    for (secondary, name, code) in [(1, "t3.micro", None), (2, "t3.micro", Some("PrivateIpAddressLimitExceeded")), (2, "m5.large", None)] {
        let mut full = interface(1);
        full.assigned.addresses = (0..secondary).map(|number| format!("10.0.1.{}", 100 + number).parse().unwrap()).collect();
        let new_type = predefined(name).map(|known| known.instance_type());
        let situation = Situation { instance: &stopped, new_type: new_type.as_ref(), on_it: &[full] };
        let outcome = modify(situation, Modification::InstanceType(name.to_owned())).err().map(|refusal| refusal.code.into_owned());
        assert_eq!(outcome.as_deref(), code, "{name} with {secondary}");
    }
}

#[test]
fn a_new_type_has_to_take_all_ipv6_addresses_and_prefixes() {
    let stopped = sample::instance(InstanceState::Stopped);
    for (addresses, name, fits) in [(1, "t3.micro", true), (2, "t3.micro", false), (2, "m5.large", true), (0, "m1.small", false)] {
        let mut full = interface(1);
        full.assigned.ipv6_addresses = (0..addresses).map(|number| format!("2001:db8::{number}").parse().unwrap()).collect();
        full.assigned.ipv6_prefixes = vec!["2001:db8:0:1:1::/80".parse().unwrap()];
        let new_type = predefined(name).map(|known| known.instance_type());
        let situation = Situation { instance: &stopped, new_type: new_type.as_ref(), on_it: &[full] };
        let outcome = modify(situation, Modification::InstanceType(name.to_owned())).err();
        assert_eq!(outcome, (!fits).then(refusals::ipv6_limit_exceeded), "{name} with {addresses} and a prefix");
    }
}

#[test]
fn a_new_type_has_to_take_an_efa() {
    let stopped = sample::instance(InstanceState::Stopped);
    for (name, fits) in [("m5.large", false), ("m5n.24xlarge", true)] {
        let new_type = predefined(name).map(|known| known.instance_type());
        let efa = Interface { kind: InterfaceKind::Efa, ..interface(1) };
        let situation = Situation { instance: &stopped, new_type: new_type.as_ref(), on_it: &[efa] };
        assert_eq!(modify(situation, Modification::InstanceType(name.to_owned())).is_ok(), fits, "{name}");
    }
}

#[test]
fn only_what_runs_is_rebooted() {
    for state in InstanceState::ALL.iter().copied() {
        assert_eq!(check_reboot(&sample::instance(state)).is_ok(), state == InstanceState::Running, "{state}");
    }
}

#[test]
fn an_interface_is_changed_through_its_instance_if_it_is_alone() {
    let running = sample::instance(InstanceState::Running);
    let on = |number| Interface { attachment: Some(attachment(number, AttachmentState::Attached)), ..interface(number) };
    assert_eq!(only_interface(&running, &[on(1)]).unwrap().id, interface(1).id);
    let refused = only_interface(&running, &[on(1), on(2)]).unwrap_err();
    assert_eq!(refused.code, "InvalidInstanceID");
    assert!(refused.message.starts_with("There are multiple interfaces attached to instance"));
    assert_eq!(check_not_several(running.id, &[on(1), on(2)]), Err(refused));
    assert!(check_not_several(running.id, &[on(1)]).is_ok() && check_not_several(running.id, &[]).is_ok());
    assert_eq!(only_interface(&sample::instance(InstanceState::Terminated), &[]).unwrap_err().code, "IncorrectInstanceState");
}
