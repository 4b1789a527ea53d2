//! What a cluster's report means (design, principle 1): the difference between what is awaited and what is there.
//!
//! A poll only ever confirms: presence of an attachment id makes it attached, absence makes it detached, and absence
//! counts only from a cluster that has applied the change in question ([`crate::transition`] on revisions). The answer is
//! one observation, safe to send twice, because whoever applies it checks each conclusion again against the row.
//!
//! A cluster that does not answer is inconclusive, never "gone": there is no report then, and so nothing to call
//! [`observe`] with. Silence becomes visible through the age of the last report and ends by deadlines.
//!
//! Deliberately absent: attachments that nobody awaits. One that is reported and unknown goes with the next broadcast; one
//! that is `attached` and not reported is drift.

use std::{collections::HashMap, time::Duration};

use multihome_types::{Applied, AttachmentId, AttachmentState, ChangeId, InstanceId, InstanceState, Timestamp};

#[cfg(test)]
mod tests;

/// How old the time of a cluster's last report may become in the database while nothing else changes. Writing it at
/// every poll would cost a transaction per cluster and second for nothing; people are told seconds, not milliseconds.
pub const REPORT_KEPT: Duration = Duration::from_secs(10);

/// What the database awaits of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    pub attachments: Vec<AwaitedAttachment>,
    pub instances: Vec<AwaitedInstance>,
    pub applied: Option<Applied>,
    pub reported_at: Option<Timestamp>,
}

/// An attachment in transition. Others may be given and are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedAttachment {
    pub id: AttachmentId,
    pub instance: InstanceId,
    pub state: AttachmentState,
    pub change: ChangeId,
}

/// An instance in transition. Others may be given and are ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AwaitedInstance {
    pub id: InstanceId,
    pub state: InstanceState,
    pub change: ChangeId,
    /// The attachment of its device 0.
    pub primary: Option<AttachmentId>,
}

/// What a cluster says, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// The broadcast that it has applied; empty before its first.
    pub version: String,
    pub revision: ChangeId,
    /// The instances it runs, and what is plugged into each.
    pub instances: HashMap<InstanceId, Vec<AttachmentId>>,
}

impl Reported {
    fn runs(&self, instance: InstanceId) -> bool {
        self.instances.contains_key(&instance)
    }

    fn lists(&self, instance: InstanceId, attachment: AttachmentId) -> bool {
        self.instances.get(&instance).is_some_and(|attachments| attachments.contains(&attachment))
    }
}

/// What follows from a report. All lists are in the order in which they were awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    pub version: String,
    pub revision: ChangeId,
    /// [`crate::transition::AttachmentInput::Reported`].
    pub attached: Vec<AttachmentId>,
    /// [`crate::transition::AttachmentInput::Unreported`] at this revision.
    pub detached: Vec<AttachmentId>,
    /// [`crate::lifecycle::InstanceInput::ReportedRunning`] at this revision.
    pub running: Vec<InstanceId>,
    /// [`crate::lifecycle::InstanceInput::Unreported`] at this revision.
    pub gone: Vec<InstanceId>,
}

/// What a report tells that the database does not know; `None` where there is nothing worth a transaction.
pub fn observe(awaited: &Awaited, reported: &Reported, now: Timestamp) -> Option<Observation> {
    let told = |change: ChangeId| reported.revision >= change;
    let (mut attached, mut detached, mut running, mut gone) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for attachment in &awaited.attachments {
        let listed = reported.lists(attachment.instance, attachment.id);
        match attachment.state {
            AttachmentState::Attaching if listed => attached.push(attachment.id),
            AttachmentState::Detaching if !listed && told(attachment.change) => detached.push(attachment.id),
            AttachmentState::Attaching | AttachmentState::Attached | AttachmentState::Detaching => {}
        }
    }
    for instance in &awaited.instances {
        match instance.state {
            InstanceState::Pending => {
                // Told, or it is what ran before a stop that the cluster has not applied yet.
                if told(instance.change) && instance.primary.is_some_and(|primary| reported.lists(instance.id, primary)) {
                    running.push(instance.id);
                }
            }
            InstanceState::Stopping | InstanceState::ShuttingDown => {
                if !reported.runs(instance.id) && told(instance.change) {
                    gone.push(instance.id);
                }
            }
            InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated => {}
        }
    }
    let concluded = !(attached.is_empty() && detached.is_empty() && running.is_empty() && gone.is_empty());
    (concluded || has_moved(awaited, reported) || is_stale(awaited, now)).then(|| Observation {
        version: reported.version.clone(),
        revision: reported.revision,
        attached,
        detached,
        running,
        gone,
    })
}

/// Whether the cluster has applied something else, in either direction: one that comes back with an old state says so.
fn has_moved(awaited: &Awaited, reported: &Reported) -> bool {
    match &awaited.applied {
        Some(applied) => applied.version != reported.version || applied.revision != reported.revision,
        None => !reported.version.is_empty() || reported.revision != ChangeId::default(),
    }
}

fn is_stale(awaited: &Awaited, now: Timestamp) -> bool {
    awaited.reported_at.is_none_or(|at| now.since(at) >= REPORT_KEPT)
}
