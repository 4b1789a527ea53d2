//! The task that owns a simulation: one event after the other, and a timer to the next operation that is due.
//!
//! It knows no bus. Events come through a channel and hints leave through a function, so it runs the same in a test
//! without NATS. Large documents are read beside it, one at a time; if several arrive meanwhile only the newest is read.

use std::{error::Error, future::Future, time::Duration};

use multihome_messages::{ClusterChanged, ReportMode};
use multihome_runtime::{Stop, trace::TraceContext};
use multihome_types::ClusterName;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::Instant,
};

use crate::{
    arrival::{Arrival, ArrivalError},
    behaviour::Delays,
    desired::Desired,
    handle::{ClusterHandle, ClusterState, Event, Which},
    operation::Operation,
    simulation::{Simulation, Taken},
};

/// Up to this many bytes a document is read at once rather than beside.
const SMALL: usize = 64 * 1024;
/// The longest sleep; whatever is due later is looked at again then.
const LONG: Duration = Duration::from_secs(86_400);

pub(crate) struct Controller<Tell> {
    simulation: Simulation,
    /// Moments are counted from here.
    started: Instant,
    events: mpsc::Receiver<Event>,
    state: watch::Sender<ClusterState>,
    tell: Tell,
    reading: Option<Reading>,
    /// Arrived while another document was being read.
    waiting: Option<Arrival>,
    problem: Option<String>,
    /// Of the broadcast that was last taken: what it leads to belongs to its trace.
    trace: TraceContext,
}

struct Reading {
    task: JoinHandle<Result<Desired, ArrivalError>>,
    trace: TraceContext,
}

impl<Tell, Told> Controller<Tell>
where
    Tell: Fn(ClusterChanged) -> Told,
    Told: Future<Output = ()>,
{
    /// `tell` is called whenever a poll would be answered differently than before.
    pub fn new(name: ClusterName, delays: Delays, tell: Tell) -> (Self, ClusterHandle) {
        let (sender, events) = mpsc::channel(64);
        let (state, watched) = watch::channel(ClusterState::default());
        let handle = ClusterHandle { name, events: sender, state: watched };
        let controller = Self {
            simulation: Simulation::new(name, delays),
            started: Instant::now(),
            events,
            state,
            tell,
            reading: None,
            waiting: None,
            problem: None,
            trace: TraceContext::start(),
        };
        (controller, handle)
    }

    /// Runs until told to stop.
    pub async fn run(mut self, stop: Stop) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                event = self.events.recv() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                read = finished(&mut self.reading) => {
                    self.take_document(read);
                    self.step().await;
                }
                () = sleep_until(self.started, self.simulation.next_due()) => self.step().await,
            }
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// What changes something ends with a step before it is answered, so that who has the answer sees the change.
    async fn take(&mut self, event: Event) {
        match event {
            Event::Broadcast(arrival) => {
                self.arrive(arrival);
                self.step().await;
            }
            Event::Simulate(request, reply) => {
                let outcome = self.simulation.simulate(&request, self.now());
                if outcome.is_ok() {
                    tracing::info!(cluster = %self.simulation.name(), behaviour = ?self.simulation.behaviour(), "The cluster behaves differently now");
                }
                self.step().await;
                answer(reply, outcome);
            }
            Event::Hold(hold, reply) => {
                if hold {
                    self.simulation.hold();
                } else {
                    self.simulation.release();
                }
                self.step().await;
                answer(reply, ());
            }
            Event::Complete(which, reply) => {
                let completed = self.complete(which);
                // Who waits for an operation tries again after every step; a try that did nothing must not be one.
                if !completed.is_empty() {
                    self.step().await;
                }
                answer(reply, completed);
            }
            Event::Report(request, reply) => answer(reply, self.simulation.report(&request)),
            Event::Pending(reply) => answer(reply, self.simulation.pending().collect()),
        }
    }

    fn complete(&mut self, which: Which) -> Vec<Operation> {
        let chosen: Vec<Operation> = match which {
            Which::This(operation) => vec![operation],
            Which::About(attachment) => self.simulation.pending_about(attachment).into_iter().collect(),
            Which::All => self.simulation.pending().collect(),
        };
        let now = self.now();
        chosen.into_iter().filter(|operation| self.simulation.complete(*operation, now)).collect()
    }

    /// A broadcast arrived: reads it, unless its headers say that it is nothing new.
    fn arrive(&mut self, arrival: Arrival) {
        if let (Some(version), Ok(revision)) = (&arrival.version, arrival.revision())
            && !self.simulation.wants(version, revision)
        {
            tracing::debug!(broadcast.version = version, broadcast.revision = %revision, "A broadcast says nothing new");
            return;
        }
        if self.reading.is_some() {
            self.waiting = Some(arrival);
            return;
        }
        let name = self.simulation.name();
        let trace = TraceContext::continued(arrival.traceparent.as_deref());
        if arrival.body.len() <= SMALL {
            self.take_document((arrival.read(name), trace));
        } else {
            self.reading = Some(Reading { task: tokio::task::spawn_blocking(move || arrival.read(name)), trace });
        }
    }

    fn take_document(&mut self, (read, trace): (Result<Desired, ArrivalError>, TraceContext)) {
        let cluster = self.simulation.name();
        match read {
            Ok(desired) => {
                let (version, revision) = (desired.version.clone(), desired.revision);
                let taken = self.simulation.take_broadcast(desired, self.now());
                if taken == Taken::New {
                    self.trace = trace;
                }
                self.problem = None;
                tracing::debug!(%cluster, broadcast.version = version, broadcast.revision = %revision, trace.id = trace.trace_id(), ?taken, "A broadcast arrived");
            }
            Err(why) => {
                let problem = sentence(&why);
                tracing::warn!(%cluster, error = problem, trace.id = trace.trace_id(), "A broadcast cannot be acted upon; the cluster keeps to the last good one");
                self.problem = Some(problem);
            }
        }
        if let Some(arrival) = self.waiting.take() {
            self.arrive(arrival);
        }
    }

    /// Completes what is due, says so, and publishes the state.
    async fn step(&mut self) {
        let changes = self.simulation.advance(self.now());
        let (version, revision) = self.simulation.applied();
        let (instances, attachments) = self.simulation.counts();
        let state = ClusterState {
            version: version.to_owned(),
            revision,
            instances,
            attachments,
            pending: self.simulation.pending_count(),
            held: self.simulation.held(),
            problem: self.problem.clone(),
        };
        // Told even if it is equal: the pending operations may be others, and those who wait for one look again.
        self.state.send_replace(state);
        if changes.something_changed && self.simulation.behaviour().report != ReportMode::Silent {
            self.trace.child().scope((self.tell)(ClusterChanged { cluster: self.simulation.name(), revision })).await;
        }
    }
}

fn answer<T>(reply: oneshot::Sender<T>, answer: T) {
    // Whoever asked may have stopped waiting.
    drop(reply.send(answer));
}

/// The document that is being read; for ever if there is none.
async fn finished(reading: &mut Option<Reading>) -> (Result<Desired, ArrivalError>, TraceContext) {
    let Some(Reading { task, trace }) = reading else { return std::future::pending().await };
    let trace = *trace;
    let read = task.await;
    *reading = None;
    (read.unwrap_or_else(|died| Err(ArrivalError::Died(died))), trace)
}

async fn sleep_until(started: Instant, due: Option<Duration>) {
    let Some(due) = due else { return std::future::pending().await };
    tokio::time::sleep(due.saturating_sub(started.elapsed()).min(LONG)).await;
}

/// An error and its causes.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause: &&dyn Error| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
