//! What a poller concludes from a cluster's report, and the two messages that make it look.

use multihome_types::{AttachmentId, ChangeId, ClusterName, InstanceId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Message;

/// The difference between what is awaited and what the cluster reports. Safe to receive twice or late: every
/// conclusion is checked again against the row it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceObserved {
    pub cluster: ClusterName,
    pub at: Timestamp,
    /// The broadcast that the cluster has applied; empty before its first.
    pub version: String,
    pub revision: ChangeId,
    /// Reported attachments that were awaited.
    pub attached: Vec<AttachmentId>,
    /// Attachments that are no longer reported by a cluster that was told to drop them.
    pub detached: Vec<AttachmentId>,
    /// Instances that run, their primary interface included.
    pub running: Vec<InstanceId>,
    /// Instances that no longer run, on a cluster that was told to shut them down.
    pub gone: Vec<InstanceId>,
}

impl Message for InstanceObserved {
    const NAME: &'static str = "instance-observed";
}

/// Poll this cluster; whoever takes the message gives it back with the poll interval as its delay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollTask {
    pub cluster: ClusterName,
}

impl Message for PollTask {
    const NAME: &'static str = "poll-task";
}

/// A cluster's hint that something about it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterChanged {
    pub cluster: ClusterName,
    pub revision: ChangeId,
}

impl Message for ClusterChanged {
    const NAME: &'static str = "cluster-changed";
}
