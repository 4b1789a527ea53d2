//! An instance as replies show it. Its interfaces have a shape that differs from that of an interface described by itself.

use serde::Serialize;

use super::EnclaveOptions;
use crate::{
    network_interface::{GroupIdentifier, Ipv4Prefix, Ipv6Address, Ipv6Prefix},
    parts::{Moment, Operator, Tag},
    subnet::PrivateDnsNameOptions,
};

/// What one launch made; also the whole answer of RunInstances.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reservation {
    pub reservation_id: String,
    pub owner_id: String,
    pub requester_id: Option<String>,
    /// Groups of EC2-Classic: empty in a VPC.
    #[serde(rename = "groupSet")]
    pub groups: Vec<GroupIdentifier>,
    #[serde(rename = "instancesSet")]
    pub instances: Vec<Instance>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Instance {
    /// `x86_64`, `arm64`, …
    pub architecture: String,
    /// Empty here; an empty one spares Terraform DescribeVolumes.
    #[serde(rename = "blockDeviceMapping")]
    pub block_device_mappings: Vec<BlockDeviceMapping>,
    pub client_token: Option<String>,
    pub ebs_optimized: bool,
    pub ena_support: Option<bool>,
    pub hypervisor: String,
    #[serde(rename = "networkInterfaceSet")]
    pub network_interfaces: Vec<InstanceNetworkInterface>,
    pub root_device_name: Option<String>,
    /// `ebs` or `instance-store`.
    pub root_device_type: String,
    #[serde(rename = "groupSet")]
    pub groups: Vec<GroupIdentifier>,
    /// Of the primary interface.
    pub source_dest_check: Option<bool>,
    pub state_reason: Option<StateReason>,
    /// Left out when there are none, as EC2 does for instances.
    #[serde(rename = "tagSet")]
    pub tags: Option<Vec<Tag>>,
    pub virtualization_type: String,
    pub cpu_options: Option<CpuOptions>,
    pub capacity_reservation_specification: CapacityReservationSpecification,
    pub hibernation_options: HibernationOptions,
    pub metadata_options: Option<MetadataOptions>,
    pub enclave_options: EnclaveOptions,
    pub platform_details: String,
    pub usage_operation: String,
    pub private_dns_name_options: PrivateDnsNameOptions,
    pub maintenance_options: MaintenanceOptions,
    pub network_performance_options: NetworkPerformanceOptions,
    pub operator: Operator,
    pub instance_id: String,
    pub image_id: String,
    pub instance_state: InstanceState,
    /// Empty while there is none.
    pub private_dns_name: String,
    /// Empty while there is none.
    pub dns_name: String,
    /// Why the last transition happened; mostly empty.
    pub reason: String,
    pub key_name: Option<String>,
    pub ami_launch_index: u32,
    pub instance_type: String,
    pub launch_time: Moment,
    pub placement: Placement,
    pub monitoring: Monitoring,
    pub subnet_id: Option<String>,
    pub vpc_id: Option<String>,
    pub private_ip_address: Option<String>,
    /// The public address.
    pub ip_address: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceState {
    /// 0 pending, 16 running, 32 shutting-down, 48 terminated, 64 stopping, 80 stopped.
    pub code: u16,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StateReason {
    /// Such as `Client.UserInitiatedShutdown`.
    pub code: String,
    pub message: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Placement {
    pub availability_zone_id: Option<String>,
    /// Empty: none.
    pub group_name: String,
    pub tenancy: String,
    pub availability_zone: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Monitoring {
    /// `disabled` or `enabled`.
    pub state: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CpuOptions {
    pub core_count: u32,
    pub threads_per_core: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapacityReservationSpecification {
    /// `open`: any that there is, and there is none.
    pub capacity_reservation_preference: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HibernationOptions {
    pub configured: bool,
}

/// `default`, both: nobody can switch them off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MaintenanceOptions {
    pub auto_recovery: String,
    pub reboot_migration: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPerformanceOptions {
    /// `default`: neither the network nor volumes are preferred.
    pub bandwidth_weighting: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MetadataOptions {
    /// `pending` or `applied`.
    pub state: String,
    /// `optional` or `required`.
    pub http_tokens: String,
    pub http_put_response_hop_limit: u32,
    /// `enabled` or `disabled`, as the next two.
    pub http_endpoint: String,
    pub http_protocol_ipv6: String,
    pub instance_metadata_tags: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockDeviceMapping {
    pub device_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceNetworkInterface {
    pub association: Option<InstanceNetworkInterfaceAssociation>,
    pub attachment: InstanceNetworkInterfaceAttachment,
    pub description: String,
    #[serde(rename = "groupSet")]
    pub groups: Vec<GroupIdentifier>,
    #[serde(rename = "ipv6AddressesSet")]
    pub ipv6_addresses: Vec<Ipv6Address>,
    pub mac_address: String,
    pub network_interface_id: String,
    pub owner_id: String,
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
    #[serde(rename = "privateIpAddressesSet")]
    pub private_ip_addresses: Vec<InstancePrivateIpAddress>,
    #[serde(rename = "ipv4PrefixSet")]
    pub ipv4_prefixes: Option<Vec<Ipv4Prefix>>,
    #[serde(rename = "ipv6PrefixSet")]
    pub ipv6_prefixes: Option<Vec<Ipv6Prefix>>,
    pub source_dest_check: bool,
    pub status: String,
    pub subnet_id: String,
    pub vpc_id: String,
    pub interface_type: String,
    pub operator: Operator,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceNetworkInterfaceAttachment {
    pub attach_time: Moment,
    pub attachment_id: String,
    pub delete_on_termination: bool,
    /// Network plug-ins choose the next free index from these.
    pub device_index: u32,
    pub status: String,
    pub network_card_index: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstancePrivateIpAddress {
    pub association: Option<InstanceNetworkInterfaceAssociation>,
    pub primary: bool,
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceNetworkInterfaceAssociation {
    pub ip_owner_id: String,
    pub public_dns_name: String,
    pub public_ip: String,
}
