//! What other code in the same process can ask of a running cluster: its state, its behaviour, and, for tests, each of its steps.

use std::{future::Future, time::Duration};

use multihome_messages::{Report, ReportRequest, SimulateReply, SimulateRequest};
use multihome_types::{AttachmentId, ChangeId, ClusterName, Refusal};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{arrival::Arrival, operation::Operation};

/// What reaches the task that owns the simulation.
pub(crate) enum Event {
    Broadcast(Arrival),
    Report(ReportRequest, oneshot::Sender<Option<Report>>),
    Simulate(SimulateRequest, oneshot::Sender<Result<SimulateReply, Refusal>>),
    Hold(bool, oneshot::Sender<()>),
    Complete(Which, oneshot::Sender<Vec<Operation>>),
    Pending(oneshot::Sender<Vec<Operation>>),
}

/// Which operations to complete.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which {
    This(Operation),
    About(AttachmentId),
    All,
}

/// How a cluster is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterState {
    /// Of the broadcast it works towards; empty before its first.
    pub version: String,
    pub revision: ChangeId,
    pub instances: usize,
    pub attachments: usize,
    /// How many operations are under way.
    pub pending: usize,
    /// A test decides when operations complete.
    pub held: bool,
    /// Why the last broadcast that arrived was not taken, if it could not be read.
    pub problem: Option<String>,
}

/// The cluster's task has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cluster has stopped")]
pub struct Stopped;

/// A running cluster. Cheap to clone.
#[derive(Clone)]
pub struct ClusterHandle {
    pub(crate) name: ClusterName,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) state: watch::Receiver<ClusterState>,
}

impl ClusterHandle {
    pub fn name(&self) -> ClusterName {
        self.name
    }

    pub fn state(&self) -> ClusterState {
        self.state.borrow().clone()
    }

    /// Told after everything that may have changed the state.
    pub fn watch(&self) -> watch::Receiver<ClusterState> {
        self.state.clone()
    }

    /// As on `vpc.request.simulate.<cluster>`; the outer error is [`Stopped`].
    pub async fn simulate(&self, request: SimulateRequest) -> Result<Result<SimulateReply, Refusal>, Stopped> {
        self.ask(|reply| Event::Simulate(request, reply)).await
    }

    /// As on `vpc.report.<cluster>`; `None` where the cluster keeps silent.
    pub async fn report(&self, request: ReportRequest) -> Result<Option<Report>, Stopped> {
        self.ask(|reply| Event::Report(request, reply)).await
    }

    /// As a message on `vpc.broadcast.<cluster>`, for tests without a bus.
    pub async fn broadcast(&self, arrival: Arrival) -> Result<(), Stopped> {
        self.events.send(Event::Broadcast(arrival)).await.map_err(|_| Stopped)
    }

    /// Takes the clock away from the cluster: from now on operations complete one by one, when the test says so.
    pub async fn hold(&self) -> Result<Stepper, Stopped> {
        self.ask(|reply| Event::Hold(true, reply)).await?;
        Ok(Stepper { cluster: self.clone() })
    }

    async fn ask<T>(&self, event: impl FnOnce(oneshot::Sender<T>) -> Event) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.events.send(event(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// Why a step did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// Told with the last state, so that a failing test says what there was instead.
    #[error("{awaited} was not under way within {within:?}; under way: {pending:?}; the cluster: {state:?}")]
    TimedOut { awaited: String, within: Duration, pending: Vec<String>, state: Box<ClusterState> },
}

/// Decides when each operation of a held cluster completes. Dropping it changes nothing; [`Stepper::release`] gives the
/// clock back.
#[derive(Clone)]
pub struct Stepper {
    cluster: ClusterHandle,
}

impl Stepper {
    pub fn cluster(&self) -> &ClusterHandle {
        &self.cluster
    }

    /// What is under way.
    pub async fn pending(&self) -> Result<Vec<Operation>, Stopped> {
        self.cluster.ask(Event::Pending).await
    }

    /// Completes the attach or detach of an attachment; waits until there is one to complete.
    pub async fn complete_next(&self, attachment: AttachmentId, within: Duration) -> Result<Operation, StepError> {
        self.complete_one(Which::About(attachment), format!("an attach or detach of {attachment}"), within).await
    }

    /// Completes an operation; waits until it is under way.
    pub async fn complete(&self, operation: Operation, within: Duration) -> Result<(), StepError> {
        self.complete_one(Which::This(operation), operation.to_string(), within).await.map(drop)
    }

    /// Completes what is under way at this moment. Attaches on a cluster that never attaches stay.
    pub async fn complete_all(&self) -> Result<Vec<Operation>, Stopped> {
        self.cluster.ask(|reply| Event::Complete(Which::All, reply)).await
    }

    /// Waits until an operation is under way, without completing it.
    pub async fn until_pending(&self, operation: Operation, within: Duration) -> Result<(), StepError> {
        self.retry(operation.to_string(), within, || async { Ok(self.pending().await?.contains(&operation).then_some(())) }).await
    }

    /// Gives the clock back; what would have been due meanwhile completes at once.
    pub async fn release(self) -> Result<(), Stopped> {
        self.cluster.ask(|reply| Event::Hold(false, reply)).await
    }

    async fn complete_one(&self, which: Which, awaited: String, within: Duration) -> Result<Operation, StepError> {
        let ask = || async { Ok(self.cluster.ask(|reply| Event::Complete(which, reply)).await?.pop()) };
        self.retry(awaited, within, ask).await
    }

    /// Tries again whenever the cluster's state may have changed.
    async fn retry<T, F: Future<Output = Result<Option<T>, Stopped>>>(
        &self,
        awaited: String,
        within: Duration,
        attempt: impl Fn() -> F,
    ) -> Result<T, StepError> {
        let mut changes = self.cluster.watch();
        let tries = async {
            loop {
                changes.mark_unchanged();
                if let Some(done) = attempt().await? {
                    return Ok(done);
                }
                changes.changed().await.map_err(|_| Stopped)?;
            }
        };
        match tokio::time::timeout(within, tries).await {
            Ok(done) => done.map_err(|stopped: Stopped| stopped.into()),
            Err(_) => {
                let pending = self.pending().await?.iter().map(ToString::to_string).collect();
                Err(StepError::TimedOut { awaited, within, pending, state: Box::new(self.cluster.state()) })
            }
        }
    }
}
