//! A cluster, and what it last told.

use crate::{ChangeId, ClusterName, Generation, NodeName, Region, Timestamp, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub name: ClusterName,
    pub region: Region,
    pub zone: Zone,
    /// The address of its controller, as network agents see it.
    pub address: crate::Address,
    /// Its hosts, in the order of their names.
    pub nodes: Vec<NodeName>,
    pub applied: Option<Applied>,
    /// When it last answered a poll.
    pub reported_at: Option<Timestamp>,
    pub generation: Generation,
}

/// The broadcast a cluster has made real.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The document's `version`.
    pub version: String,
    /// The last change that the document covers.
    pub revision: ChangeId,
    /// When we learnt of it.
    pub at: Timestamp,
}
