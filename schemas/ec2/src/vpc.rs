//! VPCs: create, describe.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVpc {
    /// Such as `172.31.0.0/16`.
    pub cidr_block: String,
    /// `default` is the only one here.
    pub instance_tenancy: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
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
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CidrBlockState {
    /// `associating`, `associated`, `disassociating`, …
    pub state: String,
    pub status_message: Option<String>,
}
