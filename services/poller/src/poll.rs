//! One poll: what is awaited, what is reported, and the difference as one observation.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use multihome_core::poll::{Awaited, Reported, observe};
use multihome_messages::{InstanceObserved, Report, ReportRequest, Subject};
use multihome_runtime::{BusError, now};
use multihome_types::ClusterName;
use tokio::sync::Mutex;

use crate::{Poller, gather::gather_awaited, mirror::Mirror};

/// A cluster as this poller knows it. Polls of one cluster never overlap, and a poll that begins after several were asked
/// for is the answer to all of them.
#[derive(Default)]
pub(crate) struct ClusterPoll {
    mirror: Mutex<Mirror>,
    asked: AtomicU64,
    answered: AtomicU64,
    silent: AtomicBool,
}

/// Whether there is such a cluster at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Polled {
    Registered,
    Unknown,
}

/// How often a report that changes between its pages is begun again.
const BEGINNINGS: u32 = 5;

impl Poller {
    pub(crate) async fn poll(&self, cluster: ClusterName) -> Polled {
        let of_cluster = self.clusters.lock().await.entry(cluster).or_default().clone();
        let mine = of_cluster.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut mirror = of_cluster.mirror.lock().await;
        if of_cluster.answered.load(Ordering::SeqCst) >= mine {
            return Polled::Registered;
        }
        let covers = of_cluster.asked.load(Ordering::SeqCst);
        let polled = match self.try_poll(cluster, &mut mirror).await {
            Ok(polled) => {
                if of_cluster.silent.swap(false, Ordering::Relaxed) {
                    tracing::info!(%cluster, "The cluster answers again");
                }
                polled
            }
            // Inconclusive: nothing is gone because nobody answered.
            Err(why) => {
                if !of_cluster.silent.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%cluster, error = %why, "The cluster does not answer; what it has stays as it is");
                }
                Polled::Registered
            }
        };
        of_cluster.answered.store(covers, Ordering::SeqCst);
        if polled == Polled::Unknown {
            // Names come from hints, which anybody can send: only registered clusters are remembered.
            self.clusters.lock().await.remove(&cluster);
        }
        polled
    }

    async fn try_poll(&self, cluster: ClusterName, mirror: &mut Mirror) -> Result<Polled, PollError> {
        // Before the report: what is awaited later than this is for the next poll.
        let Some(awaited) = gather_awaited(self.store.reader(), cluster).await? else { return Ok(Polled::Unknown) };
        let last = self.report(cluster, mirror).await?;
        let now = now();
        let reported = reported(&awaited, mirror, &last);
        if let Some(observation) = observe(&awaited, &reported, now) {
            let observed = InstanceObserved {
                cluster,
                at: now,
                version: observation.version,
                revision: observation.revision,
                attached: observation.attached,
                detached: observation.detached,
                running: observation.running,
                gone: observation.gone,
            };
            self.bus.publish(&Subject::InstanceObserved(cluster), &observed).await?;
        }
        Ok(Polled::Registered)
    }

    /// Brings the mirror up to date; returns the last page.
    async fn report(&self, cluster: ClusterName, mirror: &mut Mirror) -> Result<Report, PollError> {
        let subject = Subject::Report(cluster);
        for _ in 0..BEGINNINGS {
            let first = mirror.question();
            let mut pages: Vec<Report> = Vec::new();
            let mut after = None;
            loop {
                let question = ReportRequest { known: first.known, after };
                let page: Report = self.bus.request(&subject, &question, self.args.report_timeout).await?;
                after = page.next;
                pages.push(page);
                if after.is_none() {
                    break;
                }
            }
            let last = pages.last().map(|page| Report { instances: Vec::new(), gone: Vec::new(), ..page.clone() });
            match (mirror.take(pages), last) {
                (Ok(()), Some(last)) => return Ok(last),
                (Ok(()), None) => {}
                (Err(why), _) => tracing::debug!(%cluster, ?why, "The report did not fit together and is asked for again"),
            }
        }
        Err(PollError::Unsettled)
    }
}

/// The part of the report that matters to what is awaited.
fn reported(awaited: &Awaited, mirror: &Mirror, last: &Report) -> Reported {
    let instances = awaited.attachments.iter().map(|attachment| attachment.instance).chain(awaited.instances.iter().map(|instance| instance.id));
    Reported {
        version: last.version.clone(),
        revision: last.revision,
        instances: instances
            .filter_map(|id| mirror.get(id))
            .map(|instance| (instance.id, instance.attachments.iter().map(|attachment| attachment.id).collect()))
            .collect(),
    }
}

#[derive(Debug, thiserror::Error)]
enum PollError {
    #[error("{0}")]
    Bus(#[from] BusError),
    #[error("the database failed: {0}")]
    Store(#[from] sea_orm::DbErr),
    #[error("its report kept changing while it was read")]
    Unsettled,
}
