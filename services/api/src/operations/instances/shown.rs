//! An instance as replies show it. What belongs to its interfaces is shown from them: an instance that was terminated has none left, and
//! shows no network.

use multihome_core::{host_names::instance_name, lifecycle};
use multihome_ec2::{
    Operator, Tag,
    instance::{
        CapacityReservationSpecification, CpuOptions, EnclaveOptions, HibernationOptions, Instance as Shown, InstanceNetworkInterface,
        InstanceNetworkInterfaceAssociation, InstanceNetworkInterfaceAttachment, InstancePrivateIpAddress, MaintenanceOptions, MetadataOptions,
        Monitoring, NetworkPerformanceOptions, Placement, Reservation, StateReason,
    },
    network_interface::NetworkInterfaceAssociation,
    subnet::PrivateDnsNameOptions,
};
use multihome_types::{Address, Attachment, DeviceIndex, HostnameOptions, Instance, Interface};

use super::state::state_shown;
use crate::operations::{
    availability_zones::zone_id,
    instance_types::cores_and_threads,
    network_interfaces::{Surroundings, groups_shown, ipv6_prefixes_shown, ipv6_shown, kind_shown, prefixes_shown},
};

/// An instance and what its reservation says of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Described {
    pub reservation_id: String,
    pub owner_id: String,
    pub instance: Shown,
    /// Left out of the reply where there are none.
    pub tags: Vec<Tag>,
    /// Of its interfaces.
    pub interface_tags: Vec<Tag>,
    /// What leads to its interfaces, whole, and whether to the primary address: filters know more of it than the reply shows.
    pub associations: Vec<(bool, NetworkInterfaceAssociation)>,
}

/// `on_it` are the interfaces on the instance, in any order.
pub(super) fn show(instance: &Instance, mut on_it: Vec<&Interface>, around: &Surroundings) -> Described {
    let index = |interface: &Interface| interface.attachment.as_ref().map(|attachment| attachment.device_index);
    on_it.sort_unstable_by_key(|interface| index(interface));
    let primary = on_it.first().copied().filter(|interface| index(interface) == Some(DeviceIndex::PRIMARY));
    let public = primary.and_then(|primary| show_association(primary, primary.address, around));
    let id = instance.id.to_string();
    let attributes = &instance.attributes;
    let named = |primary| instance_name((instance.id, instance.region), attributes.hostname.hostname_type, primary);
    let tags = around.tags_of(&id);
    let shown = Shown {
        architecture: attributes.architecture.to_string(),
        block_device_mappings: Vec::new(),
        client_token: instance.client_token.clone(),
        ebs_optimized: attributes.ebs_optimized,
        ena_support: Some(true),
        hypervisor: "xen".to_owned(),
        network_interfaces: on_it.iter().filter_map(|interface| show_interface(interface, around)).collect(),
        root_device_name: Some(attributes.root_device.clone()),
        root_device_type: "ebs".to_owned(),
        groups: primary.map(|primary| groups_shown(primary, around)).unwrap_or_default(),
        source_dest_check: primary.map(|primary| primary.source_dest_check),
        state_reason: instance.reason.clone().map(|reason| StateReason { code: reason.code, message: reason.message }),
        tags: Some(tags.clone()).filter(|tags| !tags.is_empty()),
        virtualization_type: "hvm".to_owned(),
        cpu_options: cpu_shown(&instance.instance_type, around),
        // This and what follows of its kind is what nobody can ask to be otherwise: a launch that tries is refused.
        capacity_reservation_specification: CapacityReservationSpecification { capacity_reservation_preference: "open".to_owned() },
        hibernation_options: HibernationOptions { configured: false },
        metadata_options: Some(options_shown(attributes.metadata, "applied")),
        enclave_options: EnclaveOptions { enabled: false },
        platform_details: "Linux/UNIX".to_owned(),
        usage_operation: "RunInstances".to_owned(),
        private_dns_name_options: names_shown(attributes.hostname),
        maintenance_options: MaintenanceOptions { auto_recovery: "default".to_owned(), reboot_migration: "default".to_owned() },
        network_performance_options: NetworkPerformanceOptions { bandwidth_weighting: "default".to_owned() },
        operator: Operator { managed: false },
        instance_id: id,
        image_id: instance.image.to_string(),
        instance_state: state_shown(instance.state),
        private_dns_name: primary.map(|primary| named(primary.address)).unwrap_or_default(),
        dns_name: public.as_ref().map(|public| public.public_dns_name.clone()).unwrap_or_default(),
        reason: lifecycle::transition_reason(instance),
        key_name: instance.key_name.clone(),
        ami_launch_index: u32::try_from(instance.launch_index).unwrap_or(0),
        instance_type: instance.instance_type.clone(),
        launch_time: instance.launched_at.into(),
        placement: Placement {
            availability_zone_id: Some(zone_id(instance.region, instance.zone)),
            group_name: String::new(),
            tenancy: "default".to_owned(),
            availability_zone: instance.zone.to_string(),
        },
        monitoring: Monitoring { state: if attributes.monitoring { "enabled" } else { "disabled" }.to_owned() },
        subnet_id: primary.map(|primary| primary.subnet.to_string()),
        vpc_id: primary.map(|primary| primary.vpc.to_string()),
        private_ip_address: primary.map(|primary| primary.address.to_string()),
        ip_address: public.map(|public| public.public_ip),
    };
    let interface_tags = on_it.iter().flat_map(|interface| around.tags_of(&interface.id.to_string())).collect();
    let associations = on_it.iter().flat_map(|interface| associations_of(interface, around)).collect();
    Described {
        reservation_id: instance.reservation.to_string(),
        owner_id: instance.account.to_string(),
        instance: shown,
        tags,
        interface_tags,
        associations,
    }
}

fn names_shown(hostname: HostnameOptions) -> PrivateDnsNameOptions {
    let HostnameOptions { hostname_type, resource_name_dns_a_record, resource_name_dns_aaaa_record } = hostname;
    PrivateDnsNameOptions {
        hostname_type: hostname_type.to_string(),
        enable_resource_name_dns_a_record: resource_name_dns_a_record,
        enable_resource_name_dns_aaaa_record: resource_name_dns_aaaa_record,
    }
}

/// As its type has them: a launch cannot ask for others.
fn cpu_shown(instance_type: &str, around: &Surroundings) -> Option<CpuOptions> {
    let (core_count, threads_per_core) = cores_and_threads(instance_type, around.processors_of(instance_type)?);
    Some(CpuOptions { core_count, threads_per_core })
}

/// With whether it is that of the primary address.
fn associations_of(interface: &Interface, around: &Surroundings) -> Vec<(bool, NetworkInterfaceAssociation)> {
    let private = interface.public.iter().filter_map(|public| Some(public.association?.private_address));
    private.filter_map(|private| Some((private == interface.address, around.association_of(interface, private)?))).collect()
}

/// What leads to a private address, as far as instances show it.
fn show_association(interface: &Interface, private: Address, around: &Surroundings) -> Option<InstanceNetworkInterfaceAssociation> {
    let NetworkInterfaceAssociation { ip_owner_id, public_dns_name, public_ip, .. } = around.association_of(interface, private)?;
    Some(InstanceNetworkInterfaceAssociation { ip_owner_id, public_dns_name, public_ip })
}

fn show_address(interface: &Interface, address: Address, around: &Surroundings) -> InstancePrivateIpAddress {
    InstancePrivateIpAddress {
        association: show_association(interface, address, around),
        primary: address == interface.address,
        private_dns_name: around.name_at(interface, address),
        private_ip_address: address.to_string(),
    }
}

fn show_interface(interface: &Interface, around: &Surroundings) -> Option<InstanceNetworkInterface> {
    let private_ip_address = interface.address.to_string();
    let private_dns_name = around.name_of(interface);
    Some(InstanceNetworkInterface {
        association: show_association(interface, interface.address, around),
        attachment: show_attachment(interface.attachment.as_ref()?),
        description: interface.description.clone(),
        groups: groups_shown(interface, around),
        ipv6_addresses: ipv6_shown(interface),
        mac_address: interface.mac.to_string(),
        network_interface_id: interface.id.to_string(),
        owner_id: interface.account.to_string(),
        private_ip_addresses: interface.addresses().map(|address| show_address(interface, address, around)).collect(),
        ipv4_prefixes: prefixes_shown(interface),
        ipv6_prefixes: ipv6_prefixes_shown(interface),
        private_dns_name,
        private_ip_address,
        source_dest_check: interface.source_dest_check,
        status: interface.status().to_string(),
        subnet_id: interface.subnet.to_string(),
        vpc_id: interface.vpc.to_string(),
        interface_type: kind_shown(interface.kind),
        operator: Operator { managed: false },
    })
}

fn show_attachment(attachment: &Attachment) -> InstanceNetworkInterfaceAttachment {
    InstanceNetworkInterfaceAttachment {
        attach_time: attachment.attached_at.into(),
        attachment_id: attachment.id.to_string(),
        delete_on_termination: attachment.delete_on_termination,
        device_index: u32::from(attachment.device_index.0),
        status: attachment.state.to_string(),
        network_card_index: 0,
    }
}

/// `state` is `pending` in the answer to a change and `applied` ever after: services follow changes before anybody can ask again.
pub(super) fn options_shown(options: multihome_types::MetadataOptions, state: &str) -> MetadataOptions {
    let switched = |on: bool| if on { "enabled" } else { "disabled" }.to_owned();
    MetadataOptions {
        state: state.to_owned(),
        http_tokens: options.tokens.to_string(),
        http_put_response_hop_limit: u32::try_from(options.hop_limit).unwrap_or(1),
        http_endpoint: switched(options.endpoint),
        http_protocol_ipv6: switched(options.ipv6),
        instance_metadata_tags: switched(options.tags),
    }
}

/// Instances in their reservations: these in the order in which one of their instances comes first, those as they were launched.
pub(super) fn reservations(described: Vec<Described>) -> Vec<Reservation> {
    let mut found: Vec<Reservation> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for one in described {
        let Described { reservation_id, owner_id, instance, tags: _, interface_tags: _, associations: _ } = one;
        let place = *places.entry(reservation_id.clone()).or_insert_with(|| {
            found.push(Reservation { reservation_id, owner_id, requester_id: None, groups: Vec::new(), instances: Vec::new() });
            found.len() - 1
        });
        found[place].instances.push(instance);
    }
    for reservation in &mut found {
        reservation.instances.sort_by_key(|instance| instance.ami_launch_index);
    }
    found
}
