//! How much one guest may ask: a bucket of tokens each, so that a flood from one is felt by that one alone.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use multihome_types::InstanceId;

pub(crate) struct Throttle {
    /// Tokens a second, and how many a bucket holds; 0: no limit.
    rate: u32,
    buckets: Mutex<HashMap<InstanceId, Bucket>>,
}

struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Only instances that exist have a bucket. When there are more than this, those that are full again are forgotten.
const MANY: usize = 50_000;

impl Throttle {
    pub(crate) fn new(rate: u32) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    /// Whether the instance may ask now.
    pub(crate) fn admits(&self, instance: InstanceId, now: Instant) -> bool {
        if self.rate == 0 {
            return true;
        }
        let most = f64::from(self.rate);
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MANY {
            buckets.retain(|_, bucket| bucket.filled(most, now) < most);
        }
        let bucket = buckets.entry(instance).or_insert(Bucket { tokens: most, at: now });
        bucket.tokens = bucket.filled(most, now);
        bucket.at = now;
        let admitted = bucket.tokens >= 1.0;
        if admitted {
            bucket.tokens -= 1.0;
        }
        admitted
    }
}

impl Bucket {
    fn filled(&self, most: f64, now: Instant) -> f64 {
        (self.tokens + now.saturating_duration_since(self.at).as_secs_f64() * most).min(most)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
}
