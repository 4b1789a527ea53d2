use proptest::prelude::*;

use super::*;
use crate::transition::sample::{account, attachment, id, instance, interface, stranger, the};

const NOW: Timestamp = Timestamp(5000);

fn attach(asked: &AttachSituation<'_>) -> Result<AttachPlan, Refusal> {
    admit_attach(asked, NOW, &Deadlines::default())
}

/// An attach of a free interface at index 1 of an instance that has its primary, as its owner asks it.
struct Case {
    caller: Caller,
    permitted: bool,
    interface: Interface,
    instance: Instance,
    occupied: Vec<DeviceIndex>,
    efas: usize,
    limits: Limits,
    device_index: i64,
    network_card_index: i64,
}

impl Case {
    fn on(state: InstanceState) -> Self {
        Self {
            caller: Caller::of(account(), the("region")),
            permitted: false,
            interface: interface(7),
            instance: instance(state),
            occupied: vec![DeviceIndex::PRIMARY],
            efas: 0,
            limits: Limits { interfaces: 3, addresses: 4, ipv6_addresses: 2 },
            device_index: 1,
            network_card_index: 0,
        }
    }

    fn ask(&self) -> Result<AttachPlan, Refusal> {
        attach(&AttachSituation {
            caller: self.caller,
            permitted: self.permitted,
            interface_id: self.interface.id,
            instance_id: self.instance.id,
            device_index: self.device_index,
            network_card_index: self.network_card_index,
            interface: Some(&self.interface),
            instance: Some(&self.instance),
            occupied: &self.occupied,
            efas: self.efas,
            limits: self.limits,
        })
    }

    fn refusal(&self) -> String {
        self.ask().unwrap_err().to_string()
    }
}

#[test]
fn a_running_instance_attaches_and_a_stopped_one_has_it_at_once() {
    let plan = Case::on(InstanceState::Running).ask().unwrap();
    assert_eq!((plan.state, plan.deadline, plan.device_index), (AttachmentState::Attaching, Some(Timestamp(125_000)), DeviceIndex(1)));
    assert_eq!(plan.why, "attach of eni-00000007 to running instance i-00000001 at device index 1");
    let plan = Case::on(InstanceState::Stopped).ask().unwrap();
    assert_eq!((plan.state, plan.deadline), (AttachmentState::Attached, None));
}

#[test]
fn attachment_changes_are_forbidden_for_a_pending_instance() {
    let refusal = "IncorrectState: Instance 'i-00000001' is not 'running' or 'stopped'.";
    assert_eq!(Case::on(InstanceState::Pending).refusal(), refusal);
    for state in [AttachmentState::Attaching, AttachmentState::Attached] {
        for force in [false, true] {
            assert_eq!(detach(&attachment(1, state), InstanceState::Pending, force).unwrap_err().code, "IncorrectState");
        }
    }
}

#[test]
fn an_interface_has_no_more_addresses_than_the_type_allows() {
    let mut case = Case::on(InstanceState::Running);
    case.interface.assigned.addresses = (1..=2).map(|last| the(&format!("10.0.0.10{last}"))).collect();
    case.interface.assigned.prefixes = vec![the("10.0.0.32/28")];
    assert!(case.ask().is_ok());
    case.interface.assigned.ipv6_addresses = vec![the("2001:db8::4")];
    case.interface.assigned.ipv6_prefixes = vec![the("2001:db8:0:0:1::/80"), the("2001:db8:0:0:2::/80")];
    assert_eq!(case.refusal(), "PrivateIpAddressLimitExceeded: Number of IPv6 addresses will exceed limit.");
    case.limits.ipv6_addresses = 3;
    assert!(case.ask().is_ok());
    case.limits.addresses = 3;
    assert_eq!(case.refusal(), "PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit.");
}

#[test]
fn an_account_that_is_permitted_attaches_to_its_own_instance_in_its_own_vpc() {
    let mut case = Case::on(InstanceState::Running);
    (case.caller, case.permitted) = (Caller::of(stranger(), the("region")), true);
    assert!(case.refusal().starts_with("InvalidInstanceID.NotFound"), "not to one of the owner's");
    (case.instance.account, case.instance.vpc) = (stranger(), id(2));
    assert!(case.ask().is_ok());
    case.instance.zone = the("zone-b");
    assert_eq!(case.refusal().split(':').next(), Some("InvalidParameterCombination"));
    case.instance.zone = case.interface.zone;
    case.caller.region = Some(the("other"));
    assert!(case.refusal().starts_with("InvalidNetworkInterfaceID.NotFound"));
    (case.caller.region, case.permitted) = (Some(the("region")), false);
    assert!(case.refusal().starts_with("InvalidNetworkInterfaceID.NotFound"));
    // The owner himself has no part in it.
    (case.caller, case.permitted) = (Caller::of(account(), the("region")), true);
    assert!(case.refusal().starts_with("InvalidInstanceID.NotFound"));
}

#[test]
fn what_crossed_is_detached_by_either_of_the_two() {
    let crossed = Attachment { instance_account: stranger(), ..attachment(1, AttachmentState::Attached) };
    for (who, admitted) in [(account(), true), (stranger(), true), (the("000000000099"), false)] {
        let asked = DetachSituation {
            caller: Caller::of(who, the("region")),
            attachment_id: crossed.id,
            attachment: Some(&crossed),
            kind: InterfaceKind::Interface,
            instance: InstanceState::Running,
            force: false,
        };
        assert_eq!(admit_detach(&asked, NOW, &Deadlines::default()).is_ok(), admitted, "{who}");
    }
}

#[test]
fn every_instance_state_admits_an_attach_or_refuses_it() {
    for state in InstanceState::ALL {
        let admitted = matches!(state, InstanceState::Running | InstanceState::Stopped);
        assert_eq!(Case::on(*state).ask().map_err(|refusal| refusal.code).is_ok(), admitted, "{state}");
    }
}

#[test]
fn what_is_missing_or_another_accounts_does_not_exist() {
    let case = Case::on(InstanceState::Running);
    let situation = AttachSituation {
        caller: case.caller,
        permitted: false,
        interface_id: case.interface.id,
        instance_id: case.instance.id,
        device_index: 1,
        network_card_index: 0,
        interface: None,
        instance: None,
        occupied: &[],
        efas: 0,
        limits: Limits { interfaces: 2, addresses: 1, ipv6_addresses: 2 },
    };
    let no_interface = "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-00000007' does not exist";
    let no_instance = "InvalidInstanceID.NotFound: The instance ID 'i-00000001' does not exist";
    assert_eq!(attach(&situation).unwrap_err().to_string(), no_interface);
    assert_eq!(attach(&AttachSituation { interface: Some(&case.interface), ..situation }).unwrap_err().to_string(), no_instance);

    let mut foreign = Case::on(InstanceState::Running);
    foreign.interface.account = stranger();
    assert_eq!(foreign.refusal(), no_interface);
    let mut foreign = Case::on(InstanceState::Running);
    foreign.instance.account = stranger();
    assert_eq!(foreign.refusal(), no_instance);
    let mut elsewhere = Case::on(InstanceState::Running);
    elsewhere.caller = Caller::of(account(), the("other"));
    assert_eq!(elsewhere.refusal(), no_interface);
}

#[test]
fn a_service_that_names_no_account_acts_for_the_interfaces() {
    let mut case = Case { caller: Caller::default(), ..Case::on(InstanceState::Running) };
    assert!(case.ask().is_ok());
    case.instance.account = stranger();
    assert_eq!(case.ask().unwrap_err().code, "InvalidInstanceID.NotFound");
}

#[test]
fn each_thing_that_is_wrong_has_its_answer() {
    let with = |change: fn(&mut Case)| {
        let mut case = Case::on(InstanceState::Running);
        change(&mut case);
        case.refusal()
    };
    assert_eq!(
        with(|case| case.interface.kind = InterfaceKind::NatGateway),
        "OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments."
    );
    assert_eq!(
        with(|case| case.interface.attachment = Some(attachment(7, AttachmentState::Detaching))),
        "InvalidNetworkInterface.InUse: Interface: [eni-00000007] in use."
    );
    assert_eq!(
        with(|case| case.occupied.push(DeviceIndex(1))),
        "InvalidParameterValue: Instance 'i-00000001' already has an interface attached at device index '1'."
    );
    assert_eq!(with(|case| case.interface.zone = the("zone-b")).split(':').next(), Some("InvalidParameterCombination"));
    assert_eq!(with(|case| case.limits.interfaces = 1), "AttachmentLimitExceeded: Interface count 2 exceeds the limit for m1.small");
    assert_eq!(with(|case| case.network_card_index = 1).split(':').next(), Some("InvalidParameterValue"));
}

#[test]
fn an_interface_of_another_vpc_is_fine() {
    let mut case = Case::on(InstanceState::Running);
    case.interface.vpc = id(2);
    assert!(case.ask().is_ok());
}

#[test]
fn an_efa_is_attached_and_detached_while_its_instance_is_stopped() {
    for state in InstanceState::ALL.iter().copied() {
        let mut case = Case::on(state);
        case.interface.kind = InterfaceKind::Efa;
        assert_eq!(case.refusal(), "AttachmentLimitExceeded: EFA interfaces count 1 exceeds allowed limit for m1.small");
        case.instance.instance_type = "m5n.24xlarge".to_owned();
        let stopped = state == InstanceState::Stopped;
        assert_eq!(case.ask().map_err(|refusal| refusal.code).err().as_deref(), (!stopped).then_some("IncorrectState"), "{state}");
        case.efas = 1;
        assert_eq!(case.refusal(), "AttachmentLimitExceeded: EFA interfaces count 2 exceeds allowed limit for m5n.24xlarge");

        let attached = attachment(1, AttachmentState::Attached);
        let situation = DetachSituation {
            caller: Caller::of(account(), the("region")),
            attachment_id: attached.id,
            attachment: Some(&attached),
            kind: InterfaceKind::Efa,
            instance: state,
            force: true,
        };
        assert_eq!(admit_detach(&situation, NOW, &Deadlines::default()).is_ok(), stopped, "{state}");
    }
}

#[test]
fn indexes_range_from_1_to_31() {
    for (index, good) in
        [(-1, false), (0, false), (1, true), (31, true), (32, false), (255, false), (257, false), (i64::MAX, false), (i64::MIN, false)]
    {
        let answer = Case { device_index: index, ..Case::on(InstanceState::Running) }.ask();
        match answer {
            Ok(plan) => assert!(good && i64::from(plan.device_index.0) == index, "{index}"),
            Err(refusal) => assert!(!good && refusal.code == "InvalidParameterValue", "{index}"),
        }
    }
}

#[test]
fn checks_come_in_ec2s_order() {
    // Everything is wrong; each line repairs what was refused and meets the next.
    let mut case = Case::on(InstanceState::Pending);
    case.interface.attachment = Some(attachment(7, AttachmentState::Attached));
    case.interface.zone = the("zone-b");
    case.limits.interfaces = 1;
    case.device_index = 99;
    let mut met = vec![case.ask().unwrap_err().code];
    case.interface.attachment = None;
    met.push(case.ask().unwrap_err().code);
    case.device_index = 0;
    met.push(case.ask().unwrap_err().code);
    case.device_index = 1;
    assert!(case.refusal().contains("availability zone"));
    case.interface.zone = case.instance.zone;
    met.push(case.ask().unwrap_err().code);
    case.limits.interfaces = 2;
    met.push(case.ask().unwrap_err().code);
    assert_eq!(met, ["InvalidNetworkInterface.InUse", "InvalidParameterValue", "InvalidParameterValue", "AttachmentLimitExceeded", "IncorrectState"]);
}

fn detach(attachment: &Attachment, instance: InstanceState, force: bool) -> Result<AttachmentStep, Refusal> {
    let situation = DetachSituation {
        caller: Caller::of(account(), the("region")),
        attachment_id: attachment.id,
        attachment: Some(attachment),
        kind: InterfaceKind::Interface,
        instance,
        force,
    };
    admit_detach(&situation, NOW, &Deadlines::default())
}

#[test]
fn a_detach_that_is_admitted_is_a_transition() {
    let attached = attachment(1, AttachmentState::Attached);
    assert!(matches!(
        detach(&attached, InstanceState::Running, false),
        Ok(AttachmentStep::Become { state: AttachmentState::Detaching, deadline: Some(Timestamp(125_000)), reason: None })
    ));
    assert_eq!(detach(&attached, InstanceState::Stopped, false), Ok(AttachmentStep::Release { reason: None }));
    // Asked for twice: a success, on whatever instance.
    for state in InstanceState::ALL {
        assert_eq!(detach(&attachment(1, AttachmentState::Detaching), *state, false), Ok(AttachmentStep::Stay), "{state}");
    }
}

#[test]
fn the_primary_is_never_detached() {
    for state in InstanceState::ALL {
        assert_eq!(
            detach(&attachment(0, AttachmentState::Attached), *state, true).unwrap_err().to_string(),
            "OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached."
        );
    }
}

#[test]
fn an_attachment_that_is_missing_or_another_accounts_does_not_exist() {
    let attached = attachment(1, AttachmentState::Attached);
    let foreign = Attachment { account: stranger(), instance_account: stranger(), ..attached.clone() };
    for found in [None, Some(&foreign)] {
        let situation = DetachSituation {
            caller: Caller::of(account(), the("region")),
            attachment_id: attached.id,
            attachment: found,
            kind: InterfaceKind::Interface,
            instance: InstanceState::Running,
            force: false,
        };
        assert_eq!(
            admit_detach(&situation, NOW, &Deadlines::default()).unwrap_err().to_string(),
            "InvalidAttachmentID.NotFound: The attachment ID 'eni-attach-00000101' does not exist"
        );
    }
}

proptest! {
    /// Attaches that are admitted one after the other never exceed the limit, share an index or touch the primary's.
    #[test]
    fn no_sequence_of_attaches_exceeds_the_limit(limit in 1i32..=32, indexes in proptest::collection::vec(-2i64..40, 0..60)) {
        let mut case = Case { limits: Limits { interfaces: limit, addresses: 1, ipv6_addresses: 2 }, ..Case::on(InstanceState::Running) };
        for index in indexes {
            case.device_index = index;
            if let Ok(plan) = case.ask() {
                prop_assert!(!case.occupied.contains(&plan.device_index));
                case.occupied.push(plan.device_index);
            }
        }
        prop_assert!(case.occupied.len() <= usize::try_from(limit).unwrap());
        prop_assert_eq!(case.occupied.iter().filter(|index| **index == DeviceIndex::PRIMARY).count(), 1);
    }
}
