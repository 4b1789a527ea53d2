//! Start strict, stop softly: a process ends on a signal or with the first task that dies, under its name; it stops
//! taking work, finishes what it has, and gives up after a while.

use std::{error::Error, future::Future, time::Duration};

use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::Health;

/// Told to every task: take no more work.
pub type Stop = CancellationToken;

/// Why a task ended.
pub type Failure = Box<dyn Error + Send + Sync>;

/// The tasks of a process.
#[derive(Default)]
pub struct Tasks {
    set: JoinSet<Result<(), Failure>>,
    names: Vec<(Id, String)>,
    stop: Stop,
    health: Health,
}

/// A task that is over: what it came to, or that it panicked.
type Ended = Result<(Id, Result<(), Failure>), tokio::task::JoinError>;

/// How long a stopping task may take to finish what it has.
const DRAIN: Duration = Duration::from_secs(10);

impl Tasks {
    pub fn new() -> Self {
        Self::default()
    }

    /// Tasks among others: they are told to stop together. Whoever has these sees to it that one that ends too early is noticed.
    pub fn within(stop: Stop) -> Self {
        Self { stop, ..Self::default() }
    }

    /// Waits for a task that ends although nobody told it to, with its name; for ever if there is none.
    pub async fn first_end(&mut self) -> Failure {
        while !self.set.is_empty() {
            let ended = self.set.join_next_with_id().await;
            if let Err(why) = self.judge(ended) {
                return why;
            }
        }
        std::future::pending().await
    }

    /// The token that tells tasks to stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Where the loops of these tasks report their progress.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Runs a task until it ends by itself, which ends all others too.
    pub fn spawn(&mut self, name: impl Into<String>, task: impl Future<Output = Result<(), Failure>> + Send + 'static) {
        let handle = self.set.spawn(task);
        self.names.push((handle.id(), name.into()));
    }

    fn name(&self, id: Id) -> &str {
        self.names.iter().find(|(known, _)| *known == id).map_or("a task", |(_, name)| name)
    }

    /// Waits for a signal or for the first task to end, then stops all of them.
    ///
    /// # Errors
    /// The first task that failed, with its name.
    pub async fn run(mut self, signal: impl Future<Output = ()>) -> Result<(), Failure> {
        let stop = self.stop.clone();
        tokio::pin!(signal);
        let mut outcome = tokio::select! {
            () = &mut signal => Ok(()),
            () = stop.cancelled() => Ok(()),
            ended = self.set.join_next_with_id() => self.judge(ended),
        };
        stop.cancel();
        let deadline = tokio::time::Instant::now() + DRAIN;
        loop {
            match tokio::time::timeout_at(deadline, self.set.join_next_with_id()).await {
                Ok(None) => return outcome,
                Ok(ended) => outcome = outcome.and(self.judge(ended)),
                Err(_) => {
                    tracing::warn!("Some tasks did not finish within {DRAIN:?} and were given up");
                    self.set.abort_all();
                    return outcome;
                }
            }
        }
    }

    fn judge(&self, ended: Option<Ended>) -> Result<(), Failure> {
        match ended {
            None => Ok(()),
            Some(Ok((id, Ok(())))) if self.stop.is_cancelled() => {
                tracing::debug!("{} has stopped", self.name(id));
                Ok(())
            }
            Some(Ok((id, Ok(())))) => Err(format!("{} ended by itself", self.name(id)).into()),
            Some(Ok((id, Err(why)))) => Err(format!("{} failed: {}", self.name(id), chain(why.as_ref())).into()),
            Some(Err(why)) => Err(format!("{} died: {why}", self.name(why.id())).into()),
        }
    }
}

/// An error and what lies under it, in one line.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(under) = source {
        text.push_str(": ");
        text.push_str(&under.to_string());
        source = under.source();
    }
    text
}

/// Ends on the first interrupt or termination signal.
pub async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
