//! What is left out for the length of its id, where consumers have no room for it. Groups are in [`super::groups`].

use std::collections::BTreeSet;

use multihome_types::{Vpc, VpcId};

use super::Frame;
use crate::compose::{Long, Omission};

/// The VPCs that would be listed, what is left out of those that are, and the NAT gateways that have no subnet to be in.
pub(in crate::compose) fn with_long_ids(frame: &Frame<'_>) -> Vec<Omission> {
    // Each once: VPCs may share their DHCP options.
    let mut found = BTreeSet::new();
    let with_gateway = frame.working_nat_gateways().map(|gateway| gateway.vpc);
    let would_be_listed: BTreeSet<VpcId> = frame.instances.vpcs.keys().copied().chain(with_gateway).collect();
    found.extend(would_be_listed.into_iter().filter(|id| !frame.fits(*id)).map(Long::Vpc));
    frame.vpcs.iter().filter_map(|id| frame.world.vpc(*id)).for_each(|vpc| gather_in(frame, vpc, &mut found));
    let gateways = frame.working_nat_gateways().filter(|gateway| !frame.fits(gateway.subnet));
    let gateways = gateways.map(|gateway| Omission::SubnetOfGatewayTooLong { gateway: gateway.id, subnet: gateway.subnet });
    found.into_iter().map(Omission::IdTooLong).chain(gateways).collect()
}

fn gather_in(frame: &Frame<'_>, vpc: &Vpc, found: &mut BTreeSet<Long>) {
    let world = frame.world;
    found.extend(world.subnets_of(vpc.id).map(|subnet| subnet.id).filter(|id| !frame.fits(*id)).map(Long::Subnet));
    found.extend(world.route_tables_of(vpc.id).map(|table| table.id).filter(|id| !frame.fits(*id)).map(Long::RouteTable));
    found.extend(world.network_acls_of(vpc.id).map(|acl| acl.id).filter(|id| !frame.fits(*id)).map(Long::NetworkAcl));
    found.extend(vpc.dhcp_options.filter(|id| !frame.fits(*id)).map(Long::DhcpOptions));
    let gateways = world.internet_gateways().filter(|gateway| gateway.vpc == Some(vpc.id));
    found.extend(gateways.map(|gateway| gateway.id).filter(|id| !frame.fits(*id)).map(Long::InternetGateway));
}
