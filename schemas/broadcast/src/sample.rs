//! Documents for the tests: the seed's example, and any that can be written.

use std::{fmt::Debug, str::FromStr};

use multihome_types::{AclAction, Address, Cidr, DeviceIndex, Digits, IdLength, Mac, MacPrefix, ResourceId, RouteTarget, Timestamp};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    AclEntry, AddressRange, AppliedVersion, Cluster, Configuration, DhcpOptionSet, Dialect, Document, Instance, InternetGateway, Mido, MidoGateway,
    NatGateway, NetworkAcl, NetworkInterface, Node, Route, RouteTable, Rule, RulePeer, SecurityGroup, Subnet, Vpc,
};

pub(crate) fn of<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// The seed's instance `i-1b5c4503`, in the smallest network that it can have.
pub(crate) fn seed() -> Document {
    let rule = |protocol, from_port, to_port, peer| Rule { protocol, from_port, to_port, icmp_type: None, icmp_code: None, peer };
    let mut document = Document {
        dialect: Dialect::V44,
        version: String::new(),
        applied: None,
        configuration: Configuration {
            public_addresses: vec![],
            mido: None,
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
            dhcp_option_set: None,
            network_acls: vec![],
            nat_gateways: vec![],
            internet_gateways: vec![],
            subnets: vec![Subnet {
                id: of("subnet-893ca466"),
                owner: of("000994694045"),
                cidr: of("172.31.0.0/20"),
                zone: of("one"),
                network_acl: None,
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
            public_address: None,
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
                public_address: None,
                source_dest_check: true,
                vpc: of("vpc-3b1fdc87"),
                subnet: of("subnet-893ca466"),
                groups: vec![of("sg-6300851f")],
            }],
            groups: vec![of("sg-6300851f")],
        }],
        dhcp_option_sets: vec![],
        internet_gateways: vec![],
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

/// The seed's NAT gateway `nat-99528bb072b83cf9f`, and around it one of everything that a document can say.
pub(crate) fn nat_gateway() -> Document {
    let owner = of("000476990416");
    let local = Route { destination: of("10.10.0.0/16"), target: RouteTarget::Local };
    let through = Route { destination: of("1.1.1.1/32"), target: RouteTarget::NatGateway(of("nat-99528bb072b83cf9f")) };
    let entry = |number, action| AclEntry {
        number,
        protocol: -1,
        action,
        cidr: Cidr::everything(),
        icmp_code: None,
        icmp_type: None,
        from_port: None,
        to_port: None,
    };
    let ping = AclEntry { protocol: 1, icmp_code: Some(-1), icmp_type: Some(8), ..entry(90, AclAction::Deny) };
    let web = AclEntry { protocol: 6, from_port: Some(80), to_port: Some(443), ..entry(95, AclAction::Allow) };
    let mut document = seed();
    document.configuration.public_addresses = vec![of("10.116.132.1"), of("10.116.132.10-10.116.132.200")];
    document.configuration.mido = Some(Mido {
        gateways: vec![MidoGateway::Host {
            gateway_host: "gateway.example".into(),
            gateway_ip: of("10.116.133.77"),
            gateway_interface: "em1.116".into(),
        }],
        eucanetd_host: Some("controller.example".into()),
        bgp_asn: None,
        public_network_cidr: Some(of("10.116.0.0/17")),
        public_gateway_ip: Some(of("10.116.133.67")),
    });
    document.vpcs.push(Vpc {
        id: of("vpc-7377904f"),
        owner,
        cidr: of("10.10.0.0/16"),
        dhcp_option_set: Some(of("dopt-f6703e05")),
        subnets: vec![Subnet {
            id: of("subnet-3e787e00"),
            owner,
            cidr: of("10.10.10.0/24"),
            zone: of("one"),
            network_acl: Some(of("acl-1a2b3c4d")),
            route_table: Some(of("rtb-0d6760e5")),
        }],
        network_acls: vec![NetworkAcl {
            id: of("acl-1a2b3c4d"),
            owner,
            ingress: vec![ping, web, entry(100, AclAction::Allow), entry(32767, AclAction::Deny)],
            egress: vec![entry(100, AclAction::Allow), entry(32767, AclAction::Deny)],
        }],
        route_tables: vec![
            RouteTable { id: of("rtb-0d6760e5"), owner, routes: vec![local, through] },
            RouteTable { id: of("rtb-380d260d"), owner, routes: vec![local] },
        ],
        nat_gateways: vec![NatGateway {
            id: of("nat-99528bb072b83cf9f"),
            owner,
            mac: Some(of("d0:0d:0f:bb:04:f4")),
            public_address: Some(of("10.116.132.146")),
            private_address: of("10.10.10.8"),
            vpc: of("vpc-7377904f"),
            subnet: of("subnet-3e787e00"),
        }],
        internet_gateways: vec![of("igw-993ae7e7")],
    });
    let instance = &mut document.instances[0];
    instance.public_address = Some(of("10.116.132.21"));
    instance.interfaces[0].public_address = instance.public_address;
    document.dhcp_option_sets = vec![DhcpOptionSet {
        id: of("dopt-f6703e05"),
        owner,
        options: vec![
            ("domain-name".into(), vec!["eucalyptus.internal".into()]),
            ("domain-name-servers".into(), vec!["10.111.1.1".into(), "10.111.1.2".into()]),
        ],
    }];
    document.internet_gateways = vec![InternetGateway { id: of("igw-993ae7e7"), owner }];
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

/// Addresses of hosts, and so not 0.0.0.0.
fn addresses() -> impl Strategy<Value = Address> {
    (1u32..).prop_map(|bits| Address(bits.into()))
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
    let ranges = (addresses(), addresses()).prop_map(|(one, other)| AddressRange { first: one.min(other), last: one.max(other) });
    let domain = free_text().prop_map(|text| if text.is_empty() { ".".to_owned() } else { text });
    (vec(ranges, 0..3), addresses(), domain, vec(addresses(), 1..3), option::of(midos()), vec(clusters, 0..3)).prop_map(
        |(public_addresses, controller, dns_domain, dns_servers, mido, clusters)| Configuration {
            public_addresses,
            controller,
            dns_domain,
            dns_servers,
            mido,
            clusters,
        },
    )
}

fn midos() -> impl Strategy<Value = Mido> {
    let host = (free_text(), addresses(), free_text()).prop_map(|(gateway_host, gateway_ip, gateway_interface)| MidoGateway::Host {
        gateway_host,
        gateway_ip,
        gateway_interface,
    });
    let router = (
        (addresses(), cidrs(), free_text(), addresses()),
        (option::of(addresses()), option::of(addresses()), option::of(any::<u32>()), vec(cidrs(), 0..3)),
    )
        .prop_map(|((ip, external_cidr, external_device, external_ip), (external_router_ip, bgp_peer_ip, bgp_peer_asn, bgp_ad_routes))| {
            MidoGateway::Router { ip, external_cidr, external_device, external_ip, external_router_ip, bgp_peer_ip, bgp_peer_asn, bgp_ad_routes }
        });
    (vec(prop_oneof![host, router], 0..3), option::of(free_text()), option::of(any::<u32>()), option::of(cidrs()), option::of(addresses())).prop_map(
        |(gateways, eucanetd_host, bgp_asn, public_network_cidr, public_gateway_ip)| Mido {
            gateways,
            eucanetd_host,
            bgp_asn,
            public_network_cidr,
            public_gateway_ip,
        },
    )
}

fn macs() -> impl Strategy<Value = Mac> {
    texts("([0-9a-f]{2}:){5}[0-9a-f]{2}")
}

fn numbers() -> impl Strategy<Value = Option<i32>> {
    option::of(any::<i32>())
}

fn network_acls() -> impl Strategy<Value = NetworkAcl> {
    let entry = (any::<u16>(), any::<i32>(), any::<bool>(), cidrs(), numbers(), numbers(), numbers(), numbers()).prop_map(
        |(number, protocol, allow, cidr, icmp_code, icmp_type, from_port, to_port)| AclEntry {
            number,
            protocol,
            action: if allow { AclAction::Allow } else { AclAction::Deny },
            cidr,
            icmp_code,
            icmp_type,
            from_port,
            to_port,
        },
    );
    let entries = vec(entry, 0..3).boxed();
    (ids(), owners(), entries.clone(), entries).prop_map(|(id, owner, ingress, egress)| NetworkAcl { id, owner, ingress, egress })
}

fn nat_gateways() -> impl Strategy<Value = NatGateway> {
    (ids(), owners(), option::of(macs()), option::of(addresses()), addresses(), ids(), ids()).prop_map(
        |(id, owner, mac, public_address, private_address, vpc, subnet)| NatGateway { id, owner, mac, public_address, private_address, vpc, subnet },
    )
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
    let subnets = (ids(), owners(), cidrs(), texts("[a-z0-9-]{1,39}"), option::of(ids()), option::of(ids()))
        .prop_map(|(id, owner, cidr, zone, network_acl, route_table)| Subnet { id, owner, cidr, zone, network_acl, route_table });
    let parts = (vec(subnets, 0..3), vec(network_acls(), 0..2), vec(tables, 0..3), vec(nat_gateways(), 0..2), vec(ids(), 0..2));
    (ids(), owners(), cidrs(), option::of(ids()), parts).prop_map(
        |(id, owner, cidr, dhcp_option_set, (subnets, network_acls, route_tables, nat_gateways, internet_gateways))| Vpc {
            id,
            owner,
            cidr,
            dhcp_option_set,
            subnets,
            network_acls,
            route_tables,
            nat_gateways,
            internet_gateways,
        },
    )
}

fn instances() -> impl Strategy<Value = Instance> {
    let parts = (addresses(), option::of(addresses()), any::<bool>(), ids(), ids(), vec(ids(), 0..3));
    let interfaces = ((ids(), owners(), any::<u8>(), ids(), macs()), parts).prop_map(
        |((id, owner, device_index, attachment, mac), (private_address, public_address, source_dest_check, vpc, subnet, groups))| NetworkInterface {
            id,
            owner,
            device_index: DeviceIndex(device_index),
            attachment,
            mac,
            private_address,
            public_address,
            source_dest_check,
            vpc,
            subnet,
            groups,
        },
    );
    (ids(), owners(), macs(), (option::of(addresses()), addresses()), ids(), ids(), vec(interfaces, 0..3), vec(ids(), 0..3)).prop_map(
        |(id, owner, mac, (public_address, private_address), vpc, subnet, interfaces, groups)| Instance {
            id,
            owner,
            mac,
            public_address,
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
    let rule = (any::<i32>(), numbers(), numbers(), numbers(), numbers(), peers)
        .prop_map(|(protocol, from_port, to_port, icmp_type, icmp_code, peer)| Rule { protocol, from_port, to_port, icmp_type, icmp_code, peer });
    let rules = vec(rule, 0..3).boxed();
    (ids(), owners(), rules.clone(), rules).prop_map(|(id, owner, ingress, egress)| SecurityGroup { id, owner, ingress, egress })
}

fn dhcp_option_sets() -> impl Strategy<Value = DhcpOptionSet> {
    let options = vec(("[a-z-]{1,24}", vec(free_text(), 0..3)), 0..3);
    (ids(), owners(), options).prop_map(|(id, owner, options)| DhcpOptionSet { id, owner, options })
}

/// Any document that can be written and read back.
pub(crate) fn documents() -> impl Strategy<Value = Document> {
    // Years 1970 to 9999, in whole seconds.
    let applied = (free_text(), 0i64..253_402_300_800).prop_map(|(version, seconds)| AppliedVersion { version, time: Timestamp(seconds * 1000) });
    let gateways = (ids(), owners()).prop_map(|(id, owner)| InternetGateway { id, owner });
    let head = (free_text(), option::of(applied), configurations());
    (head, vec(vpcs(), 0..3), vec(instances(), 0..3), vec(dhcp_option_sets(), 0..3), vec(gateways, 0..3), vec(groups(), 0..3)).prop_map(
        |((version, applied, configuration), vpcs, instances, dhcp_option_sets, internet_gateways, security_groups)| Document {
            dialect: Dialect::V44,
            version,
            applied,
            configuration,
            vpcs,
            instances,
            dhcp_option_sets,
            internet_gateways,
            security_groups,
        },
    )
}
