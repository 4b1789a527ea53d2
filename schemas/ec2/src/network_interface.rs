//! Network interfaces, the job: create, delete, describe, attach, detach, modify.

use serde::{Deserialize, Serialize};

use crate::parts::{AttributeValue, Filter, Moment, Operator, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkInterface {
    /// `interface` is the only one that can be created here.
    pub interface_type: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub client_token: Option<String>,
    pub subnet_id: String,
    pub description: Option<String>,
    pub private_ip_address: Option<String>,
    #[serde(rename = "SecurityGroupId")]
    pub security_group_ids: Vec<String>,
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
    pub dry_run: bool,
}

/// `PrivateIpAddresses.N`: an address asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PrivateIpAddressSpecification {
    pub primary: Option<bool>,
    pub private_ip_address: String,
}

/// `Ipv6Addresses.N`: an address asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6AddressSpecification {
    pub ipv6_address: String,
}

/// `Ipv6Prefix.N`: a prefix asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv6PrefixSpecification {
    pub ipv6_prefix: String,
}

/// `Ipv4Prefix.N`: a prefix asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ipv4PrefixSpecification {
    pub ipv4_prefix: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNetworkInterfaceReply {
    pub network_interface: NetworkInterface,
    pub client_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNetworkInterface {
    pub dry_run: bool,
    pub network_interface_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfaces {
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "NetworkInterfaceId")]
    pub network_interface_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeNetworkInterfacesReply {
    #[serde(rename = "networkInterfaceSet")]
    pub network_interfaces: Vec<NetworkInterface>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachNetworkInterface {
    /// 0 is the only one here; network plug-ins send it.
    pub network_card_index: Option<u32>,
    pub dry_run: bool,
    pub network_interface_id: String,
    pub instance_id: String,
    pub device_index: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttachNetworkInterfaceReply {
    pub attachment_id: String,
    pub network_card_index: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetachNetworkInterface {
    pub dry_run: bool,
    pub attachment_id: String,
    pub force: bool,
}

/// EC2 wants exactly one attribute in a request; how many there are is for the rules to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyNetworkInterfaceAttribute {
    pub dry_run: bool,
    pub network_interface_id: String,
    pub description: Option<AttributeValue<String>>,
    pub source_dest_check: Option<AttributeValue<bool>>,
    /// Empty: not to be modified. An interface cannot be left without a group.
    #[serde(rename = "SecurityGroupId")]
    pub security_group_ids: Vec<String>,
    pub attachment: Option<AttachmentChanges>,
    pub associate_public_ip_address: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachmentChanges {
    pub attachment_id: Option<String>,
    pub delete_on_termination: Option<bool>,
}

/// An interface as an answer of its own; inside an instance it is
/// [`InstanceNetworkInterface`](crate::instance::InstanceNetworkInterface).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterface {
    /// Clients test for its absence: never an empty one.
    pub association: Option<NetworkInterfaceAssociation>,
    /// Clients test for its absence: never an empty one.
    pub attachment: Option<NetworkInterfaceAttachment>,
    pub availability_zone: String,
    pub description: String,
    #[serde(rename = "groupSet")]
    pub groups: Vec<GroupIdentifier>,
    pub interface_type: String,
    #[serde(rename = "ipv6AddressesSet")]
    pub ipv6_addresses: Vec<Ipv6Address>,
    pub mac_address: String,
    pub network_interface_id: String,
    pub owner_id: String,
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
    #[serde(rename = "privateIpAddressesSet")]
    pub private_ip_addresses: Vec<PrivateIpAddress>,
    #[serde(rename = "ipv4PrefixSet")]
    pub ipv4_prefixes: Option<Vec<Ipv4Prefix>>,
    #[serde(rename = "ipv6PrefixSet")]
    pub ipv6_prefixes: Option<Vec<Ipv6Prefix>>,
    pub requester_id: Option<String>,
    pub requester_managed: bool,
    pub source_dest_check: bool,
    /// `available`, `attaching`, `in-use`, `detaching`.
    pub status: String,
    pub subnet_id: String,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub operator: Operator,
    pub availability_zone_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterfaceAttachment {
    pub attach_time: Moment,
    pub attachment_id: String,
    pub delete_on_termination: bool,
    pub device_index: u32,
    pub network_card_index: u32,
    pub instance_id: Option<String>,
    pub instance_owner_id: String,
    /// `attaching`, `attached`, `detaching`, `detached`.
    pub status: String,
}

/// The public address of an interface or of one of its private addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterfaceAssociation {
    pub allocation_id: Option<String>,
    pub association_id: Option<String>,
    pub ip_owner_id: String,
    pub public_dns_name: String,
    pub public_ip: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateIpAddress {
    pub association: Option<NetworkInterfaceAssociation>,
    pub primary: bool,
    pub private_dns_name: Option<String>,
    pub private_ip_address: String,
}

/// A security group as interfaces and instances name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupIdentifier {
    pub group_id: String,
    pub group_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv6Address {
    pub ipv6_address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv4Prefix {
    pub ipv4_prefix: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv6Prefix {
    pub ipv6_prefix: String,
}
