//! Counts of what was found and what was done, for the log and for whoever reads the metrics: how many routes were found wrong and how many
//! corrected, and for how long the oldest of what is still wrong has been known to be.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use multihome_runtime::metrics::{Counter, Gauge, registered};
use multihome_types::{RouteTableId, VpcId};

static FOUND: LazyLock<Counter> =
    LazyLock::new(|| registered("routes_found_invalid", "Routes whose stored state or instance was found to be wrong", Counter::default()));
static CORRECTED: LazyLock<Counter> =
    LazyLock::new(|| registered("routes_corrected", "Routes whose stored state or instance was put right", Counter::default()));
static OLDEST_MS: LazyLock<Gauge> = LazyLock::new(|| {
    registered(
        "routes_oldest_invalid_milliseconds",
        "For how long the route table with wrong routes that was found first has been known to have them; 0 if there is none",
        Gauge::default(),
    )
});

/// What one replica knows.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    corrected: u64,
    /// Tables that were found wrong and not yet put right, and since when.
    wrong: BTreeMap<RouteTableId, Instant>,
}

/// The counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Tables that are known to be wrong.
    pub wrong: usize,
    /// Routes that were corrected since the start.
    pub corrected: u64,
    /// For how long the table that is wrong for the longest has been known to be.
    pub oldest: Duration,
}

impl Tally {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A review found exactly these: whatever else was wrong has been put right, by whomever.
    pub(crate) fn found(&self, tables: &BTreeMap<VpcId, Vec<RouteTableId>>, now: Instant) {
        let mut counts = self.counts();
        let before = std::mem::take(&mut counts.wrong);
        counts.wrong = tables.values().flatten().map(|table| (*table, before.get(table).copied().unwrap_or(now))).collect();
    }

    /// Somebody told of these.
    pub(crate) fn told(&self, tables: &[RouteTableId], now: Instant) {
        let mut counts = self.counts();
        for table in tables {
            counts.wrong.entry(*table).or_insert(now);
        }
    }

    /// So many routes are wrong: said once for each attempt to put them right.
    pub(crate) fn seen(&self, routes: usize) {
        FOUND.inc_by(routes as u64);
    }

    /// A table is right, after so many of its routes were corrected.
    pub(crate) fn corrected(&self, table: RouteTableId, routes: usize) {
        let mut counts = self.counts();
        counts.corrected += routes as u64;
        CORRECTED.inc_by(routes as u64);
        counts.wrong.remove(&table);
    }

    /// Also for the metrics.
    pub(crate) fn standing(&self, now: Instant) -> Standing {
        let counts = self.counts();
        let oldest = counts.wrong.values().min().map_or(Duration::ZERO, |since| now.saturating_duration_since(*since));
        OLDEST_MS.set(i64::try_from(oldest.as_millis()).unwrap_or(i64::MAX));
        Standing { wrong: counts.wrong.len(), corrected: counts.corrected, oldest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_counted_from_when_it_was_found_until_it_is_right() {
        let [one, two]: [RouteTableId; 2] = ["rtb-00000001", "rtb-00000002"].map(|id| id.parse().unwrap());
        let vpc: VpcId = "vpc-00000001".parse().unwrap();
        let (tally, start) = (Tally::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        tally.told(&[one], start);
        tally.found(&BTreeMap::from([(vpc, vec![one, two])]), after(2));
        assert_eq!(tally.standing(after(5)), Standing { wrong: 2, corrected: 0, oldest: Duration::from_secs(5) });
        // Other tests of this process count too.
        let before = (FOUND.get(), CORRECTED.get());
        tally.seen(3);
        tally.corrected(one, 3);
        assert!(FOUND.get() >= before.0 + 3 && CORRECTED.get() >= before.1 + 3);
        let shown = multihome_runtime::metrics::text();
        for name in ["multihome_routes_found_invalid_total", "multihome_routes_corrected_total", "multihome_routes_oldest_invalid_milliseconds"] {
            assert!(shown.contains(name), "no {name} in {shown}");
        }
        assert_eq!(tally.standing(after(5)), Standing { wrong: 1, corrected: 3, oldest: Duration::from_secs(3) });
        tally.found(&BTreeMap::new(), after(6));
        assert_eq!(tally.standing(after(7)), Standing { wrong: 0, corrected: 3, oldest: Duration::ZERO });
    }
}
