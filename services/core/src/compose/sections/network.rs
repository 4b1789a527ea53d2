//! VPCs, whole: subnets, ACLs, route tables, gateways; and the gateways beside them.

use std::collections::HashMap;

use multihome_broadcast::{self as broadcast, FragmentHash, write_internet_gateway, write_vpc};
use multihome_types::{InternetGateway, Mac, NatGateway, NetworkAcl, NetworkAclId, RouteState, RouteTarget, SubnetId, Vpc, VpcId};

use super::{Frame, acls, append};
use crate::{
    compose::Omission,
    route::{self, RouteKey},
    world::World,
};

/// The listed VPCs, and what had to be left out of them.
pub(in crate::compose) fn vpcs(out: &mut Vec<u8>, frame: &Frame<'_>) -> (Vec<FragmentHash>, Vec<Omission>) {
    let mut omissions = Vec::new();
    let elements = frame.vpcs.iter().filter_map(|id| frame.world.vpc(*id)).map(|vpc| element(frame, vpc, &mut omissions));
    let hashes = append(out, elements, write_vpc);
    (hashes, omissions)
}

fn element(frame: &Frame<'_>, vpc: &Vpc, omissions: &mut Vec<Omission>) -> broadcast::Vpc {
    let world = frame.world;
    let mut main = None;
    let mut explicit = HashMap::new();
    let mut route_tables = Vec::new();
    for table in world.route_tables_of(vpc.id) {
        // A subnet whose own table is left out has none: the main table's routes are not its routes.
        let listed = frame.fits(table.id).then_some(table.id);
        main = main.or(table.main.and(listed));
        explicit.extend(table.subnets.iter().map(|(_, subnet)| (*subnet, listed)));
        if listed.is_none() {
            continue;
        }
        let routes = table.routes.iter().filter(|route| {
            // Whatever the stored state says: that may be about to be corrected.
            route::review(vpc.id, world.target_facts(route.target)).state == RouteState::Active && is_listed(frame, route.target)
        });
        let mut said = Vec::with_capacity(table.routes.len());
        for route in routes {
            match route.destination.ipv4() {
                Some(destination) if !frame.settings.dialect.has_room_for_destination(destination) => {
                    omissions.push(Omission::DestinationTooLong { route_table: table.id, destination });
                }
                Some(destination) => said.push(broadcast::Route { destination, target: route.target }),
                // The document has no place for IPv6, as its readers have none.
                None => omissions.push(Omission::RouteAboutIpv6 { route_table: table.id, destination: route.destination }),
            }
        }
        route_tables.push(broadcast::RouteTable { id: table.id, owner: table.account, routes: said });
    }
    let table_of = |subnet: SubnetId| explicit.get(&subnet).copied().unwrap_or(main);
    let acls: Vec<&NetworkAcl> = world.network_acls_of(vpc.id).filter(|acl| frame.fits(acl.id)).collect();
    let acl_of: HashMap<SubnetId, NetworkAclId> = acls.iter().flat_map(|acl| acl.subnets.iter().map(|(_, subnet)| (*subnet, acl.id))).collect();
    let listed = || world.subnets_of(vpc.id).filter(|subnet| frame.fits(subnet.id));
    let outside = listed().filter(|subnet| !vpc.cidr.contains_block(subnet.cidr));
    omissions.extend(outside.map(|subnet| Omission::FurtherBlock { vpc: vpc.id, subnet: subnet.id }));
    let subnets = listed().map(|subnet| broadcast::Subnet {
        id: subnet.id,
        owner: subnet.account,
        cidr: subnet.cidr,
        zone: subnet.zone,
        network_acl: acl_of.get(&subnet.id).copied(),
        route_table: table_of(subnet.id),
    });
    broadcast::Vpc {
        id: vpc.id,
        owner: vpc.account,
        cidr: vpc.cidr,
        dhcp_option_set: vpc.dhcp_options.filter(|id| frame.fits(*id) && world.dhcp_options(*id).is_some()),
        subnets: subnets.collect(),
        network_acls: acls.into_iter().map(|acl| acls::element(acl, omissions)).collect(),
        route_tables,
        nat_gateways: frame.nat_gateways().filter(|gateway| gateway.vpc == vpc.id).filter_map(|gateway| nat_gateway(frame, gateway)).collect(),
        internet_gateways: internet_gateways_of(frame, vpc.id).map(|gateway| gateway.id).collect(),
    }
}

fn nat_gateway(frame: &Frame<'_>, gateway: &NatGateway) -> Option<broadcast::NatGateway> {
    let interface = gateway.interface?;
    Some(broadcast::NatGateway {
        id: gateway.id,
        owner: gateway.account,
        mac: Some(Mac::of(interface.id, frame.settings.mac_prefix)),
        public_address: gateway.public.map(|public| public.address),
        private_address: interface.address,
        vpc: gateway.vpc,
        subnet: gateway.subnet,
    })
}

/// Those that are attached to the VPC: one, or none.
fn internet_gateways_of<'f>(frame: &'f Frame<'_>, vpc: VpcId) -> impl Iterator<Item = &'f InternetGateway> {
    frame.world.internet_gateways().filter(move |gateway| gateway.vpc == Some(vpc) && frame.fits(gateway.id))
}

/// The internet gateways of listed VPCs.
pub(in crate::compose) fn internet_gateways(out: &mut Vec<u8>, frame: &Frame<'_>) -> Vec<FragmentHash> {
    let listed = frame.world.internet_gateways().filter(|gateway| gateway.vpc.is_some_and(|vpc| frame.vpcs.contains(&vpc)) && frame.fits(gateway.id));
    append(out, listed.map(|gateway| broadcast::InternetGateway { id: gateway.id, owner: gateway.account }), write_internet_gateway)
}

/// Whether the target of a route is in the document. A detaching interface may still take traffic, and is not.
fn is_listed(frame: &Frame<'_>, target: RouteTarget) -> bool {
    match target {
        RouteTarget::Local => true,
        RouteTarget::InternetGateway(id) => frame.fits(id),
        RouteTarget::NatGateway(id) => frame.nat_gateways().any(|gateway| gateway.id == id),
        RouteTarget::Interface(id) => frame.instances.lists(frame.world, id),
    }
}

/// The routes of all tables, also of VPCs that are not listed, whose stored state or instance is wrong.
pub(in crate::compose) fn invalid_routes(world: &World) -> Vec<RouteKey> {
    let invalid = world.route_tables().flat_map(|table| {
        let wrong = table.routes.iter().filter(|route| route::is_invalid(route, route::review(table.vpc, world.target_facts(route.target))));
        wrong.map(|route| RouteKey { vpc: table.vpc, route_table: table.id, destination: route.destination })
    });
    invalid.collect()
}
