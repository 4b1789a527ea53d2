//! Tags on resources of any kind: create.

use serde::Deserialize;

use crate::parts::Tag;

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
