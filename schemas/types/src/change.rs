//! The change log: one row for every change that somebody else cares about.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region, Timestamp};

/// Counts the updates of a row; every update names the one it read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Generation(pub i64);

impl Generation {
    /// Of a row that was just made.
    pub const FIRST: Self = Self(1);

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

crate::text::integer_column!(Generation);

/// The number of a change, rising over time. As a broadcast's revision: the document covers every change up to this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub i64);

impl std::fmt::Display for ChangeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

crate::text::integer_column!(ChangeId);

/// A position on an instance: 0 is the primary interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceIndex(pub u8);

impl DeviceIndex {
    pub const PRIMARY: Self = Self(0);
}

impl std::fmt::Display for DeviceIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

crate::text::text_enum! {
    /// What kind of thing changed: also a token of the event's subject, `vpc.event.<kind>-changed.<id>`.
    pub enum EntityKind {
        Vpc = "vpc",
        Subnet = "subnet",
        Group = "group",
        Interface = "interface",
        Attachment = "attachment",
        Instance = "instance",
        InstanceType = "instance-type",
        RouteTable = "route-table",
        /// What a cluster reported: its applied broadcast.
        ClusterReport = "cluster-report",
        InternetGateway = "internet-gateway",
        NetworkAcl = "network-acl",
        DhcpOptions = "dhcp-options",
        ElasticAddress = "elastic-address",
        NatGateway = "nat-gateway",
        KeyPair = "key-pair",
        Image = "image",
    }
}

/// A change, as it is written in the transaction that makes it and as it travels as an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub id: ChangeId,
    pub entity: EntityKind,
    pub entity_id: String,
    pub generation: Generation,
    pub account: AccountId,
    pub region: Region,
    /// A word: `created`, `attaching`, `attached`, `deleted`, …
    pub what: String,
    /// A sentence for people.
    pub why: String,
    pub at: Timestamp,
    /// The service and, where there is one, the caller.
    pub who: String,
}
