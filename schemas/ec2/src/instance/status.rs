//! How instances are, and what does not change their state: reboot and monitoring.

use serde::{Deserialize, Serialize};

use super::{InstanceState, Monitoring};
use crate::parts::{Filter, Operator};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceStatus {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    /// Also those that do not run.
    pub include_all_instances: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceStatusReply {
    #[serde(rename = "instanceStatusSet")]
    pub statuses: Vec<InstanceStatus>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceStatus {
    pub availability_zone: String,
    pub availability_zone_id: String,
    pub operator: Operator,
    /// Maintenance: there is never any.
    #[serde(rename = "eventsSet")]
    pub events: Vec<InstanceStatusEvent>,
    pub instance_id: String,
    pub instance_state: InstanceState,
    pub instance_status: InstanceStatusSummary,
    pub system_status: InstanceStatusSummary,
    pub attached_ebs_status: InstanceStatusSummary,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStatusEvent {
    pub code: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStatusSummary {
    /// Absent where nothing runs.
    pub details: Option<Vec<InstanceStatusDetails>>,
    /// `ok` or `not-applicable`.
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStatusDetails {
    /// `reachability`.
    pub name: String,
    /// `passed`.
    pub status: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RebootInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MonitorInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnmonitorInstances {
    #[serde(rename = "InstanceId")]
    pub instance_ids: Vec<String>,
    pub dry_run: bool,
}

/// What both answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceMonitorings {
    #[serde(rename = "instancesSet")]
    pub instances: Vec<InstanceMonitoring>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceMonitoring {
    pub instance_id: String,
    pub monitoring: Monitoring,
}
