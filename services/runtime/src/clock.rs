//! The one place where time and randomness come from.

use std::time::{SystemTime, UNIX_EPOCH};

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
