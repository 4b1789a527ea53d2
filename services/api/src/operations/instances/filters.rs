//! What instances can be filtered by. A filter looks at the reply, so that what it finds is what is shown.

use std::borrow::Cow;

use multihome_ec2::{
    Tag,
    instance::{InstanceNetworkInterface, InstanceNetworkInterfaceAttachment, InstancePrivateIpAddress, MetadataOptions},
    network_interface::NetworkInterfaceAssociation,
    subnet::PrivateDnsNameOptions,
};

use super::shown::Described;
use crate::filter::{Filterable, flag, many, one};

type Values<'a> = Option<Vec<Cow<'a, str>>>;

impl Filterable for Described {
    fn values(&self, name: &str) -> Values<'_> {
        let Some(of_interface) = name.strip_prefix("network-interface.") else { return of_instance(self, name) };
        if let Some(name) = of_interface.strip_prefix("association.") {
            return of_associations(self.associations.iter().filter(|(primary, _)| *primary), name);
        }
        if let Some(name) = of_interface.strip_prefix("addresses.association.") {
            return of_associations(self.associations.iter(), name);
        }
        match of_interface {
            // An interface is where its instance is.
            "availability-zone" => many(self.instance.network_interfaces.iter().map(|_| &*self.instance.placement.availability_zone)),
            "attachment.instance-id" => many(self.instance.network_interfaces.iter().map(|_| &*self.instance.instance_id)),
            "tag-key" => many(self.interface_tags.iter().map(|tag| &*tag.key)),
            "tag-value" => many(self.interface_tags.iter().map(|tag| &*tag.value)),
            _ => of_interfaces(&self.instance.network_interfaces, of_interface),
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}

fn of_instance<'a>(described: &'a Described, name: &str) -> Values<'a> {
    let instance = &described.instance;
    if let Some(name) = name.strip_prefix("metadata-options.") {
        return of_metadata_options(instance.metadata_options.as_ref(), name);
    }
    if let Some(name) = name.strip_prefix("private-dns-name-options.") {
        return of_name_options(&instance.private_dns_name_options, name);
    }
    match name {
        "availability-zone-id" => many(instance.placement.availability_zone_id.as_deref()),
        "ebs-optimized" => flag(instance.ebs_optimized),
        "ena-support" => many(instance.ena_support.map(|ena| ena.to_string())),
        "capacity-reservation-specification.capacity-reservation-preference" => {
            one(&instance.capacity_reservation_specification.capacity_reservation_preference)
        }
        "enclave-options.enabled" => flag(instance.enclave_options.enabled),
        "hibernation-options.configured" => flag(instance.hibernation_options.configured),
        "maintenance-options.auto-recovery" => one(&instance.maintenance_options.auto_recovery),
        "network-performance-options.bandwidth-weighting" => one(&instance.network_performance_options.bandwidth_weighting),
        "operator.managed" => flag(instance.operator.managed),
        "ipv6-address" => {
            many(instance.network_interfaces.iter().flat_map(|interface| &interface.ipv6_addresses).map(|address| &*address.ipv6_address))
        }
        "platform-details" => one(&instance.platform_details),
        "usage-operation" => one(&instance.usage_operation),
        "state-reason-message" => many(instance.state_reason.as_ref().map(|reason| &*reason.message)),
        "instance-id" => one(&instance.instance_id),
        "reservation-id" => one(&described.reservation_id),
        "owner-id" => one(&described.owner_id),
        "instance-state-name" => one(&instance.instance_state.name),
        "instance-state-code" => one(instance.instance_state.code.to_string()),
        "state-reason-code" => many(instance.state_reason.as_ref().map(|reason| &*reason.code)),
        "reason" => one(&instance.reason),
        "vpc-id" => many(instance.vpc_id.as_deref()),
        "subnet-id" => many(instance.subnet_id.as_deref()),
        "private-ip-address" => many(instance.private_ip_address.as_deref()),
        "private-dns-name" => one(&instance.private_dns_name),
        "ip-address" => many(instance.ip_address.as_deref()),
        "dns-name" => one(&instance.dns_name),
        "image-id" => one(&instance.image_id),
        "instance-type" => one(&instance.instance_type),
        "availability-zone" => one(&instance.placement.availability_zone),
        "tenancy" => one(&instance.placement.tenancy),
        "key-name" => many(instance.key_name.as_deref()),
        "client-token" => many(instance.client_token.as_deref()),
        "launch-index" => one(instance.ami_launch_index.to_string()),
        "launch-time" => one(instance.launch_time.0.to_string()),
        "source-dest-check" => many(instance.source_dest_check.map(|check| check.to_string())),
        "instance.group-id" => many(instance.groups.iter().map(|group| &*group.group_id)),
        "instance.group-name" => many(instance.groups.iter().map(|group| &*group.group_name)),
        "architecture" => one(&instance.architecture),
        "hypervisor" => one(&instance.hypervisor),
        "virtualization-type" => one(&instance.virtualization_type),
        "root-device-type" => one(&instance.root_device_type),
        "root-device-name" => many(instance.root_device_name.as_deref()),
        "monitoring-state" => one(&instance.monitoring.state),
        _ => NOBODY_HAS.contains(&name).then(Vec::new),
    }
}

/// What EC2 documents and nothing here ever has: disks, reservations of capacity, hosts, profiles, licences.
const NOBODY_HAS: &[&str] = &[
    "affinity",
    "block-device-mapping.attach-time",
    "block-device-mapping.delete-on-termination",
    "block-device-mapping.device-name",
    "block-device-mapping.status",
    "block-device-mapping.volume-id",
    "boot-mode",
    "capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id",
    "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn",
    "current-instance-boot-mode",
    "host-id",
    "iam-instance-profile.arn",
    "iam-instance-profile.id",
    "iam-instance-profile.name",
    "instance-lifecycle",
    "kernel-id",
    "operator.principal",
    "outpost-arn",
    "placement-group-name",
    "placement-partition-number",
    "platform",
    "product-code",
    "product-code.type",
    "ramdisk-id",
    "requester-id",
    "spot-instance-request-id",
    "tpm-support",
    "usage-operation-update-time",
];

/// The default is for the sample that knows the names.
fn of_metadata_options<'a>(options: Option<&'a MetadataOptions>, name: &str) -> Values<'a> {
    match name {
        "state" => many(options.map(|options| &*options.state)),
        "http-tokens" => many(options.map(|options| &*options.http_tokens)),
        "http-put-response-hop-limit" => many(options.map(|options| options.http_put_response_hop_limit.to_string())),
        "http-endpoint" => many(options.map(|options| &*options.http_endpoint)),
        // Whoever is answered is answered over IPv4.
        "http-protocol-ipv4" => many(options.map(|options| &*options.http_endpoint)),
        "http-protocol-ipv6" => many(options.map(|options| &*options.http_protocol_ipv6)),
        "instance-metadata-tags" => many(options.map(|options| &*options.instance_metadata_tags)),
        _ => None,
    }
}

fn of_name_options<'a>(options: &'a PrivateDnsNameOptions, name: &str) -> Values<'a> {
    match name {
        "hostname-type" => one(&options.hostname_type),
        "enable-resource-name-dns-a-record" => flag(options.enable_resource_name_dns_a_record),
        "enable-resource-name-dns-aaaa-record" => flag(options.enable_resource_name_dns_aaaa_record),
        _ => None,
    }
}

fn of_interfaces<'a>(interfaces: &'a [InstanceNetworkInterface], name: &str) -> Values<'a> {
    let text = |of: fn(&'a InstanceNetworkInterface) -> &'a str| many(interfaces.iter().map(of));
    match name {
        "network-interface-id" => text(|interface| &interface.network_interface_id),
        "subnet-id" => text(|interface| &interface.subnet_id),
        "vpc-id" => text(|interface| &interface.vpc_id),
        "description" => text(|interface| &interface.description),
        "owner-id" => text(|interface| &interface.owner_id),
        "mac-address" => text(|interface| &interface.mac_address),
        "status" => text(|interface| &interface.status),
        "private-dns-name" => many(interfaces.iter().filter_map(|interface| interface.private_dns_name.as_deref())),
        "source-dest-check" => many(interfaces.iter().map(|interface| interface.source_dest_check.to_string())),
        "group-id" => many(interfaces.iter().flat_map(|interface| &interface.groups).map(|group| &*group.group_id)),
        "group-name" => many(interfaces.iter().flat_map(|interface| &interface.groups).map(|group| &*group.group_name)),
        "private-ip-address" => text(|interface| &interface.private_ip_address),
        "public-dns-name" => many(interfaces.iter().filter_map(|interface| interface.association.as_ref()).map(|public| &*public.public_dns_name)),
        "ipv6-address" | "ipv6-addresses.ipv6-address" => {
            many(interfaces.iter().flat_map(|interface| &interface.ipv6_addresses).map(|address| &*address.ipv6_address))
        }
        "ipv4-prefixes.ipv4-prefix" => {
            many(interfaces.iter().flat_map(|interface| interface.ipv4_prefixes.iter().flatten()).map(|prefix| &*prefix.ipv4_prefix))
        }
        // What a service manages is on no instance, every interface has an IPv4 address, and nothing but rules and routes keeps traffic off one.
        "requester-managed" | "ipv6-native" | "deny-all-igw-traffic" => many(interfaces.iter().map(|_| "false")),
        "operator.managed" => many(interfaces.iter().map(|interface| interface.operator.managed.to_string())),
        "ipv6-addresses.is-primary-ipv6" | "ipv6-prefixes.ipv6-prefix" | "operator.principal" | "outpost-arn" | "requester-id" => Some(Vec::new()),
        _ => match name.split_once('.') {
            Some(("attachment", name)) => of_attachments(interfaces, name),
            Some(("addresses", name)) => of_addresses(interfaces, name),
            _ => None,
        },
    }
}

fn of_associations<'a>(associations: impl Iterator<Item = &'a (bool, NetworkInterfaceAssociation)>, name: &str) -> Values<'a> {
    let associations = associations.map(|(_, association)| association);
    match name {
        "public-ip" => many(associations.map(|association| &*association.public_ip)),
        "ip-owner-id" => many(associations.map(|association| &*association.ip_owner_id)),
        "public-dns-name" => many(associations.map(|association| &*association.public_dns_name)),
        "allocation-id" => many(associations.filter_map(|association| association.allocation_id.as_deref())),
        "association-id" => many(associations.filter_map(|association| association.association_id.as_deref())),
        "carrier-ip" | "customer-owned-ip" => Some(Vec::new()),
        _ => None,
    }
}

fn of_attachments<'a>(interfaces: &'a [InstanceNetworkInterface], name: &str) -> Values<'a> {
    let attachments = || interfaces.iter().map(|interface| &interface.attachment);
    let written = |of: fn(&InstanceNetworkInterfaceAttachment) -> String| many(attachments().map(of));
    match name {
        "attachment-id" => many(attachments().map(|attachment| &*attachment.attachment_id)),
        "status" => many(attachments().map(|attachment| &*attachment.status)),
        "device-index" => written(|attachment| attachment.device_index.to_string()),
        "delete-on-termination" => written(|attachment| attachment.delete_on_termination.to_string()),
        "network-card-index" => written(|attachment| attachment.network_card_index.to_string()),
        "attach-time" => written(|attachment| attachment.attach_time.0.to_string()),
        "instance-owner-id" => many(interfaces.iter().map(|interface| &*interface.owner_id)),
        _ => None,
    }
}

fn of_addresses<'a>(interfaces: &'a [InstanceNetworkInterface], name: &str) -> Values<'a> {
    let addresses = || interfaces.iter().flat_map(|interface| &interface.private_ip_addresses);
    let flag = |address: &InstancePrivateIpAddress| if address.primary { "true" } else { "false" };
    match name {
        "private-ip-address" => many(addresses().map(|address| &*address.private_ip_address)),
        "primary" => many(addresses().map(flag)),
        "private-dns-name" => many(addresses().filter_map(|address| address.private_dns_name.as_deref())),
        _ => None,
    }
}
