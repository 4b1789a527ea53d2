//! How far clusters are behind: a metric of what this replica has sent them, and of what it found sent when it started.
//!
//! Revisions only rise, so a cluster that has applied this replica's last document, or a later one of another replica, is not behind
//! for this replica. Over all replicas the greatest value is the cluster's.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Instant,
};

use multihome_runtime::metrics::{Counter, Family, Gauge, Label, registered};
use multihome_types::{ChangeId, Cluster, ClusterName};

static LAG_MS: LazyLock<Family<Label, Gauge>> = LazyLock::new(|| {
    registered(
        "broadcast_lag_milliseconds",
        "How long ago the oldest document was sent that the cluster has not applied; 0 if none",
        Family::default(),
    )
});
static SENT: LazyLock<Family<Label, Counter>> =
    LazyLock::new(|| registered("broadcast_documents", "Documents that were sent to the cluster", Family::default()));

#[derive(Default)]
pub(crate) struct Lag(Mutex<HashMap<ClusterName, Unapplied>>);

/// Of what a cluster was sent and has not applied: the newest document, and since when there is any.
struct Unapplied {
    revision: ChangeId,
    since: Instant,
}

impl Lag {
    pub(crate) fn sent(&self, cluster: ClusterName, revision: ChangeId) {
        SENT.get_or_create(&label(cluster)).inc();
        let mut unapplied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unapplied.entry(cluster).or_insert_with(|| Unapplied { revision, since: Instant::now() }).revision = revision;
    }

    /// As [`Self::sent`], of a document that was sent before this replica started.
    pub(crate) fn was_sent(&self, cluster: ClusterName, revision: ChangeId, since: Instant) {
        let mut unapplied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        unapplied.entry(cluster).or_insert(Unapplied { revision, since });
    }

    /// A document that was sent before, once more: that makes nobody less behind.
    pub(crate) fn sent_again(cluster: ClusterName) {
        SENT.get_or_create(&label(cluster)).inc();
    }

    /// Looks at what the clusters have applied, and shows how far behind they are.
    pub(crate) fn show<'a>(&self, clusters: impl Iterator<Item = &'a Cluster>, now: Instant) {
        let mut unapplied = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for cluster in clusters {
            let applied = cluster.applied.as_ref().map(|applied| applied.revision);
            if unapplied.get(&cluster.name).is_some_and(|sent| applied >= Some(sent.revision)) {
                unapplied.remove(&cluster.name);
            }
            let behind = unapplied.get(&cluster.name).map_or(0, |sent| now.saturating_duration_since(sent.since).as_millis());
            LAG_MS.get_or_create(&label(cluster.name)).set(i64::try_from(behind).unwrap_or(i64::MAX));
        }
    }
}

fn label(cluster: ClusterName) -> Label {
    vec![("cluster", cluster.to_string())]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use multihome_types::{Applied, Generation, Timestamp};

    use super::*;

    fn cluster(name: &str, applied: Option<i64>) -> Cluster {
        Cluster {
            name: name.parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            zone: "us-east-1a".parse().unwrap(),
            address: "10.0.0.1".parse().unwrap(),
            nodes: vec![],
            applied: applied.map(|revision| Applied { version: "00000000".into(), revision: ChangeId(revision), at: Timestamp(0) }),
            reported_at: None,
            generation: Generation::FIRST,
        }
    }

    /// The metric as it is at a moment.
    fn shown(lag: &Lag, cluster: &Cluster, now: Instant) -> i64 {
        lag.show([cluster].into_iter(), now);
        LAG_MS.get_or_create(&label(cluster.name)).get()
    }

    #[test]
    fn a_cluster_is_behind_from_its_first_unapplied_document_until_it_has_applied_the_last() {
        let (lag, later) = (Lag::default(), Instant::now() + Duration::from_secs(60));
        let shown = |applied: Option<i64>| shown(&lag, &cluster("lagging", applied), later);
        let name = "lagging".parse().unwrap();
        assert_eq!(shown(None), 0);
        lag.sent(name, ChangeId(5));
        lag.sent(name, ChangeId(7));
        assert!((59_000..=60_000).contains(&shown(None)));
        assert!(shown(Some(5)) > 0, "5 is not the last");
        assert_eq!(shown(Some(8)), 0);
        assert_eq!(shown(Some(8)), 0);
    }

    #[test]
    fn a_cluster_that_was_behind_before_a_restart_is_behind_after_it() {
        let (lag, now) = (Lag::default(), Instant::now() + Duration::from_secs(60));
        let name = "restarted".parse().unwrap();
        lag.was_sent(name, ChangeId(5), now - Duration::from_secs(40));
        assert_eq!(shown(&lag, &cluster("restarted", Some(4)), now), 40_000);
        lag.sent(name, ChangeId(7));
        assert_eq!(shown(&lag, &cluster("restarted", Some(5)), now), 40_000, "5 is no longer the last");
        assert_eq!(shown(&lag, &cluster("restarted", Some(7)), now), 0);
        lag.was_sent(name, ChangeId(7), now - Duration::from_secs(40));
        assert_eq!(shown(&lag, &cluster("restarted", Some(7)), now), 0, "it was not behind");
    }
}
