//! What clients ask an instance's surroundings for and what there is none of here: volumes, and associations with IAM instance profiles.

use serde::{Deserialize, Serialize};

use crate::parts::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVolumes {
    #[serde(rename = "VolumeId")]
    pub volume_ids: Vec<String>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeVolumesReply {
    #[serde(rename = "volumeSet")]
    pub volumes: Vec<Nothing>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeIamInstanceProfileAssociations {
    #[serde(rename = "AssociationId")]
    pub association_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeIamInstanceProfileAssociationsReply {
    #[serde(rename = "iamInstanceProfileAssociationSet")]
    pub associations: Vec<Nothing>,
}

/// What there is none of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Nothing {}
