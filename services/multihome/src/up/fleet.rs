//! The simulated clusters of the embedded run: those that were asked for and those of earlier runs from the start, any other zone's when
//! somebody first launches there.

use std::{
    collections::BTreeSet,
    future::{Future, ready},
    pin::Pin,
};

use multihome_api::Clusters;
use multihome_cluster::Delays;
use multihome_core::regions;
use multihome_entities::cluster;
use multihome_runtime::{Bus, Failure, Store, Tasks};
use multihome_types::{ClusterName, Region, Zone};
use tokio::sync::{mpsc, oneshot};

use crate::clusters::{ClusterSpec, register_cluster};

/// Whoever needs a cluster asks here.
pub struct Fleet(mpsc::Sender<Wish>);

struct Wish {
    region: Region,
    zone: Zone,
    done: oneshot::Sender<Result<(), Failure>>,
}

struct Harbour {
    bus: Bus,
    store: Store,
    delays: Delays,
    tasks: Tasks,
    running: BTreeSet<ClusterName>,
}

impl Fleet {
    /// Starts every registered cluster; when this returns, they answer polls.
    pub async fn start(bus: &Bus, store: &Store, delays: Delays, tasks: &mut Tasks) -> Result<Self, Failure> {
        let mut harbour = Harbour { bus: bus.clone(), store: store.clone(), delays, tasks: Tasks::within(tasks.stop()), running: BTreeSet::new() };
        for cluster in cluster::all(store.reader()).await? {
            harbour.start(cluster.name).await?;
        }
        let (wishes, queue) = mpsc::channel(16);
        tasks.spawn("the simulated clusters", harbour.run(queue));
        Ok(Self(wishes))
    }
}

impl Clusters for Fleet {
    fn open(&self, region: Region, zone: Zone) -> Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + '_>> {
        Box::pin(async move {
            let (done, answer) = oneshot::channel();
            let stopped = || Failure::from("the simulated clusters were stopped");
            self.0.send(Wish { region, zone, done }).await.map_err(|_| stopped())?;
            answer.await.map_err(|_| stopped())?
        })
    }
}

impl Harbour {
    async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) -> Result<(), Failure> {
        let stop = self.tasks.stop();
        loop {
            let wish = tokio::select! {
                () = stop.cancelled() => break,
                why = self.tasks.first_end() => return Err(why),
                wish = wishes.recv() => wish,
            };
            let Some(Wish { region, zone, done }) = wish else { break };
            // Whoever asked may have gone away.
            drop(done.send(self.open(region, zone).await));
        }
        self.tasks.run(ready(())).await
    }

    /// One at a time, so that no zone gets two.
    async fn open(&mut self, region: Region, zone: Zone) -> Result<(), Failure> {
        let known = cluster::all(self.store.reader()).await?;
        let there: Vec<ClusterName> =
            known.iter().filter(|cluster| cluster.region == region && cluster.zone == zone).map(|cluster| cluster.name).collect();
        if there.is_empty() {
            let taken = |name: ClusterName| known.iter().any(|cluster| cluster.name == name);
            // Somebody may have given the name to a cluster elsewhere.
            let name = regions::cluster_of(zone).filter(|name| !taken(*name)).map_or_else(|| zone.as_str().parse(), Ok)?;
            register_cluster(&self.store, ClusterSpec::new(name, region, zone)).await?;
            return self.start(name).await;
        }
        for name in there {
            self.start(name).await?;
        }
        Ok(())
    }

    async fn start(&mut self, name: ClusterName) -> Result<(), Failure> {
        if self.running.contains(&name) {
            return Ok(());
        }
        multihome_cluster::start(&self.bus, name, self.delays, &mut self.tasks).await?;
        self.running.insert(name);
        Ok(())
    }
}
