//! What is listed and what is not, read back from the document's bytes as a consumer does.

mod goldens;
mod incremental;
mod networks;
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
    let further: Vec<Omission> = composition.further_addresses().collect();
    assert_eq!(further.len(), composition.with_further_addresses());
    let omitted = composition.omitted.iter().copied().chain(further).collect();
    Found { document, invalid_routes: composition.invalid_routes.clone(), omitted }
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
