//! Documents for the tests: the seed's example, and any that can be written.

use std::{fmt::Debug, str::FromStr};

use multihome_types::{Address, Cidr, DeviceIndex, Digits, IdLength, MacPrefix, ResourceId, RouteTarget, RulePeer, Timestamp};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    AppliedVersion, Cluster, Configuration, Document, Instance, NetworkInterface, Node, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc,
};

pub(crate) fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The seed's instance `i-1b5c4503`, in the smallest network that it can have.
pub(crate) fn seed() -> Document {
    let rule = |protocol, from_port, to_port, peer| Rule { protocol, from_port, to_port, icmp_type: None, icmp_code: None, peer };
    let mut document = Document {
        version: String::new(),
        applied: None,
        configuration: Configuration {
            controller: of("10.111.1.1"),
            dns_domain: "eucalyptus.internal".into(),
            dns_servers: vec![of("10.111.1.1")],
            clusters: vec![Cluster {
                name: of("one"),
                address: of("10.111.1.2"),
                mac_prefix: MacPrefix::default(),
                nodes: vec![Node { name: of("10.111.1.11"), instances: vec![of("i-1b5c4503")] }, Node { name: of("10.111.1.12"), instances: vec![] }],
            }],
        },
        vpcs: vec![Vpc {
            id: of("vpc-3b1fdc87"),
            owner: of("000994694045"),
            cidr: of("172.31.0.0/16"),
            subnets: vec![Subnet {
                id: of("subnet-893ca466"),
                owner: of("000994694045"),
                cidr: of("172.31.0.0/20"),
                zone: of("one"),
                route_table: Some(of("rtb-55a30b11")),
            }],
            route_tables: vec![RouteTable {
                id: of("rtb-55a30b11"),
                owner: of("000994694045"),
                routes: vec![
                    Route { destination: of("172.31.0.0/16"), target: RouteTarget::Local },
                    Route { destination: of("192.168.100.0/24"), target: RouteTarget::Interface(of("eni-a2f151a8")) },
                ],
            }],
        }],
        instances: vec![Instance {
            id: of("i-1b5c4503"),
            owner: of("000994694045"),
            mac: of("d0:0d:a2:f1:51:a8"),
            private_address: of("172.31.2.226"),
            vpc: of("vpc-3b1fdc87"),
            subnet: of("subnet-893ca466"),
            interfaces: vec![NetworkInterface {
                id: of("eni-a2f151a8"),
                owner: of("000994694045"),
                device_index: DeviceIndex(0),
                attachment: of("eni-attach-e98cf499"),
                mac: of("d0:0d:a2:f1:51:a8"),
                private_address: of("172.31.2.226"),
                source_dest_check: true,
                vpc: of("vpc-3b1fdc87"),
                subnet: of("subnet-893ca466"),
                groups: vec![of("sg-6300851f")],
            }],
            groups: vec![of("sg-6300851f")],
        }],
        security_groups: vec![SecurityGroup {
            id: of("sg-6300851f"),
            owner: of("000994694045"),
            ingress: vec![
                rule(-1, None, None, RulePeer::Group { id: of("sg-6300851f"), account: of("000994694045") }),
                rule(6, Some(22), Some(22), RulePeer::Cidr(Cidr::everything())),
                Rule { icmp_type: Some(8), icmp_code: Some(-1), ..rule(1, None, None, RulePeer::Cidr(of("10.0.0.0/8"))) },
            ],
            egress: vec![rule(-1, None, None, RulePeer::Cidr(Cidr::everything()))],
        }],
    };
    document.version = document.content().version();
    document
}

fn ids<I: ResourceId + Debug>() -> impl Strategy<Value = I> {
    (any::<u128>(), any::<bool>())
        .prop_map(|(bits, long)| I::from_digits(Digits::from_bits(bits, if long { IdLength::Long } else { IdLength::Short })))
}

fn texts<T: FromStr<Err: Debug> + Debug>(pattern: &'static str) -> impl Strategy<Value = T> {
    pattern.prop_map(|text| of(&text))
}

fn addresses() -> impl Strategy<Value = Address> {
    any::<u32>().prop_map(|bits| Address(bits.into()))
}

fn cidrs() -> impl Strategy<Value = Cidr> {
    (addresses(), 0u8..=32).prop_map(|(address, prefix)| of(&format!("{address}/{prefix}")))
}

fn owners<T: FromStr<Err: Debug> + Debug>() -> impl Strategy<Value = T> {
    texts("[0-9]{12}")
}

/// Any text that XML can hold, with its own characters more often than by chance.
fn free_text() -> impl Strategy<Value = String> {
    r#"([ -~]|[<>&"'\t\n\r]|\]\]>|[\PC\u{85}\u{2028}]){0,20}"#
}

fn configurations() -> impl Strategy<Value = Configuration> {
    let nodes = (texts("[a-z0-9.-]{1,39}"), vec(ids(), 0..3)).prop_map(|(name, instances)| Node { name, instances });
    let clusters = (texts("[a-z0-9-]{1,39}"), addresses(), (0u8..128, any::<u8>()), vec(nodes, 0..3))
        .prop_map(|(name, address, (a, b), nodes)| Cluster { name, address, mac_prefix: MacPrefix([a * 2, b]), nodes });
    (addresses(), free_text(), vec(addresses(), 0..3), vec(clusters, 0..3))
        .prop_map(|(controller, dns_domain, dns_servers, clusters)| Configuration { controller, dns_domain, dns_servers, clusters })
}

fn vpcs() -> impl Strategy<Value = Vpc> {
    let targets = prop_oneof![
        Just(RouteTarget::Local),
        ids().prop_map(RouteTarget::InternetGateway),
        ids().prop_map(RouteTarget::NatGateway),
        ids().prop_map(RouteTarget::Interface),
    ];
    let routes = (cidrs(), targets).prop_map(|(destination, target)| Route { destination, target });
    let tables = (ids(), owners(), vec(routes, 0..3)).prop_map(|(id, owner, routes)| RouteTable { id, owner, routes });
    let subnets = (ids(), owners(), cidrs(), texts("[a-z0-9-]{1,39}"), option::of(ids())).prop_map(|(id, owner, cidr, zone, route_table)| Subnet {
        id,
        owner,
        cidr,
        zone,
        route_table,
    });
    (ids(), owners(), cidrs(), vec(subnets, 0..3), vec(tables, 0..3)).prop_map(|(id, owner, cidr, subnets, route_tables)| Vpc {
        id,
        owner,
        cidr,
        subnets,
        route_tables,
    })
}

fn instances() -> impl Strategy<Value = Instance> {
    let macs = || texts("([0-9a-f]{2}:){5}[0-9a-f]{2}");
    let interfaces = ((ids(), owners(), any::<u8>(), ids(), macs()), (addresses(), any::<bool>(), ids(), ids(), vec(ids(), 0..3))).prop_map(
        |((id, owner, device_index, attachment, mac), (private_address, source_dest_check, vpc, subnet, groups))| NetworkInterface {
            id,
            owner,
            device_index: DeviceIndex(device_index),
            attachment,
            mac,
            private_address,
            source_dest_check,
            vpc,
            subnet,
            groups,
        },
    );
    (ids(), owners(), macs(), addresses(), ids(), ids(), vec(interfaces, 0..3), vec(ids(), 0..3)).prop_map(
        |(id, owner, mac, private_address, vpc, subnet, interfaces, groups)| Instance {
            id,
            owner,
            mac,
            private_address,
            vpc,
            subnet,
            interfaces,
            groups,
        },
    )
}

fn groups() -> impl Strategy<Value = SecurityGroup> {
    let peers = prop_oneof![cidrs().prop_map(RulePeer::Cidr), (ids(), owners()).prop_map(|(id, account)| RulePeer::Group { id, account })];
    let numbers = || option::of(any::<i32>());
    let rule = (any::<i32>(), numbers(), numbers(), numbers(), numbers(), peers)
        .prop_map(|(protocol, from_port, to_port, icmp_type, icmp_code, peer)| Rule { protocol, from_port, to_port, icmp_type, icmp_code, peer });
    let rules = vec(rule, 0..3).boxed();
    (ids(), owners(), rules.clone(), rules).prop_map(|(id, owner, ingress, egress)| SecurityGroup { id, owner, ingress, egress })
}

/// Any document that can be written and read back.
pub(crate) fn documents() -> impl Strategy<Value = Document> {
    // Years 1970 to 9999, in whole seconds.
    let applied = (free_text(), 0i64..253_402_300_800).prop_map(|(version, seconds)| AppliedVersion { version, time: Timestamp(seconds * 1000) });
    (free_text(), option::of(applied), configurations(), vec(vpcs(), 0..3), vec(instances(), 0..3), vec(groups(), 0..3)).prop_map(
        |(version, applied, configuration, vpcs, instances, security_groups)| Document {
            version,
            applied,
            configuration,
            vpcs,
            instances,
            security_groups,
        },
    )
}
