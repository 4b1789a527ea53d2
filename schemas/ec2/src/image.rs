//! Images: describe, register, deregister.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeImages {
    /// `self`, `all`, or accounts.
    #[serde(rename = "ExecutableBy")]
    pub executable_by: Vec<String>,
    #[serde(rename = "ImageId")]
    pub image_ids: Vec<String>,
    /// `self`, `amazon`, `aws-marketplace`, or accounts.
    #[serde(rename = "Owner")]
    pub owners: Vec<String>,
    /// There are none that are deprecated or disabled, so these two add nothing.
    pub include_deprecated: bool,
    pub include_disabled: bool,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeImagesReply {
    /// Absent on the last page.
    pub next_token: Option<String>,
    #[serde(rename = "imagesSet")]
    pub images: Vec<Image>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    pub platform_details: String,
    pub usage_operation: String,
    /// Empty: there are no volumes.
    #[serde(rename = "blockDeviceMapping")]
    pub block_device_mappings: Vec<ImageBlockDevice>,
    pub description: Option<String>,
    pub ena_support: bool,
    pub hypervisor: String,
    /// `amazon`, for images of the cloud's own.
    pub image_owner_alias: Option<String>,
    pub name: String,
    pub root_device_name: String,
    pub root_device_type: String,
    /// Left out when there are none, as EC2 does for images.
    #[serde(rename = "tagSet")]
    pub tags: Option<Vec<Tag>>,
    pub virtualization_type: String,
    pub boot_mode: Option<String>,
    pub tpm_support: Option<String>,
    pub imds_support: Option<String>,
    pub image_id: String,
    pub image_location: String,
    pub image_state: String,
    pub image_owner_id: String,
    pub creation_date: String,
    pub is_public: bool,
    pub architecture: String,
    pub image_type: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageBlockDevice {
    pub device_name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RegisterImage {
    pub name: String,
    pub description: Option<String>,
    pub image_location: Option<String>,
    pub architecture: Option<String>,
    pub root_device_name: Option<String>,
    pub ena_support: bool,
    /// `hvm` is the only one here.
    pub virtualization_type: Option<String>,
    pub boot_mode: Option<String>,
    /// `v2.0`.
    pub tpm_support: Option<String>,
    /// `v2.0`.
    pub imds_support: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RegisterImageReply {
    pub image_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeregisterImage {
    pub image_id: String,
    pub dry_run: bool,
}
