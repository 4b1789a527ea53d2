//! What is listed and what is not, read back from the document's bytes as a consumer does.

mod incremental;
mod omissions;

use multihome_broadcast::{self as broadcast, Document, read};
use multihome_types::{
    AclAction, AttachmentState, DhcpOption, Generation, IcmpTypeCode, InstanceState, Interface, InterfaceKind, NatGatewayState, NetworkAclEntry,
    PortRange, RouteState, RouteTable, RulePeer, Vpc,
};

use super::*;
use crate::world::sample::*;

fn settings() -> Settings {
    Settings {
        controller: of("10.111.1.1"),
        dns_domain: "eucalyptus.internal".into(),
        dns_servers: vec![of("10.111.1.1")],
        mac_prefix: MacPrefix::default(),
        most_secondaries: 8,
        dialect: Dialect::V44,
        public_addresses: vec![],
        mido: None,
    }
}

/// The document, and what was found.
struct Found {
    document: Document,
    invalid_routes: Vec<RouteKey>,
    omitted: Vec<Omission>,
}

fn found(composition: &Composition<'_>) -> Found {
    let mut bytes = Vec::new();
    composition.write(None, &mut bytes);
    let mut document = read(&bytes).unwrap();
    // A reader cannot tell the dialects apart.
    document.dialect = if bytes.windows(7).any(|text| text == b"<rules>" || text == b"<rules/") { Dialect::V43 } else { Dialect::V44 };
    assert_eq!(document.content(), composition.content, "the hash of what was kept is the hash of what is written");
    assert_eq!(document.version, composition.content.version());
    Found { document, invalid_routes: composition.invalid_routes.clone(), omitted: composition.omitted.clone() }
}

fn composed_for(world: &World, scope: Scope) -> Found {
    found(&Composer::new(scope, settings()).compose(world))
}

fn composed(world: &World) -> Found {
    composed_for(world, Scope::Region)
}

fn listed(document: &Document) -> Vec<String> {
    document.instances.iter().map(|instance| instance.id.to_string()).collect()
}

fn placed(document: &Document) -> Vec<String> {
    let nodes = document.configuration.clusters.iter().flat_map(|cluster| &cluster.nodes);
    nodes.flat_map(|node| &node.instances).map(ToString::to_string).collect()
}

fn interfaces(instance: &broadcast::Instance) -> Vec<String> {
    instance.interfaces.iter().map(|interface| interface.id.to_string()).collect()
}

fn groups(document: &Document) -> Vec<String> {
    document.security_groups.iter().map(|group| group.id.to_string()).collect()
}

#[test]
fn the_seeds_example_is_composed_byte_for_byte() {
    let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/broadcast/golden/seed.xml"));
    let (world, mut composer, mut bytes) = (seed(), Composer::new(Scope::Region, settings()), Vec::new());
    let composition = composer.compose(&world);
    composition.write(None, &mut bytes);
    assert_eq!(String::from_utf8(bytes).unwrap(), golden.trim_end());
    assert_eq!((composition.invalid_routes.as_slice(), composition.omitted.as_slice()), ([].as_slice(), [].as_slice()));
}

/// The seed's NAT gateway with its network, beside the seed's instance with a public address: what `golden/nat-gateway.xml` says.
fn nat_gateway_world() -> World {
    let mut world = seed();
    let owner = of("000476990416");
    let primary = seed_interface();
    let ids = (of("eipalloc-00000001"), of("eipassoc-00000001"));
    let public = multihome_types::ElasticAddress { address: of("10.116.132.21"), ..crate::automatic::given(&primary, ids, primary.created) };
    world.put_interface(&Interface { public: vec![public], ..primary });
    world.put_vpc(Vpc { account: owner, cidr: of("10.10.0.0/16"), dhcp_options: Some(of("dopt-f6703e05")), ..vpc("vpc-7377904f") });
    let inside = subnet("subnet-3e787e00", "vpc-7377904f");
    world.put_subnet(multihome_types::Subnet { account: owner, cidr: of("10.10.10.0/24"), ..inside });
    let ping =
        NetworkAclEntry { protocol: 1, action: AclAction::Deny, icmp: Some(IcmpTypeCode { kind: 8, code: -1 }), ..entry(false, 90, "0.0.0.0/0") };
    let web = NetworkAclEntry { protocol: 6, ports: Some(PortRange { from: 80, to: 443 }), ..entry(false, 95, "0.0.0.0/0") };
    let every = |egress| {
        let last = NetworkAclEntry { action: AclAction::Deny, ..entry(egress, 32_767, "0.0.0.0/0") };
        [last, entry(egress, 100, "0.0.0.0/0")]
    };
    let entries = every(false).into_iter().chain([web, ping]).chain(every(true)).collect();
    let acl = network_acl("acl-1a2b3c4d", "vpc-7377904f", "subnet-3e787e00", entries);
    world.put_network_acl(multihome_types::NetworkAcl { account: owner, ..acl });
    let local = route("10.10.0.0/16", "local");
    let through = vec![local.clone(), route("1.1.1.1/32", "nat-99528bb072b83cf9f")];
    let main = route_table("rtb-0d6760e5", "vpc-7377904f", vec![]);
    world.put_route_table(RouteTable { account: owner, routes: through, ..main });
    let other = route_table("rtb-380d260d", "vpc-7377904f", vec![]);
    world.put_route_table(RouteTable { account: owner, main: None, routes: vec![local], ..other });
    world.put_nat_gateway(nat_gateway(NatGatewayState::Available, 1));
    world.put_internet_gateway(multihome_types::InternetGateway { account: owner, ..internet_gateway("igw-993ae7e7", Some("vpc-7377904f")) });
    let options: [(DhcpOption, &[&str]); 2] =
        [(DhcpOption::DomainName, &["eucalyptus.internal"]), (DhcpOption::DomainNameServers, &["10.111.1.1", "10.111.1.2"])];
    world.put_dhcp_options(multihome_types::DhcpOptions { account: owner, ..dhcp_options("dopt-f6703e05", &options) });
    world
}

#[test]
fn the_seeds_nat_gateway_is_composed_byte_for_byte() {
    let golden = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../schemas/broadcast/golden/nat-gateway.xml"));
    let gateway =
        broadcast::MidoGateway::Host { gateway_host: "gateway.example".into(), gateway_ip: of("10.116.133.77"), gateway_interface: "em1.116".into() };
    let mido = Mido {
        gateways: vec![gateway],
        eucanetd_host: Some("controller.example".into()),
        bgp_asn: None,
        public_network_cidr: Some(of("10.116.0.0/17")),
        public_gateway_ip: Some(of("10.116.133.67")),
    };
    let public_addresses = vec![of("10.116.132.1"), of("10.116.132.10-10.116.132.200")];
    let (world, mut bytes) = (nat_gateway_world(), Vec::new());
    let mut composer = Composer::new(Scope::Region, Settings { public_addresses, mido: Some(mido), ..settings() });
    let composition = composer.compose(&world);
    composition.write(None, &mut bytes);
    assert_eq!(String::from_utf8(bytes).unwrap(), golden.trim_end());
    assert_eq!((composition.invalid_routes.as_slice(), composition.omitted.as_slice()), ([].as_slice(), [].as_slice()));
}

#[test]
fn the_document_carries_the_revision_and_the_applied_version() {
    let mut world = seed();
    world.advance(ChangeId(41));
    let (mut composer, mut bytes) = (Composer::new(Scope::Region, settings()), Vec::new());
    let composition = composer.compose(&world);
    assert_eq!(composition.revision, ChangeId(41));
    let applied = AppliedVersion { version: composition.content.version(), time: multihome_types::Timestamp(1000) };
    composition.write(Some(&applied), &mut bytes);
    let document = read(&bytes).unwrap();
    assert_eq!((document.content(), document.applied), (composition.content, Some(applied)));
}

#[test]
fn an_instance_is_listed_until_it_is_torn_down_and_placed_while_it_is_meant_to_run() {
    let mut world = seed();
    let mut seen = Vec::new();
    for (generation, state) in InstanceState::ALL.iter().enumerate() {
        let mut row = instance("i-1b5c4503");
        (row.state, row.generation) = (*state, Generation(2 + i64::try_from(generation).unwrap()));
        world.put_instance(&row);
        let Found { document, omitted, .. } = composed(&world);
        assert_eq!(omitted, []);
        seen.push((*state, !listed(&document).is_empty(), !placed(&document).is_empty()));
    }
    let expected = [
        (InstanceState::Pending, true, true),
        (InstanceState::Running, true, true),
        (InstanceState::ShuttingDown, true, false),
        (InstanceState::Terminated, false, false),
        (InstanceState::Stopping, true, false),
        (InstanceState::Stopped, false, false),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn an_interface_is_listed_while_it_is_attaching_or_attached() {
    let mut world = seed();
    let mut secondary = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    for (state, expected) in [(AttachmentState::Attaching, true), (AttachmentState::Attached, true), (AttachmentState::Detaching, false)] {
        secondary = moved(secondary, state, 5);
        world.put_interface(&secondary);
        assert_eq!(interfaces(&composed(&world).document.instances[0]).contains(&"eni-00000002".into()), expected, "{state}");
    }
}

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
fn interfaces_are_in_the_order_of_their_ids_and_the_instance_shows_those_of_the_primary() {
    let mut world = seed();
    let mut secondary = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    secondary.address = of("172.31.3.3");
    world.put_interface(&secondary);
    let instance = &composed(&world).document.instances[0];
    assert_eq!(interfaces(instance), ["eni-00000002", "eni-a2f151a8"]);
    assert_eq!((instance.mac.to_string(), instance.private_address.to_string()), ("d0:0d:a2:f1:51:a8".into(), "172.31.2.226".into()));
}

#[test]
fn the_public_address_of_an_interface_is_shown_with_it_and_the_primarys_with_the_instance() {
    let mut world = seed();
    let mut primary = seed_interface();
    let before = composed(&world).document;
    assert_eq!((before.instances[0].public_address, before.instances[0].interfaces[0].public_address), (None, None));
    primary.generation = primary.generation.next();
    let ids = ("eipalloc-00000001".parse().unwrap(), "eipassoc-00000001".parse().unwrap());
    let public = multihome_types::ElasticAddress { address: of("203.0.113.25"), ..crate::automatic::given(&primary, ids, primary.created) };
    primary.public = vec![public];
    world.put_interface(&primary);
    let after = composed(&world).document;
    let expected = Some(of("203.0.113.25"));
    assert_eq!((after.instances[0].public_address, after.instances[0].interfaces[0].public_address), (expected, expected));
}

#[test]
fn an_instance_without_a_primary_interface_is_omitted() {
    let mut world = seed();
    world.put_interface(&attached(interface("eni-00000002"), "i-1b5c4503", 1));
    world.put_interface(&moved(seed_interface(), AttachmentState::Detaching, 5));
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!((listed(&document), placed(&document)), (vec![], vec![]));
    assert_eq!(omitted, [Omission::NoPrimaryInterface(of("i-1b5c4503"))]);
    assert!(document.vpcs.is_empty() && document.security_groups.is_empty());
}

#[test]
fn an_instance_without_a_group_is_omitted_until_the_group_is_known() {
    let mut world = seed();
    let mut composer = Composer::new(Scope::Region, settings());
    let group = world.group(of("sg-6300851f")).unwrap().clone();
    composer.compose(&world);

    world.remove_group(group.id);
    let Found { document, omitted, .. } = found(&composer.compose(&world));
    assert_eq!((listed(&document), placed(&document)), (vec![], vec![]));
    assert_eq!(omitted, [Omission::NoSecurityGroup(of("i-1b5c4503"))]);

    world.put_group(group);
    let Found { document, omitted, .. } = found(&composer.compose(&world));
    assert_eq!((listed(&document), omitted), (vec!["i-1b5c4503".to_owned()], vec![]));
}

#[test]
fn a_secondary_interface_may_be_without_group() {
    let mut world = seed();
    let mut secondary = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    secondary.groups = vec![of("sg-00000bad")];
    world.put_interface(&secondary);
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!((document.instances[0].interfaces[0].groups.as_slice(), omitted), ([].as_slice(), vec![]));
}

#[test]
fn the_groups_of_an_interface_are_in_the_order_of_their_ids_and_each_once() {
    let mut world = seed();
    world.put_group(group("sg-00000001", "vpc-3b1fdc87", vec![]));
    let mut primary = seed_interface();
    primary.groups = ["sg-6300851f", "sg-00000001", "sg-6300851f"].map(of).to_vec();
    world.put_interface(&primary);
    let instance = &composed(&world).document.instances[0];
    assert_eq!(instance.groups, ["sg-00000001", "sg-6300851f"].map(of));
    assert_eq!(instance.interfaces[0].groups, instance.groups);
}

fn secondaries(count: u8) -> impl Iterator<Item = Interface> {
    (1..=count).map(|index| attached(interface(&format!("eni-000000{:02x}", 0xff - index)), "i-1b5c4503", index))
}

#[test]
fn the_ninth_secondary_interface_is_omitted_and_the_instance_keeps_the_others() {
    let mut world = seed();
    secondaries(10).for_each(|interface| assert!(world.put_interface(&interface)));
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!(document.instances[0].interfaces.len(), 9);
    let instance = of("i-1b5c4503");
    assert_eq!(
        omitted,
        [
            Omission::TooManySecondaries { instance, interface: of("eni-000000f6"), most: 8 },
            Omission::TooManySecondaries { instance, interface: of("eni-000000f5"), most: 8 },
        ]
    );
    assert_eq!(
        omitted[0].to_string(),
        "eni-000000f6 is not broadcast: i-1b5c4503 has 8 other secondary interfaces, more than that a node cannot hold"
    );
}

#[test]
fn of_two_interfaces_with_one_device_index_the_second_is_omitted() {
    let mut world = seed();
    world.put_interface(&attached(interface("eni-b0000001"), "i-1b5c4503", 0));
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!(interfaces(&document.instances[0]), ["eni-a2f151a8"]);
    assert!(matches!(omitted[..], [Omission::DeviceIndexTaken { interface, .. }] if interface == of("eni-b0000001")));
}

#[test]
fn the_interface_of_a_nat_gateway_is_never_listed() {
    let mut world = seed();
    let mut nat = attached(interface("eni-00000002"), "i-1b5c4503", 1);
    nat.kind = InterfaceKind::NatGateway;
    world.put_interface(&nat);
    assert_eq!(interfaces(&composed(&world).document.instances[0]), ["eni-a2f151a8"]);
}

#[test]
fn an_instance_on_a_node_that_its_cluster_does_not_have_is_listed_on_no_node_and_said_to_be() {
    let mut world = seed();
    let mut row = instance("i-1b5c4503");
    row.node = of("10.111.1.99");
    world.put_instance(&row);
    let Found { document, omitted, .. } = composed(&world);
    assert_eq!((listed(&document).len(), placed(&document).len()), (1, 0));
    assert_eq!(omitted, [Omission::NoSuchNode { instance: row.id, cluster: of("one"), node: of("10.111.1.99") }]);
    assert_eq!(omitted[0].to_string(), "i-1b5c4503 is broadcast on no node: cluster one has no node 10.111.1.99");
    assert!(!omitted[0].is_beyond_the_format());
    let mut grown = cluster("one");
    grown.nodes.push(of("10.111.1.99"));
    world.put_cluster(grown);
    assert_eq!(composed(&world).omitted, []);
}

#[test]
fn instances_are_in_the_order_of_their_ids_everywhere() {
    let mut world = seed();
    for id in ["i-ffffffff", "i-00000001", "i-1b5c45030"] {
        let id = if id.len() == 10 { id.to_owned() } else { format!("{id}00000000") };
        let digits = &id[2..];
        world.put_instance(&instance(&id));
        world.put_interface(&attached(interface(&format!("eni-{digits}")), &id, 0));
    }
    let Found { document, .. } = composed(&world);
    let mut sorted = listed(&document);
    sorted.sort();
    assert_eq!((listed(&document).len(), listed(&document), placed(&document)), (4, sorted.clone(), sorted));
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

/// What somebody writes who wants to write the document: markup, control characters, formats, and very much of it.
const HOSTILE: [&str; 5] =
    ["</value></instance></instances><vpcs>", "]]>&#0;<!DOCTYPE x [<!ENTITY y \"z\">]>&y;", "\0\u{8}\u{1b}\r\n\t\u{fffe}", "%s%n<&>", "\"'><!--"];

#[test]
fn what_users_write_freely_is_in_no_document() {
    let mut world = seed();
    let bytes = |world: &World| {
        let mut bytes = Vec::new();
        Composer::new(Scope::Region, settings()).compose(world).write(None, &mut bytes);
        bytes
    };
    let before = bytes(&world);
    let (known_instance, known_interface, known_group) = (instance("i-1b5c4503"), seed_interface(), world.group(of("sg-6300851f")).unwrap().clone());
    for (number, text) in HOSTILE.iter().map(|text| text.repeat(20_000)).enumerate() {
        let generation = Generation(100 + i64::try_from(number).unwrap());
        let mut instance = multihome_types::Instance { generation, ..known_instance.clone() };
        (instance.key_name, instance.user_data, instance.client_token) = (Some(text.clone()), Some(text.clone()), Some(text.clone()));
        world.put_instance(&instance);
        world.put_interface(&Interface { description: text.clone(), generation, ..known_interface.clone() });
        let mut group = known_group.clone();
        (group.name, group.description, group.generation) = (text.clone(), text.clone(), generation);
        group.rules.iter_mut().for_each(|rule| rule.description = Some(text.clone()));
        world.put_group(group);
        assert!(bytes(&world) == before, "{}", HOSTILE[number]);
    }
}

#[test]
fn what_users_write_into_the_document_stays_where_it_is_written() {
    for text in HOSTILE {
        let mut world = seed();
        world.put_vpc(multihome_types::Vpc { dhcp_options: Some(of("dopt-f6703e05")), generation: Generation(9), ..vpc("vpc-3b1fdc87") });
        let options: [(multihome_types::DhcpOption, &[&str]); 1] = [(multihome_types::DhcpOption::DomainName, &[text])];
        world.put_dhcp_options(dhcp_options("dopt-f6703e05", &options));
        let with = composed(&world).document;
        world
            .put_dhcp_options(multihome_types::DhcpOptions { generation: Generation(9), ..dhcp_options("dopt-f6703e05", &[(options[0].0, &["x"])]) });
        let without = composed(&world).document;
        // All that XML can hold of it, in its one place.
        let kept: String = text.chars().filter(|character| !matches!(character, '\0' | '\u{8}' | '\u{1b}' | '\u{fffe}')).collect();
        assert_eq!(with.dhcp_option_sets[0].options[0].1, [kept]);
        let emptied = |document: Document| Document { dhcp_option_sets: vec![], version: String::new(), ..document };
        assert_eq!(emptied(with), emptied(without));
    }
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
fn the_document_of_one_cluster_has_its_own_instances_and_what_they_need() {
    let mut world = seed();
    world.put_cluster(cluster("two"));
    world.put_vpc(vpc("vpc-00000002"));
    world.put_group(group("sg-00000002", "vpc-00000002", vec![]));
    let mut other = instance("i-00000002");
    other.cluster = of("two");
    world.put_instance(&other);
    let mut primary = attached(interface("eni-00000002"), "i-00000002", 0);
    (primary.vpc, primary.groups) = (of("vpc-00000002"), vec![of("sg-00000002")]);
    world.put_interface(&primary);

    let document = composed_for(&world, Scope::Cluster(of("two"))).document;
    let clusters: Vec<_> = document.configuration.clusters.iter().map(|cluster| cluster.name.to_string()).collect();
    assert_eq!((clusters, listed(&document), groups(&document)), (vec!["two".into()], vec!["i-00000002".into()], vec!["sg-00000002".into()]));
    assert_eq!(document.vpcs.len(), 1);
    let document = composed(&world).document;
    assert_eq!((document.configuration.clusters.len(), listed(&document).len(), document.vpcs.len()), (2, 2, 2));
}

#[test]
fn there_is_always_a_name_server() {
    let mut composer = Composer::new(Scope::Region, Settings { dns_servers: vec![], ..settings() });
    let world = World::default();
    let document = found(&composer.compose(&world)).document;
    assert_eq!(document.configuration.dns_servers, [of("127.0.0.1")]);
}

#[test]
fn what_no_document_says_changes_no_version() {
    let mut world = seed();
    let before = composed(&world).document.version;
    let mut touched = instance("i-1b5c4503");
    (touched.generation, touched.user_data) = (Generation(9), Some("other".into()));
    world.put_instance(&touched);
    let mut touched = seed_interface();
    (touched.generation, touched.description) = (Generation(9), "other".into());
    world.put_interface(&touched);
    world.advance(ChangeId(9));
    assert_eq!(composed(&world).document.version, before);
    let mut one = cluster("one");
    one.nodes.push(of("10.111.1.13"));
    world.put_cluster(one);
    assert_ne!(composed(&world).document.version, before, "a new node is content");
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
