//! What interfaces can be filtered by. A filter looks at the reply, so that what it finds is what is shown.

use std::borrow::Cow;

use multihome_ec2::{
    Tag,
    network_interface::{NetworkInterface, NetworkInterfaceAssociation, NetworkInterfaceAttachment},
};

use crate::filter::{Filterable, flag, many, one};

impl Filterable for NetworkInterface {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name.split_once('.') {
            Some(("attachment", name)) => of_attachment(self.attachment.as_ref(), name),
            Some(("association", name)) => of_association(self.association.as_ref(), name),
            Some(("addresses", name)) => of_addresses(self, name),
            Some(("ipv6-addresses", "ipv6-address")) => many(self.ipv6_addresses.iter().map(|address| &*address.ipv6_address)),
            _ => of_interface(self, name),
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

fn of_interface<'a>(interface: &'a NetworkInterface, name: &str) -> Option<Vec<Cow<'a, str>>> {
    match name {
        "network-interface-id" => one(&interface.network_interface_id),
        "subnet-id" => one(&interface.subnet_id),
        "vpc-id" => one(&interface.vpc_id),
        "availability-zone" => one(&interface.availability_zone),
        "availability-zone-id" => many(interface.availability_zone_id.as_deref()),
        "status" => one(&interface.status),
        "description" => one(&interface.description),
        "group-id" => many(interface.groups.iter().map(|group| &*group.group_id)),
        "group-name" => many(interface.groups.iter().map(|group| &*group.group_name)),
        // "The address or addresses": any of them.
        "private-ip-address" => of_addresses(interface, "private-ip-address"),
        "private-dns-name" => many(interface.private_dns_name.as_deref()),
        "mac-address" => one(&interface.mac_address),
        "owner-id" => one(&interface.owner_id),
        "requester-id" => many(interface.requester_id.as_deref()),
        "requester-managed" => flag(interface.requester_managed),
        "operator.managed" => flag(interface.operator.managed),
        "operator.principal" => Some(Vec::new()),
        "interface-type" => one(type_asked(&interface.interface_type)),
        "source-dest-check" => flag(interface.source_dest_check),
        _ => None,
    }
}

/// Filters spell one type in another way than replies.
fn type_asked(shown: &str) -> &str {
    if shown == "natGateway" { "nat_gateway" } else { shown }
}

fn of_addresses<'a>(interface: &'a NetworkInterface, name: &str) -> Option<Vec<Cow<'a, str>>> {
    let addresses = &interface.private_ip_addresses;
    match name {
        "private-ip-address" => many(addresses.iter().map(|address| &*address.private_ip_address)),
        "primary" => many(addresses.iter().map(|address| if address.primary { "true" } else { "false" })),
        "association.public-ip" => many(addresses.iter().filter_map(|address| Some(&*address.association.as_ref()?.public_ip))),
        "association.owner-id" => many(addresses.iter().filter_map(|address| Some(&*address.association.as_ref()?.ip_owner_id))),
        _ => None,
    }
}

/// Of an interface that is not attached: nothing under every name.
fn of_attachment<'a>(attachment: Option<&'a NetworkInterfaceAttachment>, name: &str) -> Option<Vec<Cow<'a, str>>> {
    let text = |of: fn(&'a NetworkInterfaceAttachment) -> &'a str| many(attachment.map(of));
    let written = |of: fn(&NetworkInterfaceAttachment) -> String| many(attachment.map(of));
    match name {
        "attachment-id" => text(|attachment| &attachment.attachment_id),
        "instance-id" => many(attachment.and_then(|attachment| attachment.instance_id.as_deref())),
        "instance-owner-id" => text(|attachment| &attachment.instance_owner_id),
        "status" => text(|attachment| &attachment.status),
        "device-index" => written(|attachment| attachment.device_index.to_string()),
        "network-card-index" => written(|attachment| attachment.network_card_index.to_string()),
        "delete-on-termination" => written(|attachment| attachment.delete_on_termination.to_string()),
        // The second is how Eucalyptus spells it.
        "attach-time" | "attach.time" => written(|attachment| attachment.attach_time.0.to_string()),
        _ => None,
    }
}

fn of_association<'a>(association: Option<&'a NetworkInterfaceAssociation>, name: &str) -> Option<Vec<Cow<'a, str>>> {
    let text = |of: fn(&'a NetworkInterfaceAssociation) -> &'a str| many(association.map(of));
    match name {
        "allocation-id" => many(association.and_then(|association| association.allocation_id.as_deref())),
        "association-id" => many(association.and_then(|association| association.association_id.as_deref())),
        "ip-owner-id" => text(|association| &association.ip_owner_id),
        "public-ip" => text(|association| &association.public_ip),
        "carrier-ip" | "customer-owned-ip" => Some(Vec::new()),
        "public-dns-name" => text(|association| &association.public_dns_name),
        _ => None,
    }
}
