//! What was found out a moment ago and is believed for another one, so that a call need not look it up.
//!
//! Only what is true for nearly as long as anybody asks is remembered: an account can be deleted, by somebody who tells no endpoint.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

/// How long something is believed.
const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// How many things are remembered. What is forgotten is looked up again, which changes nothing.
const MOST: usize = 100_000;

#[derive(Debug)]
pub(crate) struct Remembered<K>(RwLock<HashMap<K, Instant>>);

impl<K> Default for Remembered<K> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash> Remembered<K> {
    pub(crate) fn contains(&self, key: &K, now: Instant) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(key).is_some_and(|since| is_fresh(*since, now))
    }

    pub(crate) fn insert(&self, key: K, now: Instant) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, since| is_fresh(*since, now));
        }
        if known.len() < MOST {
            known.insert(key, now);
        }
    }

    pub(crate) fn forget(&self, is_gone: impl Fn(&K) -> bool) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|key, _| !is_gone(key));
    }
}

fn is_fresh(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < BELIEVED_FOR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_believed_for_a_second_and_so_many_at_most() {
        let (remembered, now) = (Remembered::default(), Instant::now());
        remembered.insert(1, now);
        remembered.insert(2, now);
        remembered.forget(|key| *key == 2);
        assert!(remembered.contains(&1, now + Duration::from_millis(999)) && !remembered.contains(&2, now));
        let later = now + BELIEVED_FOR;
        assert!(!remembered.contains(&1, later));
        (0..MOST + 7).for_each(|key| remembered.insert(key, later));
        assert_eq!(remembered.0.read().unwrap().len(), MOST);
        remembered.insert(MOST + 7, later + BELIEVED_FOR);
        assert_eq!(remembered.0.read().unwrap().len(), 1, "those that nobody believes any more make room");
    }
}
