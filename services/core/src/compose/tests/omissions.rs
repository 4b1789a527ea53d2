//! What is left out: for the consumers of 4.3, and because the format has no words for it.

use super::*;

#[test]
fn consumers_of_4_3_are_told_of_nothing_whose_id_they_would_cut() {
    let mut world = seed();
    let long = "i-0a2f151a8bcdef012";
    world.put_instance(&instance(long));
    world.put_interface(&attached(interface("eni-00000003"), long, 0));
    world.put_interface(&attached(interface("eni-0a2f151a8bcdef012"), "i-1b5c4503", 1));
    let mut old = settings();
    old.dialect = Dialect::V43;
    let Found { document, omitted, .. } = found(&Composer::new(Scope::Region, old).compose(&world));
    assert_eq!(listed(&document), ["i-1b5c4503"]);
    assert_eq!(interfaces(&document.instances[0]), ["eni-a2f151a8"]);
    let expected =
        [Omission::InstanceIdTooLong(of(long)), Omission::InterfaceIdTooLong { instance: of("i-1b5c4503"), interface: of("eni-0a2f151a8bcdef012") }];
    assert_eq!(omitted[..2], expected);
    assert_eq!((listed(&composed(&world).document).len(), composed(&world).omitted), (2, vec![]));
}

#[test]
fn what_consumers_of_4_3_are_not_told_of_a_network_is_said_to_the_operator() {
    let (mut world, digits) = (seed(), "0a2f151a8bcdef012");
    let id = |prefix: &str| format!("{prefix}-{digits}");
    world.put_subnet(subnet(&id("subnet"), "vpc-3b1fdc87"));
    world.put_route_table(route_table(&id("rtb"), "vpc-3b1fdc87", vec![]));
    world.put_network_acl(network_acl(&id("acl"), "vpc-3b1fdc87", &id("subnet"), vec![]));
    world.put_internet_gateway(internet_gateway(&id("igw"), Some("vpc-3b1fdc87")));
    world.put_dhcp_options(dhcp_options(&id("dopt"), &[]));
    world.put_vpc(Vpc { dhcp_options: Some(of(&id("dopt"))), generation: Generation(2), ..vpc("vpc-3b1fdc87") });
    // Nobody uses the group after it: it would not be listed anywhere.
    world.put_group(group("sg-0b2f151a8bcdef012", "vpc-3b1fdc87", vec![]));
    world.put_group(group(&id("sg"), "vpc-3b1fdc87", vec![]));
    world.put_group(group("sg-00000009", "vpc-3b1fdc87", vec![rule("sgr-00000009", false, -1, None, from_group(&id("sg")))]));
    // With the same options: they are named once.
    world.put_vpc(Vpc { dhcp_options: Some(of(&id("dopt"))), ..vpc("vpc-00000009") });
    world.put_interface(&attached(Interface { vpc: of("vpc-00000009"), ..interface("eni-00000008") }, "i-1b5c4503", 2));
    world.put_vpc(vpc(&id("vpc")));
    world.put_interface(&attached(Interface { vpc: of(&id("vpc")), ..interface("eni-00000009") }, "i-1b5c4503", 1));
    let mut old = settings();
    old.dialect = Dialect::V43;
    let Found { document, omitted, .. } = found(&Composer::new(Scope::Region, old).compose(&world));
    let long: Vec<String> = omitted.iter().filter(|omission| matches!(omission, Omission::IdTooLong(_))).map(ToString::to_string).collect();
    let expected = ["vpc", "subnet", "rtb", "acl", "dopt", "igw", "sg"];
    let expected = expected.map(|prefix| format!("{} is not broadcast: consumers of 4.3 have no room for an id of 17 digits", id(prefix)));
    assert_eq!(long, expected);
    assert!(!format!("{document:?}").contains(digits), "{document:?}");
    assert!(!composed(&world).omitted.iter().any(|omission| matches!(omission, Omission::IdTooLong(_))));
}

#[test]
fn a_nat_gateway_that_consumers_of_4_3_are_not_told_of_is_named_and_so_is_its_vpc() {
    let digits = "0a2f151a8bcdef012";
    let omitted = |vpc_id: &str, subnet_id: &str| {
        let mut world = World::default();
        world.put_vpc(vpc(vpc_id));
        world.put_subnet(subnet(subnet_id, vpc_id));
        let gateway = nat_gateway(NatGatewayState::Available, 1);
        world.put_nat_gateway(multihome_types::NatGateway { vpc: of(vpc_id), subnet: of(subnet_id), ..gateway });
        let old = Settings { dialect: Dialect::V43, ..settings() };
        let Found { document, omitted, .. } = found(&Composer::new(Scope::Region, old).compose(&world));
        assert_eq!(document.vpcs.len(), usize::from(omitted.is_empty()));
        omitted
    };
    assert_eq!(omitted("vpc-7377904f", "subnet-3e787e00"), []);
    let (long_vpc, long_subnet) = (format!("vpc-{digits}"), format!("subnet-{digits}"));
    let of_gateway = Omission::SubnetOfGatewayTooLong { gateway: of("nat-99528bb072b83cf9f"), subnet: of(&long_subnet) };
    let of_vpc = Omission::IdTooLong(Long::Vpc(of(&long_vpc)));
    assert_eq!(omitted("vpc-7377904f", &long_subnet), [of_gateway]);
    assert_eq!(omitted(&long_vpc, "subnet-3e787e00"), [of_vpc]);
    assert_eq!(omitted(&long_vpc, &long_subnet), [of_vpc, of_gateway]);
}

#[test]
fn consumers_of_4_3_are_told_of_no_route_that_they_would_take_for_another() {
    let mut world = seed();
    world.put_internet_gateway(internet_gateway("igw-993ae7e7", Some("vpc-3b1fdc87")));
    let routes = ["192.168.10.0/24", "192.168.100.0/24"].map(|destination| route(destination, "igw-993ae7e7"));
    world.put_route_table(RouteTable { generation: Generation(2), ..route_table("rtb-55a30b11", "vpc-3b1fdc87", routes.to_vec()) });
    let told = |dialect| {
        let Found { document, omitted, .. } = found(&Composer::new(Scope::Region, Settings { dialect, ..settings() }).compose(&world));
        let routes = document.vpcs[0].route_tables[0].routes.iter().map(|route| route.destination.to_string()).collect::<Vec<_>>();
        (routes, omitted)
    };
    let left_out = Omission::DestinationTooLong { route_table: of("rtb-55a30b11"), destination: of("192.168.100.0/24") };
    assert!(!left_out.is_beyond_the_format());
    let known = ["172.31.0.0/16", "192.168.10.0/24"].map(str::to_owned);
    assert_eq!(told(Dialect::V43), (known.to_vec(), vec![left_out]));
    assert_eq!(told(Dialect::V44), ([known.as_slice(), &["192.168.100.0/24".to_owned()]].concat(), vec![]));
}

#[test]
fn the_further_addresses_of_a_listed_interface_are_left_out_and_said_to_be() {
    let further = [
        multihome_types::Assigned { addresses: vec![of("172.31.2.9")], ..Default::default() },
        multihome_types::Assigned { prefixes: vec![of("172.31.3.0/28")], ..Default::default() },
        multihome_types::Assigned { ipv6_addresses: vec![of("2001:db8::9")], ..Default::default() },
        multihome_types::Assigned { ipv6_prefixes: vec![of("2001:db8::/80")], ..Default::default() },
    ];
    for assigned in further {
        let mut world = seed();
        let before = composed(&world).document;
        world.put_interface(&Interface { assigned: assigned.clone(), generation: Generation(2), ..seed_interface() });
        let Found { document, omitted, .. } = composed(&world);
        let (instance, interface) = (of("i-1b5c4503"), of("eni-a2f151a8"));
        assert_eq!((document, omitted), (before, vec![Omission::FurtherAddresses { instance, interface }]), "{assigned:?}");
        // Of one that is not listed itself there is nothing to say.
        world.put_interface(&Interface { generation: Generation(3), assigned, ..moved(seed_interface(), AttachmentState::Detaching, 5) });
        assert_eq!(composed(&world).omitted, [Omission::NoPrimaryInterface(instance)]);
    }
}

#[test]
fn a_subnet_in_a_further_block_of_its_vpc_is_listed_and_the_block_is_said_to_be_left_out() {
    let mut world = seed();
    world.put_subnet(multihome_types::Subnet { cidr: of("10.9.1.0/24"), ..subnet("subnet-00000009", "vpc-3b1fdc87") });
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!(document.vpcs[0].subnets.len(), 2);
    assert_eq!(omitted, [Omission::FurtherBlock { vpc: of("vpc-3b1fdc87"), subnet: of("subnet-00000009") }]);
    assert!(omitted[0].is_beyond_the_format());
}

#[test]
fn a_rule_about_ipv6_is_left_out_because_consumers_would_misread_it() {
    let mut world = seed();
    let blocks = [RulePeer::Ipv6Cidr(of("::/0")), RulePeer::Cidr(of("10.0.0.0/8"))];
    world.put_group(group("sg-6300851f", "vpc-3b1fdc87", blocks.map(|peer| rule("sgr-00000001", true, -1, None, peer)).to_vec()));
    let Found { document, omitted, .. } = composed(&world);
    let peers: Vec<_> = document.security_groups[0].egress.iter().map(|rule| rule.peer).collect();
    assert_eq!(peers, [broadcast::RulePeer::Cidr(of("10.0.0.0/8"))]);
    assert_eq!(omitted, [Omission::RuleAboutIpv6 { group: of("sg-6300851f"), rule: of("sgr-00000001") }]);
}

#[test]
fn a_rule_about_protocol_0_is_left_out_because_consumers_would_open_every_protocol() {
    let mut world = seed();
    let rules = [0, 47].map(|protocol| rule(&format!("sgr-0000000{}", protocol % 10), false, protocol, None, RulePeer::Cidr(of("10.11.0.0/16"))));
    world.put_group(group("sg-6300851f", "vpc-3b1fdc87", rules.to_vec()));
    for dialect in [Dialect::V43, Dialect::V44] {
        let Found { document, omitted, .. } = found(&Composer::new(Scope::Region, Settings { dialect, ..settings() }).compose(&world));
        let protocols: Vec<i32> = document.security_groups[0].ingress.iter().map(|rule| rule.protocol).collect();
        assert_eq!(protocols, [47]);
        let left_out = Omission::RuleAboutProtocol0 { group: of("sg-6300851f"), rule: of("sgr-00000000") };
        let rules: Vec<&Omission> = omitted.iter().filter(|omission| matches!(omission, Omission::RuleAboutProtocol0 { .. })).collect();
        assert_eq!(rules, [&left_out]);
        assert!(!left_out.is_beyond_the_format());
    }
}

#[test]
fn a_subnet_whose_route_table_is_left_out_has_none_and_not_the_main_one() {
    let mut world = seed();
    world.put_internet_gateway(internet_gateway("igw-993ae7e7", Some("vpc-3b1fdc87")));
    let to_internet = vec![route("0.0.0.0/0", "igw-993ae7e7")];
    world.put_route_table(RouteTable { generation: Generation(2), ..route_table("rtb-55a30b11", "vpc-3b1fdc87", to_internet) });
    let own = RouteTable {
        main: None,
        subnets: vec![(of("rtbassoc-00000002"), of("subnet-893ca466"))],
        ..route_table("rtb-0a2f151a8bcdef012", "vpc-3b1fdc87", vec![])
    };
    world.put_route_table(own);
    let table = |dialect| {
        let Found { document, .. } = found(&Composer::new(Scope::Region, Settings { dialect, ..settings() }).compose(&world));
        document.vpcs[0].subnets.iter().find(|subnet| subnet.id == of("subnet-893ca466")).unwrap().route_table
    };
    assert_eq!((table(Dialect::V44), table(Dialect::V43)), (Some(of("rtb-0a2f151a8bcdef012")), None));
}

#[test]
fn a_route_about_ipv6_is_left_out_and_said_to_be() {
    let mut world = seed();
    world.put_internet_gateway(internet_gateway("igw-993ae7e7", Some("vpc-3b1fdc87")));
    let routes = vec![route("0.0.0.0/0", "igw-993ae7e7"), route("::/0", "igw-993ae7e7")];
    world.put_route_table(route_table("rtb-00000009", "vpc-3b1fdc87", routes));
    let Found { document, omitted, .. } = composed(&world);
    let told = document.vpcs[0].route_tables.iter().find(|table| table.id == of("rtb-00000009")).unwrap();
    assert!(told.routes.iter().any(|route| route.destination == of("0.0.0.0/0")), "{told:?}");
    assert_eq!(omitted, [Omission::RouteAboutIpv6 { route_table: of("rtb-00000009"), destination: of("::/0") }]);
}
