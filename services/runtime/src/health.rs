//! What the operator's port derives `/livez` and `/readyz` from: the progress of long-lived loops, and conditions that a process needs.
//!
//! Whoever owns a loop or a dependency holds a handle and reports through it; the operator's port only reads. A handle that is dropped
//! takes its entry along. [`Bus`](crate::Bus), [`Store`](crate::Store) and [`Tasks`](crate::Tasks) each own one `Health`.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// A set of loops and conditions, cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Health {
    loops: Arc<Mutex<Vec<Weak<LoopState>>>>,
    conditions: Arc<Mutex<Vec<Weak<ConditionState>>>>,
}

impl Health {
    /// Registers a loop that has to make progress at least once per `limit`.
    pub fn progress(&self, name: impl Into<String>, limit: Duration) -> Progress {
        let state = Arc::new(LoopState { name: name.into(), limit, last: Mutex::new(Instant::now()) });
        register(&self.loops, &state);
        Progress(state)
    }

    /// Registers a condition, which holds until [`Condition::set`] says otherwise.
    pub fn condition(&self, name: impl Into<String>) -> Condition {
        let state = Arc::new(ConditionState { name: name.into(), failure: Mutex::new(None) });
        register(&self.conditions, &state);
        Condition(state)
    }

    /// Loops that made no progress within their limit, as sentences.
    pub fn stalled(&self, now: Instant) -> Vec<String> {
        registered(&self.loops)
            .iter()
            .filter_map(|state| {
                let idle = now.saturating_duration_since(*lock(&state.last));
                (idle > state.limit).then(|| format!("{} has made no progress for {} s", state.name, idle.as_secs()))
            })
            .collect()
    }

    /// Conditions that do not hold, as sentences.
    pub fn failures(&self) -> Vec<String> {
        registered(&self.conditions)
            .iter()
            .filter_map(|state| lock(&state.failure).as_ref().map(|reason| format!("{}: {reason}", state.name)))
            .collect()
    }
}

fn register<T>(entries: &Mutex<Vec<Weak<T>>>, entry: &Arc<T>) {
    let mut entries = lock(entries);
    entries.retain(|entry| entry.strong_count() > 0);
    entries.push(Arc::downgrade(entry));
}

fn registered<T>(entries: &Mutex<Vec<Weak<T>>>) -> Vec<Arc<T>> {
    lock(entries).iter().filter_map(Weak::upgrade).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct LoopState {
    name: String,
    limit: Duration,
    last: Mutex<Instant>,
}

/// Reports the progress of one loop.
#[derive(Debug)]
#[must_use = "a dropped handle is no longer checked"]
pub struct Progress(Arc<LoopState>);

impl Progress {
    /// Reports that the loop made progress.
    pub fn tick(&self) {
        *lock(&self.0.last) = Instant::now();
    }
}

#[derive(Debug)]
struct ConditionState {
    name: String,
    failure: Mutex<Option<String>>,
}

/// Reports whether one condition holds. Clones report on the same condition.
#[derive(Clone, Debug)]
#[must_use = "a dropped handle is no longer checked"]
pub struct Condition(Arc<ConditionState>);

impl Condition {
    /// Reports the current state: `Ok`, or why the condition does not hold. Logs when that changes, not at every call.
    pub fn set(&self, state: Result<(), String>) {
        let failure = state.err();
        let mut current = lock(&self.0.failure);
        match (current.is_some(), &failure) {
            (false, Some(reason)) => tracing::error!(reason, "{} failed; the process is not ready", self.0.name),
            (true, None) => tracing::info!("{} has recovered", self.0.name),
            (true, Some(_)) | (false, None) => {}
        }
        *current = failure;
    }

    /// Whether the condition holds.
    pub fn holds(&self) -> bool {
        lock(&self.0.failure).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_without_progress_is_named_until_it_makes_some_or_ends() {
        let health = Health::default();
        let progress = health.progress("the deadline watch", Duration::from_secs(10));
        let later = Instant::now() + Duration::from_secs(11);
        assert!(health.stalled(Instant::now()).is_empty());
        assert_eq!(health.stalled(later).len(), 1);
        assert!(health.stalled(later)[0].starts_with("the deadline watch has made no progress for "), "{:?}", health.stalled(later));
        progress.tick();
        assert!(health.stalled(Instant::now()).is_empty());
        drop(progress);
        assert!(health.stalled(later).is_empty());
    }

    #[test]
    fn a_condition_is_named_with_its_reason_while_it_does_not_hold() {
        let health = Health::default();
        let disk = health.condition("the database's disk");
        assert!(health.failures().is_empty() && disk.holds());
        disk.set(Err("no space left".to_owned()));
        assert_eq!(health.failures(), ["the database's disk: no space left"]);
        disk.set(Ok(()));
        assert!(health.failures().is_empty());
        disk.set(Err("read-only".to_owned()));
        drop(disk);
        assert!(health.failures().is_empty());
    }
}
