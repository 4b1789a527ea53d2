//! Reads `vpc` with its subnets, ACLs, route tables and gateways, and what VPCs refer to.

use multihome_types::RouteTarget;
use quick_xml::events::BytesStart;

use super::{Result, list, values, xml::Xml};
use crate::{AclEntry, DhcpOptionSet, InternetGateway, NatGateway, NetworkAcl, Route, RouteTable, Subnet, Vpc};

pub(super) fn vpc(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Vpc> {
    let id = xml.name(start)?;
    let within = || format!("vpc {id}");
    let (mut owner, mut cidr, mut dhcp_option_set, mut subnets, mut network_acls) = (None, None, None, Vec::new(), Vec::new());
    let (mut route_tables, mut nat_gateways, mut internet_gateways) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            "subnets" => subnets = list(xml, "subnet", subnet)?,
            "dhcpOptionSet" => dhcp_option_set = Some(xml.value("dhcpOptionSet")?),
            "networkAcls" => network_acls = list(xml, "networkAcl", network_acl)?,
            "routeTables" => route_tables = list(xml, "routeTable", route_table)?,
            "natGateways" => nat_gateways = list(xml, "natGateway", nat_gateway)?,
            "internetGateways" => internet_gateways = values(xml, "internetGateways")?,
            _ => xml.skip()?,
        }
    }
    Ok(Vpc {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        cidr: xml.need(cidr, "cidr", within)?,
        dhcp_option_set,
        subnets,
        network_acls,
        route_tables,
        nat_gateways,
        internet_gateways,
    })
}

fn subnet(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Subnet> {
    let id = xml.name(start)?;
    let within = || format!("subnet {id}");
    let (mut owner, mut cidr, mut zone, mut network_acl, mut route_table) = (None, None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            "cluster" => zone = Some(xml.value("cluster")?),
            "networkAcl" => network_acl = Some(xml.value("networkAcl")?),
            "routeTable" => route_table = Some(xml.value("routeTable")?),
            _ => xml.skip()?,
        }
    }
    Ok(Subnet {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        cidr: xml.need(cidr, "cidr", within)?,
        zone: xml.need(zone, "cluster", within)?,
        network_acl,
        route_table,
    })
}

fn network_acl(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<NetworkAcl> {
    let id = xml.name(start)?;
    let (mut owner, mut ingress, mut egress) = (None, Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "ingressEntries" => ingress = list(xml, "entry", entry)?,
            "egressEntries" => egress = list(xml, "entry", entry)?,
            _ => xml.skip()?,
        }
    }
    Ok(NetworkAcl { id, owner: xml.need(owner, "ownerId", || format!("networkAcl {id}"))?, ingress, egress })
}

fn entry(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<AclEntry> {
    let number = xml.attribute(start, "number")?;
    let number = xml.need(number, "number", || "entry".to_owned())?;
    let number = xml.parse("number", &number)?;
    let within = || format!("entry {number}");
    let (mut protocol, mut action, mut cidr) = (None, None, None);
    let (mut icmp_code, mut icmp_type, mut from_port, mut to_port) = (None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "protocol" => protocol = Some(xml.value("protocol")?),
            "action" => action = Some(xml.value("action")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            "icmpCode" => icmp_code = Some(xml.value("icmpCode")?),
            "icmpType" => icmp_type = Some(xml.value("icmpType")?),
            "portRangeFrom" => from_port = Some(xml.value("portRangeFrom")?),
            "portRangeTo" => to_port = Some(xml.value("portRangeTo")?),
            _ => xml.skip()?,
        }
    }
    Ok(AclEntry {
        number,
        protocol: xml.need(protocol, "protocol", within)?,
        action: xml.need(action, "action", within)?,
        cidr: xml.need(cidr, "cidr", within)?,
        icmp_code,
        icmp_type,
        from_port,
        to_port,
    })
}

fn nat_gateway(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<NatGateway> {
    let id = xml.name(start)?;
    let within = || format!("natGateway {id}");
    let (mut owner, mut mac, mut public_address, mut private_address, mut vpc, mut subnet) = (None, None, None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "macAddress" => mac = Some(xml.value("macAddress")?),
            "publicIp" => public_address = Some(xml.value("publicIp")?),
            "privateIp" => private_address = Some(xml.host("privateIp")?),
            "vpc" => vpc = Some(xml.value("vpc")?),
            "subnet" => subnet = Some(xml.value("subnet")?),
            _ => xml.skip()?,
        }
    }
    Ok(NatGateway {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        mac,
        public_address,
        private_address: xml.need(private_address, "privateIp", within)?,
        vpc: xml.need(vpc, "vpc", within)?,
        subnet: xml.need(subnet, "subnet", within)?,
    })
}

pub(super) fn dhcp_option_set(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<DhcpOptionSet> {
    let id = xml.name(start)?;
    let (mut owner, mut options) = (None, Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "property" => options.push((xml.name(&child)?, values(xml, "dhcpOptionSet")?)),
            _ => xml.skip()?,
        }
    }
    Ok(DhcpOptionSet { id, owner: xml.need(owner, "ownerId", || format!("dhcpOptionSet {id}"))?, options })
}

pub(super) fn internet_gateway(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<InternetGateway> {
    let id = xml.name(start)?;
    let mut owner = None;
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            _ => xml.skip()?,
        }
    }
    Ok(InternetGateway { id, owner: xml.need(owner, "ownerId", || format!("internetGateway {id}"))? })
}

fn route_table(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<RouteTable> {
    let id = xml.name(start)?;
    let (mut owner, mut routes) = (None, Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "routes" => routes = list(xml, "route", route)?,
            _ => xml.skip()?,
        }
    }
    Ok(RouteTable { id, owner: xml.need(owner, "ownerId", || format!("routeTable {id}"))?, routes })
}

/// Of several targets a gateway wins, then an interface, as it does for the real consumers.
fn route(xml: &mut Xml<'_>, _: &BytesStart<'_>) -> Result<Route> {
    let within = || "route".to_owned();
    let (mut destination, mut gateway, mut interface, mut nat_gateway) = (None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "destinationCidr" => destination = Some(xml.value("destinationCidr")?),
            "gatewayId" => {
                let text = xml.text()?;
                gateway = Some(if text == "local" { RouteTarget::Local } else { RouteTarget::InternetGateway(xml.parse("gatewayId", &text)?) });
            }
            "networkInterfaceId" => interface = Some(RouteTarget::Interface(xml.value("networkInterfaceId")?)),
            "natGatewayId" => nat_gateway = Some(RouteTarget::NatGateway(xml.value("natGatewayId")?)),
            _ => xml.skip()?,
        }
    }
    Ok(Route {
        destination: xml.need(destination, "destinationCidr", within)?,
        target: xml.need(gateway.or(interface).or(nat_gateway), "target", within)?,
    })
}
