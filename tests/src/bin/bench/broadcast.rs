//! The broadcast document of ten thousand instances with two interfaces each, composed in this process: how long it takes, how much memory,
//! and whether it is valid.
//!
//! Valid is what the reader of our own clusters takes, with every instance in it and under the version that the composer gave it; and what
//! `xmllint` takes by `schemas/broadcast/network-data.xsd`, where that program is there.

use std::{
    io::{ErrorKind, Write},
    process::{Command, Stdio},
    time::Instant,
};

use multihome_broadcast::{Dialect, read};
use multihome_core::{
    compose::{Composer, Composition, Scope, Settings},
    world::World,
};
use multihome_runtime::Failure;
use multihome_types::{
    AccountId, Address, Assigned, Attachment, AttachmentState, ChangeId, Cidr, Cluster, ClusterName, DeviceIndex, Generation, Group, IdLength,
    Instance, InstanceAttributes, InstanceState, Interface, InterfaceKind, Mac, MacPrefix, NodeName, Region, ResourceId, Route, RouteOrigin,
    RouteState, RouteTable, RouteTarget, Subnet, SubnetAttributes, Timestamp, Vpc, Zone,
};

use crate::{
    figure::{Figure, Target},
    load::milliseconds,
};

const INTERFACES_EACH: u8 = 2;
const NODES: u32 = 100;
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas/broadcast/network-data.xsd");

/// What is composed, and how often.
pub fn compose(instances: u32, runs: usize) -> Result<Vec<Figure>, Failure> {
    eprintln!("the broadcast document of {instances} instances with {INTERFACES_EACH} interfaces each");
    let before = resident_mb();
    let region = Rows::new()?;
    let mut world = World::default();
    region.fill(&mut world, instances);
    let with_world = resident_mb();

    let (mut whole, mut next) = (Vec::new(), Vec::new());
    let mut document = Vec::new();
    let mut version = String::new();
    for run in 0..runs {
        let begun = Instant::now();
        let mut composer = Composer::new(Scope::Region, region.settings());
        written(&composer.compose(&world), &mut document);
        whole.push(milliseconds(begun));
        // One interface in the middle of the world gets another address.
        let number = instances / 2;
        let generation = Generation(i64::try_from(run)? + 2);
        let changed = Interface { address: Address([10, 0, 255, 254 - u8::try_from(run % 200)?].into()), generation, ..region.interface(number, 1) };
        world.put_interface(&changed);
        let begun = Instant::now();
        let composition = composer.compose(&world);
        written(&composition, &mut document);
        next.push(milliseconds(begun));
        version = composition.content.version();
        if let Some(omission) = composition.omitted.first() {
            return Err(format!("something is not in the document: {omission}").into());
        }
    }
    let after = resident_mb();
    let checked_by_schema = check(&document, &version, instances)?;

    let existing = usize::try_from(instances)? * usize::from(INTERFACES_EACH);
    let valid =
        if checked_by_schema { "valid by its schema and for its reader" } else { "valid for its reader; there is no xmllint to ask by its schema" };
    let size = |name, unit, value| {
        let how = valid;
        Figure { unit, value, p50: 0.0, p99: 0.0, interfaces: existing, ..Figure::time(name, how, &[vec![value]]) }
    };
    let megabytes = document.len() as f64 / 1e6;
    // The design's target is for ten times as many.
    let scaled = |milliseconds: f64| milliseconds * f64::from(instances) / 100_000.0;
    Ok(vec![
        Figure {
            interfaces: existing,
            targets: vec![Target::at_most("value", scaled(250.0))],
            ..Figure::time("broadcast document, composed and written", "from the rows in memory to the bytes, everything anew", &[whole])
        },
        Figure {
            interfaces: existing,
            targets: vec![Target::at_most("value", 25.0)],
            ..Figure::time("broadcast document after one change", "from the changed row in memory to the bytes", &[next])
        },
        size("broadcast document, size", "MB", megabytes),
        size("broadcast document, memory of the rows", "MB", with_world - before),
        size("broadcast document, memory to compose and hold it", "MB", after - with_world),
    ])
}

fn written(composition: &Composition<'_>, document: &mut Vec<u8>) {
    document.clear();
    composition.write(None, document);
}

/// Whether the schema was asked too.
fn check(document: &[u8], version: &str, instances: u32) -> Result<bool, Failure> {
    let read = read(document)?;
    let (listed, interfaces) = (read.instances.len(), read.instances.iter().map(|instance| instance.interfaces.len()).sum::<usize>());
    let wanted = usize::try_from(instances)?;
    if (listed, interfaces) != (wanted, wanted * usize::from(INTERFACES_EACH)) {
        return Err(format!("the document has {listed} instances with {interfaces} interfaces, and there are {wanted}").into());
    }
    if read.content().version() != version {
        return Err(format!("the document says it is version {version}, and is {}", read.content().version()).into());
    }
    let program = std::env::var("MULTIHOME_TEST_XMLLINT").unwrap_or_else(|_| "xmllint".to_owned());
    let command = Command::new(&program)
        .args(["--noout", "--nonet", "--huge", "--schema", SCHEMA, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut validator = match command {
        Ok(validator) => validator,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(false),
        Err(why) => return Err(format!("{program} cannot be started: {why}").into()),
    };
    if let Some(mut input) = validator.stdin.take() {
        input.write_all(document)?;
    }
    let output = validator.wait_with_output()?;
    if output.status.success() { Ok(true) } else { Err(format!("the document is not valid: {}", String::from_utf8_lossy(&output.stderr)).into()) }
}

/// What this process has in memory, in megabytes; 0 where nobody says, as on systems without `/proc`.
fn resident_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.unwrap_or_default() * 1024.0 / 1e6
}

/// What every row has in common.
struct Rows {
    account: AccountId,
    region: Region,
    zone: Zone,
    cluster: ClusterName,
    cidr: Cidr,
}

fn id<T: ResourceId>(number: u32) -> T {
    T::from_bits(u128::from(number), IdLength::Short)
}

impl Rows {
    fn new() -> Result<Self, Failure> {
        Ok(Self {
            account: "000000000000".parse()?,
            region: "us-east-1".parse()?,
            zone: "us-east-1a".parse()?,
            cluster: "one".parse()?,
            cidr: "10.0.0.0/16".parse()?,
        })
    }

    fn settings(&self) -> Settings {
        Settings {
            controller: Address([10, 111, 1, 1].into()),
            dns_domain: "eucalyptus.internal".to_owned(),
            dns_servers: Vec::new(),
            mac_prefix: MacPrefix::default(),
            most_secondaries: 31,
            dialect: Dialect::V44,
            public_addresses: Vec::new(),
            mido: None,
        }
    }

    fn fill(&self, world: &mut World, instances: u32) {
        let nodes = (0..NODES).filter_map(node).collect();
        let Self { account, region, zone, cluster, cidr } = *self;
        let (created, generation) = (Timestamp(0), Generation::FIRST);
        world.put_cluster(Cluster {
            name: cluster,
            region,
            zone,
            address: Address([10, 111, 1, 1].into()),
            nodes,
            applied: None,
            reported_at: None,
            generation,
        });
        world.put_vpc(Vpc {
            id: id(1),
            account,
            region,
            cidr,
            is_default: true,
            dns_support: true,
            dns_hostnames: true,
            network_address_usage_metrics: false,
            dhcp_options: None,
            created,
            generation,
        });
        world.put_subnet(Subnet {
            id: id(1),
            account,
            region,
            zone,
            vpc: id(1),
            cidr,
            ipv6: None,
            default_for_zone: true,
            attributes: SubnetAttributes::default(),
            created,
            generation,
        });
        let local = Route {
            destination: cidr.into(),
            target: RouteTarget::Local,
            origin: RouteOrigin::CreateRouteTable,
            state: RouteState::Active,
            instance: None,
        };
        world.put_route_table(RouteTable {
            id: id(1),
            account,
            region,
            vpc: id(1),
            main: Some(id(1)),
            subnets: Vec::new(),
            routes: vec![local],
            created,
            generation,
        });
        world.put_group(Group {
            id: id(1),
            account,
            region,
            vpc: id(1),
            name: "default".to_owned(),
            description: String::new(),
            rules: Vec::new(),
            created,
            generation,
        });
        for number in 0..instances {
            world.put_instance(&self.instance(number));
            for index in 0..INTERFACES_EACH {
                world.put_interface(&self.interface(number, index));
            }
        }
    }

    fn instance(&self, number: u32) -> Instance {
        Instance {
            id: id(number + 1),
            account: self.account,
            region: self.region,
            zone: self.zone,
            cluster: self.cluster,
            node: node(number % NODES).unwrap_or_else(|| unreachable!("its text is a name")),
            reservation: id(number + 1),
            launch_index: 0,
            image: id(1),
            instance_type: "t3.small".to_owned(),
            key_name: None,
            user_data: None,
            client_token: None,
            attributes: InstanceAttributes::default(),
            vpc: id(1),
            subnet: id(1),
            state: InstanceState::Running,
            reason: None,
            launched_at: Timestamp(0),
            since: Timestamp(0),
            deadline: None,
            change: ChangeId(0),
            generation: Generation::FIRST,
        }
    }

    fn interface(&self, number: u32, index: u8) -> Interface {
        let own: u32 = number * u32::from(INTERFACES_EACH) + u32::from(index) + 1;
        // Scattered, as random ids are.
        let interface = id(own.wrapping_mul(0x9e37_79b1));
        Interface {
            id: interface,
            account: self.account,
            region: self.region,
            zone: self.zone,
            vpc: id(1),
            subnet: id(1),
            kind: InterfaceKind::Interface,
            mac: Mac::of(interface, MacPrefix::default()),
            address: self.cidr.nth(u64::from(own) + 4).unwrap_or(Address(self.cidr.network())),
            description: String::new(),
            source_dest_check: true,
            groups: vec![id(1)],
            attachment: Some(Attachment {
                id: id(own),
                account: self.account,
                region: self.region,
                interface,
                instance: id(number + 1),
                instance_account: self.account,
                cluster: self.cluster,
                device_index: DeviceIndex(index),
                state: AttachmentState::Attached,
                delete_on_termination: index == 0,
                attached_at: Timestamp(0),
                since: Timestamp(0),
                deadline: None,
                reason: None,
                change: ChangeId(0),
                generation: Generation::FIRST,
            }),
            assigned: Assigned::default(),
            public: Vec::new(),
            automatic_public_address: false,
            created: Timestamp(0),
            generation: Generation::FIRST,
        }
    }
}

fn node(number: u32) -> Option<NodeName> {
    format!("10.111.1.{}", number + 11).parse().ok()
}
