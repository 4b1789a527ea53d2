//! Waits that look at the state and not at the clock, and say what they saw last when they give up.

use std::{
    fmt::Display,
    future::Future,
    time::{Duration, Instant},
};

/// Far more than anything takes, on a machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until there is something to return.
///
/// # Panics
/// With what was seen last, when [`PATIENCE`] is over.
pub async fn until<T, S: Display, F>(awaited: &str, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, S>>,
{
    let begun = Instant::now();
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if begun.elapsed() > PATIENCE => panic!("{awaited}: not within {PATIENCE:?}; last seen: {seen}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}
