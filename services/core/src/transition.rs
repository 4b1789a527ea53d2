//! The attachment state machine (design, principles 1 and 3).
//!
//! An attachment is real when its cluster says so, and every state on the way there ends:
//!
//! ```text
//!                        Reported
//!   attach, running      InstanceStopped
//!  ────────────► attaching ─────────────► attached ◄──── attach, stopped
//!                   │                        │
//!                   │ Detach                 │ Detach             Detach, instance stopped
//!                   │ DeadlinePassed         ▼                    InstanceStopped (from detaching)
//!                   └──────────────────► detaching ─────────────► released: the interface is available
//!                                            │  Unreported at a revision ≥ change
//!                                            │  DeadlinePassed
//!   any state ── InstanceTerminated ──► released, or released and deleted
//! ```
//!
//! **When has the cluster been told?** Every change has a rising number, and a broadcast's revision is the last change it
//! covers. `Attachment::change` is the change that brought the attachment into its present state, so a cluster that has
//! applied a revision ≥ `change` has been told of it, and only then does its silence mean that the interface is gone. An
//! attach that is detached at once is safe by the same rule: the cluster must first have applied the broadcast without it.
//!
//! **Force** does not skip the cluster, it only waits less ([`Deadlines::force_grace`]): a living cluster confirms within
//! milliseconds, so the interface is not handed to the next instance while the last one still has it, and a dead cluster
//! cannot hold it.
//!
//! **The primary** (device 0) leaves with its instance only: it has no deadline of its own while attaching, because its
//! instance's `pending` has one, and [`crate::admission`] refuses to detach it.
//!
//! Deliberately absent: who may ask ([`crate::admission`]), a downgrade of `attached` by a poll (a cluster that reports
//! less than it should is drift, to be shown and repaired, not a detach), and a `detached` state (the row is gone).

use multihome_types::{Attachment, AttachmentState, ChangeId, DeviceIndex, InstanceState, Timestamp};

use crate::{
    deadlines::{Deadlines, brief, is_due},
    release::on_termination,
};

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

/// What happened to an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentInput {
    /// Its cluster lists it.
    Reported,
    /// Its cluster has applied this revision and does not list it.
    Unreported { revision: ChangeId },
    /// Somebody looked because a deadline passed; only the row's own deadline counts.
    DeadlinePassed,
    /// A user asked, and was admitted, while its instance was in this state.
    Detach { force: bool, instance: InstanceState },
    /// Its instance has become `stopped`.
    InstanceStopped,
    /// Its instance has become `terminated`.
    InstanceTerminated,
}

/// What becomes of the attachment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttachmentStep {
    /// Nothing.
    Stay,
    /// It is in this state now. Where that is the state it had, only its deadline is new.
    Become { state: AttachmentState, deadline: Option<Timestamp>, reason: Option<String> },
    /// It is gone and its interface is available, with its addresses.
    Release { reason: Option<String> },
    /// It is gone, and so is its interface with all that belongs to it.
    ReleaseAndDelete,
}

/// The next step of an attachment.
pub fn transition(attachment: &Attachment, input: AttachmentInput, now: Timestamp, deadlines: &Deadlines) -> AttachmentStep {
    match attachment.state {
        AttachmentState::Attaching => while_attaching(attachment, input, now, deadlines),
        AttachmentState::Attached => while_attached(attachment, input, now, deadlines),
        AttachmentState::Detaching => while_detaching(attachment, input, now, deadlines),
    }
}

/// The row after a step, if there still is one: `since` and `change` move only with the state, so that a deadline that is
/// moved does not make the cluster owe another confirmation. The generation is the store's to count.
pub fn revised(attachment: &Attachment, step: &AttachmentStep, change: ChangeId, now: Timestamp) -> Option<Attachment> {
    match step {
        AttachmentStep::Stay => Some(attachment.clone()),
        AttachmentStep::Become { state, deadline, reason } => {
            let moved = *state != attachment.state;
            Some(Attachment {
                state: *state,
                deadline: *deadline,
                reason: reason.clone(),
                since: if moved { now } else { attachment.since },
                change: if moved { change } else { attachment.change },
                ..attachment.clone()
            })
        }
        AttachmentStep::Release { .. } | AttachmentStep::ReleaseAndDelete => None,
    }
}

fn while_attaching(attachment: &Attachment, input: AttachmentInput, now: Timestamp, deadlines: &Deadlines) -> AttachmentStep {
    match input {
        AttachmentInput::Reported => attached(),
        // The broadcast may not have reached the cluster, or the attach may be failing there: the deadline tells.
        AttachmentInput::Unreported { .. } => AttachmentStep::Stay,
        AttachmentInput::DeadlinePassed if is_primary(attachment) || !is_due(attachment.deadline, now) => AttachmentStep::Stay,
        // Not released at once: the cluster may be plugging it in at this moment. The broadcast stops listing it, and it
        // ends when the cluster, told so, does not report it.
        AttachmentInput::DeadlinePassed => {
            let waited = brief(now.since(attachment.since));
            let reason = format!("cluster {} did not report it within {waited}, so the attach was given up", attachment.cluster);
            detaching(now + deadlines.detach, Some(reason))
        }
        AttachmentInput::Detach { force, instance } => detach(attachment, force, instance, now, deadlines),
        // A stopped instance has no interface plugged in; it has it in its configuration, for its next start.
        AttachmentInput::InstanceStopped => attached(),
        AttachmentInput::InstanceTerminated => on_termination(attachment),
    }
}

fn while_attached(attachment: &Attachment, input: AttachmentInput, now: Timestamp, deadlines: &Deadlines) -> AttachmentStep {
    match input {
        AttachmentInput::Reported | AttachmentInput::Unreported { .. } | AttachmentInput::DeadlinePassed => AttachmentStep::Stay,
        AttachmentInput::Detach { force, instance } => detach(attachment, force, instance, now, deadlines),
        AttachmentInput::InstanceStopped => AttachmentStep::Stay,
        AttachmentInput::InstanceTerminated => on_termination(attachment),
    }
}

fn while_detaching(attachment: &Attachment, input: AttachmentInput, now: Timestamp, deadlines: &Deadlines) -> AttachmentStep {
    match input {
        AttachmentInput::Reported => AttachmentStep::Stay,
        AttachmentInput::Unreported { revision } if revision >= attachment.change => AttachmentStep::Release { reason: None },
        AttachmentInput::Unreported { .. } => AttachmentStep::Stay,
        AttachmentInput::DeadlinePassed if is_due(attachment.deadline, now) => {
            let waited = brief(now.since(attachment.since));
            let reason = format!("released by deadline: cluster {} did not confirm the detach within {waited}", attachment.cluster);
            AttachmentStep::Release { reason: Some(reason) }
        }
        AttachmentInput::DeadlinePassed => AttachmentStep::Stay,
        // Asked for again: a success that changes nothing, except that force shortens the wait.
        AttachmentInput::Detach { force: false, .. } => AttachmentStep::Stay,
        AttachmentInput::Detach { force: true, .. } => {
            let deadline = deadlines.forced(attachment.deadline, now);
            if attachment.deadline == Some(deadline) { AttachmentStep::Stay } else { detaching(deadline, attachment.reason.clone()) }
        }
        AttachmentInput::InstanceStopped => AttachmentStep::Release { reason: None },
        AttachmentInput::InstanceTerminated => on_termination(attachment),
    }
}

/// Detach of an attachment that is not on its way yet.
fn detach(attachment: &Attachment, force: bool, instance: InstanceState, now: Timestamp, deadlines: &Deadlines) -> AttachmentStep {
    if is_primary(attachment) {
        return AttachmentStep::Stay;
    }
    match instance {
        // Forbidden, which admission answers; here it must only do no harm.
        InstanceState::Pending => AttachmentStep::Stay,
        InstanceState::Running | InstanceState::Stopping | InstanceState::ShuttingDown => {
            let deadline = if force { deadlines.forced(None, now) } else { now + deadlines.detach };
            detaching(deadline, None)
        }
        // Nothing is plugged in anywhere: there is nobody to wait for.
        InstanceState::Stopped | InstanceState::Terminated => AttachmentStep::Release { reason: None },
    }
}

fn is_primary(attachment: &Attachment) -> bool {
    attachment.device_index == DeviceIndex::PRIMARY
}

fn attached() -> AttachmentStep {
    AttachmentStep::Become { state: AttachmentState::Attached, deadline: None, reason: None }
}

fn detaching(deadline: Timestamp, reason: Option<String>) -> AttachmentStep {
    AttachmentStep::Become { state: AttachmentState::Detaching, deadline: Some(deadline), reason }
}
