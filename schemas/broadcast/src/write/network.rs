//! Writes `vpc`: its subnets, ACLs, route tables and gateways.

use multihome_types::RouteTarget;

use super::{push_value, raw, value::Value};
use crate::{AclEntry, NatGateway, NetworkAcl, Route, RouteTable, Subnet, Vpc};

pub fn write_vpc(out: &mut Vec<u8>, vpc: &Vpc) {
    named!(out, "vpc", &vpc.id);
    element!(out, "ownerId", &vpc.owner);
    element!(out, "cidr", &vpc.cidr);
    optional!(out, "dhcpOptionSet", &vpc.dhcp_option_set);
    wrapper!(out, "subnets", vpc.subnets.iter().for_each(|subnet| write_subnet(out, subnet)));
    wrapper!(out, "networkAcls", vpc.network_acls.iter().for_each(|acl| write_acl(out, acl)));
    wrapper!(out, "routeTables", vpc.route_tables.iter().for_each(|table| write_route_table(out, table)));
    wrapper!(out, "natGateways", vpc.nat_gateways.iter().for_each(|gateway| write_nat_gateway(out, gateway)));
    wrapper!(out, "internetGateways", vpc.internet_gateways.iter().for_each(|gateway| push_value(out, gateway)));
    raw(out, "</vpc>");
}

fn write_subnet(out: &mut Vec<u8>, subnet: &Subnet) {
    named!(out, "subnet", &subnet.id);
    element!(out, "ownerId", &subnet.owner);
    element!(out, "cidr", &subnet.cidr);
    element!(out, "cluster", &subnet.zone);
    optional!(out, "networkAcl", &subnet.network_acl);
    optional!(out, "routeTable", &subnet.route_table);
    raw(out, "</subnet>");
}

fn write_acl(out: &mut Vec<u8>, acl: &NetworkAcl) {
    named!(out, "networkAcl", &acl.id);
    element!(out, "ownerId", &acl.owner);
    wrapper!(out, "ingressEntries", acl.ingress.iter().for_each(|entry| write_entry(out, entry)));
    wrapper!(out, "egressEntries", acl.egress.iter().for_each(|entry| write_entry(out, entry)));
    raw(out, "</networkAcl>");
}

fn write_entry(out: &mut Vec<u8>, entry: &AclEntry) {
    raw(out, "<entry number=\"");
    entry.number.push(out);
    raw(out, "\">");
    element!(out, "protocol", &entry.protocol);
    element!(out, "action", entry.action.as_str());
    element!(out, "cidr", &entry.cidr);
    optional!(out, "icmpCode", &entry.icmp_code);
    optional!(out, "icmpType", &entry.icmp_type);
    optional!(out, "portRangeFrom", &entry.from_port);
    optional!(out, "portRangeTo", &entry.to_port);
    raw(out, "</entry>");
}

fn write_route_table(out: &mut Vec<u8>, table: &RouteTable) {
    named!(out, "routeTable", &table.id);
    element!(out, "ownerId", &table.owner);
    wrapper!(out, "routes", table.routes.iter().for_each(|route| write_route(out, route)));
    raw(out, "</routeTable>");
}

fn write_route(out: &mut Vec<u8>, route: &Route) {
    raw(out, "<route>");
    element!(out, "destinationCidr", &route.destination);
    match &route.target {
        RouteTarget::Local => raw(out, "<gatewayId>local</gatewayId>"),
        RouteTarget::InternetGateway(id) => {
            element!(out, "gatewayId", id);
        }
        RouteTarget::Interface(id) => {
            element!(out, "networkInterfaceId", id);
        }
        RouteTarget::NatGateway(id) => {
            element!(out, "natGatewayId", id);
        }
    }
    raw(out, "</route>");
}

fn write_nat_gateway(out: &mut Vec<u8>, gateway: &NatGateway) {
    named!(out, "natGateway", &gateway.id);
    element!(out, "ownerId", &gateway.owner);
    optional!(out, "macAddress", &gateway.mac);
    optional!(out, "publicIp", &gateway.public_address);
    element!(out, "privateIp", &gateway.private_address);
    element!(out, "vpc", &gateway.vpc);
    element!(out, "subnet", &gateway.subnet);
    raw(out, "</natGateway>");
}
