//! Regions: describe.

use serde::{Deserialize, Serialize};

use crate::parts::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRegions {
    #[serde(rename = "RegionName")]
    pub region_names: Vec<String>,
    pub dry_run: bool,
    /// Also regions that the account has not opted into. Every region here is open to all, so both answers are the same.
    pub all_regions: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DescribeRegionsReply {
    #[serde(rename = "regionInfo")]
    pub regions: Vec<Region>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    /// `opt-in-not-required`.
    pub opt_in_status: String,
    pub region_name: String,
    pub region_endpoint: String,
}
