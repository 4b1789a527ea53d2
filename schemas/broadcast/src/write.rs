//! The writer: elements in the order that real consumers need, and the same bytes for the same content.
//!
//! Each kind of entity has a function that appends its element to a buffer, so that a composer can write one instance
//! by itself and keep it. [`write_document`] puts sections together and is the only place that knows their order. The element
//! order follows the Eucalyptus 4.4 model; mind that instances have `publicIp` before `privateIp` and interfaces after it.

mod value;

use multihome_types::{GroupId, RouteTarget, RulePeer};

use crate::{AppliedVersion, Cluster, Configuration, Instance, NetworkInterface, RouteTable, Rule, SecurityGroup, Subnet, Vpc};
use value::Value;

/// Takes a document piece by piece.
pub type Sink<'a> = dyn FnMut(&[u8]) + 'a;

/// The sections of a document. Each method hands over its entities' elements, in any pieces, without the wrapper.
pub trait Content {
    fn configuration(&self, sink: &mut Sink<'_>);
    fn vpcs(&self, sink: &mut Sink<'_>);
    fn instances(&self, sink: &mut Sink<'_>);
    fn security_groups(&self, sink: &mut Sink<'_>);
}

/// Appends text that is already XML.
fn raw(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// `<name>value</name>`
macro_rules! element {
    ($out:expr, $name:literal, $value:expr) => {
        raw($out, concat!("<", $name, ">"));
        Value::push($value, $out);
        raw($out, concat!("</", $name, ">"));
    };
}

/// `<name>…</name>`, or `<name/>` where there is nothing inside.
macro_rules! wrapper {
    ($out:expr, $name:literal, $inside:expr) => {
        raw($out, concat!("<", $name, ">"));
        let start = $out.len();
        $inside;
        if $out.len() == start {
            $out.truncate(start - 1);
            raw($out, "/>");
        } else {
            raw($out, concat!("</", $name, ">"));
        }
    };
}

/// `<element name="value">`
macro_rules! named {
    ($out:expr, $element:literal, $value:expr) => {
        raw($out, concat!("<", $element, " name=\""));
        Value::push($value, $out);
        raw($out, "\">");
    };
}

/// Writes a whole document in pieces, so that one of a hundred megabytes can be compressed without being put together first.
pub fn write_document(sink: &mut Sink<'_>, version: &str, applied: Option<&AppliedVersion>, content: &impl Content) {
    let mut head = Vec::new();
    raw(&mut head, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><network-data version=\"");
    version.push(&mut head);
    if let Some(applied) = applied {
        raw(&mut head, "\" applied-version=\"");
        applied.version.as_str().push(&mut head);
        raw(&mut head, "\" applied-time=\"");
        applied.time.to_seconds_text().as_str().push(&mut head);
    }
    raw(&mut head, "\">");
    sink(&head);
    content.configuration(sink);
    section(sink, "vpcs", |sink| content.vpcs(sink));
    section(sink, "instances", |sink| content.instances(sink));
    sink(b"<dhcpOptionSets/><internetGateways/>");
    section(sink, "securityGroups", |sink| content.security_groups(sink));
    sink(b"</network-data>");
}

/// `<name>…</name>`, or `<name/>` where there is nothing inside.
fn section(sink: &mut Sink<'_>, name: &str, inside: impl FnOnce(&mut Sink<'_>)) {
    let mut is_open = false;
    inside(&mut |piece| {
        if !piece.is_empty() {
            if !is_open {
                sink(format!("<{name}>").as_bytes());
            }
            is_open = true;
            sink(piece);
        }
    });
    let end = if is_open { format!("</{name}>") } else { format!("<{name}/>") };
    sink(end.as_bytes());
}

pub fn write_configuration(out: &mut Vec<u8>, configuration: &Configuration) {
    raw(out, "<configuration><property name=\"mode\"><value>VPCMIDO</value></property><property name=\"enabledCLCIp\">");
    element!(out, "value", &configuration.controller);
    raw(out, "</property><property name=\"instanceDNSDomain\">");
    element!(out, "value", configuration.dns_domain.as_str());
    raw(out, "</property>");
    property(out, "instanceDNSServers", |out| configuration.dns_servers.iter().for_each(|server| push_value(out, server)));
    property(out, "clusters", |out| configuration.clusters.iter().for_each(|cluster| write_cluster(out, cluster)));
    raw(out, "</configuration>");
}

fn push_value(out: &mut Vec<u8>, value: &impl Value) {
    element!(out, "value", value);
}

/// `<property name="…">…</property>`, or the empty form where there is nothing inside.
fn property(out: &mut Vec<u8>, name: &str, inside: impl FnOnce(&mut Vec<u8>)) {
    raw(out, "<property name=\"");
    raw(out, name);
    raw(out, "\">");
    let start = out.len();
    inside(out);
    if out.len() == start {
        out.truncate(start - 1);
        raw(out, "/>");
    } else {
        raw(out, "</property>");
    }
}

fn write_cluster(out: &mut Vec<u8>, cluster: &Cluster) {
    named!(out, "cluster", &cluster.name);
    // In this mode the cluster's own subnet and addresses mean nothing, but the schema demands them.
    raw(
        out,
        "<subnet name=\"172.31.0.0\"><property name=\"subnet\"><value>172.31.0.0</value></property>\
         <property name=\"netmask\"><value>255.255.0.0</value></property>\
         <property name=\"gateway\"><value>172.31.0.1</value></property></subnet><property name=\"enabledCCIp\">",
    );
    element!(out, "value", &cluster.address);
    raw(out, "</property><property name=\"macPrefix\">");
    element!(out, "value", &cluster.mac_prefix);
    raw(out, "</property><property name=\"privateIps\"><value>172.31.0.5</value></property>");
    property(out, "nodes", |out| {
        for node in &cluster.nodes {
            named!(out, "node", &node.name);
            wrapper!(out, "instanceIds", node.instances.iter().for_each(|id| push_value(out, id)));
            raw(out, "</node>");
        }
    });
    raw(out, "</cluster>");
}

pub fn write_vpc(out: &mut Vec<u8>, vpc: &Vpc) {
    named!(out, "vpc", &vpc.id);
    element!(out, "ownerId", &vpc.owner);
    element!(out, "cidr", &vpc.cidr);
    wrapper!(out, "subnets", vpc.subnets.iter().for_each(|subnet| write_subnet(out, subnet)));
    raw(out, "<networkAcls/>");
    wrapper!(out, "routeTables", vpc.route_tables.iter().for_each(|table| write_route_table(out, table)));
    raw(out, "<natGateways/><internetGateways/></vpc>");
}

fn write_subnet(out: &mut Vec<u8>, subnet: &Subnet) {
    named!(out, "subnet", &subnet.id);
    element!(out, "ownerId", &subnet.owner);
    element!(out, "cidr", &subnet.cidr);
    element!(out, "cluster", &subnet.zone);
    if let Some(table) = &subnet.route_table {
        element!(out, "routeTable", table);
    }
    raw(out, "</subnet>");
}

fn write_route_table(out: &mut Vec<u8>, table: &RouteTable) {
    named!(out, "routeTable", &table.id);
    element!(out, "ownerId", &table.owner);
    raw(out, "<routes>");
    let start = out.len();
    for route in &table.routes {
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
    if out.len() == start {
        out.truncate(start - 1);
        raw(out, "/></routeTable>");
    } else {
        raw(out, "</routes></routeTable>");
    }
}

pub fn write_instance(out: &mut Vec<u8>, instance: &Instance) {
    named!(out, "instance", &instance.id);
    element!(out, "ownerId", &instance.owner);
    element!(out, "macAddress", &instance.mac);
    element!(out, "privateIp", &instance.private_address);
    element!(out, "vpc", &instance.vpc);
    element!(out, "subnet", &instance.subnet);
    wrapper!(out, "networkInterfaces", instance.interfaces.iter().for_each(|interface| write_interface(out, interface)));
    write_groups(out, &instance.groups);
    raw(out, "</instance>");
}

fn write_interface(out: &mut Vec<u8>, interface: &NetworkInterface) {
    named!(out, "networkInterface", &interface.id);
    element!(out, "ownerId", &interface.owner);
    element!(out, "deviceIndex", &interface.device_index);
    element!(out, "attachmentId", &interface.attachment);
    element!(out, "macAddress", &interface.mac);
    element!(out, "privateIp", &interface.private_address);
    element!(out, "sourceDestCheck", &interface.source_dest_check);
    element!(out, "vpc", &interface.vpc);
    element!(out, "subnet", &interface.subnet);
    write_groups(out, &interface.groups);
    raw(out, "</networkInterface>");
}

fn write_groups(out: &mut Vec<u8>, groups: &[GroupId]) {
    wrapper!(out, "securityGroups", groups.iter().for_each(|group| push_value(out, group)));
}

pub fn write_security_group(out: &mut Vec<u8>, group: &SecurityGroup) {
    named!(out, "securityGroup", &group.id);
    element!(out, "ownerId", &group.owner);
    wrapper!(out, "ingressRules", group.ingress.iter().for_each(|rule| write_rule(out, rule)));
    wrapper!(out, "egressRules", group.egress.iter().for_each(|rule| write_rule(out, rule)));
    raw(out, "</securityGroup>");
}

fn write_rule(out: &mut Vec<u8>, rule: &Rule) {
    raw(out, "<rule>");
    element!(out, "protocol", &rule.protocol);
    if let Some(port) = &rule.from_port {
        element!(out, "fromPort", port);
    }
    if let Some(port) = &rule.to_port {
        element!(out, "toPort", port);
    }
    if let Some(kind) = &rule.icmp_type {
        element!(out, "icmpType", kind);
    }
    if let Some(code) = &rule.icmp_code {
        element!(out, "icmpCode", code);
    }
    match &rule.peer {
        RulePeer::Group { id, account } => {
            element!(out, "groupId", id);
            element!(out, "groupOwnerId", account);
        }
        RulePeer::Cidr(cidr) => {
            element!(out, "cidr", cidr);
        }
    }
    raw(out, "</rule>");
}

#[cfg(test)]
mod tests;
