//! Subnets, their attributes and their IPv6 blocks.

use serde::{Deserialize, Serialize};

use crate::{
    parts::{AttributeValue, Filter, Tag, TagSpecification},
    vpc::Ipv6CidrBlockAssociation,
};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSubnet {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub availability_zone: Option<String>,
    pub availability_zone_id: Option<String>,
    pub cidr_block: String,
    pub ipv6_cidr_block: Option<String>,
    pub vpc_id: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateSubnetCidrBlock {
    pub subnet_id: String,
    pub ipv6_cidr_block: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateSubnetCidrBlock {
    pub association_id: String,
    pub dry_run: bool,
}

/// The block that came or went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubnetCidrBlockReply {
    pub ipv6_cidr_block_association: Ipv6CidrBlockAssociation,
    pub subnet_id: String,
}

/// In a zone by name or by id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDefaultSubnet {
    pub availability_zone: Option<String>,
    pub availability_zone_id: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateSubnetReply {
    pub subnet: Subnet,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSubnets {
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    #[serde(rename = "SubnetId")]
    pub subnet_ids: Vec<String>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeSubnetsReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "subnetSet")]
    pub subnets: Vec<Subnet>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSubnet {
    pub subnet_id: String,
    pub dry_run: bool,
}

/// One attribute at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifySubnetAttribute {
    pub assign_ipv6_address_on_creation: Option<AttributeValue<bool>>,
    pub map_public_ip_on_launch: Option<AttributeValue<bool>>,
    pub subnet_id: String,
    pub enable_dns64: Option<AttributeValue<bool>>,
    /// `ip-name` or `resource-name`.
    pub private_dns_hostname_type_on_launch: Option<String>,
    #[serde(rename = "EnableResourceNameDnsARecordOnLaunch")]
    pub enable_resource_name_dns_a_record_on_launch: Option<AttributeValue<bool>>,
    #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")]
    pub enable_resource_name_dns_aaaa_record_on_launch: Option<AttributeValue<bool>>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subnet {
    pub availability_zone_id: String,
    pub enable_lni_at_device_index: Option<u32>,
    pub map_customer_owned_ip_on_launch: bool,
    pub owner_id: String,
    pub assign_ipv6_address_on_creation: bool,
    #[serde(rename = "ipv6CidrBlockAssociationSet")]
    pub ipv6_cidr_block_associations: Vec<Ipv6CidrBlockAssociation>,
    /// Sent empty when there are none, as EC2 does for subnets.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub subnet_arn: String,
    pub enable_dns64: bool,
    pub ipv6_native: bool,
    pub private_dns_name_options_on_launch: Option<PrivateDnsNameOptions>,
    pub subnet_id: String,
    /// `pending` or `available`.
    pub state: String,
    pub vpc_id: String,
    pub cidr_block: String,
    /// How many more interfaces can be created; AWS's network plug-in sorts subnets by it.
    pub available_ip_address_count: u32,
    pub availability_zone: String,
    pub default_for_az: bool,
    pub map_public_ip_on_launch: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PrivateDnsNameOptions {
    /// `ip-name` or `resource-name`.
    pub hostname_type: String,
    pub enable_resource_name_dns_a_record: bool,
    #[serde(rename = "enableResourceNameDnsAAAARecord")]
    pub enable_resource_name_dns_aaaa_record: bool,
}
