//! Reads `vpc` with its subnets and route tables, and `securityGroup` with its rules.

use multihome_types::{RouteTarget, RulePeer};
use quick_xml::events::BytesStart;

use super::{Problem, Result, list, xml::Xml};
use crate::{Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc};

pub(super) fn vpc(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Vpc> {
    let id = xml.name(start)?;
    let within = || format!("vpc {id}");
    let (mut owner, mut cidr, mut subnets, mut route_tables) = (None, None, Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            "subnets" => subnets = list(xml, "subnet", subnet)?,
            "routeTables" => route_tables = list(xml, "routeTable", route_table)?,
            _ => xml.skip()?,
        }
    }
    Ok(Vpc { id, owner: xml.need(owner, "ownerId", within)?, cidr: xml.need(cidr, "cidr", within)?, subnets, route_tables })
}

fn subnet(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Subnet> {
    let id = xml.name(start)?;
    let within = || format!("subnet {id}");
    let (mut owner, mut cidr, mut zone, mut route_table) = (None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            "cluster" => zone = Some(xml.value("cluster")?),
            "routeTable" => route_table = Some(xml.value("routeTable")?),
            _ => xml.skip()?,
        }
    }
    Ok(Subnet {
        id,
        owner: xml.need(owner, "ownerId", within)?,
        cidr: xml.need(cidr, "cidr", within)?,
        zone: xml.need(zone, "cluster", within)?,
        route_table,
    })
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

pub(super) fn security_group(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<SecurityGroup> {
    let id = xml.name(start)?;
    let (mut owner, mut ingress, mut egress) = (None, Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "ingressRules" => ingress = list(xml, "rule", rule)?,
            "egressRules" => egress = list(xml, "rule", rule)?,
            _ => xml.skip()?,
        }
    }
    Ok(SecurityGroup { id, owner: xml.need(owner, "ownerId", || format!("securityGroup {id}"))?, ingress, egress })
}

fn rule(xml: &mut Xml<'_>, _: &BytesStart<'_>) -> Result<Rule> {
    let within = || "rule".to_owned();
    let (mut protocol, mut group, mut group_owner, mut cidr) = (None, None, None, None);
    let (mut from_port, mut to_port, mut icmp_type, mut icmp_code) = (None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "protocol" => protocol = Some(xml.value("protocol")?),
            "fromPort" => from_port = Some(xml.value("fromPort")?),
            "toPort" => to_port = Some(xml.value("toPort")?),
            "icmpType" => icmp_type = Some(xml.value("icmpType")?),
            "icmpCode" => icmp_code = Some(xml.value("icmpCode")?),
            "groupId" => group = Some(xml.value("groupId")?),
            "groupOwnerId" => group_owner = Some(xml.value("groupOwnerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            _ => xml.skip()?,
        }
    }
    let peer = match (group, group_owner, cidr) {
        (Some(id), Some(account), _) => RulePeer::Group { id, account },
        (None, _, Some(cidr)) => RulePeer::Cidr(cidr),
        (Some(_), None, _) => return Err(xml.error(Problem::Missing { field: "groupOwnerId", within: within() })),
        (None, _, None) => return Err(xml.error(Problem::Missing { field: "peer", within: within() })),
    };
    Ok(Rule { protocol: xml.need(protocol, "protocol", within)?, from_port, to_port, icmp_type, icmp_code, peer })
}
