//! Security groups: create, delete, describe.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateSecurityGroup {
    pub group_description: String,
    pub group_name: String,
    /// Absent: the default VPC.
    pub vpc_id: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateSecurityGroupReply {
    pub group_id: String,
    #[serde(rename = "tagSet")]
    pub tags: Option<Vec<Tag>>,
    pub security_group_arn: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteSecurityGroup {
    pub group_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteSecurityGroupReply {
    #[serde(rename = "return")]
    pub done: bool,
    pub group_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroups {
    #[serde(rename = "GroupId")]
    pub group_ids: Vec<String>,
    /// Of the default VPC only.
    #[serde(rename = "GroupName")]
    pub group_names: Vec<String>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeSecurityGroupsReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "securityGroupInfo")]
    pub security_groups: Vec<SecurityGroup>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroup {
    pub group_id: String,
    pub ip_permissions_egress: Vec<IpPermission>,
    #[serde(rename = "tagSet")]
    pub tags: Option<Vec<Tag>>,
    pub vpc_id: String,
    pub security_group_arn: String,
    pub owner_id: String,
    pub group_name: String,
    pub group_description: String,
    pub ip_permissions: Vec<IpPermission>,
}

/// Rules of one protocol and port range: in requests those that are meant, in replies everything a group allows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct IpPermission {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    pub ip_protocol: Option<String>,
    /// In replies absent for protocol `-1`; for ICMP its type.
    pub from_port: Option<i32>,
    /// In replies absent for protocol `-1`; for ICMP its code.
    pub to_port: Option<i32>,
    pub groups: Vec<UserIdGroupPair>,
    pub ip_ranges: Vec<IpRange>,
    pub ipv6_ranges: Vec<Ipv6Range>,
    pub prefix_list_ids: Vec<PrefixListId>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct UserIdGroupPair {
    pub description: Option<String>,
    pub user_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub group_id: Option<String>,
    pub vpc_id: Option<String>,
    pub vpc_peering_connection_id: Option<String>,
    pub peering_status: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct IpRange {
    pub description: Option<String>,
    pub cidr_ip: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Ipv6Range {
    pub description: Option<String>,
    pub cidr_ipv6: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct PrefixListId {
    pub description: Option<String>,
    pub prefix_list_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetSecurityGroupsForVpc {
    pub vpc_id: String,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetSecurityGroupsForVpcReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "securityGroupForVpcSet")]
    pub security_groups: Vec<SecurityGroupForVpc>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroupForVpc {
    pub description: String,
    pub group_name: String,
    pub owner_id: String,
    pub group_id: String,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    /// The VPC that the group was made in.
    pub primary_vpc_id: String,
}
