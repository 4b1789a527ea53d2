use std::sync::LazyLock;

use multihome_types::{Assigned, InterfaceKind};
use proptest::prelude::*;

use super::*;
use crate::transition::sample::{account, id, interface, stranger, subnet, the};

fn caller() -> Caller {
    Caller::of(account(), the("region"))
}

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| the(text)).collect()
}

/// Interface `number` of subnet 1, with the primary address `10.0.1.<number>` and some secondary ones.
fn with(number: u8, secondary: &[&str]) -> Interface {
    Interface {
        address: the(&format!("10.0.1.{number}")),
        assigned: Assigned { addresses: addresses(secondary), ..Assigned::default() },
        ..interface(number)
    }
}

fn assign<'a>(interface: &'a Interface, holders: &'a [Interface], allow: bool, assignment: Assignment) -> Result<AssignPlan<'a>, Refusal> {
    static SUBNET: LazyLock<Subnet> = LazyLock::new(|| subnet(1));
    let asked = AssignSituation {
        caller: caller(),
        interface_id: interface.id,
        interface: Some(interface),
        subnet: Some(&SUBNET),
        limit: Some(4),
        holders,
        allow_reassignment: allow,
    };
    admit_assign(&asked, assignment)
}

#[test]
fn a_request_asks_for_one_thing_in_one_way() {
    let some = AssignmentAsked { addresses: addresses(&["10.0.1.9"]), ..AssignmentAsked::default() };
    assert_eq!(AssignmentAsked::default().select(), Ok(Assignment::Nothing));
    assert_eq!(some.clone().select(), Ok(Assignment::Addresses(addresses(&["10.0.1.9"]))));
    let count = |count| AssignmentAsked { address_count: Some(count), ..AssignmentAsked::default() };
    assert_eq!(count(3).select(), Ok(Assignment::AddressCount(3)));
    for wrong in [0, -1] {
        assert_eq!(count(wrong).select().unwrap_err().code, "InvalidParameterValue");
    }
    let prefixes = AssignmentAsked { prefixes: vec![the("10.0.1.16/28")], ..AssignmentAsked::default() };
    assert_eq!(prefixes.clone().select(), Ok(Assignment::Prefixes(vec![the("10.0.1.16/28")])));
    assert_eq!(AssignmentAsked { prefix_count: Some(2), ..AssignmentAsked::default() }.select(), Ok(Assignment::PrefixCount(2)));
    for both in [
        AssignmentAsked { address_count: Some(1), ..some.clone() },
        AssignmentAsked { prefix_count: Some(1), ..some.clone() },
        AssignmentAsked { prefix_count: Some(1), ..prefixes.clone() },
        AssignmentAsked { prefixes: prefixes.prefixes, ..count(1) },
    ] {
        assert_eq!(both.select().unwrap_err().code, "InvalidParameterCombination");
    }
    let twice = AssignmentAsked { addresses: addresses(&["10.0.1.9", "10.0.1.9"]), ..AssignmentAsked::default() };
    assert_eq!(twice.select().unwrap_err().code, "InvalidParameterValue");
}

#[test]
fn what_is_named_lies_in_the_subnet_and_is_not_reserved() {
    let check = |assignment| check_assignment(&assignment, Some(the("10.0.1.40")), &subnet(1)).map_err(|refusal| refusal.code);
    for (text, expected) in [
        ("10.0.1.4", None),
        ("10.0.1.3", Some("InvalidParameterValue")),
        ("10.0.1.255", Some("InvalidParameterValue")),
        ("10.0.2.9", Some("InvalidParameterValue")),
        ("10.0.1.40", Some("InvalidParameterValue")),
    ] {
        assert_eq!(check(Assignment::Addresses(addresses(&[text]))).err().as_deref(), expected, "{text}");
    }
    for (text, expected) in [
        ("10.0.1.16/28", None),
        ("10.0.1.224/28", None),
        // These have the subnet's own addresses in them.
        ("10.0.1.0/28", Some("InvalidParameterValue")),
        ("10.0.1.240/28", Some("InvalidParameterValue")),
        ("10.0.2.16/28", Some("InvalidParameterValue")),
        ("10.0.1.16/27", Some("InvalidParameterValue")),
        ("10.0.1.16/29", Some("InvalidParameterValue")),
        ("10.0.1.32/28", Some("InvalidIPAddress.InUse")),
    ] {
        assert_eq!(check(Assignment::Prefixes(vec![the(text)])).err().as_deref(), expected, "{text}");
    }
}

#[test]
fn a_prefix_counts_as_one_and_takes_sixteen() {
    let prefixes = Assignment::PrefixCount(3);
    assert_eq!((prefixes.slots(), prefixes.taken()), (3, 48));
    assert_eq!((Assignment::AddressCount(3).slots(), Assignment::AddressCount(3).taken()), (3, 3));
    let mut mixed = with(9, &["10.0.1.10"]);
    mixed.assigned.prefixes = vec![the("10.0.1.16/28")];
    assert_eq!(mixed.slots(), 3);
    assert!(assign(&mixed, &[], false, Assignment::PrefixCount(1)).is_ok());
    assert_eq!(assign(&mixed, &[], false, Assignment::PrefixCount(2)).unwrap_err().code, "PrivateIpAddressLimitExceeded");
}

#[test]
fn the_limit_is_the_types_or_the_largest() {
    let own = with(9, &[]);
    assert!(assign(&own, &[], false, Assignment::AddressCount(3)).is_ok());
    assert_eq!(
        assign(&own, &[], false, Assignment::AddressCount(4)).unwrap_err().to_string(),
        "PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit."
    );
    assert!(check_slots(MOST_SLOTS, None).is_ok() && check_slots(MOST_SLOTS + 1, None).is_err());
    assert_eq!(assign(&own, &[], false, Assignment::AddressCount(usize::MAX)).unwrap_err().code, "PrivateIpAddressLimitExceeded");
    assert_eq!(assign(&own, &[], false, Assignment::Nothing).unwrap_err().code, "MissingParameter");
}

#[test]
fn what_somebody_has_moves_only_if_that_is_allowed_and_it_is_secondary() {
    let own = with(9, &["10.0.1.10"]);
    let mut blocked = with(11, &["10.0.1.12"]);
    blocked.assigned.prefixes = vec![the("10.0.1.48/28")];
    let managed = Interface { kind: InterfaceKind::NatGateway, ..with(13, &["10.0.1.14"]) };
    let holders = [blocked, managed];
    let ask = |allow, text: &str| assign(&own, &holders, allow, Assignment::Addresses(addresses(&[text])));
    let plan = ask(true, "10.0.1.12").unwrap();
    assert_eq!((plan.new, plan.moves.len()), (Assignment::Nothing, 1));
    assert_eq!((plan.moves[0].address, plan.moves[0].from.id, plan.moves[0].public), (the("10.0.1.12"), holders[0].id, None));
    // It has that one already, and nothing happens.
    assert_eq!(ask(true, "10.0.1.10").unwrap(), AssignPlan { new: Assignment::Nothing, moves: Vec::new() });
    assert_eq!(ask(false, "10.0.1.20").unwrap(), AssignPlan { new: Assignment::Addresses(addresses(&["10.0.1.20"])), moves: Vec::new() });
    for (allow, text) in [
        (false, "10.0.1.12"),
        (false, "10.0.1.10"),
        // Primary ones, one of a gateway's, and one out of a prefix.
        (true, "10.0.1.9"),
        (true, "10.0.1.11"),
        (true, "10.0.1.14"),
        (true, "10.0.1.50"),
    ] {
        assert_eq!(ask(allow, text).unwrap_err().code, "Resource.AlreadyAssigned", "{allow} {text}");
    }
}

#[test]
fn what_is_another_accounts_or_the_systems_is_not_touched() {
    let foreign = Interface { account: stranger(), ..with(9, &["10.0.1.10"]) };
    let gateway = Interface { kind: InterfaceKind::NatGateway, ..with(9, &["10.0.1.10"]) };
    let lose = UnassignRequest { addresses: addresses(&["10.0.1.10"]), prefixes: Vec::new() };
    for (interface, code) in [(foreign, "InvalidNetworkInterfaceID.NotFound"), (gateway, "OperationNotPermitted")] {
        assert_eq!(assign(&interface, &[], true, Assignment::AddressCount(1)).unwrap_err().code, code);
        assert_eq!(admit_unassign(caller(), interface.id, Some(&interface), &lose).unwrap_err().code, code);
    }
}

#[test]
fn what_is_lost_was_its_own_secondary() {
    let mut own = with(9, &["10.0.1.10", "10.0.1.11"]);
    own.assigned.prefixes = vec![the("10.0.1.16/28")];
    let ask = |texts: &[&str], prefixes: &[&str]| {
        let asked = UnassignRequest { addresses: addresses(texts), prefixes: prefixes.iter().map(|text| the(text)).collect() };
        admit_unassign(caller(), own.id, Some(&own), &asked).map(|interface| interface.id).map_err(|refusal| refusal.to_string())
    };
    assert_eq!(ask(&["10.0.1.10"], &["10.0.1.16/28"]), Ok(own.id));
    assert!(ask(&["10.0.1.9"], &[]).unwrap_err().starts_with("InvalidParameterValue"));
    assert!(ask(&[], &[]).unwrap_err().starts_with("MissingParameter"));
    assert_eq!(
        ask(&["10.0.1.10", "10.0.1.77"], &["10.0.1.32/28"]),
        Err("InvalidParameterValue: Some of [10.0.1.77, 10.0.1.32/28] are not assigned to interface eni-00000009".to_owned())
    );
    let id: InterfaceId = id(99);
    assert!(admit_unassign(caller(), id, None, &UnassignRequest::default()).unwrap_err().code.ends_with("NotFound"));
}

proptest! {
    /// Every prefix that is tried is one that may be asked for, each once.
    #[test]
    fn prefixes_that_are_tried_may_be_had(bits in any::<u64>(), length in 16u8..=28) {
        let cidr: Cidr = the(&format!("10.0.0.0/{length}"));
        let tried: Vec<Cidr> = crate::allocation::prefix_candidates(cidr, bits).collect();
        prop_assert_eq!(tried.len() as u64, cidr.count_of(28).saturating_sub(2));
        prop_assert!(tried.iter().all(|prefix| check_prefix(cidr, *prefix).is_ok()));
        let distinct: HashSet<Cidr> = tried.iter().copied().collect();
        prop_assert_eq!(distinct.len(), tried.len());
    }
}
