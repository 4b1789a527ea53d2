//! How much one guest may ask: a bucket of tokens each, so that a flood from one is felt by that one alone.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use multihome_core::throttles::{Bucket, Limit};
use multihome_types::InstanceId;

pub(crate) struct Throttle {
    /// None: guests ask as much as they like.
    limit: Option<Limit>,
    begun: Instant,
    buckets: Mutex<Buckets>,
}

struct Buckets {
    of: HashMap<InstanceId, Bucket>,
    /// With how many the full ones are forgotten.
    sweep_at: usize,
}

/// Only instances that exist have a bucket. When there are more than this, those that are full again are forgotten: whoever has been silent
/// for a second.
const MANY: usize = 50_000;

impl Throttle {
    /// `rate`: requests a second, and how many at once; 0 for no limit.
    pub(crate) fn new(rate: u32) -> Self {
        let limit = (rate > 0).then(|| Limit { burst: rate.into(), per_second: rate.into() });
        Self { limit, begun: Instant::now(), buckets: Mutex::new(Buckets { of: HashMap::new(), sweep_at: MANY }) }
    }

    /// Whether the instance may ask now.
    pub(crate) fn admits(&self, instance: InstanceId, now: Instant) -> bool {
        let Some(limit) = self.limit else { return true };
        let now = now.saturating_duration_since(self.begun);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.forget_the_full(limit, now);
        buckets.of.entry(instance).or_insert_with(|| Bucket::full(limit, now)).take(limit, now)
    }
}

impl Buckets {
    fn forget_the_full(&mut self, limit: Limit, now: Duration) {
        if self.of.len() < self.sweep_at {
            return;
        }
        self.of.retain(|_, bucket| !bucket.is_full(limit, now));
        // When so many really ask, not every request is to look through all of them.
        self.sweep_at = MANY.max(2 * self.of.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_felt_by_its_guest_alone() {
        let throttle = Throttle::new(10);
        let [loud, quiet]: [InstanceId; 2] = ["i-00000001", "i-00000002"].map(|id| id.parse().unwrap());
        let begun = Instant::now();
        assert_eq!((0..100).filter(|_| throttle.admits(loud, begun)).count(), 10);
        assert!(throttle.admits(quiet, begun));
        assert_eq!((0..100).filter(|_| throttle.admits(loud, begun + Duration::from_millis(500))).count(), 5);
        assert!(Throttle::new(0).admits(loud, begun));
    }

    struct Crowd(Throttle, Instant);

    impl Crowd {
        fn ask(&self, number: usize, after_seconds: u64) -> bool {
            self.0.admits(format!("i-{number:08x}").parse().unwrap(), self.1 + Duration::from_secs(after_seconds))
        }

        fn ask_all(&self, numbers: impl IntoIterator<Item = usize>, after_seconds: u64) {
            for number in numbers {
                self.ask(number, after_seconds);
            }
        }

        fn kept(&self) -> usize {
            self.0.buckets.lock().unwrap().of.len()
        }
    }

    #[test]
    fn who_fell_silent_is_forgotten_and_who_has_to_wait_is_not() {
        let crowd = Crowd(Throttle::new(10), Instant::now());
        let loud = 0;
        crowd.ask_all(2..MANY, 0);
        while crowd.ask(loud, 2) {}
        crowd.ask(1, 2);
        assert_eq!(crowd.kept(), MANY);
        crowd.ask(MANY, 2);
        assert_eq!(crowd.kept(), 3);
        assert!(!crowd.ask(loud, 2));
    }

    #[test]
    fn more_than_many_at_once_are_looked_through_seldom_and_forgotten_as_well() {
        let crowd = Crowd(Throttle::new(10), Instant::now());
        crowd.ask_all(0..3 * MANY, 0);
        assert_eq!((crowd.kept(), crowd.0.buckets.lock().unwrap().sweep_at), (3 * MANY, 4 * MANY));
        crowd.ask_all(3 * MANY..=4 * MANY, 2);
        assert_eq!(crowd.kept(), MANY + 1);
    }
}
