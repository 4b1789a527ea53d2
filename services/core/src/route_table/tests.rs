use multihome_types::{AccountId, Connectivity, Generation, RouteOrigin, Timestamp};

use super::*;
use crate::{transition::sample, vpc::local_route};

/// EC2's quota.
const MOST: usize = 50;

fn code<T>(result: Result<T, Refusal>) -> String {
    result.err().map(|refusal| refusal.code.into_owned()).unwrap_or_default()
}

fn to(text: &str) -> Destination {
    text.parse().unwrap()
}

fn vpc() -> VpcId {
    sample::interface(1).vpc
}

/// With the local routes of a VPC with both kinds of blocks, and so many routes in all.
fn table(routes: usize) -> RouteTable {
    let local = local_route("10.0.0.0/16".parse::<Cidr>().unwrap());
    let local_ipv6 = local_route("fd00:1::/56".parse::<Ipv6Cidr>().unwrap());
    let others = (2..routes).map(|number| Route {
        destination: to(&format!("10.1.{number}.0/24")),
        target: RouteTarget::Interface(sample::id(9)),
        origin: RouteOrigin::CreateRoute,
        ..local.clone()
    });
    RouteTable {
        id: sample::id(1),
        account: AccountId::default(),
        region: sample::the("region"),
        vpc: vpc(),
        main: None,
        subnets: Vec::new(),
        routes: [local.clone(), local_ipv6].into_iter().chain(others).collect(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

fn internet_gateway(vpc: Option<VpcId>) -> TargetFound {
    let account = AccountId::default();
    let region = sample::the("region");
    TargetFound::InternetGateway(InternetGateway { id: sample::id(2), account, region, vpc, created: Timestamp(0), generation: Generation::FIRST })
}

fn nat_gateway(state: NatGatewayState, vpc: VpcId) -> NatGateway {
    NatGateway {
        id: sample::id(3),
        account: AccountId::default(),
        region: sample::the("region"),
        zone: sample::the("zone"),
        vpc,
        subnet: sample::id(4),
        connectivity: Connectivity::Private,
        allocation: None,
        wanted: None,
        state,
        interface: None,
        public: None,
        failure: None,
        since: Timestamp(0),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

/// Every kind of target, in the table's VPC.
fn targets() -> [TargetFound; 3] {
    [
        internet_gateway(Some(vpc())),
        TargetFound::NatGateway(Box::new(nat_gateway(NatGatewayState::Available, vpc()))),
        TargetFound::Interface(Box::new(sample::interface(1))),
    ]
}

#[test]
fn a_route_has_exactly_one_destination() {
    let (ipv4, ipv6) = ("10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap());
    assert_eq!(select_destination(DestinationsAsked { ipv4: Some(ipv4), ipv6: None }), Ok(ipv4.into()));
    assert_eq!(select_destination(DestinationsAsked { ipv4: None, ipv6: Some(ipv6) }), Ok(ipv6.into()));
    assert_eq!(code(select_destination(DestinationsAsked { ipv4: Some(ipv4), ipv6: Some(ipv6) })), "InvalidParameterCombination");
    assert_eq!(code(select_destination(DestinationsAsked::default())), "MissingParameter");
}

#[test]
fn a_route_has_exactly_one_target() {
    let (instance, interface, nat_gateway) = (sample::id(1), sample::id(2), sample::id(3));
    let none = TargetsAsked::default();
    for (asked, expected) in [
        (TargetsAsked { instance: Some(instance), ..none }, TargetAsked::Instance(instance)),
        (TargetsAsked { interface: Some(interface), ..none }, TargetAsked::Interface(interface)),
        (TargetsAsked { nat_gateway: Some(nat_gateway), ..none }, TargetAsked::NatGateway(nat_gateway)),
        (TargetsAsked { gateway: Some("igw-00000001"), ..none }, TargetAsked::InternetGateway("igw-00000001".parse().unwrap())),
    ] {
        assert_eq!(select_target(&asked), Ok(expected), "{asked:?}");
    }
    for (asked, expected) in [
        (none, "MissingParameter"),
        (TargetsAsked { instance: Some(instance), interface: Some(interface), ..none }, "InvalidParameterCombination"),
        (TargetsAsked { gateway: Some("local"), interface: Some(interface), ..none }, "InvalidParameterCombination"),
        (TargetsAsked { gateway: Some("igw-00000001"), nat_gateway: Some(nat_gateway), ..none }, "InvalidParameterCombination"),
        (TargetsAsked { gateway: Some("igw-1"), ..none }, "InvalidGatewayID.NotFound"),
        (TargetsAsked { gateway: Some("vgw-00000001"), ..none }, "InvalidGatewayID.NotFound"),
        (TargetsAsked { gateway: Some("local"), ..none }, "InvalidParameterValue"),
    ] {
        assert_eq!(code(select_target(&asked)), expected, "{asked:?}");
    }
}

#[test]
fn what_is_not_here_is_refused_by_its_name() {
    assert_eq!(check_unsupported(&[("TransitGatewayId", false), ("CoreNetworkArn", false)]), Ok(()));
    let refused = check_unsupported(&[("TransitGatewayId", false), ("CoreNetworkArn", true)]).unwrap_err();
    assert_eq!(refused.code, "UnsupportedOperation");
    assert!(refused.message.contains("CoreNetworkArn"), "{refused}");
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
    let elsewhere = RouteTable { vpc: sample::id(99), ..table(2) };
    for target in targets() {
        for (table, destination, expected) in [
            (&table(MOST - 1), "192.168.0.0/24", ""),
            (&table(2), "0.0.0.0/0", ""),
            (&table(MOST), "192.168.0.0/24", "RouteLimitExceeded"),
            (&table(MOST), "10.1.5.0/24", "RouteAlreadyExists"),
            (&table(2), "10.0.0.0/16", "RouteAlreadyExists"),
            (&table(2), "fd00:1::/56", "RouteAlreadyExists"),
            (&elsewhere, "192.168.0.0/24", "InvalidParameterValue"),
        ] {
            assert_eq!(code(check_new_route(table, to(destination), &target, MOST)), expected, "{destination} by {target:?}");
        }
    }
}

#[test]
fn a_target_fits_its_destination_and_is_in_the_tables_vpc() {
    let [internet, nat, interface] = targets();
    for (destination, by_internet, by_nat, by_interface) in [
        ("0.0.0.0/0", true, true, true),
        ("::/0", true, false, true),
        ("64:ff9b::/96", true, true, true),
        // Inside of the VPC's own blocks.
        ("10.0.3.0/24", false, false, true),
        ("fd00:1::/64", false, false, true),
        // Where the services of the host are, and beside them.
        ("169.254.169.254/32", false, false, false),
        ("169.254.168.0/22", false, false, false),
        ("169.254.0.0/16", true, true, true),
        ("fd00:ec2::254/128", false, false, false),
    ] {
        for (target, fits) in [(&internet, by_internet), (&nat, by_nat), (&interface, by_interface)] {
            let expected = if fits { "" } else { "InvalidParameterValue" };
            assert_eq!(code(check_new_route(&table(2), to(destination), target, MOST)), expected, "{destination} by {target:?}");
        }
    }
    for target in [internet_gateway(None), internet_gateway(Some(sample::id(99)))] {
        assert!(check_new_route(&table(2), to("0.0.0.0/0"), &target, MOST).unwrap_err().message.contains("belong to different networks"));
    }
}

#[test]
fn only_a_nat_gateway_that_may_still_work_is_a_target() {
    for state in NatGatewayState::ALL {
        let found = nat_gateway(*state, vpc());
        let usable = !matches!(state, NatGatewayState::Failed | NatGatewayState::Deleted);
        assert_eq!(
            usable_nat_gateway(found.id, Some(found.clone())),
            if usable { Ok(found.clone()) } else { Err(refusals::nat_gateway_of_route_not_found(found.id)) }
        );
    }
    assert_eq!(code(usable_nat_gateway(sample::id(1), None)), "InvalidNatGatewayID.NotFound");
}

#[test]
fn a_route_that_is_there_and_not_local_is_replaced_and_deleted() {
    let [internet, ..] = targets();
    for (destination, replaced, deleted) in [
        ("10.1.2.0/24", "", ""),
        ("10.2.0.0/16", "InvalidParameterValue", "InvalidRoute.NotFound"),
        ("10.0.0.0/16", "InvalidParameterValue", "InvalidParameterValue"),
        ("fd00:1::/56", "InvalidParameterValue", "InvalidParameterValue"),
    ] {
        assert_eq!(code(check_replaced_route(&table(3), to(destination), &internet)), replaced, "{destination}");
        assert_eq!(code(check_deleted_route(&table(3), to(destination))), deleted, "{destination}");
    }
    let interface = TargetFound::Interface(Box::new(sample::interface(1)));
    assert_eq!(code(check_replaced_route(&table(3), to("10.0.0.0/16"), &interface)), "UnsupportedOperation");
    let other = internet_gateway(Some(sample::id(99)));
    assert!(check_replaced_route(&table(3), to("10.2.0.0/16"), &other).unwrap_err().message.contains("different networks"), "the target first");
}

#[test]
fn a_table_that_is_used_is_not_deleted() {
    assert_eq!(admit_delete(&table(3)), Ok(()));
    let main = RouteTable { main: Some(sample::id(1)), ..table(2) };
    assert!(admit_delete(&main).unwrap_err().message.ends_with(&format!("It is still used by: {}", main.vpc)));
    assert_eq!(code(admit_delete(&RouteTable { main: Some(sample::id(1)), ..table(2) })), "DependencyViolation");
    assert_eq!(code(admit_delete(&RouteTable { subnets: vec![(sample::id(1), sample::id(2))], ..table(2) })), "DependencyViolation");
}

#[test]
fn an_association_is_replaced_by_another_table_of_the_same_vpc() {
    let (association, here) = (sample::id(5), table(2));
    let beside = RouteTable { id: sample::id(7), ..table(2) };
    let elsewhere = RouteTable { id: sample::id(8), vpc: sample::id(99), ..table(2) };
    assert_eq!(admit_replacement((association, &here), &beside), Ok(Association::New));
    assert_eq!(admit_replacement((association, &here), &here), Ok(Association::Present(association)));
    assert_eq!(code(admit_replacement((association, &here), &elsewhere)), "InvalidParameterValue");
    assert_eq!(admit_disassociation(association, false), Ok(()));
    assert_eq!(code(admit_disassociation(association, true)), "InvalidParameterValue");
}

#[test]
fn a_subnet_has_one_table_and_hearing_of_it_twice_does_no_harm() {
    let (association, here) = (sample::id(5), table(2));
    let subnet = sample::subnet(1);
    assert_eq!(admit_association(&here, &subnet, None), Ok(Association::New));
    assert_eq!(admit_association(&here, &subnet, Some((association, here.id))), Ok(Association::Present(association)));
    assert_eq!(code(admit_association(&here, &subnet, Some((association, sample::id(7))))), "Resource.AlreadyAssociated");
    let elsewhere = RouteTable { vpc: sample::id(99), ..table(2) };
    assert_eq!(code(admit_association(&elsewhere, &subnet, None)), "InvalidParameterValue");
}
