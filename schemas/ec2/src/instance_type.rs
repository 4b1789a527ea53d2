//! Instance types: what EC2 describes, and the Eucalyptus extension that sets a type's interface limit. What a type looks like in a
//! reply is in `info`.

mod info;

pub use info::*;
use serde::{Deserialize, Serialize};

use crate::parts::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypes {
    pub dry_run: bool,
    #[serde(rename = "InstanceType")]
    pub instance_types: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
    /// Every type is offered in every region, so there are none to include.
    pub include_unsupported_in_region: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceTypesReply {
    #[serde(rename = "instanceTypeSet")]
    pub instance_types: Vec<InstanceTypeInfo>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypeOfferings {
    pub dry_run: bool,
    /// `region` (if absent), `availability-zone`, `availability-zone-id` or `outpost`.
    pub location_type: Option<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceTypeOfferingsReply {
    #[serde(rename = "instanceTypeOfferingSet")]
    pub instance_type_offerings: Vec<InstanceTypeOffering>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTypeOffering {
    pub instance_type: String,
    pub location_type: String,
    pub location: String,
}

/// Not of EC2 but of Eucalyptus (`euca-modify-instance-type`): what is absent keeps its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceTypeAttribute {
    pub name: String,
    /// Virtual processors.
    pub cpu: Option<u32>,
    /// GiB.
    pub disk: Option<u32>,
    /// MiB.
    pub memory: Option<u32>,
    /// How many interfaces an instance of this type may have, 1 to 32.
    pub network_interfaces: Option<u32>,
    /// Back to the predefined values of this type.
    pub reset: bool,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifyInstanceTypeAttributeReply {
    pub instance_type: InstanceTypeDetails,
    pub previous_instance_type: InstanceTypeDetails,
}

/// In the units of [`ModifyInstanceTypeAttribute`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTypeDetails {
    pub name: String,
    pub cpu: u32,
    pub disk: u32,
    pub memory: u32,
    pub network_interfaces: u32,
}
