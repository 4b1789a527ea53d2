//! The instance state machine, as far as interfaces need one (design, principle 3).
//!
//! ```text
//!            ReportedRunning
//!            ≥ change                   Stop               Unreported ≥ change
//!   pending ────────────────► running ───────► stopping ─────────────────────► stopped
//!      │                         │                │        DeadlinePassed        │  │
//!      │ Terminate               │ Terminate      │ Terminate                    │  │
//!      │ DeadlinePassed, launch  ▼                ▼                    Terminate │  │
//!      └────────────────► shutting-down ◄─────────┘                              │  │
//!                                │  Unreported ≥ change, DeadlinePassed          │  │
//!                                └───────────────► terminated ◄──────────────────┘  │
//!   pending ◄──────────────────────────────── Start ────────────────────────────────┘
//!      └── DeadlinePassed, start ──► stopping
//! ```
//!
//! A launch that fails leaves nothing behind; a start that fails must not take what a user has had for long, so it is undone:
//! the instance is stopped again, and can be started again ([`was_started`] tells the two apart).
//!
//! What users ask ([`admit`]) may be refused; what clusters and deadlines tell ([`advance`]) never is, so they are two
//! functions. `Instance::change` says when the cluster has been told, as `Attachment::change` does
//! ([`crate::transition`]). An instance runs when its cluster reports it *and* its primary attachment: without an address
//! it is of no use to anybody.
//!
//! A user can protect an instance from the two commands that take it away; what clusters and deadlines tell goes through all the same.
//!
//! Deliberately absent: reboot, which no interface notices; a return from `running` when a poll does not list the instance
//! (drift, not a stop); and who may ask: the caller gathers by account.

use std::collections::BTreeMap;

use multihome_types::{Attachment, ChangeId, DeviceIndex, Instance, InstanceId, InstanceState, Refusal, StateReason, Timestamp};

use crate::{
    deadlines::{Deadlines, brief, is_due},
    refusals,
    transition::AttachmentInput,
};

#[cfg(test)]
mod tests;

/// What a user asks of an instance. Force shortens the wait for the cluster to [`Deadlines::force_grace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceCommand {
    Start,
    Stop { force: bool },
    Terminate { force: bool },
}

/// What happened to an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceInput {
    /// Its cluster has applied this revision and reports it running, its primary attachment included.
    ReportedRunning { revision: ChangeId },
    /// Its cluster has applied this revision and does not report it.
    Unreported { revision: ChangeId },
    /// Somebody looked because a deadline passed; only the row's own deadline counts. `started`: see [`was_started`].
    DeadlinePassed { started: bool },
}

/// What becomes of the instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InstanceStep {
    /// Nothing; to a user, a success.
    Stay,
    /// It is in this state now. Where that is the state it had, only its deadline is new.
    Become { state: InstanceState, deadline: Option<Timestamp>, reason: Option<StateReason> },
}

impl InstanceStep {
    /// Whether anything on the instance's interfaces may change with it: their attachments, or public addresses that come and go with its run.
    pub fn concerns_interfaces(&self) -> bool {
        match self {
            Self::Become { state: InstanceState::Pending | InstanceState::Stopped | InstanceState::Terminated, .. } => true,
            Self::Become { state: InstanceState::Running | InstanceState::Stopping | InstanceState::ShuttingDown, .. } | Self::Stay => false,
        }
    }

    /// What the step means to each of the instance's attachments, to be given to [`crate::transition`] with it.
    pub fn attachment_input(&self) -> Option<AttachmentInput> {
        match self {
            Self::Become { state: InstanceState::Stopped, .. } => Some(AttachmentInput::InstanceStopped),
            Self::Become { state: InstanceState::Terminated, .. } => Some(AttachmentInput::InstanceTerminated),
            Self::Become {
                state: InstanceState::Pending | InstanceState::Running | InstanceState::Stopping | InstanceState::ShuttingDown, ..
            }
            | Self::Stay => None,
        }
    }
}

/// The instances that a request names, in its order. All have to be there: the refusal names every one that is not.
pub fn select<'a>(asked: &[InstanceId], found: &'a [Instance]) -> Result<Vec<&'a Instance>, Refusal> {
    let known: BTreeMap<InstanceId, &Instance> = found.iter().map(|instance| (instance.id, instance)).collect();
    let missing: Vec<InstanceId> = asked.iter().copied().filter(|id| !known.contains_key(id)).collect();
    if !missing.is_empty() {
        return Err(refusals::instances_not_found(&missing));
    }
    Ok(asked.iter().filter_map(|id| known.get(id).copied()).collect())
}

/// What a user's command does, or why not.
pub fn admit(instance: &Instance, command: InstanceCommand, now: Timestamp, deadlines: &Deadlines) -> Result<InstanceStep, Refusal> {
    match command {
        InstanceCommand::Start => start(instance, now, deadlines),
        InstanceCommand::Stop { force } => stop(instance, force, now, deadlines),
        InstanceCommand::Terminate { force } => {
            check_unprotected(instance)?;
            Ok(terminate(instance, force, now, deadlines))
        }
    }
}

/// What is protected from being stopped is protected from being terminated, too. What is going already is past protection.
fn check_unprotected(instance: &Instance) -> Result<(), Refusal> {
    let attributes = &instance.attributes;
    match instance.state {
        InstanceState::ShuttingDown | InstanceState::Terminated => Ok(()),
        InstanceState::Pending | InstanceState::Running | InstanceState::Stopping | InstanceState::Stopped => {
            let by = [(attributes.disable_api_termination, "disableApiTermination"), (attributes.disable_api_stop, "disableApiStop")];
            match by.iter().find(|(protected, _)| *protected) {
                Some((_, attribute)) => Err(refusals::instance_protected(instance.id, "terminated", attribute)),
                None => Ok(()),
            }
        }
    }
}

/// What a report or a deadline does.
pub fn advance(instance: &Instance, input: InstanceInput, now: Timestamp, deadlines: &Deadlines) -> InstanceStep {
    match input {
        InstanceInput::ReportedRunning { revision } => reported_running(instance, revision),
        InstanceInput::Unreported { revision } => unreported(instance, revision),
        InstanceInput::DeadlinePassed { started } if is_due(instance.deadline, now) => overdue(instance, started, now, deadlines),
        InstanceInput::DeadlinePassed { .. } => InstanceStep::Stay,
    }
}

/// Whether the instance's present run began with a start, by its attachments. `launched_at` moves with every start, while
/// the primary is attached by the launch, at the launch's own time, and stays for the instance's life.
pub fn was_started(instance: &Instance, on_it: &[Attachment]) -> bool {
    on_it.iter().any(|attachment| attachment.device_index == DeviceIndex::PRIMARY && attachment.attached_at < instance.launched_at)
}

/// The row after a step. `since` and `change` move only with the state; `launched_at` is the last start, as in EC2.
pub fn revised(instance: &Instance, step: &InstanceStep, change: ChangeId, now: Timestamp) -> Instance {
    match step {
        InstanceStep::Stay => instance.clone(),
        InstanceStep::Become { state, deadline, reason } => {
            let moved = *state != instance.state;
            let started = moved && *state == InstanceState::Pending;
            Instance {
                state: *state,
                deadline: *deadline,
                reason: reason.clone(),
                launched_at: if started { now } else { instance.launched_at },
                since: if moved { now } else { instance.since },
                change: if moved { change } else { instance.change },
                ..instance.clone()
            }
        }
    }
}

fn start(instance: &Instance, now: Timestamp, deadlines: &Deadlines) -> Result<InstanceStep, Refusal> {
    match instance.state {
        InstanceState::Pending | InstanceState::Running => Ok(InstanceStep::Stay),
        InstanceState::Stopped => Ok(become_(InstanceState::Pending, Some(now + deadlines.launch), None)),
        InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => Err(refusals::cannot_be_started(instance.id)),
    }
}

fn stop(instance: &Instance, force: bool, now: Timestamp, deadlines: &Deadlines) -> Result<InstanceStep, Refusal> {
    match instance.state {
        InstanceState::Pending => Err(refusals::never_reached_running(instance.id)),
        InstanceState::Running if instance.attributes.disable_api_stop => Err(refusals::instance_protected(instance.id, "stopped", "disableApiStop")),
        InstanceState::Running => {
            let deadline = if force { deadlines.forced(None, now) } else { now + deadlines.stop };
            Ok(become_(InstanceState::Stopping, Some(deadline), Some(by_user())))
        }
        InstanceState::Stopping if force => Ok(hasten(instance, now, deadlines)),
        InstanceState::Stopping | InstanceState::Stopped => Ok(InstanceStep::Stay),
        InstanceState::ShuttingDown | InstanceState::Terminated => Err(refusals::cannot_be_stopped(instance.id)),
    }
}

fn terminate(instance: &Instance, force: bool, now: Timestamp, deadlines: &Deadlines) -> InstanceStep {
    match instance.state {
        InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => {
            let deadline = if force { deadlines.forced(None, now) } else { now + deadlines.terminate };
            become_(InstanceState::ShuttingDown, Some(deadline), Some(by_user()))
        }
        InstanceState::ShuttingDown if force => hasten(instance, now, deadlines),
        InstanceState::ShuttingDown | InstanceState::Terminated => InstanceStep::Stay,
        // No cluster runs it: there is nobody to wait for.
        InstanceState::Stopped => become_(InstanceState::Terminated, None, Some(by_user())),
    }
}

fn reported_running(instance: &Instance, revision: ChangeId) -> InstanceStep {
    match instance.state {
        // An older revision speaks of the time before the last stop.
        InstanceState::Pending if revision >= instance.change => become_(InstanceState::Running, None, None),
        InstanceState::Pending
        | InstanceState::Running
        | InstanceState::Stopping
        | InstanceState::Stopped
        | InstanceState::ShuttingDown
        | InstanceState::Terminated => InstanceStep::Stay,
    }
}

fn unreported(instance: &Instance, revision: ChangeId) -> InstanceStep {
    match instance.state {
        InstanceState::Stopping if revision >= instance.change => become_(InstanceState::Stopped, None, instance.reason.clone()),
        InstanceState::ShuttingDown if revision >= instance.change => become_(InstanceState::Terminated, None, instance.reason.clone()),
        InstanceState::Pending
        | InstanceState::Running
        | InstanceState::Stopping
        | InstanceState::Stopped
        | InstanceState::ShuttingDown
        | InstanceState::Terminated => InstanceStep::Stay,
    }
}

fn overdue(instance: &Instance, started: bool, now: Timestamp, deadlines: &Deadlines) -> InstanceStep {
    let (cluster, waited) = (instance.cluster, brief(now.since(instance.since)));
    match instance.state {
        InstanceState::Pending => {
            let reason = internal_error(format!("cluster {cluster} did not report the instance running within {waited}"));
            if started {
                become_(InstanceState::Stopping, Some(now + deadlines.stop), Some(reason))
            } else {
                become_(InstanceState::ShuttingDown, Some(now + deadlines.terminate), Some(reason))
            }
        }
        InstanceState::Stopping => {
            let reason = internal_error(format!("stopped by deadline: cluster {cluster} did not confirm it within {waited}"));
            become_(InstanceState::Stopped, None, Some(reason))
        }
        InstanceState::ShuttingDown => {
            let reason = internal_error(format!("terminated by deadline: cluster {cluster} did not confirm it within {waited}"));
            become_(InstanceState::Terminated, None, Some(reason))
        }
        InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated => InstanceStep::Stay,
    }
}

/// The same state with less time left, if force leaves less.
fn hasten(instance: &Instance, now: Timestamp, deadlines: &Deadlines) -> InstanceStep {
    let deadline = deadlines.forced(instance.deadline, now);
    if instance.deadline == Some(deadline) { InstanceStep::Stay } else { become_(instance.state, Some(deadline), instance.reason.clone()) }
}

fn become_(state: InstanceState, deadline: Option<Timestamp>, reason: Option<StateReason>) -> InstanceStep {
    InstanceStep::Become { state, deadline, reason }
}

/// EC2 repeats the code in the message.
fn state_reason(code: &str, message: &str) -> StateReason {
    StateReason { code: code.to_owned(), message: format!("{code}: {message}") }
}

/// Somebody stopped or terminated it.
const BY_USER: &str = "Client.UserInitiatedShutdown";

fn by_user() -> StateReason {
    state_reason(BY_USER, "User initiated shutdown")
}

/// EC2's older form of a state's reason, from which scripts read since when an instance is stopped. Empty for every other reason, and for
/// none.
pub fn transition_reason(instance: &Instance) -> String {
    match &instance.reason {
        Some(reason) if reason.code == BY_USER => format!("User initiated ({})", instance.since.to_gmt_text()),
        Some(_) | None => String::new(),
    }
}

fn internal_error(message: String) -> StateReason {
    state_reason("Server.InternalError", &message)
}
