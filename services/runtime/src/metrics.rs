//! What an operator's Prometheus reads: `/metrics` on the operator port.
//!
//! A metric belongs to the process. The service that has something to count keeps it in a static of its own, made by one of the
//! functions here at its first use, so that nobody has to hand it around and no name is registered twice.

use std::sync::{LazyLock, Mutex, PoisonError};

pub use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use prometheus_client::{
    encoding::text::encode,
    registry::{Metric, Registry},
};

static REGISTRY: LazyLock<Mutex<Registry>> = LazyLock::new(|| Mutex::new(Registry::with_prefix("multihome")));

/// One label and its value.
pub type Label = Vec<(&'static str, String)>;

/// A metric that is shown as `multihome_<name>`; counters with `_total` after it.
pub fn registered<M: Metric + Clone>(name: &'static str, help: &'static str, metric: M) -> M {
    REGISTRY.lock().unwrap_or_else(PoisonError::into_inner).register(name, help, metric.clone());
    metric
}

/// All of them, in the OpenMetrics text format.
pub fn text() -> String {
    let mut text = String::new();
    // Writing to memory does not fail.
    let _ = encode(&mut text, &REGISTRY.lock().unwrap_or_else(PoisonError::into_inner));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    static SEEN: LazyLock<Family<Label, Counter>> = LazyLock::new(|| registered("seen", "Things that were seen", Family::default()));

    #[test]
    fn what_is_counted_is_shown() {
        SEEN.get_or_create(&vec![("kind", "bird".to_owned())]).inc_by(2);
        assert!(text().contains("multihome_seen_total{kind=\"bird\"} 2\n"), "{}", text());
    }
}
