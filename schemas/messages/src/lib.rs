//! What travels on the bus: subjects, streams, the envelope and one file for each message.
//!
//! Data only. The wire is frozen (convention 8): a new shape is a new variant at the end of its envelope with a new
//! golden file, and decoding leaves no byte over. Callers that know no postcard speak JSON and are answered in it.

mod answer;
mod attach;
mod broadcast;
mod codec;
mod instances;
mod observed;
mod report;
mod request_id;
mod route;
mod simulate;
mod stream;
mod subject;

#[cfg(test)]
mod golden_tests;

pub use answer::Answer;
pub use attach::{AttachReply, AttachRequest, DetachReply, DetachRequest, ModifyAttachmentReply, ModifyAttachmentRequest};
pub use broadcast::{BroadcastTask, header};
pub use codec::{DecodeError, Encoding, Message, decode, encode};
pub use instances::{InstanceAction, InstancesReply, InstancesRequest, StateChange};
pub use observed::{ClusterChanged, InstanceObserved, PollTask};
pub use report::{Report, ReportDigest, ReportRequest, ReportedAttachment, ReportedInstance};
pub use request_id::RequestId;
pub use route::RouteStateInvalidated;
pub use simulate::{AttachMode, NEVER_MS, ReportMode, SimulateReply, SimulateRequest};
pub use stream::{Consumer, Retention, STREAMS, Stream};
pub use subject::{InvalidSubject, RequestName, Subject};
