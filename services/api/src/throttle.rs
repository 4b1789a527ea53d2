//! Throttles: how often each account may ask, by [`multihome_core::throttles`]. Each replica of the endpoint counts for itself.

use std::{
    collections::HashMap,
    str::FromStr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use multihome_core::throttles::{Bucket, Limit, is_costly, limit};
use multihome_ec2::Ec2Error;
use multihome_types::{AccountId, Region};

/// EC2's limits as they are, a multiple of them, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Throttling {
    Off,
    Times(f64),
}

impl FromStr for Throttling {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<f64>() {
            _ if text == "off" => Ok(Self::Off),
            Ok(factor) if factor > 0.0 && factor.is_finite() => Ok(Self::Times(factor)),
            _ => Err("a throttle is off, or how many times EC2's limits: 1, 0.5, 10".to_owned()),
        }
    }
}

/// More buckets than accounts need at a time. When there are more, those that are full again are forgotten, which changes nothing; if none
/// is, all are: then requests come from thousands of accounts at once, and none of them is what a throttle is for.
const MANY: usize = 50_000;

/// Whose, of which action, and whether it is for the costly requests.
type Of = (AccountId, Region, &'static str, bool);

pub(crate) struct Throttle {
    throttling: Throttling,
    begun: Instant,
    buckets: Mutex<HashMap<Of, Bucket>>,
}

impl Throttle {
    pub(crate) fn new(throttling: Throttling) -> Self {
        Self { throttling, begun: Instant::now(), buckets: Mutex::default() }
    }

    /// # Errors
    /// `RequestLimitExceeded`.
    pub(crate) fn admit(&self, (account, region): (AccountId, Region), action: &'static str, narrowed: bool, now: Instant) -> Result<(), Ec2Error> {
        let Throttling::Times(factor) = self.throttling else { return Ok(()) };
        let now = now.saturating_duration_since(self.begun);
        let of = (account, region, action, is_costly(action, narrowed));
        let limit_of = |(_, _, action, costly): &Of| -> Limit { limit(action, *costly).times(factor) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MANY && !buckets.contains_key(&of) {
            buckets.retain(|of, bucket| !bucket.is_full(limit_of(of), now));
            if buckets.len() >= MANY {
                buckets.clear();
            }
        }
        let limit = limit_of(&of);
        if buckets.entry(of).or_insert_with(|| Bucket::full(limit, now)).take(limit, now) {
            return Ok(());
        }
        Err(Ec2Error::new("RequestLimitExceeded", "Request limit exceeded."))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn who(account: &str, region: &str) -> (AccountId, Region) {
        (account.parse().unwrap(), region.parse().unwrap())
    }

    fn admitted(throttle: &Throttle, who: (AccountId, Region), action: &'static str, now: Instant) -> usize {
        (0..1_000).filter(|_| throttle.admit(who, action, true, now).is_ok()).count()
    }

    #[test]
    fn a_flood_is_felt_by_its_account_action_and_region_alone() {
        let throttle = Throttle::new(Throttling::Times(1.0));
        let now = Instant::now();
        let loud = who("000000000001", "us-east-1");
        assert_eq!(admitted(&throttle, loud, "RunInstances", now), 5);
        let refused = throttle.admit(loud, "RunInstances", true, now).unwrap_err();
        assert_eq!((&*refused.code, refused.status()), ("RequestLimitExceeded", 503));
        for (who, action) in
            [(loud, "StartInstances"), (who("000000000002", "us-east-1"), "RunInstances"), (who("000000000001", "eu-west-1"), "RunInstances")]
        {
            assert_eq!(admitted(&throttle, who, action, now), 5);
        }
        assert!(throttle.admit(loud, "RunInstances", false, now).is_err(), "with parameters or without: it is one bucket");
        assert_eq!(admitted(&throttle, loud, "RunInstances", now + Duration::from_secs(1)), 2);
    }

    #[test]
    fn limits_are_multiplied_or_off() {
        let loud = who("000000000001", "us-east-1");
        for (text, burst) in [("1", 5), ("2", 10), ("0.5", 2), ("0.01", 1), ("off", 1_000)] {
            assert_eq!(admitted(&Throttle::new(text.parse().unwrap()), loud, "RunInstances", Instant::now()), burst, "{text}");
        }
        for text in ["", "on", "0", "-1", "NaN", "inf"] {
            assert!(text.parse::<Throttling>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let throttle = Throttle::new(Throttling::Times(1.0));
        let now = Instant::now();
        let one = |number: usize, now: Instant| {
            let who = who(&format!("{number:012}"), "us-east-1");
            assert!(throttle.admit(who, "RunInstances", true, now).is_ok());
            throttle.buckets.lock().unwrap().len()
        };
        for number in 0..MANY {
            one(number, now);
        }
        assert_eq!(one(0, now), MANY, "one more of a known one needs no room");
        assert_eq!(one(MANY, now + Duration::from_millis(600)), 2, "all but the first are full again");
    }
}
