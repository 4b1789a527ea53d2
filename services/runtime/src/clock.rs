//! The one place where time and randomness come from.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use multihome_types::Timestamp;

/// The present moment.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Bits for an id, from the thread's cryptographic generator.
pub fn random_bits() -> u128 {
    rand::random()
}

/// How long to wait between two of something, as an operator writes it: `2s`, `250ms`.
///
/// # Errors
/// A sentence for the operator; also for no time at all, which no timer takes.
pub fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|why| why.to_string())?;
    if interval.is_zero() { Err("the interval must be longer than nothing".to_owned()) } else { Ok(interval) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_longer_than_nothing() {
        assert_eq!(interval("250ms"), Ok(Duration::from_millis(250)));
        for bad in ["0s", "0ms", "", "soon", "-1s"] {
            assert!(interval(bad).is_err(), "{bad}");
        }
    }
}
