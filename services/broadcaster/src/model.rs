//! What the database says, in memory: one [`World`] for each region, brought up to date from the change log.
//!
//! The place in the log is taken before the first row is read, and every row that a later change names is read again. So
//! the model is never older than its revision, and after each [`Model::catch_up`] it is the database at one moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use multihome_core::{
    compose::{Composer, Omission, Scope, Settings},
    route::RouteKey,
    world::World,
};
use multihome_runtime::{Store, store::Written, tail::Tail, trace::TraceContext};
use multihome_types::{Applied, ChangeId, Cluster, ClusterName, EntityKind, Generation, Region, Timestamp};
use sea_orm::DbErr;
use tokio::sync::mpsc;

use crate::rows::{Rows, Wanted, gather_changed, gather_instances, gather_interfaces, gather_newest, gather_shared};

/// A call of the log's tail that answers fewer has answered all there were.
const MANY: usize = 1_000;
/// How many pages may have been read and not been taken in.
const PAGES: usize = 2;

pub(crate) struct Model {
    tail: Tail,
    regions: BTreeMap<Region, Regional>,
    settings: Settings,
    scopes: Scopes,
    /// Documents may have changed since somebody last asked.
    affected: bool,
    /// Of the newest change: what is sent because of it belongs to the same trace.
    trace: Option<TraceContext>,
}

/// Whether all clusters of a region are sent one document, or each what concerns it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scopes {
    #[default]
    Region,
    Cluster,
}

impl Scopes {
    /// Which of a region's documents a cluster is sent.
    pub(crate) fn key(self, cluster: ClusterName) -> Option<ClusterName> {
        match self {
            Self::Region => None,
            Self::Cluster => Some(cluster),
        }
    }
}

impl FromStr for Scopes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "region" => Ok(Self::Region),
            "cluster" => Ok(Self::Cluster),
            other => Err(format!("'{other}' is not a scope: region or cluster")),
        }
    }
}

/// A region: it shares nothing with others.
pub(crate) struct Regional {
    pub world: World,
    /// One for each document that there is: one for the region, or one for each cluster.
    pub composers: BTreeMap<Option<ClusterName>, Composing>,
    /// Routes that were found wrong and told of.
    pub reported: BTreeSet<Wrong>,
}

/// A wrong route, and the generation of its table in which it was. One that was corrected and is wrong again has a later one, however
/// little of the time in between a document saw.
pub(crate) type Wrong = (RouteKey, Generation);

pub(crate) struct Composing {
    pub composer: Composer,
    /// What was left out of the last document.
    pub omitted: BTreeSet<Omission>,
    /// How many interfaces had addresses that it could not say. There may be very many, so they are counted here and named by the check.
    pub further: usize,
}

impl Model {
    /// Reads everything.
    pub(crate) async fn load(store: &Store, (settings, scopes): (Settings, Scopes)) -> Result<Self, DbErr> {
        let conn = store.reader();
        let tail = Tail::at_end(conn).await?;
        let mut model = Self { tail, regions: BTreeMap::new(), settings, scopes, affected: true, trace: None };
        model.put(gather_shared(conn).await?);
        // Both at once, and no more than a few pages of either in memory.
        let (pages, mut read) = mpsc::channel(PAGES);
        let reading = [tokio::spawn(gather_instances(conn.clone(), pages.clone())), tokio::spawn(gather_interfaces(conn.clone(), pages))];
        while let Some(rows) = read.recv().await {
            model.put(rows);
        }
        for table in reading {
            table.await.map_err(|why| DbErr::Custom(why.to_string()))??;
        }
        // What was written while this was read is read again, all of it at one moment.
        model.catch_up(store, false).await?;
        Ok(model)
    }

    /// Takes in everything that was committed before the call. `clusters`: also look for clusters that were registered or
    /// removed, of which the log says nothing. If it fails, nothing has happened.
    pub(crate) async fn catch_up(&mut self, store: &Store, clusters: bool) -> Result<(), DbErr> {
        let mut tail = self.tail.clone();
        let settled = tail.settled(store.reader()).await?;
        let snapshot = store.snapshot().await?;
        let mut wanted = Wanted::new(clusters);
        let mut trace = None;
        loop {
            let changes = tail.next(&snapshot, &settled).await?;
            wanted.add(&changes);
            trace = match (trace, cause_of(&changes)) {
                (Some(cause @ Cause { reported: false, .. }), Some(Cause { reported: true, .. })) => Some(cause),
                (before, newest) => newest.or(before),
            };
            if changes.len() < MANY {
                break;
            }
        }
        let rows = gather_changed(&snapshot, &wanted).await?;
        // There is nothing to commit, and no need to wait for its end.
        drop(snapshot);

        self.tail = tail;
        self.trace = match trace {
            Some(Cause { trace, reported: false }) => Some(trace),
            // A report only says that the last document arrived. What was changed meanwhile may not have been sent yet, and what is
            // sent for the report's sake says again what that change said.
            Some(Cause { trace, reported: true }) => self.trace.or(Some(trace)),
            None => self.trace,
        };
        let before: Vec<u64> = self.cursors().collect();
        let mut affected = self.put(rows);
        affected |= !self.cursors().eq(before);
        let revision = self.tail.revision();
        for regional in self.regions.values_mut() {
            affected |= regional.owes(revision);
            regional.world.advance(revision);
        }
        self.affected |= affected;
        Ok(())
    }

    /// As [`Self::catch_up`], for who comes after somebody who has just done so: most often there is nothing, and that is one question.
    pub(crate) async fn keep_up(&mut self, store: &Store) -> Result<(), DbErr> {
        // Every number up to the revision has been seen.
        if gather_newest(store.reader()).await? == self.revision() {
            return Ok(());
        }
        self.catch_up(store, false).await
    }

    /// Whether any document may have changed since the last call. Interfaces that nobody uses change none.
    pub(crate) fn take_affected(&mut self) -> bool {
        std::mem::take(&mut self.affected)
    }

    /// The trace that what is sent now belongs to.
    pub(crate) fn trace(&self) -> TraceContext {
        self.trace.map_or_else(TraceContext::start, TraceContext::child)
    }

    pub(crate) fn revision(&self) -> ChangeId {
        self.tail.revision()
    }

    pub(crate) fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.regions.values().flat_map(|regional| regional.world.clusters())
    }

    /// The region that a cluster is in, and how its document is composed.
    pub(crate) fn region_of(&mut self, cluster: ClusterName) -> Option<(&mut Regional, (&Settings, Scopes))> {
        let regional = self.regions.values_mut().find(|regional| regional.world.cluster(cluster).is_some())?;
        Some((regional, (&self.settings, self.scopes)))
    }

    /// Routes that are still wrong are to be told of once more, with the next documents, which are looked at in any case.
    pub(crate) fn forget_reported(&mut self) {
        self.affected = true;
        self.regions.values_mut().for_each(|regional| regional.reported.clear());
    }

    fn cursors(&self) -> impl Iterator<Item = u64> {
        self.regions.values().map(|regional| regional.world.cursor())
    }

    fn region(&mut self, name: Region) -> &mut Regional {
        self.regions.entry(name).or_insert_with(|| Regional { world: World::default(), composers: BTreeMap::new(), reported: BTreeSet::new() })
    }

    /// Answers whether something was put that is in documents for everybody's sake. What instances need shows in the
    /// worlds' cursors.
    fn put(&mut self, rows: Rows) -> bool {
        let Rows {
            vpcs,
            subnets,
            groups,
            interfaces,
            instances,
            route_tables,
            network_acls,
            dhcp_options,
            internet_gateways,
            nat_gateways,
            clusters,
        } = rows;
        let mut shared = !(vpcs.is_empty()
            && subnets.is_empty()
            && groups.is_empty()
            && route_tables.is_empty()
            && network_acls.is_empty()
            && dhcp_options.is_empty()
            && internet_gateways.is_empty()
            && nat_gateways.is_empty());
        if let Some(clusters) = clusters {
            shared |= self.put_clusters(clusters);
        }
        for vpc in vpcs.found {
            self.region(vpc.region).world.put_vpc(vpc);
        }
        for subnet in subnets.found {
            self.region(subnet.region).world.put_subnet(subnet);
        }
        for group in groups.found {
            self.region(group.region).world.put_group(group);
        }
        for table in route_tables.found {
            self.region(table.region).world.put_route_table(table);
        }
        for acl in network_acls.found {
            self.region(acl.region).world.put_network_acl(acl);
        }
        for set in dhcp_options.found {
            self.region(set.region).world.put_dhcp_options(set);
        }
        for gateway in internet_gateways.found {
            self.region(gateway.region).world.put_internet_gateway(gateway);
        }
        for gateway in nat_gateways.found {
            self.region(gateway.region).world.put_nat_gateway(gateway);
        }
        for instance in &instances.found {
            self.region(instance.region).world.put_instance(instance);
        }
        for interface in &interfaces.found {
            self.region(interface.region).world.put_interface(interface);
        }
        // A row that is gone does not say in which region it was.
        for Regional { world, .. } in self.regions.values_mut() {
            interfaces.gone.iter().for_each(|id| world.remove_interface(*id));
            instances.gone.iter().for_each(|id| world.remove_instance(*id));
            route_tables.gone.iter().for_each(|id| world.remove_route_table(*id));
            network_acls.gone.iter().for_each(|id| world.remove_network_acl(*id));
            dhcp_options.gone.iter().for_each(|id| world.remove_dhcp_options(*id));
            internet_gateways.gone.iter().for_each(|id| world.remove_internet_gateway(*id));
            nat_gateways.gone.iter().for_each(|id| world.remove_nat_gateway(*id));
            groups.gone.iter().for_each(|id| world.remove_group(*id));
            subnets.gone.iter().for_each(|id| world.remove_subnet(*id));
            vpcs.gone.iter().for_each(|id| world.remove_vpc(*id));
        }
        shared
    }

    /// Answers whether any is new, gone, or in its document as something else.
    fn put_clusters(&mut self, clusters: Vec<Cluster>) -> bool {
        let present: BTreeMap<_, _> = self.clusters().map(|cluster| (cluster.name, cluster.generation)).collect();
        let read: BTreeMap<_, _> = clusters.iter().map(|cluster| (cluster.name, cluster.generation)).collect();
        if present == read {
            return false;
        }
        let said = self.said_of_clusters();
        for Regional { world, composers, .. } in self.regions.values_mut() {
            present.keys().filter(|name| !read.contains_key(name)).for_each(|name| world.remove_cluster(*name));
            composers.retain(|of, _| of.is_none_or(|name| read.contains_key(&name)));
        }
        for cluster in clusters {
            self.region(cluster.region).world.put_cluster(cluster);
        }
        said != self.said_of_clusters()
    }

    /// What documents say of clusters. A report that says only that a later revision was applied, or when, changes nothing of it: it must
    /// not start a round that has nothing to send, and that the next change would then wait for.
    fn said_of_clusters(&self) -> BTreeMap<ClusterName, Cluster> {
        let said = |cluster: &Cluster| {
            let applied = cluster.applied.clone().map(|applied| Applied { revision: ChangeId::default(), at: Timestamp::default(), ..applied });
            Cluster { applied, reported_at: None, generation: Generation::FIRST, ..cluster.clone() }
        };
        self.clusters().map(|cluster| (cluster.name, said(cluster))).collect()
    }
}

/// Why something is sent.
#[derive(Clone, Copy)]
struct Cause {
    trace: TraceContext,
    /// By a cluster's report, and not by a change of what it has to make real.
    reported: bool,
}

/// The newest change, or the newest report if there is no other.
fn cause_of(changes: &[Written]) -> Option<Cause> {
    let newest = |reports: bool| changes.iter().rev().find(|written| (written.change.entity == EntityKind::ClusterReport) == reports);
    let written = newest(false).or_else(|| newest(true))?;
    Some(Cause { trace: written.traceparent.as_deref()?.parse().ok()?, reported: written.change.entity == EntityKind::ClusterReport })
}

impl Regional {
    /// The composer of a cluster's document.
    pub(crate) fn composing(&mut self, cluster: ClusterName, (settings, scopes): (&Settings, Scopes)) -> &mut Composing {
        let key = scopes.key(cluster);
        let scope = key.map_or(Scope::Region, Scope::Cluster);
        self.composers.entry(key).or_insert_with(|| Composing {
            composer: Composer::new(scope, settings.clone()),
            omitted: BTreeSet::new(),
            further: 0,
        })
    }

    /// Whether going on to `revision` brings a cluster something that it is waited for to apply.
    fn owes(&self, revision: ChangeId) -> bool {
        let newly = |awaited: ChangeId| self.world.revision() < awaited && awaited <= revision;
        self.world.clusters().any(|cluster| self.world.awaited_revision(cluster.name).is_some_and(newly))
    }
}
