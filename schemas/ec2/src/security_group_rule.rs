//! Rules of security groups: authorize, revoke, describe, modify.

use serde::{Deserialize, Serialize};

use crate::{
    parts::{Filter, Tag, TagSpecification},
    security_group::IpPermission,
};

/// One rule may be given by parameters of the request itself, any number by `IpPermissions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizeSecurityGroupIngress {
    pub cidr_ip: Option<String>,
    pub from_port: Option<i32>,
    pub group_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub source_security_group_name: Option<String>,
    pub source_security_group_owner_id: Option<String>,
    pub to_port: Option<i32>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

/// See [`AuthorizeSecurityGroupIngress`]; here EC2 supports `IpPermissions` only.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AuthorizeSecurityGroupEgress {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
    pub group_id: Option<String>,
    pub source_security_group_name: Option<String>,
    pub source_security_group_owner_id: Option<String>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuthorizeSecurityGroupReply {
    #[serde(rename = "return")]
    pub done: bool,
    #[serde(rename = "securityGroupRuleSet")]
    pub rules: Vec<SecurityGroupRule>,
}

/// See [`AuthorizeSecurityGroupIngress`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeSecurityGroupIngress {
    pub cidr_ip: Option<String>,
    pub from_port: Option<i32>,
    pub group_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    pub ip_protocol: Option<String>,
    pub source_security_group_name: Option<String>,
    pub source_security_group_owner_id: Option<String>,
    pub to_port: Option<i32>,
    #[serde(rename = "SecurityGroupRuleId")]
    pub rule_ids: Vec<String>,
    pub dry_run: bool,
}

/// See [`AuthorizeSecurityGroupEgress`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RevokeSecurityGroupEgress {
    #[serde(rename = "SecurityGroupRuleId")]
    pub rule_ids: Vec<String>,
    pub dry_run: bool,
    pub group_id: Option<String>,
    pub source_security_group_name: Option<String>,
    pub source_security_group_owner_id: Option<String>,
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ip: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RevokeSecurityGroupReply {
    #[serde(rename = "return")]
    pub done: bool,
    /// What was asked for and was not there; only for groups of a default VPC, others are refused.
    #[serde(rename = "unknownIpPermissionSet")]
    pub unknown: Option<Vec<IpPermission>>,
    #[serde(rename = "revokedSecurityGroupRuleSet")]
    pub revoked: Vec<RevokedSecurityGroupRule>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RevokedSecurityGroupRule {
    pub security_group_rule_id: String,
    pub group_id: String,
    pub is_egress: bool,
    pub ip_protocol: String,
    pub from_port: i32,
    pub to_port: i32,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub referenced_group_id: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSecurityGroupRules {
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    #[serde(rename = "SecurityGroupRuleId")]
    pub rule_ids: Vec<String>,
    pub dry_run: bool,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeSecurityGroupRulesReply {
    #[serde(rename = "securityGroupRuleSet")]
    pub rules: Vec<SecurityGroupRule>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityGroupRule {
    pub security_group_rule_id: String,
    pub group_id: String,
    pub group_owner_id: String,
    pub is_egress: bool,
    pub ip_protocol: String,
    /// -1 where the protocol has no ports, and for every type of ICMP.
    pub from_port: i32,
    pub to_port: i32,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub referenced_group_info: Option<ReferencedSecurityGroup>,
    pub description: Option<String>,
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub security_group_rule_arn: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferencedSecurityGroup {
    pub group_id: String,
    pub user_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifySecurityGroupRules {
    pub group_id: String,
    #[serde(rename = "SecurityGroupRule")]
    pub updates: Vec<SecurityGroupRuleUpdate>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRuleUpdate {
    pub security_group_rule_id: String,
    #[serde(rename = "SecurityGroupRule")]
    pub rule: Option<SecurityGroupRuleRequest>,
}

/// The whole rule as it is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRuleRequest {
    pub ip_protocol: Option<String>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr_ipv4: Option<String>,
    pub cidr_ipv6: Option<String>,
    pub prefix_list_id: Option<String>,
    pub referenced_group_id: Option<String>,
    pub description: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSecurityGroupRuleDescriptionsIngress {
    pub dry_run: bool,
    pub group_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    #[serde(rename = "SecurityGroupRuleDescription")]
    pub descriptions: Vec<SecurityGroupRuleDescription>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateSecurityGroupRuleDescriptionsEgress {
    pub dry_run: bool,
    pub group_id: Option<String>,
    /// Of the default VPC only.
    pub group_name: Option<String>,
    pub ip_permissions: Vec<IpPermission>,
    #[serde(rename = "SecurityGroupRuleDescription")]
    pub descriptions: Vec<SecurityGroupRuleDescription>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SecurityGroupRuleDescription {
    pub security_group_rule_id: String,
    /// Absent: none from now on.
    pub description: Option<String>,
}
