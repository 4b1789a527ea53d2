//! VPCs with what is in them: subnets, routes, gateways, groups, ACLs and DHCP options.

use super::*;

#[test]
fn a_route_to_an_interface_that_is_not_listed_is_left_out_although_traffic_could_take_it() {
    let mut world = seed();
    let secondary = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    let mut through = route("10.9.0.0/16", "eni-00000002");
    through.instance = Some((of("i-1b5c4503"), of("000994694045")));
    world.put_route_table(RouteTable { id: of("rtb-00000002"), main: None, ..route_table("rtb-00000002", "vpc-3b1fdc87", vec![through]) });
    let routes = |world: &World, scope| {
        let Found { document, invalid_routes, .. } = composed_for(world, scope);
        assert_eq!(invalid_routes, []);
        document.vpcs.iter().map(|vpc| vpc.route_tables[0].routes.len()).collect::<Vec<_>>()
    };
    world.put_interface(&secondary);
    assert_eq!(routes(&world, Scope::Region), [2]);
    // Its instance runs, so the route's stored state is right; but the interface is on its way out of the document.
    world.put_interface(&moved(secondary.clone(), AttachmentState::Detaching, 5));
    assert_eq!(routes(&world, Scope::Region), [1]);
    assert!(routes(&world, Scope::Cluster(of("two"))).is_empty());
}

#[test]
fn a_gateway_is_listed_with_the_vpc_it_is_attached_to_and_a_public_address_with_what_it_leads_to() {
    let mut world = seed();
    world.put_internet_gateway(internet_gateway("igw-993ae7e7", Some("vpc-3b1fdc87")));
    world.put_internet_gateway(internet_gateway("igw-00000002", None));
    let Found { document, .. } = composed(&world);
    assert_eq!(document.vpcs[0].internet_gateways, [of("igw-993ae7e7")]);
    assert_eq!(document.internet_gateways.iter().map(|gateway| gateway.id).collect::<Vec<_>>(), [of("igw-993ae7e7")]);
    let torn_down = InstanceState::Stopped;
    world.put_instance(&multihome_types::Instance { state: torn_down, generation: Generation(9), ..instance("i-1b5c4503") });
    let Found { document, .. } = composed(&world);
    assert_eq!((document.vpcs.len(), document.internet_gateways.len()), (0, 0));
}

#[test]
fn a_nat_gateway_at_work_is_listed_and_so_is_its_vpc() {
    let mut world = World::default();
    world.put_cluster(cluster("one"));
    world.put_vpc(vpc("vpc-7377904f"));
    world.put_subnet(subnet("subnet-3e787e00", "vpc-7377904f"));
    world.put_route_table(route_table("rtb-0d6760e5", "vpc-7377904f", vec![route("1.1.1.1/32", "nat-99528bb072b83cf9f")]));
    for (generation, state, expected) in
        [(1, NatGatewayState::Pending, false), (2, NatGatewayState::Available, true), (3, NatGatewayState::Deleting, false)]
    {
        world.put_nat_gateway(nat_gateway(state, generation));
        let Found { document, .. } = composed(&world);
        assert_eq!(document.vpcs.len(), usize::from(expected), "{state}");
        if let Some(vpc) = document.vpcs.first() {
            let gateway = &vpc.nat_gateways[0];
            assert_eq!((gateway.mac.unwrap().to_string(), gateway.private_address.to_string()), ("d0:0d:0f:bb:04:f4".into(), "10.10.10.8".into()));
            assert_eq!(
                (gateway.public_address.map(|address| address.to_string()), vpc.route_tables[0].routes.len()),
                (Some("10.116.132.146".into()), 2)
            );
        }
        assert!(composed_for(&world, Scope::Cluster(of("two"))).document.vpcs.is_empty(), "it is in another zone");
    }
}

#[test]
fn a_vpc_is_listed_while_a_listed_instance_has_an_interface_in_it_even_a_detaching_one() {
    let mut world = seed();
    world.put_vpc(vpc("vpc-00000002"));
    world.put_group(group("sg-00000002", "vpc-00000002", vec![]));
    let ids = |world: &World| composed(world).document.vpcs.iter().map(|vpc| vpc.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(&world), ["vpc-3b1fdc87"]);

    let mut secondary = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    (secondary.vpc, secondary.groups) = (of("vpc-00000002"), vec![of("sg-00000002")]);
    let secondary = moved(secondary, AttachmentState::Detaching, 5);
    world.put_interface(&secondary);
    assert_eq!(ids(&world), ["vpc-00000002", "vpc-3b1fdc87"]);
    assert_eq!(groups(&composed(&world).document), ["sg-00000002", "sg-6300851f"]);

    world.remove_interface(secondary.id);
    assert_eq!(ids(&world), ["vpc-3b1fdc87"]);
}

#[test]
fn a_subnet_has_its_own_table_or_the_main_one_or_none() {
    let mut world = seed();
    world.put_subnet(subnet("subnet-00000001", "vpc-3b1fdc87"));
    let mut own = route_table("rtb-00000001", "vpc-3b1fdc87", vec![]);
    (own.main, own.subnets) = (None, vec![(of("rtbassoc-00000002"), of("subnet-00000001"))]);
    world.put_route_table(own);
    let tables = |world: &World| {
        let document = composed(world).document;
        document.vpcs[0].subnets.iter().map(|subnet| subnet.route_table.map(|id| id.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(tables(&world), [Some("rtb-00000001".into()), Some("rtb-55a30b11".into())]);
    world.remove_route_table(of("rtb-55a30b11"));
    assert_eq!(tables(&world), [Some("rtb-00000001".into()), None]);
}

#[test]
fn only_routes_that_traffic_can_take_are_listed_whatever_their_stored_state() {
    let mut world = seed();
    let mut stored_wrong = route("10.1.0.0/16", "eni-a2f151a8");
    stored_wrong.state = RouteState::Blackhole;
    let routes = vec![stored_wrong, route("10.2.0.0/16", "eni-00000bad"), route("10.3.0.0/16", "igw-00000001"), route("10.4.0.0/16", "nat-00000001")];
    world.put_route_table(route_table("rtb-55a30b11", "vpc-3b1fdc87", routes));
    let Found { document, invalid_routes, .. } = composed(&world);
    let destinations: Vec<_> = document.vpcs[0].route_tables[0].routes.iter().map(|route| route.destination.to_string()).collect();
    assert_eq!(destinations, ["172.31.0.0/16", "10.1.0.0/16"]);
    let invalid: Vec<_> = invalid_routes.iter().map(|key| key.destination.to_string()).collect();
    assert_eq!(invalid, ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"]);
}

#[test]
fn an_invalid_route_is_found_in_a_vpc_that_is_not_listed() {
    let mut world = seed();
    world.put_vpc(vpc("vpc-00000002"));
    world.put_route_table(route_table("rtb-00000002", "vpc-00000002", vec![route("0.0.0.0/0", "eni-00000bad")]));
    let Found { document, invalid_routes, .. } = composed(&world);
    assert_eq!(document.vpcs.len(), 1);
    assert_eq!(invalid_routes, [RouteKey { vpc: of("vpc-00000002"), route_table: of("rtb-00000002"), destination: of("0.0.0.0/0") }]);
}

#[test]
fn a_route_becomes_invalid_when_its_instance_stops_and_when_its_interface_moves() {
    let mut world = seed();
    assert_eq!(composed(&world).invalid_routes, []);
    let mut stopped = instance("i-1b5c4503");
    stopped.state = InstanceState::Stopped;
    world.put_instance(&stopped);
    assert_eq!(composed(&world).invalid_routes.len(), 1);

    let mut world = seed();
    world.put_instance(&instance("i-00000002"));
    world.put_interface(&attached(interface("eni-a2f151a8"), "i-00000002", 0));
    assert_eq!(composed(&world).invalid_routes.len(), 1, "active as before, but on another instance");
}

#[test]
fn groups_that_rules_refer_to_are_listed_and_rules_to_other_groups_are_left_out() {
    let mut world = seed();
    world.put_vpc(vpc("vpc-00000002"));
    // Of a listed VPC, itself not listed: what it refers to is.
    world.put_group(group("sg-00000001", "vpc-3b1fdc87", vec![rule("sgr-00000001", false, -1, None, from_group("sg-00000002"))]));
    let refers = ["sg-00000001", "sg-00000003", "sg-00000bad"].map(|id| rule("sgr-00000001", true, 17, Some((53, 53)), from_group(id)));
    world.put_group(group("sg-00000002", "vpc-00000002", refers.to_vec()));
    // Of a VPC that is not listed: what it refers to is not.
    world.put_group(group("sg-00000003", "vpc-00000002", vec![rule("sgr-00000001", false, -1, None, from_group("sg-00000004"))]));
    world.put_group(group("sg-00000004", "vpc-00000002", vec![]));

    // Of a listed VPC, but only itself refers to it.
    world.put_group(group("sg-00000005", "vpc-3b1fdc87", vec![rule("sgr-00000001", false, -1, None, from_group("sg-00000005"))]));

    let Found { document, .. } = composed(&world);
    assert_eq!(groups(&document), ["sg-00000002", "sg-6300851f"]);
    assert_eq!(document.security_groups[0].egress, []);
    let own = &document.security_groups[1].ingress[0];
    assert!(matches!(own.peer, broadcast::RulePeer::Group { id, .. } if id == of("sg-6300851f")), "a rule to the group itself stays");
}

#[test]
fn a_rule_has_ports_or_icmp_numbers_or_neither() {
    let mut world = seed();
    let rules = [6, 17, 1, -1, 50].map(|protocol| rule("sgr-00000001", false, protocol, Some((3, 4)), RulePeer::Cidr(of("10.0.0.0/8"))));
    world.put_group(group("sg-6300851f", "vpc-3b1fdc87", rules.to_vec()));
    let document = composed(&world).document;
    let numbers = document.security_groups[0].ingress.iter().map(|rule| (rule.from_port, rule.to_port, rule.icmp_type, rule.icmp_code));
    let (ports, icmp, neither) = ((Some(3), Some(4), None, None), (None, None, Some(3), Some(4)), (None, None, None, None));
    assert_eq!(numbers.collect::<Vec<_>>(), [ports, ports, icmp, neither, neither]);
}

#[test]
fn acls_are_listed_with_their_vpc_by_number_and_without_what_cannot_be_said() {
    let mut world = seed();
    let ping =
        NetworkAclEntry { protocol: 1, action: AclAction::Deny, icmp: Some(IcmpTypeCode { kind: 8, code: -1 }), ..entry(false, 110, "10.0.0.0/8") };
    let web = NetworkAclEntry { protocol: 6, ports: Some(PortRange { from: 80, to: 443 }), ..entry(false, 90, "0.0.0.0/0") };
    let nothing = NetworkAclEntry { protocol: 0, ..entry(true, 80, "0.0.0.0/0") };
    let entries = vec![entry(true, 100, "0.0.0.0/0"), nothing, entry(true, 32_768, "::/0"), ping, web, entry(false, 32_767, "0.0.0.0/0")];
    world.put_network_acl(network_acl("acl-00000002", "vpc-3b1fdc87", "subnet-893ca466", entries));
    world.put_network_acl(network_acl("acl-00000001", "vpc-3b1fdc87", "subnet-00000000", vec![]));
    world.put_network_acl(network_acl("acl-00000003", "vpc-00000000", "subnet-00000000", vec![entry(true, 1, "::/0")]));
    let Found { document, omitted, .. } = composed(&world);
    let [vpc] = document.vpcs.as_slice() else { panic!("{document:?}") };
    assert_eq!(vpc.network_acls.iter().map(|acl| acl.id.to_string()).collect::<Vec<_>>(), ["acl-00000001", "acl-00000002"]);
    assert_eq!(vpc.subnets[0].network_acl, Some(of("acl-00000002")));
    let acl = &vpc.network_acls[1];
    let numbers = |entries: &[broadcast::AclEntry]| entries.iter().map(|entry| entry.number).collect::<Vec<_>>();
    assert_eq!((numbers(&acl.ingress), numbers(&acl.egress)), (vec![90, 110, 32_767], vec![100]));
    let [web, ping, _] = acl.ingress.as_slice() else { panic!("{acl:?}") };
    assert_eq!((web.protocol, web.from_port, web.to_port, web.icmp_type), (6, Some(80), Some(443), None));
    assert_eq!((ping.action, ping.icmp_type, ping.icmp_code, ping.from_port), (AclAction::Deny, Some(8), Some(-1), None));
    let key = |number| EntryKey { acl: of("acl-00000002"), egress: true, number };
    assert_eq!(omitted, [Omission::EntryAboutProtocol0(key(80)), Omission::EntryAboutIpv6(key(32_768))]);
    assert_eq!(omitted[0].to_string(), "Egress entry 80 of acl-00000002 is not broadcast: consumers refuse a document with protocol 0");
}

#[test]
fn the_dhcp_options_of_listed_vpcs_are_listed_once_each() {
    let mut world = seed();
    let dns: (DhcpOption, &[&str]) = (DhcpOption::DomainNameServers, &["AmazonProvidedDNS", "10.2.5.1"]);
    world.put_dhcp_options(dhcp_options("dopt-00000001", &[(DhcpOption::DomainName, &["example.com"]), dns]));
    world.put_dhcp_options(dhcp_options("dopt-00000002", &[dns]));
    let with = |id: &str, generation| multihome_types::Vpc { dhcp_options: Some(of(id)), generation: Generation(generation), ..vpc("vpc-3b1fdc87") };
    assert_eq!((composed(&world).document.vpcs[0].dhcp_option_set, composed(&world).document.dhcp_option_sets), (None, vec![]));
    world.put_vpc(with("dopt-00000001", 2));
    let Found { document, .. } = composed(&world);
    assert_eq!(document.vpcs[0].dhcp_option_set, Some(of("dopt-00000001")));
    let [set] = document.dhcp_option_sets.as_slice() else { panic!("{document:?}") };
    let told = |key: &str, values: &[&str]| (key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
    let expected = [told("domain-name", &["example.com"]), told("domain-name-servers", &["10.111.1.1", "10.2.5.1"])];
    assert_eq!((set.id, set.options.as_slice()), (of("dopt-00000001"), expected.as_slice()));
    // Of a set that is not there, or not yet, nothing refers to it.
    world.put_vpc(with("dopt-00000009", 3));
    assert_eq!((composed(&world).document.vpcs[0].dhcp_option_set, composed(&world).document.dhcp_option_sets), (None, vec![]));
}

#[test]
fn a_change_of_an_acl_or_of_options_concerns_the_clusters_with_instances_in_the_vpc() {
    let mut world = seed();
    world.put_cluster(cluster("two"));
    let mut composers = ["one", "two"].map(|name| Composer::new(Scope::Cluster(of(name)), settings()));
    let mut contents = |world: &World| composers.each_mut().map(|composer| composer.compose(world).content);
    let first = contents(&world);
    world.put_network_acl(network_acl("acl-00000001", "vpc-3b1fdc87", "subnet-893ca466", vec![]));
    let second = contents(&world);
    world.put_dhcp_options(dhcp_options("dopt-00000001", &[(DhcpOption::DomainName, &["example.com"])]));
    let unused = contents(&world);
    world.put_vpc(multihome_types::Vpc { dhcp_options: Some(of("dopt-00000001")), generation: Generation(2), ..vpc("vpc-3b1fdc87") });
    let third = contents(&world);
    assert!(first[0] != second[0] && second[0] != third[0]);
    assert_eq!((unused[0], [first[1], second[1], third[1]]), (second[0], [first[1]; 3]));
}
