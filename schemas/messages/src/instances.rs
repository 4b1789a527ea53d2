//! Start, stop and terminate: an instance's state is the attachment service's to change.

use multihome_types::{AccountId, InstanceId, InstanceState, Region};
use serde::{Deserialize, Serialize};

use crate::Message;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InstanceAction {
    Start,
    Stop,
    Terminate,
}

/// All of them or none: one instance that cannot be acted upon refuses the whole request, as in EC2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstancesRequest {
    pub action: InstanceAction,
    pub instances: Vec<InstanceId>,
    /// Wait for the cluster no longer than the grace period.
    #[serde(default)]
    pub force: bool,
    pub account: AccountId,
    pub region: Region,
}

impl Message for InstancesRequest {
    const NAME: &'static str = "instances-request";
}

/// One instance's state before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    pub instance: InstanceId,
    pub previous: InstanceState,
    pub current: InstanceState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstancesReply {
    pub changes: Vec<StateChange>,
}
