//! Network ACLs, their entries and associations.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkAcl {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub client_token: Option<String>,
    pub dry_run: bool,
    pub vpc_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNetworkAclReply {
    pub network_acl: NetworkAcl,
    pub client_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNetworkAcl {
    pub dry_run: bool,
    pub network_acl_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkAcls {
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "NetworkAclId")]
    pub network_acl_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeNetworkAclsReply {
    #[serde(rename = "networkAclSet")]
    pub network_acls: Vec<NetworkAcl>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

/// One block, and what its protocol asks for: ports, or a type and code of ICMP.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkAclEntry {
    pub dry_run: bool,
    pub network_acl_id: String,
    pub rule_number: i32,
    pub protocol: String,
    pub rule_action: String,
    /// Must be there, unlike other booleans: ingress is no default.
    pub egress: Option<bool>,
    pub cidr_block: Option<String>,
    pub ipv6_cidr_block: Option<String>,
    pub icmp: Option<IcmpAsked>,
    pub port_range: Option<PortsAsked>,
}

/// As [`CreateNetworkAclEntry`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceNetworkAclEntry {
    pub dry_run: bool,
    pub network_acl_id: String,
    pub rule_number: i32,
    pub protocol: String,
    pub rule_action: String,
    pub egress: Option<bool>,
    pub cidr_block: Option<String>,
    pub ipv6_cidr_block: Option<String>,
    pub icmp: Option<IcmpAsked>,
    pub port_range: Option<PortsAsked>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IcmpAsked {
    pub code: Option<i32>,
    #[serde(rename = "Type")]
    pub kind: Option<i32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PortsAsked {
    pub from: Option<i32>,
    pub to: Option<i32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNetworkAclEntry {
    pub dry_run: bool,
    pub network_acl_id: String,
    pub rule_number: i32,
    pub egress: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceNetworkAclAssociation {
    pub dry_run: bool,
    pub association_id: String,
    pub network_acl_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceNetworkAclAssociationReply {
    pub new_association_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkAcl {
    #[serde(rename = "associationSet")]
    pub associations: Vec<NetworkAclAssociation>,
    #[serde(rename = "entrySet")]
    pub entries: Vec<NetworkAclEntry>,
    pub default: bool,
    pub network_acl_id: String,
    /// Sent empty when there are none, as EC2 does for ACLs.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub owner_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkAclAssociation {
    pub network_acl_association_id: String,
    pub network_acl_id: String,
    pub subnet_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkAclEntry {
    pub cidr_block: Option<String>,
    pub egress: bool,
    pub icmp_type_code: Option<IcmpTypeCode>,
    pub ipv6_cidr_block: Option<String>,
    pub port_range: Option<PortRange>,
    /// A number; -1 for all.
    pub protocol: String,
    /// `allow` or `deny`.
    pub rule_action: String,
    pub rule_number: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IcmpTypeCode {
    pub code: i32,
    #[serde(rename = "type")]
    pub kind: i32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortRange {
    pub from: i32,
    pub to: i32,
}
