//! VPCs, their attributes and their blocks.

use serde::{Deserialize, Serialize};

use crate::parts::{AttributeValue, Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpc {
    /// Such as `172.31.0.0/16`.
    pub cidr_block: String,
    pub amazon_provided_ipv6_cidr_block: bool,
    /// `default` is the only one here.
    pub instance_tenancy: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

/// There is nothing to say: it is always the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDefaultVpc {
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CreateVpcReply {
    pub vpc: Vpc,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcs {
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    #[serde(rename = "VpcId")]
    pub vpc_ids: Vec<String>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeVpcsReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "vpcSet")]
    pub vpcs: Vec<Vpc>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVpc {
    pub vpc_id: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVpcAttribute {
    /// Such as `enableDnsSupport`.
    pub attribute: String,
    pub vpc_id: String,
    pub dry_run: bool,
}

/// The attribute that was asked for, and no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeVpcAttributeReply {
    pub enable_dns_hostnames: Option<BooleanValue>,
    pub enable_dns_support: Option<BooleanValue>,
    pub enable_network_address_usage_metrics: Option<BooleanValue>,
    pub vpc_id: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BooleanValue {
    pub value: bool,
}

/// One attribute at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyVpcAttribute {
    pub enable_dns_hostnames: Option<AttributeValue<bool>>,
    pub enable_dns_support: Option<AttributeValue<bool>>,
    pub vpc_id: String,
    pub enable_network_address_usage_metrics: Option<AttributeValue<bool>>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vpc {
    pub owner_id: String,
    pub instance_tenancy: String,
    #[serde(rename = "ipv6CidrBlockAssociationSet")]
    pub ipv6_cidr_block_associations: Option<Vec<Ipv6CidrBlockAssociation>>,
    #[serde(rename = "cidrBlockAssociationSet")]
    pub cidr_block_associations: Vec<CidrBlockAssociation>,
    pub is_default: bool,
    #[serde(rename = "tagSet")]
    pub tags: Option<Vec<Tag>>,
    pub vpc_id: String,
    /// `pending` or `available`.
    pub state: String,
    pub cidr_block: String,
    pub dhcp_options_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CidrBlockAssociation {
    pub association_id: String,
    pub cidr_block: String,
    pub cidr_block_state: CidrBlockState,
}

/// Of a VPC or of a subnet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ipv6CidrBlockAssociation {
    pub association_id: String,
    pub ipv6_cidr_block: String,
    pub ipv6_cidr_block_state: CidrBlockState,
    /// Of a VPC only, like the pool.
    pub network_border_group: Option<String>,
    pub ipv6_pool: Option<String>,
}

/// Exactly one block: of IPv4 as the caller says, or one of IPv6 that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateVpcCidrBlock {
    pub cidr_block: Option<String>,
    pub vpc_id: String,
    pub amazon_provided_ipv6_cidr_block: bool,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateVpcCidrBlock {
    pub association_id: String,
    pub dry_run: bool,
}

/// The block that came or went, of one kind or the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VpcCidrBlockReply {
    pub ipv6_cidr_block_association: Option<Ipv6CidrBlockAssociation>,
    pub cidr_block_association: Option<CidrBlockAssociation>,
    pub vpc_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CidrBlockState {
    /// `associating`, `associated`, `disassociating`, …
    pub state: String,
    pub status_message: Option<String>,
}
