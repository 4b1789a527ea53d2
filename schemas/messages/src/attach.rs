//! Attach and detach, asked by the api or by another service: over request and reply, or as a durable command.

use multihome_types::{AccountId, AttachmentId, AttachmentState, InstanceId, InterfaceId, Region};
use serde::{Deserialize, Serialize};

use crate::{Message, RequestId};

/// Put an interface on an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttachRequest {
    #[serde(alias = "NetworkInterfaceId")]
    pub interface: InterfaceId,
    #[serde(alias = "InstanceId")]
    pub instance: InstanceId,
    /// 1 to 31; wider than that so that a wrong one is refused with its number.
    #[serde(alias = "DeviceIndex")]
    pub device_index: i64,
    /// On whose behalf; the interface's own account where it is left out.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// Where; the interface's own region where it is left out.
    #[serde(default)]
    pub region: Option<Region>,
    /// The same id twice gives the same answer once.
    #[serde(default)]
    pub request_id: Option<RequestId>,
}

impl Message for AttachRequest {
    const NAME: &'static str = "attach-request";
}

/// The attachment that was made. It is real when its state becomes `attached`, not before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachReply {
    pub attachment_id: AttachmentId,
    pub state: AttachmentState,
}

/// Take an interface off its instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetachRequest {
    #[serde(alias = "AttachmentId", alias = "attachment_id")]
    pub attachment: AttachmentId,
    /// Wait for the cluster no longer than the grace period.
    #[serde(default, alias = "Force")]
    pub force: bool,
    #[serde(default)]
    pub account: Option<AccountId>,
    #[serde(default)]
    pub region: Option<Region>,
    #[serde(default)]
    pub request_id: Option<RequestId>,
}

impl Message for DetachRequest {
    const NAME: &'static str = "detach-request";
}

/// What became of the attachment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetachReply {
    pub attachment_id: AttachmentId,
    /// `detaching`, or none where it is gone already.
    pub state: Option<AttachmentState>,
}

/// Change what belongs to an attachment rather than to its interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModifyAttachmentRequest {
    pub interface: InterfaceId,
    pub attachment: AttachmentId,
    pub delete_on_termination: bool,
    #[serde(default)]
    pub account: Option<AccountId>,
    #[serde(default)]
    pub region: Option<Region>,
}

impl Message for ModifyAttachmentRequest {
    const NAME: &'static str = "modify-attachment-request";
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModifyAttachmentReply {
    pub delete_on_termination: bool,
}
