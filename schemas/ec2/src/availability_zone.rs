//! Availability zones: describe.

use serde::{Deserialize, Serialize};

use crate::parts::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAvailabilityZones {
    #[serde(rename = "ZoneName")]
    pub zone_names: Vec<String>,
    #[serde(rename = "ZoneId")]
    pub zone_ids: Vec<String>,
    /// Also zones that the account has not opted into. Every zone here is open to all, so both answers are the same.
    pub all_availability_zones: bool,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeAvailabilityZonesReply {
    #[serde(rename = "availabilityZoneInfo")]
    pub availability_zones: Vec<AvailabilityZone>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AvailabilityZone {
    /// `opt-in-not-required`.
    pub opt_in_status: String,
    #[serde(rename = "messageSet")]
    pub messages: Vec<AvailabilityZoneMessage>,
    pub region_name: String,
    pub zone_name: String,
    pub zone_id: String,
    pub group_name: Option<String>,
    pub network_border_group: Option<String>,
    /// `availability-zone`.
    pub zone_type: String,
    /// `available`, `impaired`, `unavailable`.
    pub zone_state: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AvailabilityZoneMessage {
    pub message: String,
}
