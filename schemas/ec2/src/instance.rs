//! Instances: run, describe, start, stop, terminate. What an instance looks like in a reply is in `reply`.

mod attribute;
mod credit;
mod metadata_options;
mod reply;
mod status;

pub use attribute::*;
pub use credit::*;
pub use metadata_options::*;
pub use reply::*;
use serde::{Deserialize, Serialize};
pub use status::*;

use crate::{
    network_interface::{Ipv4PrefixSpecification, Ipv6AddressSpecification, Ipv6PrefixSpecification, PrivateIpAddressSpecification},
    parts::{Filter, TagSpecification},
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunInstances {
    pub image_id: String,
    /// Absent: the default type.
    pub instance_type: Option<String>,
    pub key_name: Option<String>,
    pub max_count: u32,
    pub min_count: u32,
    pub placement: Option<PlacementSpecification>,
    #[serde(rename = "SecurityGroupId")]
    pub security_group_ids: Vec<String>,
    /// By name, in the default VPC.
    #[serde(rename = "SecurityGroup")]
    pub security_groups: Vec<String>,
    pub subnet_id: Option<String>,
    /// Base64, as the client sent it.
    pub user_data: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
    pub client_token: Option<String>,
    #[serde(rename = "NetworkInterface")]
    pub network_interfaces: Vec<InstanceNetworkInterfaceSpecification>,
    #[serde(rename = "Ipv6Address")]
    pub ipv6_addresses: Vec<Ipv6AddressSpecification>,
    pub ipv6_address_count: Option<u32>,
    pub private_ip_address: Option<String>,
    pub metadata_options: Option<MetadataOptionsRequest>,
    pub private_dns_name_options: Option<PrivateDnsNameOptionsRequest>,
    pub disable_api_termination: bool,
    pub disable_api_stop: bool,
    /// `stop` or `terminate`.
    pub instance_initiated_shutdown_behavior: Option<String>,
    pub ebs_optimized: bool,
    pub monitoring: Option<RunInstancesMonitoring>,
    pub credit_specification: Option<CreditSpecificationRequest>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunInstancesMonitoring {
    pub enabled: bool,
}

/// What is absent is as the subnet has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateDnsNameOptionsRequest {
    /// `ip-name` or `resource-name`.
    pub hostname_type: Option<String>,
    pub enable_resource_name_dns_a_record: Option<bool>,
    #[serde(rename = "EnableResourceNameDnsAAAARecord")]
    pub enable_resource_name_dns_aaaa_record: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PlacementSpecification {
    pub availability_zone: Option<String>,
    /// `default` is the only one here.
    pub tenancy: Option<String>,
}

/// `NetworkInterface.N` of a launch: an existing interface by its id, or a new one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceNetworkInterfaceSpecification {
    pub associate_public_ip_address: Option<bool>,
    /// Absent: true for a new interface, false for an existing one.
    pub delete_on_termination: Option<bool>,
    pub description: Option<String>,
    pub device_index: Option<u32>,
    #[serde(rename = "SecurityGroupId")]
    pub security_group_ids: Vec<String>,
    pub network_interface_id: Option<String>,
    pub private_ip_address: Option<String>,
    pub private_ip_addresses: Vec<PrivateIpAddressSpecification>,
    pub secondary_private_ip_address_count: Option<u32>,
    #[serde(rename = "Ipv4Prefix")]
    pub ipv4_prefixes: Vec<Ipv4PrefixSpecification>,
    pub ipv4_prefix_count: Option<u32>,
    #[serde(rename = "Ipv6Addresses")]
    pub ipv6_addresses: Vec<Ipv6AddressSpecification>,
    pub ipv6_address_count: Option<u32>,
    #[serde(rename = "Ipv6Prefix")]
    pub ipv6_prefixes: Vec<Ipv6PrefixSpecification>,
    pub ipv6_prefix_count: Option<u32>,
    pub subnet_id: Option<String>,
    pub interface_type: Option<String>,
    pub network_card_index: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstancesReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "reservationSet")]
    pub reservations: Vec<Reservation>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub hibernate: bool,
    pub dry_run: bool,
    pub force: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TerminateInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub force: bool,
    pub dry_run: bool,
}

/// What start, stop and terminate answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStateChanges {
    #[serde(rename = "instancesSet")]
    pub instances: Vec<InstanceStateChange>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceStateChange {
    pub instance_id: String,
    pub current_state: InstanceState,
    pub previous_state: InstanceState,
}
