use multihome_types::{AttachmentState, InterfaceKind};
use proptest::prelude::*;

use super::*;
use crate::{
    instance_types::predefined,
    transition::sample::{account, attachment, group, id, interface, stranger, subnet, the},
};

/// Subnets 1 and 2 in zone a, 3 in zone b, 4 in another VPC; groups 1 to 6 (1 is the default), 7 in the other VPC, 8 its
/// default; free interface 20 and attached interface 21, both in subnet 1.
struct World {
    instance_type: Option<InstanceType>,
    subnets: Vec<Subnet>,
    groups: Vec<Group>,
    interfaces: Vec<Interface>,
    default_vpc: Option<VpcId>,
}

fn world() -> World {
    let busy = Interface { attachment: Some(attachment(21, AttachmentState::Attached)), ..interface(21) };
    World {
        instance_type: predefined("m1.large").map(|predefined| predefined.instance_type()),
        subnets: vec![subnet(1), subnet(2), Subnet { zone: the("zone-b"), ..subnet(3) }, Subnet { vpc: id(2), ..subnet(4) }],
        groups: (1..=6).map(group).chain([Group { vpc: id(2), ..group(7) }, Group { vpc: id(2), name: "default".to_owned(), ..group(8) }]).collect(),
        interfaces: vec![interface(20), busy],
        default_vpc: None,
    }
}

impl World {
    fn plan(&self, request: &LaunchRequest) -> Result<LaunchPlan, Refusal> {
        plan(
            request,
            &LaunchFacts {
                account: account(),
                region: the("region"),
                instance_type: self.instance_type.as_ref(),
                interfaces: &self.interfaces,
                subnets: &self.subnets,
                groups: &self.groups,
                most_groups: 5,
                default_vpc: self.default_vpc,
                zones: &BTreeSet::from(["zone-a", "zone-b"].map(the)),
            },
        )
    }
}

fn one() -> LaunchRequest {
    LaunchRequest { min_count: 1, max_count: 1, instance_type: "m1.large".to_owned(), ..LaunchRequest::default() }
}

fn with(interfaces: Vec<LaunchInterface>) -> LaunchRequest {
    LaunchRequest { interfaces, ..one() }
}

fn new(device_index: i64, subnet: u128) -> LaunchInterface {
    LaunchInterface { device_index: Some(device_index), subnet: Some(id(subnet)), ..LaunchInterface::default() }
}

fn existing(device_index: i64, number: u128) -> LaunchInterface {
    LaunchInterface { device_index: Some(device_index), existing: Some(id(number)), ..LaunchInterface::default() }
}

fn refusal(request: &LaunchRequest) -> String {
    world().plan(request).unwrap_err().to_string()
}

#[test]
fn without_interfaces_each_instance_gets_one_from_the_instance_level() {
    let request = LaunchRequest { min_count: 2, max_count: 3, subnet: Some(id(1)), groups: vec![id(3), id(2)], ..one() };
    let plan = world().plan(&request).unwrap();
    assert_eq!((plan.min_count, plan.vpc, plan.subnet, plan.zone), (2, id(1), id(1), the("zone-a")));
    assert_eq!(plan.instances.iter().map(|instance| instance.index).collect::<Vec<_>>(), [0, 1, 2]);
    let source = InterfaceSource::New {
        kind: InterfaceKind::Interface,
        subnet: id(1),
        address: None,
        assignment: Assignment::Nothing,
        ipv6: Ipv6Assignment::Nothing,
        groups: vec![id(2), id(3)],
        description: String::new(),
    };
    let primary = PlannedInterface { device_index: DeviceIndex::PRIMARY, source, delete_on_termination: true, public_address: false };
    assert!(plan.instances.iter().all(|instance| instance.interfaces == [primary.clone()]));
}

#[test]
fn several_interfaces_come_in_the_order_of_their_indexes_with_ec2s_defaults() {
    let described = LaunchInterface { description: Some("back".to_owned()), groups: vec![id(2)], ..new(2, 2) };
    let plan = world().plan(&with(vec![described, existing(1, 20), new(0, 1)])).unwrap();
    let made = |subnet, group, description: &str| InterfaceSource::New {
        kind: InterfaceKind::Interface,
        subnet: id(subnet),
        address: None,
        assignment: Assignment::Nothing,
        ipv6: Ipv6Assignment::Nothing,
        groups: vec![id(group)],
        description: description.to_owned(),
    };
    let expected = [
        PlannedInterface { device_index: DeviceIndex(0), source: made(1, 1, ""), delete_on_termination: true, public_address: false },
        PlannedInterface {
            device_index: DeviceIndex(1),
            source: InterfaceSource::Existing(id(20)),
            delete_on_termination: false,
            public_address: false,
        },
        PlannedInterface { device_index: DeviceIndex(2), source: made(2, 2, "back"), delete_on_termination: true, public_address: false },
    ];
    assert_eq!(plan.instances, [PlannedInstance { index: 0, interfaces: expected.to_vec() }]);
}

#[test]
fn delete_on_termination_is_the_users_for_a_new_interface_only() {
    let kept = LaunchInterface { delete_on_termination: Some(false), ..new(0, 1) };
    assert!(!world().plan(&with(vec![kept])).unwrap().instances[0].interfaces[0].delete_on_termination);
    let deleted = LaunchInterface { delete_on_termination: Some(true), ..existing(0, 20) };
    assert_eq!(
        refusal(&with(vec![deleted])),
        "InvalidParameterCombination: A network interface may not specify both a network interface ID and deleteOnTermination as true"
    );
}

#[test]
fn counts_are_positive_in_order_and_bounded() {
    let code = |min_count, max_count| {
        let request = LaunchRequest { min_count, max_count, subnet: Some(id(1)), ..one() };
        world().plan(&request).map_or_else(|refusal| refusal.code.into_owned(), |plan| plan.instances.len().to_string())
    };
    assert_eq!(code(1, 1000), "1000");
    for (min, max) in [(0, 1), (-1, -1), (2, 1), (1, 0)] {
        assert_eq!(code(min, max), "InvalidParameterValue", "{min} to {max}");
    }
    assert_eq!(code(1, 1001), "InstanceLimitExceeded");
    assert_eq!(code(i64::MAX, i64::MAX), "InstanceLimitExceeded");
}

#[test]
fn interfaces_and_instance_level_parameters_do_not_mix() {
    let interfaces = vec![new(0, 1)];
    for (request, what) in [
        (LaunchRequest { groups: vec![id(1)], ..with(interfaces.clone()) }, "security groups"),
        (LaunchRequest { subnet: Some(id(1)), ..with(interfaces.clone()) }, "subnet ID"),
        (LaunchRequest { address: Some(the("10.0.1.9")), ..with(interfaces.clone()) }, "private address"),
    ] {
        assert_eq!(
            refusal(&request),
            format!("InvalidParameterCombination: Network interfaces and an instance-level {what} may not be specified on the same request")
        );
    }
    for item in [
        LaunchInterface { subnet: Some(id(1)), ..existing(0, 20) },
        LaunchInterface { groups: vec![id(1)], ..existing(0, 20) },
        LaunchInterface { address: Some(the("10.0.1.9")), ..existing(0, 20) },
        LaunchInterface { assignment: Assignment::AddressCount(1), ..existing(0, 20) },
        LaunchInterface { ipv6: Ipv6Assignment::AddressCount(1), ..existing(0, 20) },
        LaunchInterface { description: Some(String::new()), ..existing(0, 20) },
    ] {
        assert!(refusal(&with(vec![item])).starts_with("InvalidParameterCombination: A network interface may not specify both"));
    }
}

#[test]
fn device_indexes_are_given_once_in_range_and_one_is_the_primarys() {
    let nameless = LaunchInterface { device_index: None, ..new(0, 1) };
    assert_eq!(refusal(&with(vec![nameless])), "InvalidParameterValue: Each network interface requires a device index.");
    assert_eq!(
        refusal(&with(vec![new(1, 1), new(1, 1)])),
        "InvalidParameterCombination: When specifying network interfaces, you must include a device at index 0."
    );
    assert!(refusal(&with(vec![new(0, 1), new(1, 1), new(1, 2)])).starts_with("InvalidParameterValue: Each network interface requires a unique"));
    assert!(refusal(&with(vec![existing(0, 20), existing(1, 20)])).starts_with("InvalidParameterValue: Network interface 'eni-00000014'"));
    for index in [-1, 32, 256, i64::MAX] {
        assert!(refusal(&with(vec![new(0, 1), new(index, 1)])).starts_with("InvalidParameterValue: Device index"), "{index}");
    }
    assert!(world().plan(&with(vec![new(0, 1), new(31, 1)])).is_ok());
}

#[test]
fn existing_interfaces_and_addresses_are_for_a_single_instance() {
    let addressed = LaunchInterface { address: Some(the("10.0.1.9")), ..new(0, 1) };
    for interfaces in [vec![existing(0, 20)], vec![new(0, 1), existing(1, 20)], vec![addressed.clone()]] {
        let request = with(interfaces);
        assert!(world().plan(&request).is_ok());
        let refusal = refusal(&LaunchRequest { max_count: 2, ..request });
        assert!(refusal.starts_with("InvalidParameterValue") && refusal.ends_with("can only be specified for a single instance"), "{refusal}");
    }
    let instance_level = LaunchRequest { max_count: 2, subnet: Some(id(1)), address: Some(the("10.0.1.9")), ..one() };
    assert!(refusal(&instance_level).ends_with("can only be specified for a single instance"));
}

#[test]
fn what_is_named_exists_and_is_free() {
    assert!(refusal(&with(vec![existing(0, 99)])).starts_with("InvalidNetworkInterfaceID.NotFound"));
    assert_eq!(refusal(&with(vec![existing(0, 21)])), "InvalidNetworkInterface.InUse: Interface: [eni-00000015] in use.");
    assert!(refusal(&with(vec![new(0, 99)])).starts_with("InvalidSubnetID.NotFound"));
    let unknown_group = LaunchInterface { groups: vec![id(99)], ..new(0, 1) };
    assert!(refusal(&with(vec![unknown_group])).starts_with("InvalidGroup.NotFound"));
    let mut foreign = world();
    foreign.interfaces[0].account = stranger();
    foreign.subnets[0].account = stranger();
    assert_eq!(foreign.plan(&with(vec![existing(0, 20)])).unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(foreign.plan(&with(vec![new(0, 1)])).unwrap_err().code, "InvalidSubnetID.NotFound");
    let mut nat = world();
    nat.interfaces[0].kind = InterfaceKind::NatGateway;
    assert_eq!(nat.plan(&with(vec![existing(0, 20)])).unwrap_err().code, "OperationNotPermitted");
    let typeless = World { instance_type: None, ..world() };
    assert_eq!(typeless.plan(&with(vec![new(0, 1)])).unwrap_err().message, "Invalid value 'm1.large' for InstanceType.");
}

#[test]
fn all_interfaces_are_in_one_zone_and_in_any_vpc() {
    assert!(refusal(&with(vec![new(0, 1), new(1, 3)])).contains("different availability zones"));
    let plan = world().plan(&with(vec![new(0, 1), new(1, 4)])).unwrap();
    let groups_of = |index: usize| match &plan.instances[0].interfaces[index].source {
        InterfaceSource::New { groups, .. } => groups.clone(),
        InterfaceSource::Existing(_) => panic!("both are new"),
    };
    assert_eq!((plan.vpc, groups_of(1)), (id(1), vec![id(8)]), "the instance is in its primary interface's VPC, and each has its own VPC's group");
    let zoned = |subnet, zone| LaunchRequest { zone: Some(the(zone)), subnet: Some(id(subnet)), ..one() };
    assert!(world().plan(&zoned(3, "zone-b")).is_ok());
    assert!(refusal(&zoned(1, "zone-b")).starts_with("InvalidParameterValue: The requested Availability Zone differs from zone-a"));
    assert_eq!(refusal(&zoned(1, "zone-z")), "InvalidParameterValue: Invalid availability zone: [zone-z]");
}

#[test]
fn an_instance_has_one_efa_if_its_type_has_any() {
    let efa = |index, subnet| LaunchInterface { kind: Some(InterfaceKind::Efa), ..new(index, subnet) };
    let of = |name: &str, items: Vec<LaunchInterface>| {
        let instance_type = InstanceType { name: name.to_owned(), ..world().instance_type.unwrap() };
        World { instance_type: Some(instance_type), ..world() }.plan(&with(items)).map_err(|refusal| refusal.to_string())
    };
    let refused = |count: u8, name: &str| Err(format!("AttachmentLimitExceeded: EFA interfaces count {count} exceeds allowed limit for {name}"));
    assert_eq!(of("m5.large", vec![efa(0, 1)]), refused(1, "m5.large"));
    assert_eq!(of("m5n.24xlarge", vec![efa(0, 1), efa(1, 1)]), refused(2, "m5n.24xlarge"));
    let plan = of("m5n.24xlarge", vec![new(0, 1), efa(1, 1)]).unwrap();
    let kinds = plan.instances[0].interfaces.iter().map(|planned| match &planned.source {
        InterfaceSource::New { kind, .. } => *kind,
        InterfaceSource::Existing(_) => panic!("both are new"),
    });
    assert_eq!(kinds.collect::<Vec<_>>(), [InterfaceKind::Interface, InterfaceKind::Efa]);
    let other_kind = LaunchInterface { kind: Some(InterfaceKind::Efa), ..existing(0, 20) };
    assert!(refusal(&with(vec![other_kind])).starts_with("InvalidParameterCombination"));
    // One that exists counts as well.
    let mut with_one = World { instance_type: Some(InstanceType { name: "m5.large".to_owned(), ..world().instance_type.unwrap() }), ..world() };
    with_one.interfaces[0].kind = InterfaceKind::Efa;
    assert_eq!(with_one.plan(&with(vec![existing(0, 20)])).unwrap_err().code, "AttachmentLimitExceeded");
}

#[test]
fn groups_are_of_the_vpc_and_five_at_most() {
    let grouped = |groups: &[u128]| with(vec![LaunchInterface { groups: groups.iter().map(|number| id(*number)).collect(), ..new(0, 1) }]);
    assert!(refusal(&grouped(&[7])).starts_with("InvalidParameter: Security group sg-00000007 and subnet subnet-00000001 belong to"));
    assert!(refusal(&grouped(&[1, 2, 3, 4, 5, 6])).starts_with("SecurityGroupsPerInstanceLimitExceeded"));
    let mut none = world();
    none.groups.clear();
    assert_eq!(none.plan(&with(vec![new(0, 1)])).unwrap_err().code, "InvalidGroup.NotFound");
}

#[test]
fn addresses_are_usable_and_named_once() {
    let at = |index, address| LaunchInterface { address: Some(the(address)), ..new(index, 1) };
    assert!(refusal(&with(vec![at(0, "10.0.1.1")])).contains("reserved address range"));
    assert!(refusal(&with(vec![at(0, "10.0.2.9")])).contains("does not fall within"));
    assert!(refusal(&with(vec![at(0, "10.0.1.9"), at(1, "10.0.1.9")])).contains("10.0.1.9 is specified twice"));
    assert!(world().plan(&with(vec![at(0, "10.0.1.9"), at(1, "10.0.1.10")])).is_ok());
}

#[test]
fn the_interface_limit_of_the_type_holds_at_launch() {
    let three: Vec<_> = (0..3).map(|index| new(index, 1)).collect();
    assert!(world().plan(&with(three.clone())).is_ok());
    let four = three.into_iter().chain([new(3, 1)]).collect();
    assert_eq!(refusal(&with(four)), "AttachmentLimitExceeded: Interface count 4 exceeds the limit for m1.large");
}

#[test]
fn a_launch_without_a_subnet_goes_to_the_default_vpc() {
    assert_eq!(refusal(&one()), "VPCIdNotSpecified: No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.");
    let mut defaulted = World { default_vpc: Some(id(1)), ..world() };
    assert_eq!(defaulted.plan(&one()).unwrap_err().code, "MissingInput", "none of its subnets is a default one");
    // The first by zone, not by age or id.
    defaulted.subnets.reverse();
    for subnet in &mut defaulted.subnets {
        subnet.default_for_zone = subnet.id == id(1) || subnet.id == id(3);
    }
    assert_eq!(defaulted.plan(&one()).unwrap().subnet, id(1));
    assert_eq!(defaulted.plan(&LaunchRequest { zone: Some(the("zone-b")), ..one() }).unwrap().subnet, id(3));
    defaulted.subnets.clear();
    assert_eq!(defaulted.plan(&one()).unwrap_err().code, "MissingInput");
}

#[test]
fn a_new_interface_that_is_alone_gets_a_public_address_if_it_or_its_subnet_says_so() {
    let mut mapped = world();
    mapped.subnets[0].attributes.map_public_ip_on_launch = true;
    let said = |wanted| with(vec![LaunchInterface { associate_public_address: wanted, ..new(0, 1) }]);
    let has = |world: &World, request: &LaunchRequest| world.plan(request).unwrap().instances[0].interfaces[0].public_address;
    for (wanted, by_default, mapping) in [(None, false, true), (Some(true), true, true), (Some(false), false, false)] {
        assert_eq!((has(&world(), &said(wanted)), has(&mapped, &said(wanted))), (by_default, mapping), "{wanted:?}");
    }
    assert!(has(&mapped, &LaunchRequest { subnet: Some(id(1)), ..one() }));
    assert!(!has(&mapped, &with(vec![existing(0, 20)])));
    let several = mapped.plan(&with(vec![new(0, 1), new(1, 1)])).unwrap();
    assert!(several.instances[0].interfaces.iter().all(|interface| !interface.public_address));
}

#[test]
fn a_public_address_is_not_for_several_interfaces_nor_for_one_that_exists() {
    let said = |wanted, item| LaunchInterface { associate_public_address: Some(wanted), ..item };
    for wanted in [true, false] {
        assert_eq!(
            refusal(&with(vec![said(wanted, new(0, 1)), new(1, 1)])),
            "InvalidParameterCombination: The associatePublicIPAddress parameter cannot be specified when launching with multiple network \
             interfaces."
        );
        assert_eq!(
            refusal(&with(vec![said(wanted, existing(0, 20))])),
            "InvalidParameterCombination: A network interface may not specify both a network interface ID and associatePublicIPAddress"
        );
    }
}

#[test]
fn what_is_not_supported_yet_is_refused_and_not_ignored() {
    let card = |index| with(vec![LaunchInterface { network_card_index: Some(index), ..new(0, 1) }]);
    assert!(refusal(&card(1)).starts_with("InvalidParameterValue"));
    assert!(world().plan(&card(0)).is_ok());
}

proptest! {
    /// Whatever is asked: a plan has its primary first, indexes rising, and no more interfaces than the type allows.
    #[test]
    fn every_plan_is_within_the_rules(items in proptest::collection::vec((proptest::option::of(-1i64..4), 0u128..5, any::<bool>()), 0..5), max_count in 0i64..4) {
        let interfaces: Vec<_> = items
            .into_iter()
            .map(|(device_index, number, old)| if old {
                LaunchInterface { device_index, ..existing(0, 20) }
            } else {
                LaunchInterface { device_index, ..new(0, number) }
            })
            .collect();
        let described = !interfaces.is_empty();
        let request = LaunchRequest { max_count, subnet: (!described).then(|| id(1)), ..with(interfaces.clone()) };
        if let Ok(plan) = world().plan(&request) {
            prop_assert_eq!(i64::try_from(plan.instances.len()).unwrap(), max_count);
            for instance in &plan.instances {
                let indexes: Vec<_> = instance.interfaces.iter().map(|interface| interface.device_index).collect();
                prop_assert_eq!(indexes.first(), Some(&DeviceIndex::PRIMARY));
                prop_assert!(indexes.windows(2).all(|pair| pair[0] < pair[1]));
                prop_assert!((1..=3).contains(&indexes.len()));
                prop_assert_eq!(indexes.len(), interfaces.len().max(1));
            }
        }
    }
}

#[test]
fn no_interface_of_a_launch_has_more_addresses_than_the_type_allows() {
    let more = |assignment| refusal(&with(vec![LaunchInterface { assignment, ..new(0, 1) }]));
    let asked = |count| with(vec![LaunchInterface { assignment: Assignment::AddressCount(count), ..new(0, 1) }]);
    assert!(world().plan(&asked(9)).is_ok());
    let exceeded = "InvalidInterface.IpAddressLimitExceeded: The number of IPv4 addresses of a network interface exceeds the limit for m1.large.";
    assert_eq!(more(Assignment::AddressCount(10)), exceeded);
    assert_eq!(more(Assignment::PrefixCount(10)), exceeded);
    let mut crowded = world();
    crowded.interfaces[0].assigned.addresses = (30..40).map(|last| the(&format!("10.0.1.{last}"))).collect();
    assert_eq!(crowded.plan(&with(vec![existing(0, 20)])).unwrap_err().to_string(), exceeded);
}

#[test]
fn addresses_that_are_named_are_for_one_instance_and_one_interface() {
    let named =
        |index, texts: &[&str]| LaunchInterface { assignment: Assignment::Addresses(texts.iter().map(|text| the(text)).collect()), ..new(index, 1) };
    assert!(world().plan(&with(vec![named(0, &["10.0.1.9"]), named(1, &["10.0.1.10"])])).is_ok());
    let twice = "InvalidParameterValue: Private address 10.0.1.9 is specified twice.";
    assert_eq!(refusal(&with(vec![named(0, &["10.0.1.9"]), named(1, &["10.0.1.9"])])), twice);
    let several = LaunchRequest { max_count: 2, ..with(vec![named(0, &["10.0.1.9"])]) };
    assert_eq!(refusal(&several), "InvalidParameterValue: A private address can only be specified for a single instance");
    assert_eq!(refusal(&with(vec![named(0, &["10.0.1.3"])])).split(':').next(), Some("InvalidParameterValue"));
}

#[test]
fn a_launch_gives_ipv6_where_the_subnet_and_the_type_have_it() {
    let mut with_ipv6 = world();
    with_ipv6.instance_type.as_mut().unwrap().ipv6_addresses_per_interface = 2;
    with_ipv6.subnets[0].ipv6 = Some(multihome_types::SubnetIpv6Block { association: id(1), cidr: the("2001:db8:0:1::/64") });
    with_ipv6.subnets[0].attributes.assign_ipv6_address_on_creation = true;
    let asked = |count| with(vec![LaunchInterface { ipv6: Ipv6Assignment::AddressCount(count), ..new(0, 1) }]);
    let given = |world: &World, request: &LaunchRequest| match &world.plan(request).unwrap().instances[0].interfaces[0].source {
        InterfaceSource::New { ipv6, .. } => ipv6.clone(),
        InterfaceSource::Existing(_) => panic!(),
    };
    assert_eq!(given(&with_ipv6, &with(vec![new(0, 1)])), Ipv6Assignment::AddressCount(1));
    assert_eq!(given(&with_ipv6, &asked(2)), Ipv6Assignment::AddressCount(2));
    assert_eq!(with_ipv6.plan(&asked(3)).unwrap_err().code, "PrivateIpAddressLimitExceeded");
    assert_eq!(
        with_ipv6.plan(&with(vec![LaunchInterface { ipv6: Ipv6Assignment::AddressCount(1), ..new(0, 2) }])).unwrap_err().code,
        "InvalidParameterValue"
    );
    with_ipv6.instance_type.as_mut().unwrap().ipv6_addresses_per_interface = 0;
    assert_eq!(given(&with_ipv6, &with(vec![new(0, 1)])), Ipv6Assignment::Nothing);
    assert_eq!(with_ipv6.plan(&asked(1)).unwrap_err().code, "PrivateIpAddressLimitExceeded");
}
