//! The changes that clusters have to be told of, by cluster, newest last.

use std::collections::{BTreeSet, HashMap};

use multihome_types::{ChangeId, ClusterName, InstanceId, InterfaceId};

/// What waits for its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    Instance(InstanceId),
    Interface(InterfaceId),
}

#[derive(Default)]
pub(super) struct Waiting(HashMap<ClusterName, BTreeSet<(ChangeId, What)>>);

impl Waiting {
    pub(super) fn replace(&mut self, what: What, old: Option<(ClusterName, ChangeId)>, new: Option<(ClusterName, ChangeId)>) {
        if old == new {
            return;
        }
        if let Some((cluster, change)) = old
            && let Some(changes) = self.0.get_mut(&cluster)
        {
            changes.remove(&(change, what));
            if changes.is_empty() {
                self.0.remove(&cluster);
            }
        }
        if let Some((cluster, change)) = new {
            self.0.entry(cluster).or_default().insert((change, what));
        }
    }

    pub(super) fn newest(&self, cluster: ClusterName) -> Option<ChangeId> {
        self.0.get(&cluster)?.last().map(|(change, _)| *change)
    }
}
