//! What the document of one cluster is at this moment, and what cannot be said in it: for the operator who asks.

use multihome_core::compose::Omission;
use multihome_runtime::{Failure, Store};
use multihome_types::{Applied, ChangeId, ClusterName};

use crate::{args::BroadcasterArgs, model::Model};

/// The document that a broadcaster with the same settings would compose.
#[derive(Clone, Debug)]
pub struct Checked {
    pub version: String,
    /// The last change that it covers.
    pub revision: ChangeId,
    pub document: Vec<u8>,
    /// What should be in it and cannot be.
    pub omitted: Vec<Omission>,
    /// What the cluster said last that it has made real.
    pub applied: Option<Applied>,
}

/// Reads the database and composes. `None`: there is no such cluster.
///
/// # Errors
/// Settings that cannot be, or a database that cannot be read.
pub async fn check(store: &Store, args: &BroadcasterArgs, cluster: ClusterName) -> Result<Option<Checked>, Failure> {
    let mut model = Model::load(store, args.settings()?).await?;
    let Some((regional, how)) = model.region_of(cluster) else { return Ok(None) };
    regional.composing(cluster, how);
    let key = how.1.key(cluster);
    let Some(composing) = regional.composers.get_mut(&key) else { return Ok(None) };
    let composition = composing.composer.compose(&regional.world);
    let mut document = Vec::new();
    composition.write(None, &mut document);
    Ok(Some(Checked {
        version: composition.content.version(),
        revision: composition.revision,
        document,
        omitted: composition.omitted.iter().copied().chain(composition.further_addresses()).collect(),
        applied: regional.world.cluster(cluster).and_then(|known| known.applied.clone()),
    }))
}
