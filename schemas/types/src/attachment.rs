//! An attachment: an interface on an instance, or on its way there or away.

use crate::{AccountId, AttachmentId, ChangeId, ClusterName, DeviceIndex, Generation, InstanceId, InterfaceId, Region, Timestamp};

crate::text::text_enum! {
    /// Where an attachment is. There is no `detached` row: when an interface is detached its attachment is gone.
    pub enum AttachmentState {
        /// The broadcast lists it; the cluster has not reported it yet.
        Attaching = "attaching",
        /// The cluster reported it, or its instance is stopped and has it in its configuration.
        Attached = "attached",
        /// The broadcast no longer lists it; the cluster may still have it.
        Detaching = "detaching",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub id: AttachmentId,
    pub account: AccountId,
    pub region: Region,
    pub interface: InterfaceId,
    pub instance: InstanceId,
    pub instance_account: AccountId,
    /// The cluster that has to make it real: the instance's.
    pub cluster: ClusterName,
    pub device_index: DeviceIndex,
    pub state: AttachmentState,
    pub delete_on_termination: bool,
    /// When the attach was accepted: EC2's `attachTime`.
    pub attached_at: Timestamp,
    /// When it came into its present state.
    pub since: Timestamp,
    /// When its present state ends whatever the cluster says; `None` where there is nothing to wait for.
    pub deadline: Option<Timestamp>,
    /// Why it is in this state, where that is not simply because a user asked.
    pub reason: Option<String>,
    /// The change that brought it into its present state. A cluster that applied a broadcast of this revision or a
    /// later one has been told.
    pub change: ChangeId,
    pub generation: Generation,
}
