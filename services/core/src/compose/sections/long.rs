//! What is left out for the length of its id, where consumers have no room for it.

use std::collections::BTreeSet;

use multihome_types::{GroupId, Vpc, VpcId};

use super::Frame;
use crate::compose::{Long, Omission};

/// The VPCs that would be listed, and what is left out of those that are. Groups, because a rule may refer to them, wherever they are.
pub(in crate::compose) fn with_long_ids(frame: &Frame<'_>) -> Vec<Omission> {
    let world = frame.world;
    let mut found = Vec::new();
    let would_be_listed: BTreeSet<VpcId> = frame.instances.vpcs.keys().copied().chain(frame.nat_gateways().map(|gateway| gateway.vpc)).collect();
    found.extend(would_be_listed.into_iter().filter(|id| !frame.fits(*id)).map(Long::Vpc));
    frame.vpcs.iter().filter_map(|id| world.vpc(*id)).for_each(|vpc| gather_in(frame, vpc, &mut found));
    let is_near =
        |group: &GroupId| frame.instances.groups.contains_key(group) || world.group(*group).is_some_and(|group| frame.vpcs.contains(&group.vpc));
    found.extend(world.groups().map(|group| group.id).filter(|id| !frame.fits(*id) && is_near(id)).map(Long::Group));
    found.into_iter().map(Omission::IdTooLong).collect()
}

fn gather_in(frame: &Frame<'_>, vpc: &Vpc, found: &mut Vec<Long>) {
    let world = frame.world;
    found.extend(world.subnets_of(vpc.id).map(|subnet| subnet.id).filter(|id| !frame.fits(*id)).map(Long::Subnet));
    found.extend(world.route_tables_of(vpc.id).map(|table| table.id).filter(|id| !frame.fits(*id)).map(Long::RouteTable));
    found.extend(world.network_acls_of(vpc.id).map(|acl| acl.id).filter(|id| !frame.fits(*id)).map(Long::NetworkAcl));
    found.extend(vpc.dhcp_options.filter(|id| !frame.fits(*id)).map(Long::DhcpOptions));
    let gateways = world.internet_gateways().filter(|gateway| gateway.vpc == Some(vpc.id));
    found.extend(gateways.map(|gateway| gateway.id).filter(|id| !frame.fits(*id)).map(Long::InternetGateway));
}
