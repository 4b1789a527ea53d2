//! From the model to the document of one cluster, if there is one to send.

use std::collections::{BTreeMap, BTreeSet};

use multihome_broadcast::AppliedVersion;
use multihome_core::compose::{Next, Omission, Sent, worth_sending};
use multihome_messages::RouteStateInvalidated;
use multihome_types::{ChangeId, ClusterName, RouteTableId, VpcId};

use crate::{
    kept::KeptDocument,
    model::{Composing, Model, Regional, Wrong},
};

/// What there is to do about a cluster.
pub(crate) struct Drafted {
    pub verdict: Verdict,
    /// Tables with routes whose stored state is wrong and was not told of yet.
    pub invalidated: Vec<RouteStateInvalidated>,
    /// What is left out of the document and was not left out of the one before.
    pub omitted: Vec<Omission>,
    /// How many interfaces have addresses that the document cannot say, where there was none before.
    pub further: Option<usize>,
}

pub(crate) enum Verdict {
    /// The cluster has been told everything.
    NothingNew,
    /// What the bus keeps covers more of the log than the model does.
    Behind,
    Send(Draft),
}

/// A document.
pub(crate) struct Draft {
    pub version: String,
    /// The hash of what it says, of which the version is the beginning.
    pub content: String,
    pub revision: ChangeId,
    pub applied: Option<String>,
    /// Of the document in bytes, before it is compressed.
    pub length: usize,
    /// How many instances of the region may be in it.
    pub instances: usize,
    pub body: Vec<u8>,
}

impl Model {
    /// `None`: there is no such cluster.
    pub(crate) fn draft(&mut self, cluster: ClusterName, kept: Option<&KeptDocument>) -> Option<Drafted> {
        let (regional, how) = self.region_of(cluster)?;
        regional.composing(cluster, how);
        let Regional { world, composers, reported } = regional;
        let Composing { composer, omitted, further } = composers.get_mut(&how.1.key(cluster))?;
        let applied = world.cluster(cluster)?.applied.as_ref();
        let composition = composer.compose(world);
        let version = composition.content.version();
        let document = Sent { content: composition.content, applied: applied.map(|applied| applied.version.clone()), revision: composition.revision };
        // A document of another hash says something else. What, nobody needs to know: it counts as none. The version is half of the hash, and
        // two documents may share it.
        let content = composition.content.to_string();
        let previous = kept.filter(|kept| kept.content.as_ref() == Some(&content));
        let previous = previous.map(|kept| Sent { content: document.content, applied: kept.applied.clone(), revision: kept.revision });
        let next = Next { document, awaited: world.awaited_revision(cluster) };

        let verdict = if kept.is_some_and(|kept| kept.revision > composition.revision) {
            Verdict::Behind
        } else if worth_sending(previous.as_ref(), &next) {
            let mut body = Vec::new();
            let applied = applied.map(|applied| AppliedVersion { version: applied.version.clone(), time: applied.at });
            composition.write(applied.as_ref(), &mut body);
            let instances = world.instances().filter(|(_, known)| !known.instance.state.is_torn_down()).count();
            Verdict::Send(Draft {
                version,
                content,
                revision: composition.revision,
                applied: next.document.applied,
                instances,
                length: body.len(),
                body,
            })
        } else {
            Verdict::NothingNew
        };

        let wrong = composition.invalid_routes.iter().filter_map(|key| Some((*key, world.route_table(key.route_table)?.generation)));
        let invalid = std::mem::replace(reported, wrong.collect());
        let with_further = composition.with_further_addresses();
        let before = std::mem::replace(further, with_further);
        let left_out = std::mem::replace(omitted, composition.omitted.iter().copied().collect());
        Some(Drafted {
            verdict,
            invalidated: invalidated(&invalid, reported),
            omitted: omitted.difference(&left_out).copied().collect(),
            further: (before == 0 && with_further > 0).then_some(with_further),
        })
    }
}

/// One message for each VPC with a route that was not told of. It names all tables of the VPC that have wrong routes, because
/// only its newest message is kept.
fn invalidated(before: &BTreeSet<Wrong>, now: &BTreeSet<Wrong>) -> Vec<RouteStateInvalidated> {
    let vpcs: BTreeSet<VpcId> = now.difference(before).map(|(key, _)| key.vpc).collect();
    let mut tables: BTreeMap<VpcId, BTreeSet<RouteTableId>> = BTreeMap::new();
    for (key, _) in now.iter().filter(|(key, _)| vpcs.contains(&key.vpc)) {
        tables.entry(key.vpc).or_default().insert(key.route_table);
    }
    tables.into_iter().map(|(vpc, tables)| RouteStateInvalidated { vpc, tables: tables.into_iter().collect() }).collect()
}

#[cfg(test)]
mod tests {
    use multihome_core::route::RouteKey;
    use multihome_types::Generation;

    use super::*;

    fn key(vpc: &str, table: &str, destination: &str) -> Wrong {
        let key = RouteKey { vpc: vpc.parse().unwrap(), route_table: table.parse().unwrap(), destination: destination.parse().unwrap() };
        (key, Generation::FIRST)
    }

    #[test]
    fn a_vpc_is_told_of_once_and_then_whole() {
        let one = key("vpc-00000001", "rtb-00000001", "10.1.0.0/16");
        let beside = key("vpc-00000001", "rtb-00000002", "10.1.0.0/16");
        let other = key("vpc-00000002", "rtb-00000003", "10.1.0.0/16");
        let tables = |before: &[Wrong], now: &[Wrong]| {
            let told = invalidated(&before.iter().copied().collect(), &now.iter().copied().collect());
            told.into_iter().map(|told| (told.vpc.to_string(), told.tables.len())).collect::<Vec<_>>()
        };
        assert_eq!(tables(&[], &[one, other]), [("vpc-00000001".to_owned(), 1), ("vpc-00000002".to_owned(), 1)]);
        assert_eq!(tables(&[one, other], &[one, other]), []);
        assert_eq!(tables(&[one, other], &[one, beside, other]), [("vpc-00000001".to_owned(), 2)]);
        let again = (one.0, one.1.next());
        assert_eq!(tables(&[one, beside], &[again, beside]), [("vpc-00000001".to_owned(), 2)], "it was corrected, and is wrong once more");
        assert_eq!(tables(&[one], &[]), []);
        assert_eq!(tables(&[], &[one]), [("vpc-00000001".to_owned(), 1)]);
    }
}
