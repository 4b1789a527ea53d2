//! DHCP option sets: create, delete, describe, and which VPC has which.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateDhcpOptions {
    #[serde(rename = "DhcpConfiguration")]
    pub configurations: Vec<NewDhcpConfiguration>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewDhcpConfiguration {
    /// Such as `domain-name-servers`.
    pub key: String,
    #[serde(rename = "Value")]
    pub values: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateDhcpOptionsReply {
    pub dhcp_options: DhcpOptions,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDhcpOptions {
    pub dhcp_options_id: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeDhcpOptions {
    #[serde(rename = "DhcpOptionsId")]
    pub dhcp_options_ids: Vec<String>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeDhcpOptionsReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "dhcpOptionsSet")]
    pub dhcp_options: Vec<DhcpOptions>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateDhcpOptions {
    /// An id, or `default` for none at all.
    pub dhcp_options_id: String,
    pub vpc_id: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DhcpOptions {
    pub owner_id: String,
    /// Sent empty when there are none, as EC2 does for these.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub dhcp_options_id: String,
    #[serde(rename = "dhcpConfigurationSet")]
    pub configurations: Vec<DhcpConfiguration>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DhcpConfiguration {
    pub key: String,
    #[serde(rename = "valueSet")]
    pub values: Vec<DhcpValue>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DhcpValue {
    pub value: String,
}
