//! The sections of which there is little: configuration, VPCs and security groups, composed anew for each document.

use std::collections::{BTreeSet, HashMap};

use multihome_broadcast::{self as broadcast, Dialect, FragmentHash, write_configuration, write_internet_gateway, write_security_group, write_vpc};
use multihome_types::{
    Address, ClusterName, Group, GroupId, GroupRule, InstanceId, InternetGateway, NodeName, RouteState, RouteTarget, RulePeer, SubnetId, VpcId,
};

use super::{Instances, Scope, Settings, fragment::fits};
use crate::{
    route::{self, RouteKey},
    world::World,
};

pub(super) fn configuration(
    out: &mut Vec<u8>,
    world: &World,
    scope: Scope,
    settings: &Settings,
    placed: &HashMap<(ClusterName, NodeName), Vec<InstanceId>>,
) {
    let clusters = world.clusters().filter(|cluster| scope.includes(cluster.name)).map(|cluster| {
        let on = |node: NodeName| placed.get(&(cluster.name, node)).into_iter().flatten().copied().collect();
        let nodes = cluster.nodes.iter().map(|name| broadcast::Node { name: *name, instances: on(*name) }).collect();
        broadcast::Cluster { name: cluster.name, address: cluster.address, mac_prefix: settings.mac_prefix, nodes }
    });
    let mut dns_servers = settings.dns_servers.clone();
    if dns_servers.is_empty() {
        dns_servers.push(Address(std::net::Ipv4Addr::LOCALHOST));
    }
    let configuration = broadcast::Configuration {
        public_addresses: settings.public_addresses.clone(),
        mido: settings.mido.clone(),
        controller: settings.controller,
        dns_domain: settings.dns_domain.clone(),
        dns_servers,
        clusters: clusters.collect(),
    };
    write_configuration(out, &configuration);
}

/// Appends the element of each, and answers their hashes.
fn append<T>(out: &mut Vec<u8>, elements: impl Iterator<Item = T>, write: impl Fn(&mut Vec<u8>, &T)) -> Vec<FragmentHash> {
    elements
        .map(|element| {
            let start = out.len();
            write(out, &element);
            FragmentHash::of(&out[start..])
        })
        .collect()
}

/// The VPCs with an interface on a listed instance, whole.
pub(super) fn vpcs(out: &mut Vec<u8>, world: &World, instances: &Instances, dialect: Dialect) -> Vec<FragmentHash> {
    let active: BTreeSet<VpcId> = instances.vpcs.keys().copied().filter(|id| fits(dialect, *id)).collect();
    let listed = active.into_iter().filter_map(|id| world.vpc(id)).map(|vpc| {
        let mut main = None;
        let mut explicit = HashMap::new();
        let mut route_tables = Vec::new();
        for table in world.route_tables_of(vpc.id).filter(|table| fits(dialect, table.id)) {
            main = main.or(table.main.map(|_| table.id));
            explicit.extend(table.subnets.iter().map(|(_, subnet)| (*subnet, table.id)));
            let routes = table.routes.iter().filter(|route| {
                // Whatever the stored state says: that may be about to be corrected.
                route::review(vpc.id, world.target_facts(route.target)).state == RouteState::Active && is_listed(world, instances, route.target)
            });
            // The document has no place for IPv6, as its readers have none.
            let routes = routes.filter_map(|route| Some(broadcast::Route { destination: route.destination.ipv4()?, target: route.target })).collect();
            route_tables.push(broadcast::RouteTable { id: table.id, owner: table.account, routes });
        }
        let table_of = |subnet: SubnetId| explicit.get(&subnet).copied().or(main);
        let subnets = world.subnets_of(vpc.id).filter(|subnet| fits(dialect, subnet.id)).map(|subnet| broadcast::Subnet {
            id: subnet.id,
            owner: subnet.account,
            cidr: subnet.cidr,
            zone: subnet.zone,
            network_acl: None,
            route_table: table_of(subnet.id),
        });
        broadcast::Vpc {
            id: vpc.id,
            owner: vpc.account,
            cidr: vpc.cidr,
            dhcp_option_set: None,
            subnets: subnets.collect(),
            network_acls: vec![],
            route_tables,
            nat_gateways: vec![],
            internet_gateways: internet_gateways_of(world, vpc.id, dialect).map(|gateway| gateway.id).collect(),
        }
    });
    append(out, listed, write_vpc)
}

/// Those that are attached to the VPC: one, or none.
fn internet_gateways_of(world: &World, vpc: VpcId, dialect: Dialect) -> impl Iterator<Item = &InternetGateway> {
    world.internet_gateways().filter(move |gateway| gateway.vpc == Some(vpc) && fits(dialect, gateway.id))
}

/// The internet gateways of listed VPCs.
pub(super) fn internet_gateways(out: &mut Vec<u8>, world: &World, instances: &Instances, dialect: Dialect) -> Vec<FragmentHash> {
    let listed = world
        .internet_gateways()
        .filter(|gateway| gateway.vpc.is_some_and(|vpc| instances.vpcs.contains_key(&vpc) && fits(dialect, vpc)) && fits(dialect, gateway.id));
    append(out, listed.map(|gateway| broadcast::InternetGateway { id: gateway.id, owner: gateway.account }), write_internet_gateway)
}

/// Whether the target of a route is in the document. A detaching interface may still take traffic, and is not.
fn is_listed(world: &World, instances: &Instances, target: RouteTarget) -> bool {
    match target {
        RouteTarget::Local | RouteTarget::InternetGateway(_) | RouteTarget::NatGateway(_) => true,
        RouteTarget::Interface(id) => instances.lists(world, id),
    }
}

/// The routes of all tables, also of VPCs that are not listed, whose stored state or instance is wrong.
pub(super) fn invalid_routes(world: &World) -> Vec<RouteKey> {
    let invalid = world.route_tables().flat_map(|table| {
        let wrong = table.routes.iter().filter(|route| route::is_invalid(route, route::review(table.vpc, world.target_facts(route.target))));
        wrong.map(|route| RouteKey { vpc: table.vpc, route_table: table.id, destination: route.destination })
    });
    invalid.collect()
}

/// The groups in use, and those that rules of groups in listed VPCs refer to.
pub(super) fn groups(out: &mut Vec<u8>, world: &World, instances: &Instances, dialect: Dialect) -> Vec<FragmentHash> {
    let mut listed: BTreeSet<GroupId> = instances.groups.keys().copied().collect();
    for group in world.groups().filter(|group| instances.vpcs.contains_key(&group.vpc)) {
        listed.extend(group.rules.iter().filter_map(|rule| match rule.peer {
            RulePeer::Group { id, .. } => (id != group.id && world.group(id).is_some()).then_some(id),
            RulePeer::Cidr(_) | RulePeer::Ipv6Cidr(_) => None,
        }));
    }
    listed.retain(|id| fits(dialect, *id));
    let elements = listed.iter().filter_map(|id| world.group(*id)).map(|group| security_group(group, &listed));
    append(out, elements, |out, group| write_security_group(out, group, dialect))
}

fn security_group(group: &Group, listed: &BTreeSet<GroupId>) -> broadcast::SecurityGroup {
    let said = |one: &GroupRule| peer(one.peer, listed).map(|peer| rule(one, peer));
    let rules = |egress: bool| group.rules.iter().filter(move |rule| rule.egress == egress).filter_map(said).collect();
    broadcast::SecurityGroup { id: group.id, owner: group.account, ingress: rules(false), egress: rules(true) }
}

/// The other side of a rule, if the document can name it.
fn peer(peer: RulePeer, listed: &BTreeSet<GroupId>) -> Option<broadcast::RulePeer> {
    match peer {
        RulePeer::Group { id, account } => listed.contains(&id).then_some(broadcast::RulePeer::Group { id, account }),
        RulePeer::Cidr(cidr) => Some(broadcast::RulePeer::Cidr(cidr)),
        RulePeer::Ipv6Cidr(_) => None,
    }
}

const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;

/// ICMP has type and code where TCP and UDP have ports; other protocols have neither.
fn rule(rule: &GroupRule, peer: broadcast::RulePeer) -> broadcast::Rule {
    let plain = broadcast::Rule { protocol: rule.protocol, from_port: None, to_port: None, icmp_type: None, icmp_code: None, peer };
    match rule.protocol {
        TCP | UDP => broadcast::Rule { from_port: rule.from_port, to_port: rule.to_port, ..plain },
        ICMP => broadcast::Rule { icmp_type: rule.from_port, icmp_code: rule.to_port, ..plain },
        _ => plain,
    }
}
