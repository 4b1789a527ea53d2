//! Internet gateways: create, delete, attach, detach, describe.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateInternetGateway {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateInternetGatewayReply {
    pub internet_gateway: InternetGateway,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteInternetGateway {
    pub dry_run: bool,
    pub internet_gateway_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachInternetGateway {
    pub dry_run: bool,
    pub internet_gateway_id: String,
    pub vpc_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DetachInternetGateway {
    pub dry_run: bool,
    pub internet_gateway_id: String,
    pub vpc_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInternetGateways {
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "InternetGatewayId")]
    pub internet_gateway_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInternetGatewaysReply {
    #[serde(rename = "internetGatewaySet")]
    pub internet_gateways: Vec<InternetGateway>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InternetGateway {
    #[serde(rename = "attachmentSet")]
    pub attachments: Vec<InternetGatewayAttachment>,
    pub internet_gateway_id: String,
    pub owner_id: String,
    /// Sent empty when there are none, as EC2 does for gateways.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InternetGatewayAttachment {
    /// Always `available`, which is EC2's word for attached here.
    pub state: String,
    pub vpc_id: String,
}
