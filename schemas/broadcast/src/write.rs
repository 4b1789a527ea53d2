//! The writer: elements in the order that real consumers need, and the same bytes for the same content.
//!
//! Each kind of entity has a function that appends its element to a buffer, so that a composer can write one instance
//! by itself and keep it. [`write_document`] puts sections together and is the only place that knows their order. The element
//! order follows the Eucalyptus model; mind that instances and NAT gateways have `publicIp` before `privateIp` and interfaces after
//! it, and that group rules have `icmpType` before `icmpCode` and entries of ACLs after it.

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

/// `<name>value</name>`, or nothing where there is no value.
macro_rules! optional {
    ($out:expr, $name:literal, $value:expr) => {
        if let Some(value) = $value {
            element!($out, $name, value);
        }
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

mod configuration;
mod network;
mod security_group;
mod value;

use multihome_types::GroupId;

use crate::{AppliedVersion, DhcpOptionSet, Instance, InternetGateway, NetworkInterface};
use value::Value;

pub use configuration::write_configuration;
pub use network::write_vpc;
pub use security_group::write_security_group;

/// Takes a document piece by piece.
pub type Sink<'a> = dyn FnMut(&[u8]) + 'a;

/// The sections of a document. Each method hands over its entities' elements, in any pieces, without the wrapper.
pub trait Content {
    fn configuration(&self, sink: &mut Sink<'_>);
    fn vpcs(&self, sink: &mut Sink<'_>);
    fn instances(&self, sink: &mut Sink<'_>);
    fn dhcp_option_sets(&self, sink: &mut Sink<'_>);
    fn internet_gateways(&self, sink: &mut Sink<'_>);
    fn security_groups(&self, sink: &mut Sink<'_>);
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
    section(sink, "dhcpOptionSets", |sink| content.dhcp_option_sets(sink));
    section(sink, "internetGateways", |sink| content.internet_gateways(sink));
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

fn push_value(out: &mut Vec<u8>, value: &(impl Value + ?Sized)) {
    element!(out, "value", value);
}

/// `<property name="…">…</property>`, or the empty form where there is nothing inside. The name is one of ours.
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

pub fn write_instance(out: &mut Vec<u8>, instance: &Instance) {
    named!(out, "instance", &instance.id);
    element!(out, "ownerId", &instance.owner);
    element!(out, "macAddress", &instance.mac);
    optional!(out, "publicIp", &instance.public_address);
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
    optional!(out, "publicIp", &interface.public_address);
    element!(out, "sourceDestCheck", &interface.source_dest_check);
    element!(out, "vpc", &interface.vpc);
    element!(out, "subnet", &interface.subnet);
    write_groups(out, &interface.groups);
    raw(out, "</networkInterface>");
}

fn write_groups(out: &mut Vec<u8>, groups: &[GroupId]) {
    wrapper!(out, "securityGroups", groups.iter().for_each(|group| push_value(out, group)));
}

pub fn write_dhcp_option_set(out: &mut Vec<u8>, set: &DhcpOptionSet) {
    named!(out, "dhcpOptionSet", &set.id);
    element!(out, "ownerId", &set.owner);
    for (name, values) in &set.options {
        named!(out, "property", name.as_str());
        values.iter().for_each(|value| push_value(out, value.as_str()));
        raw(out, "</property>");
    }
    raw(out, "</dhcpOptionSet>");
}

pub fn write_internet_gateway(out: &mut Vec<u8>, gateway: &InternetGateway) {
    named!(out, "internetGateway", &gateway.id);
    element!(out, "ownerId", &gateway.owner);
    raw(out, "</internetGateway>");
}

#[cfg(test)]
mod tests;
