//! What a cluster says is there.

use multihome_types::{AttachmentId, ChangeId, ClusterName, DeviceIndex, InstanceId};
use serde::{Deserialize, Serialize};

use crate::Message;

/// Sums up a report, whatever the order of its instances: exclusive-or of a stable hash of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReportDigest(pub u64);

impl ReportDigest {
    /// Adds an instance, or takes it away again.
    pub fn toggle(&mut self, instance: &ReportedInstance) {
        self.0 ^= instance.hash();
    }

    pub fn of<'a>(instances: impl IntoIterator<Item = &'a ReportedInstance>) -> Self {
        let mut digest = Self::default();
        for instance in instances {
            digest.toggle(instance);
        }
        digest
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRequest {
    /// The report that the poller has: only what changed since need be said.
    pub known: Option<ReportDigest>,
    /// The next page begins after this instance.
    pub after: Option<InstanceId>,
}

impl Message for ReportRequest {
    const NAME: &'static str = "report-request";
}

/// A page of a report. An instance that is not running is not in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub cluster: ClusterName,
    /// The broadcast that it has applied; empty before its first.
    pub version: String,
    /// The last change which that broadcast covers.
    pub revision: ChangeId,
    /// Of the whole report. Pages of different digests do not belong together.
    pub digest: ReportDigest,
    /// The report this one is the difference to; `None` where it is whole.
    pub since: Option<ReportDigest>,
    pub instances: Vec<ReportedInstance>,
    /// Instances of `since` that are no longer there.
    pub gone: Vec<InstanceId>,
    /// Ask again with this for the next page.
    pub next: Option<InstanceId>,
}

impl Message for Report {
    const NAME: &'static str = "report";
}

/// A running instance and what is plugged into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedInstance {
    pub id: InstanceId,
    /// In the order of their ids.
    pub attachments: Vec<ReportedAttachment>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedAttachment {
    pub id: AttachmentId,
    pub device_index: DeviceIndex,
}

impl ReportedInstance {
    /// FNV-1a over its postcard form: the same on every machine and in every version, which the standard hasher is not.
    fn hash(&self) -> u64 {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }
}
