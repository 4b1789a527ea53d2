//! The sections of which there is little: configuration, VPCs with their gateways, and security groups, composed anew for each document.

mod acls;
mod dhcp;
mod groups;
mod long;
mod network;

use std::collections::BTreeSet;

use multihome_broadcast::{self as broadcast, FragmentHash, write_configuration};
use multihome_types::{Address, ClusterName, NatGateway, NatGatewayState, NodeName, ResourceId, VpcId};

use super::{Instances, Omission, Scope, Settings, fragment::fits};
use crate::world::World;
pub(super) use dhcp::dhcp_option_sets;
pub(super) use groups::groups;
pub(super) use long::with_long_ids;
pub(super) use network::{internet_gateways, invalid_routes, vpcs};

/// What every section is composed from.
pub(super) struct Frame<'a> {
    world: &'a World,
    scope: Scope,
    settings: &'a Settings,
    instances: &'a Instances,
    /// The VPCs that are listed: those with an interface on a listed instance, and those with a NAT gateway at work.
    vpcs: BTreeSet<VpcId>,
}

impl<'a> Frame<'a> {
    pub(super) fn new(world: &'a World, scope: Scope, settings: &'a Settings, instances: &'a Instances) -> Self {
        let mut frame = Self { world, scope, settings, instances, vpcs: BTreeSet::new() };
        let with_gateway = frame.nat_gateways().map(|gateway| gateway.vpc);
        let vpcs: BTreeSet<VpcId> = instances.vpcs.keys().copied().chain(with_gateway).filter(|id| frame.fits(*id)).collect();
        frame.vpcs = vpcs;
        frame
    }

    /// Whether consumers have room for an id.
    fn fits(&self, id: impl ResourceId) -> bool {
        fits(self.settings.dialect, id)
    }

    /// Consumers demand one.
    fn dns_servers(&self) -> Vec<Address> {
        match self.settings.dns_servers.as_slice() {
            [] => vec![Address(std::net::Ipv4Addr::LOCALHOST)],
            some => some.to_vec(),
        }
    }

    /// Those of them in subnets that can be listed. Their own long ids fit everywhere.
    fn nat_gateways(&self) -> impl Iterator<Item = &'a NatGateway> + use<'a, '_> {
        self.working_nat_gateways().filter(|gateway| self.fits(gateway.subnet))
    }

    /// Those at work in the scope of the document.
    fn working_nat_gateways(&self) -> impl Iterator<Item = &'a NatGateway> + use<'a, '_> {
        let here = |gateway: &NatGateway| match self.scope {
            Scope::Region => true,
            Scope::Cluster(name) => self.world.cluster(name).is_some_and(|cluster| cluster.zone == gateway.zone),
        };
        let works = |gateway: &NatGateway| gateway.state == NatGatewayState::Available && gateway.interface.is_some();
        self.world.nat_gateways().filter(move |gateway| works(gateway) && here(gateway))
    }
}

pub(super) fn configuration(out: &mut Vec<u8>, frame: &Frame<'_>) {
    let Frame { world, scope, settings, instances, .. } = *frame;
    let placed = |node: (ClusterName, NodeName)| instances.nodes.get(&node).into_iter().flatten().copied().collect();
    let clusters = world.clusters().filter(|cluster| scope.includes(cluster.name)).map(|cluster| {
        let nodes = cluster.nodes.iter().map(|name| broadcast::Node { name: *name, instances: placed((cluster.name, *name)) }).collect();
        broadcast::Cluster { name: cluster.name, address: cluster.address, mac_prefix: settings.mac_prefix, nodes }
    });
    let configuration = broadcast::Configuration {
        public_addresses: settings.public_addresses.clone(),
        mido: settings.mido.clone(),
        controller: settings.controller,
        dns_domain: settings.dns_domain.clone(),
        dns_servers: frame.dns_servers(),
        clusters: clusters.collect(),
    };
    write_configuration(out, &configuration);
}

/// The instances whose node their cluster does not have: they have a network, and nobody runs them.
pub(super) fn on_no_node(frame: &Frame<'_>) -> Vec<Omission> {
    let has = |cluster: ClusterName, node: &NodeName| frame.world.cluster(cluster).is_some_and(|known| known.nodes.binary_search(node).is_ok());
    let lost = frame.instances.nodes.iter().filter(|((cluster, node), _)| !has(*cluster, node));
    let lost = lost.flat_map(|((cluster, node), members)| {
        members.iter().map(|instance| Omission::NoSuchNode { instance: *instance, cluster: *cluster, node: *node })
    });
    // They are counted by node, in no order.
    lost.collect::<BTreeSet<_>>().into_iter().collect()
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
