//! Tags on resources of any kind: create, delete, describe.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateTags {
    pub dry_run: bool,
    /// Of any kind; an empty list is for the rules to refuse.
    #[serde(rename = "ResourceId")]
    pub resource_ids: Vec<String>,
    #[serde(rename = "Tag")]
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteTags {
    pub dry_run: bool,
    #[serde(rename = "ResourceId")]
    pub resource_ids: Vec<String>,
    /// None: all of them.
    #[serde(rename = "Tag")]
    pub tags: Vec<TagToDelete>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagToDelete {
    pub key: String,
    /// Absent: whatever the value is. An empty one means an empty one.
    pub value: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeTags {
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeTagsReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "tagSet")]
    pub tags: Vec<TagDescription>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TagDescription {
    pub key: String,
    pub resource_id: String,
    /// Such as `network-interface`.
    pub resource_type: String,
    pub value: String,
}
