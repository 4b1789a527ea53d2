use multihome_types::{Generation, Timestamp};

use super::*;
use crate::transition::sample;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

fn table(routes: usize) -> RouteTable {
    let local = local_route("10.0.0.0/16".parse::<Cidr>().unwrap());
    let others = (1..routes).map(|number| Route { destination: format!("10.1.{number}.0/24").parse().unwrap(), ..local.clone() });
    let all = std::iter::once(local.clone()).chain(others).collect();
    RouteTable {
        id: sample::id(1),
        account: AccountId::default(),
        region: sample::the("region"),
        vpc: sample::interface(1).vpc,
        main: None,
        subnets: Vec::new(),
        routes: all,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

#[test]
fn a_route_has_exactly_one_target() {
    let (instance, interface) = (sample::id(1), sample::id(2));
    let none = TargetsAsked::default();
    assert_eq!(select_target(&TargetsAsked { instance: Some(instance), ..none }), Ok(TargetAsked::Instance(instance)));
    assert_eq!(select_target(&TargetsAsked { interface: Some(interface), ..none }), Ok(TargetAsked::Interface(interface)));
    assert_eq!(code(select_target(&none)), "MissingParameter");
    for two in [
        TargetsAsked { instance: Some(instance), interface: Some(interface), ..none },
        TargetsAsked { gateway: Some("local"), interface: Some(interface), ..none },
        TargetsAsked { gateway: Some("igw-00000001"), nat_gateway: Some("nat-00000001"), ..none },
    ] {
        assert_eq!(code(select_target(&two)), "InvalidParameterCombination", "{two:?}");
    }
}

#[test]
fn gateways_are_not_there_yet() {
    for (gateway, expected) in
        [("igw-00000001", "InvalidInternetGatewayID.NotFound"), ("vgw-00000001", "InvalidGatewayID.NotFound"), ("local", "InvalidParameterValue")]
    {
        assert_eq!(code(select_target(&TargetsAsked { gateway: Some(gateway), ..TargetsAsked::default() })), expected, "{gateway}");
    }
    for (nat_gateway, expected) in [("nat-00000001", "NatGatewayNotFound"), ("nat-1", "NatGatewayMalformed")] {
        assert_eq!(code(select_target(&TargetsAsked { nat_gateway: Some(nat_gateway), ..TargetsAsked::default() })), expected, "{nat_gateway}");
    }
}

#[test]
fn an_instance_is_a_target_while_it_has_one_interface() {
    let (instance, interfaces) = (sample::id(1), [sample::id(2), sample::id(3)]);
    assert_eq!(sole_interface(instance, &interfaces[..1]), Ok(interfaces[0]));
    assert_eq!(code(sole_interface(instance, &[])), "InvalidInstanceID");
    assert!(sole_interface(instance, &interfaces).unwrap_err().message.contains("There are multiple interfaces attached"));
}

#[test]
fn a_destination_is_in_a_table_once_and_a_table_is_full_at_fifty() {
    let interface = sample::interface(1);
    let new = "192.168.0.0/24".parse().unwrap();
    assert_eq!(check_route(&table(MOST_ROUTES - 1), new, &interface), Ok(()));
    assert_eq!(code(check_route(&table(MOST_ROUTES), new, &interface)), "RouteLimitExceeded");
    assert_eq!(code(check_route(&table(2), "10.0.0.0/16".parse().unwrap(), &interface)), "RouteAlreadyExists");
    let elsewhere = RouteTable { vpc: sample::id(99), ..table(2) };
    assert_eq!(code(check_route(&elsewhere, new, &interface)), "InvalidParameterValue");
}

#[test]
fn group_names_are_plain_and_default_is_taken() {
    assert_eq!(check_group("web (front)", "a group"), Ok(()));
    assert_eq!(code(check_group("", "a group")), "MissingParameter");
    assert_eq!(code(check_group("web", "")), "MissingParameter");
    for name in ["default", "Default", "sg-6300851f", "wéb", "a\nb", &"n".repeat(256)] {
        assert_eq!(code(check_group(name, "a group")), "InvalidParameterValue", "{name}");
    }
}

#[test]
fn the_default_group_trusts_its_members_and_reaches_everybody() {
    let (group, account) = (sample::id(1), AccountId::default());
    assert_eq!(ingress_from_itself(sample::id(2), group, account).peer, RulePeer::Group { id: group, account });
    assert_eq!(egress_to_all(sample::id(3)).peer, RulePeer::Cidr("0.0.0.0/0".parse().unwrap()));
}

#[test]
fn a_group_goes_when_nothing_needs_it() {
    let group: GroupId = "sg-00000001".parse().unwrap();
    assert_eq!(check_group_deletable(group, "web", false), Ok(()));
    let words = |name, used| check_group_deletable(group, name, used).unwrap_err().to_string();
    assert_eq!(words("web", true), "DependencyViolation: resource sg-00000001 has a dependent object");
    assert_eq!(words("default", false), "CannotDelete: the specified group: \"sg-00000001\" name: \"default\" cannot be deleted by a user");
}
