//! Rows for the tests of the world and of what is composed from it: the seed's example, and rows like it.

use std::{fmt::Debug, str::FromStr};

use multihome_types::{
    AclAction, Attachment, AttachmentState, ChangeId, Cidr, Cluster, Connectivity, DeviceIndex, DhcpOption, DhcpOptions, Generation, Group,
    GroupRule, Instance, InstanceState, Interface, InterfaceKind, InternetGateway, Mac, MacPrefix, NatGateway, NatGatewayState, NatInterface,
    NatPublicAddress, NetworkAcl, NetworkAclEntry, Route, RouteOrigin, RouteState, RouteTable, RouteTarget, RulePeer, Subnet, SubnetAttributes,
    Timestamp, Vpc,
};

use super::World;

pub(crate) fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn cluster(name: &str) -> Cluster {
    Cluster {
        name: of(name),
        region: of("home"),
        zone: of("one"),
        address: of("10.111.1.2"),
        nodes: vec![of("10.111.1.12"), of("10.111.1.11")],
        applied: None,
        reported_at: None,
        generation: Generation::FIRST,
    }
}

pub(crate) fn vpc(id: &str) -> Vpc {
    Vpc {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        cidr: of("172.31.0.0/16"),
        is_default: true,
        dns_support: true,
        dns_hostnames: true,
        network_address_usage_metrics: false,
        dhcp_options: None,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

pub(crate) fn subnet(id: &str, vpc: &str) -> Subnet {
    Subnet {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        zone: of("one"),
        vpc: of(vpc),
        cidr: of("172.31.0.0/20"),
        ipv6: None,
        default_for_zone: false,
        attributes: SubnetAttributes::default(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

/// An entry about all traffic to and from a block.
pub(crate) fn entry(egress: bool, number: i32, peer: &str) -> NetworkAclEntry {
    NetworkAclEntry { egress, number, protocol: -1, action: AclAction::Allow, peer: of(peer), icmp: None, ports: None }
}

/// An ACL that one subnet has.
pub(crate) fn network_acl(id: &str, vpc: &str, subnet: &str, entries: Vec<NetworkAclEntry>) -> NetworkAcl {
    NetworkAcl {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        vpc: of(vpc),
        is_default: true,
        entries,
        subnets: vec![(of("aclassoc-00000001"), of(subnet))],
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

pub(crate) fn dhcp_options(id: &str, options: &[(DhcpOption, &[&str])]) -> DhcpOptions {
    DhcpOptions {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        is_default: false,
        options: options.iter().map(|(option, values)| (*option, values.iter().map(|value| (*value).to_owned()).collect())).collect(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

/// The seed's NAT gateway.
pub(crate) fn nat_gateway(state: NatGatewayState, generation: i64) -> NatGateway {
    NatGateway {
        id: of("nat-99528bb072b83cf9f"),
        account: of("000476990416"),
        region: of("home"),
        zone: of("one"),
        vpc: of("vpc-7377904f"),
        subnet: of("subnet-3e787e00"),
        connectivity: Connectivity::Public,
        allocation: None,
        wanted: None,
        state,
        interface: Some(NatInterface { id: of("eni-0fbb04f4"), address: of("10.10.10.8") }),
        public: Some(NatPublicAddress { association: of("eipassoc-00000001"), address: of("10.116.132.146") }),
        failure: None,
        since: Timestamp(0),
        created: Timestamp(0),
        generation: Generation(generation),
    }
}

pub(crate) fn route(destination: &str, target: &str) -> Route {
    let target: RouteTarget = of(target);
    Route { destination: of(destination), target, origin: RouteOrigin::CreateRoute, state: RouteState::Active, instance: None }
}

/// A main table with its local route and more.
pub(crate) fn route_table(id: &str, vpc: &str, routes: Vec<Route>) -> RouteTable {
    RouteTable {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        vpc: of(vpc),
        main: Some(of("rtbassoc-00000001")),
        subnets: vec![],
        routes: [vec![route("172.31.0.0/16", "local")], routes].concat(),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

pub(crate) fn internet_gateway(id: &str, vpc: Option<&str>) -> InternetGateway {
    InternetGateway {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        vpc: vpc.map(of),
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

pub(crate) fn rule(id: &str, egress: bool, protocol: i32, ports: Option<(i32, i32)>, peer: RulePeer) -> GroupRule {
    let (from_port, to_port) = (ports.map(|ports| ports.0), ports.map(|ports| ports.1));
    GroupRule { id: of(id), egress, protocol, from_port, to_port, peer, description: None }
}

pub(crate) fn from_group(id: &str) -> RulePeer {
    RulePeer::Group { id: of(id), account: of("000994694045") }
}

pub(crate) fn group(id: &str, vpc: &str, rules: Vec<GroupRule>) -> Group {
    Group {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        vpc: of(vpc),
        name: "default".into(),
        description: String::new(),
        rules,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

/// A running instance of the cluster `one`.
pub(crate) fn instance(id: &str) -> Instance {
    Instance {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        zone: of("one"),
        cluster: of("one"),
        node: of("10.111.1.11"),
        reservation: of("r-00000001"),
        launch_index: 0,
        image: of("ami-00000001"),
        instance_type: "m1.small".into(),
        key_name: None,
        user_data: None,
        client_token: None,
        attributes: multihome_types::InstanceAttributes::default(),
        vpc: of("vpc-3b1fdc87"),
        subnet: of("subnet-893ca466"),
        state: InstanceState::Running,
        reason: None,
        launched_at: Timestamp(0),
        since: Timestamp(0),
        deadline: None,
        change: ChangeId(1),
        generation: Generation::FIRST,
    }
}

/// An interface that is not attached.
pub(crate) fn interface(id: &str) -> Interface {
    Interface {
        id: of(id),
        account: of("000994694045"),
        region: of("home"),
        zone: of("one"),
        vpc: of("vpc-3b1fdc87"),
        subnet: of("subnet-893ca466"),
        kind: InterfaceKind::Interface,
        mac: Mac::of(of(id), MacPrefix::default()),
        address: of("172.31.2.226"),
        description: String::new(),
        source_dest_check: true,
        groups: vec![of("sg-6300851f")],
        attachment: None,
        assigned: multihome_types::Assigned::default(),
        public: Vec::new(),
        automatic_public_address: false,
        created: Timestamp(0),
        generation: Generation::FIRST,
    }
}

/// The same interface, attached; the attachment's digits are the interface's.
pub(crate) fn attached(mut interface: Interface, instance: &str, device_index: u8) -> Interface {
    interface.attachment = Some(Attachment {
        id: of(&interface.id.to_string().replace("eni-", "eni-attach-")),
        account: interface.account,
        region: interface.region,
        interface: interface.id,
        instance: of(instance),
        instance_account: of("000994694045"),
        cluster: of("one"),
        device_index: DeviceIndex(device_index),
        state: AttachmentState::Attached,
        delete_on_termination: false,
        attached_at: Timestamp(0),
        since: Timestamp(0),
        deadline: None,
        reason: None,
        change: ChangeId(1),
        generation: Generation::FIRST,
    });
    interface
}

/// The same interface with its attachment in another state, brought there by `change`.
pub(crate) fn moved(mut interface: Interface, state: AttachmentState, change: i64) -> Interface {
    if let Some(attachment) = &mut interface.attachment {
        (attachment.state, attachment.change, attachment.generation) = (state, ChangeId(change), attachment.generation.next());
    }
    interface.generation = interface.generation.next();
    interface
}

/// The seed's primary interface.
pub(crate) fn seed_interface() -> Interface {
    let mut primary = attached(interface("eni-a2f151a8"), "i-1b5c4503", 0);
    if let Some(attachment) = &mut primary.attachment {
        attachment.id = of("eni-attach-e98cf499");
    }
    primary
}

/// The seed's instance `i-1b5c4503`, in the smallest network that it can have: what `golden/seed.xml` says.
pub(crate) fn seed() -> World {
    let mut world = World::default();
    world.put_cluster(cluster("one"));
    world.put_vpc(vpc("vpc-3b1fdc87"));
    world.put_subnet(subnet("subnet-893ca466", "vpc-3b1fdc87"));
    let mut through = route("192.168.100.0/24", "eni-a2f151a8");
    through.instance = Some((of("i-1b5c4503"), of("000994694045")));
    world.put_route_table(route_table("rtb-55a30b11", "vpc-3b1fdc87", vec![through]));
    let everywhere = RulePeer::Cidr(Cidr::everything());
    let rules = vec![
        rule("sgr-00000001", false, -1, None, from_group("sg-6300851f")),
        rule("sgr-00000002", true, -1, None, everywhere),
        rule("sgr-00000003", false, 6, Some((22, 22)), everywhere),
        rule("sgr-00000004", false, 1, Some((8, -1)), RulePeer::Cidr(of("10.0.0.0/8"))),
    ];
    world.put_group(group("sg-6300851f", "vpc-3b1fdc87", rules));
    world.put_instance(&instance("i-1b5c4503"));
    world.put_interface(&seed_interface());
    world
}
