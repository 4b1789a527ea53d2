//! Around the network broadcast. Its body is the XML document itself, so that any consumer can read it.

use multihome_types::ClusterName;
use serde::{Deserialize, Serialize};

use crate::Message;

/// Compose and publish this cluster's document if there is anything new to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroadcastTask {
    pub cluster: ClusterName,
}

impl Message for BroadcastTask {
    const NAME: &'static str = "broadcast-task";
}

/// Names of message headers.
pub mod header {
    /// The document's version.
    pub const VERSION: &str = "Multihome-Version";
    /// The last change the document covers.
    pub const REVISION: &str = "Multihome-Revision";
    /// The hash of the document's content, of which the version is the beginning: 16 hexadecimal digits.
    pub const CONTENT: &str = "Multihome-Content";
    /// When the document was sent first, where this is not the first time: the stream's time of that message, in RFC 3339.
    pub const FIRST_SENT: &str = "Multihome-First-Sent";
    /// The version the cluster had applied when the document was written; absent before its first.
    pub const APPLIED: &str = "Multihome-Applied-Version";
    /// `zstd` where the body is compressed.
    pub const CONTENT_ENCODING: &str = "Content-Encoding";
    /// The name of the object with the body, where that is larger than a message may be.
    pub const OBJECT: &str = "Multihome-Object";
    pub const CONTENT_TYPE: &str = "Content-Type";
    /// Milliseconds since the epoch, after which a command is refused and not executed late.
    pub const DEADLINE: &str = "Deadline";
    /// Where a command's answer goes, besides `vpc.event.command-answered.<request id>`.
    pub const ANSWER_TO: &str = "Answer-To";
    /// W3C trace context.
    pub const TRACEPARENT: &str = "traceparent";
    /// Why a message was moved to `vpc.dead.>`.
    pub const REASON: &str = "Multihome-Reason";
    /// How many bytes a message moved there had, where only its beginning is kept.
    pub const TRUNCATED: &str = "Multihome-Truncated-From";
}
