//! What only the embedded run does, for people who come from emulators of EC2: an access key of twelve digits is the account of that number,
//! which comes into being at its first use; every region of EC2's is served; and a zone gets its cluster when somebody first launches there.
//!
//! There is no setting that switches any of it on. It is what [`crate::start_embedded`] is given, and only `multihome up` calls that.

use std::{
    borrow::Cow,
    collections::HashSet,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use multihome_entities::cluster;
use multihome_runtime::{Failure, Store};
use multihome_types::{AccountId, Cluster, Region, Zone};

use crate::{Api, accounts, call::Call, fault::Fault, operations::Welcomed, remembered::Remembered};

/// The secret of every access key that is the number of an account.
pub(crate) const EVERYBODYS_SECRET: &str = "test";

/// Starts clusters where there are none.
pub trait Clusters: Send + Sync {
    /// Answers when a cluster of the zone is registered and runs.
    fn open(&self, region: Region, zone: Zone) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>>;
}

/// The habits of the embedded run, and what it has met so far.
pub struct Embedded {
    /// Whether a key of twelve digits is an account's: not where somebody said who may call.
    numbers_are_keys: bool,
    clusters: Arc<dyn Clusters>,
    opened: Mutex<HashSet<Zone>>,
    met: Remembered<AccountId>,
    /// The endpoint's own memory, which a reset clears too.
    pub(crate) welcomed: Arc<Welcomed>,
}

impl Embedded {
    pub fn new(numbers_are_keys: bool, clusters: Arc<dyn Clusters>) -> Self {
        Self { numbers_are_keys, clusters, opened: Mutex::default(), met: Remembered::default(), welcomed: Arc::default() }
    }

    /// The account that an access key is the number of.
    pub(crate) fn account_of(&self, access_key_id: &str) -> Option<AccountId> {
        access_key_id.parse().ok().filter(|_| self.numbers_are_keys)
    }

    /// Sees to it that a caller's account is there. What it begins with in a region is given to it as to any other.
    pub(crate) async fn meet(&self, store: &Store, call: &Call) -> Result<(), Fault> {
        if !self.met.contains(&call.account, Instant::now()) {
            accounts::come_into_being(store, call.account).await?;
            self.met.insert(call.account, Instant::now());
        }
        Ok(())
    }

    /// Accounts, or one of them, are as if they had never called.
    pub(super) fn forget(&self, account: Option<AccountId>) {
        let is_gone = |known: &AccountId| account.is_none_or(|account| *known == account);
        self.met.forget(is_gone);
        self.welcomed.forget(|(known, _)| is_gone(known));
    }

    async fn open(&self, region: Region, zone: Zone) -> Result<bool, Fault> {
        if self.opened.lock().unwrap_or_else(PoisonError::into_inner).contains(&zone) {
            return Ok(false);
        }
        self.clusters.open(region, zone).await.map_err(Fault::Failed)?;
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(zone);
        Ok(true)
    }
}

impl Api {
    /// The clusters that there are, once the one of a zone in which something is about to be launched is among them.
    pub(crate) async fn clusters_with<'k>(&self, region: Region, zone: Zone, known: &'k [Cluster]) -> Result<Cow<'k, [Cluster]>, Fault> {
        match &self.embedded {
            Some(embedded) if embedded.open(region, zone).await? => Ok(Cow::Owned(cluster::all(self.store.reader()).await?)),
            Some(_) | None => Ok(Cow::Borrowed(known)),
        }
    }
}

#[cfg(test)]
mod tests;
