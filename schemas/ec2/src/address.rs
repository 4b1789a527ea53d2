//! Elastic addresses: allocate, release, describe, associate, disassociate.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocateAddress {
    /// `vpc` is the only one here.
    pub domain: Option<String>,
    /// One address out of the pool.
    pub address: Option<String>,
    /// `amazon` is the only one here.
    pub public_ipv4_pool: Option<String>,
    /// The name of the region is the only one here.
    pub network_border_group: Option<String>,
    pub customer_owned_ipv4_pool: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub ipam_pool_id: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AllocateAddressReply {
    pub allocation_id: String,
    pub public_ipv4_pool: String,
    pub network_border_group: String,
    pub domain: String,
    pub public_ip: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseAddress {
    pub allocation_id: Option<String>,
    pub public_ip: Option<String>,
    pub network_border_group: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateAddress {
    pub allocation_id: Option<String>,
    pub instance_id: Option<String>,
    pub public_ip: Option<String>,
    pub dry_run: bool,
    pub network_interface_id: Option<String>,
    /// Absent: the interface's primary one.
    pub private_ip_address: Option<String>,
    pub allow_reassociation: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssociateAddressReply {
    pub association_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateAddress {
    pub association_id: Option<String>,
    pub public_ip: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAddressesAttribute {
    #[serde(rename = "AllocationId")]
    pub allocation_ids: Vec<String>,
    /// `domain-name` is the only one there is.
    pub attribute: Option<String>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeAddressesAttributeReply {
    #[serde(rename = "addressSet")]
    pub addresses: Vec<AddressAttribute>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressAttribute {
    pub public_ip: String,
    pub allocation_id: String,
    pub ptr_record: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAddresses {
    #[serde(rename = "PublicIp")]
    pub public_ips: Vec<String>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    #[serde(rename = "AllocationId")]
    pub allocation_ids: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeAddressesReply {
    #[serde(rename = "addressesSet")]
    pub addresses: Vec<Address>,
}

/// What is said of an association is absent where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    pub allocation_id: String,
    pub association_id: Option<String>,
    pub domain: String,
    pub network_interface_id: Option<String>,
    pub network_interface_owner_id: Option<String>,
    pub private_ip_address: Option<String>,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub public_ipv4_pool: String,
    pub network_border_group: String,
    /// Only while the interface is attached.
    pub instance_id: Option<String>,
    pub public_ip: String,
}
