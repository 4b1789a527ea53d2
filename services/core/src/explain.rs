//! Why an interface is where it is (design, principle 3: every transition can be explained).
//!
//! A change travels from the database into a broadcast, from the broadcast to the cluster, and back in a report. The
//! sentence names the first place on that way where it has not arrived, with numbers an operator can check: revisions,
//! and how long ago the cluster was heard of. It is computed when somebody asks and kept nowhere, so it cannot be out
//! of date. Deliberately absent: history, which is the change log's, and any repair.

use std::time::Duration;

use multihome_types::{Attachment, AttachmentState, ChangeId, Cluster, DeviceIndex, Instance, InstanceState, Interface, Timestamp};

use crate::deadlines::brief;

#[cfg(test)]
mod tests;

/// A cluster that answers is heard of at least every [`crate::poll::REPORT_KEPT`] and a poll interval; one that was not heard
/// of for this long is not answering.
const SILENT: Duration = Duration::from_secs(20);

/// An interface and what is known of its surroundings.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    pub interface: &'a Interface,
    /// Of its attachment, as the next two.
    pub instance: Option<&'a Instance>,
    pub cluster: Option<&'a Cluster>,
    pub broadcast: Option<BroadcastFacts>,
}

/// The last broadcast that was composed for the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroadcastFacts {
    pub version: String,
    /// The last change that it covers.
    pub revision: ChangeId,
    pub lists_attachment: bool,
}

/// What `multihome explain eni-…` prints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// `available`, or the state of the attachment.
    pub state: String,
    /// A sentence; `None` where nothing is awaited.
    pub waiting_for: Option<String>,
    /// Why it came to this, where that is not simply because a user asked.
    pub reason: Option<String>,
    /// When it came into this state.
    pub since: Option<Timestamp>,
    /// When this state ends whatever the cluster says.
    pub until: Option<Timestamp>,
}

pub fn explain(explained: &Explained<'_>, now: Timestamp) -> Explanation {
    let Some(attachment) = &explained.interface.attachment else {
        return Explanation { state: "available".to_owned(), waiting_for: None, reason: None, since: None, until: None };
    };
    let until = end(attachment, explained.instance);
    let waiting_for = match attachment.state {
        AttachmentState::Attached => None,
        AttachmentState::Attaching | AttachmentState::Detaching => {
            Some(format!("{}; {}", obstacle(attachment, explained, now), ending(attachment, until, now)))
        }
    };
    Explanation { state: attachment.state.to_string(), waiting_for, reason: attachment.reason.clone(), since: Some(attachment.since), until }
}

/// When the present state ends at the latest: a primary's attaching ends with its instance's `pending`.
fn end(attachment: &Attachment, instance: Option<&Instance>) -> Option<Timestamp> {
    match attachment.state {
        AttachmentState::Attached => None,
        AttachmentState::Attaching if attachment.device_index == DeviceIndex::PRIMARY => {
            attachment.deadline.or_else(|| instance.and_then(|instance| instance.deadline))
        }
        AttachmentState::Attaching | AttachmentState::Detaching => attachment.deadline,
    }
}

fn ending(attachment: &Attachment, until: Option<Timestamp>, now: Timestamp) -> String {
    let by = match attachment.device_index {
        DeviceIndex::PRIMARY => "its instance's deadline",
        DeviceIndex(_) => "deadline",
    };
    match until {
        Some(until) if until <= now => format!("its end by {by} is due"),
        Some(until) => format!("it ends by {by} in {}", brief(until.since(now))),
        None => "it has no deadline".to_owned(),
    }
}

/// The first place on the way to the cluster and back that the change has not passed.
fn obstacle(attachment: &Attachment, explained: &Explained<'_>, now: Timestamp) -> String {
    let (id, name) = (attachment.id, attachment.cluster);
    let Some(cluster) = explained.cluster else { return format!("cluster {name} is not configured") };
    if let Some(broadcast) = &explained.broadcast
        && let Some(fault) = in_broadcast(attachment, explained.instance, broadcast)
    {
        return fault;
    }
    let Some(reported_at) = cluster.reported_at else { return format!("cluster {name} has never answered") };
    let ago = now.since(reported_at);
    if ago >= SILENT {
        return format!("cluster {name} has not answered for {}", brief(ago));
    }
    let revision = cluster.applied.as_ref().map(|applied| applied.revision).unwrap_or_default();
    if revision >= attachment.change {
        return match attachment.state {
            AttachmentState::Attaching | AttachmentState::Attached if is_pending(explained.instance) => {
                let instance = attachment.instance;
                format!("cluster {name} has applied revision {revision}, which lists {id}, and is still starting instance {instance}")
            }
            AttachmentState::Attaching | AttachmentState::Attached => {
                format!("cluster {name} has applied revision {revision}, which lists {id}, but does not report it: the attach is failing there")
            }
            AttachmentState::Detaching => {
                format!(
                    "cluster {name} has applied revision {revision}, which no longer lists {id}, but still reports it: the detach is failing there"
                )
            }
        };
    }
    let when = match attachment.state {
        AttachmentState::Attaching | AttachmentState::Attached => "first appears in",
        AttachmentState::Detaching => "is gone from",
    };
    let unsent = if explained.broadcast.is_none() { ", and no broadcast has been composed for it yet" } else { "" };
    format!("cluster {name} last reported {} ago at revision {revision}; {id} {when} revision {}{unsent}", brief(ago), attachment.change)
}

fn is_pending(instance: Option<&Instance>) -> bool {
    instance.is_some_and(|instance| instance.state == InstanceState::Pending)
}

/// What is wrong with the broadcast itself, if anything is.
fn in_broadcast(attachment: &Attachment, instance: Option<&Instance>, broadcast: &BroadcastFacts) -> Option<String> {
    let (id, BroadcastFacts { version, revision, lists_attachment }) = (attachment.id, broadcast);
    let told = *revision >= attachment.change;
    match (attachment.state, *lists_attachment, told) {
        (AttachmentState::Attaching | AttachmentState::Attached, true, _) | (AttachmentState::Detaching, false, true) => None,
        (AttachmentState::Attaching | AttachmentState::Attached, false, false) => {
            Some(format!("the broadcast (version {version}, revision {revision}) does not list {id} yet: revision {} will", attachment.change))
        }
        (AttachmentState::Attaching | AttachmentState::Attached, false, true) => {
            Some(format!("the broadcast (version {version}, revision {revision}) leaves {id} out{}", left_out(instance)))
        }
        (AttachmentState::Detaching, true, false) => {
            Some(format!("the broadcast (version {version}, revision {revision}) still lists {id}: revision {} will not", attachment.change))
        }
        // Not listed, though the document is older than the detach: it never was, so this is only a matter of time.
        (AttachmentState::Detaching, false, false) => Some(format!(
            "the broadcast (version {version}, revision {revision}) does not cover the detach of {id} yet: revision {} will",
            attachment.change
        )),
        (AttachmentState::Detaching, true, true) => {
            Some(format!("the broadcast (version {version}, revision {revision}) lists {id} although it covers its detach"))
        }
    }
}

/// Why a broadcast that covers an attach does not list it: its instance is not in the document.
fn left_out(instance: Option<&Instance>) -> String {
    match instance {
        None => ": its instance does not exist".to_owned(),
        Some(instance) => match instance.state {
            InstanceState::Stopping | InstanceState::Stopped | InstanceState::ShuttingDown | InstanceState::Terminated => {
                format!(": instance {} is {}", instance.id, instance.state)
            }
            InstanceState::Pending | InstanceState::Running => format!(" although instance {} is {}", instance.id, instance.state),
        },
    }
}
