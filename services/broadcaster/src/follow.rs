//! Follows the change log, and asks for the documents that may have changed.
//!
//! Woken by events on the bus, which only say that there is something to look at, and by a timer for those that were lost.

use std::{sync::Arc, time::Duration};

use async_nats::Subscriber;
use futures_util::{FutureExt, StreamExt, future::join_all};
use multihome_messages::{BroadcastTask, Subject};
use multihome_runtime::{Bus, Failure, Stop, Store};
use multihome_types::ClusterName;
use tokio::{
    sync::Mutex,
    time::{Instant, MissedTickBehavior, interval, interval_at, sleep_until},
};

use crate::{lag::Lag, model::Model};

/// How long a change may go unseen when its event is lost.
const LOOK: Duration = Duration::from_secs(1);
/// Between two looks: events come in swarms, and one look is enough for all that have come.
const PACE: Duration = Duration::from_millis(2);

pub(crate) struct Follower {
    pub bus: Bus,
    pub store: Store,
    pub model: Arc<Mutex<Model>>,
    pub lag: Arc<Lag>,
    pub resend_interval: Duration,
    /// Between two rounds of documents: what changes in between goes into the second.
    pub least_interval: Duration,
}

enum Woken {
    ByEvent,
    ByTimer,
    ToResend,
    /// The least interval since the last documents is over, and there is more to say.
    ToAsk,
}

/// Every event of the change log. A plain subscription: what is published to a stream reaches it at once, and lives on if the
/// stream is deleted.
pub(crate) async fn subscribe(bus: &Bus) -> Result<Subscriber, Failure> {
    Ok(bus.client().subscribe("vpc.event.*.*").await?)
}

impl Follower {
    pub(crate) async fn run(self, mut events: Subscriber, stop: Stop) -> Result<(), Failure> {
        // The first look is the other timer's, which comes at once.
        let (mut look, mut resend) = (interval_at(Instant::now() + LOOK, LOOK), interval(self.resend_interval));
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        resend.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut owed, mut troubled) = (false, false);
        // The first goes out at once.
        let mut next_round = Instant::now();
        loop {
            let woken = tokio::select! {
                // Timers before events, of which there may always be one more; and the timer that asks for documents anyway before those
                // that find something to ask for, so that nobody asks twice.
                biased;
                () = stop.cancelled() => return Ok(()),
                () = sleep_until(next_round), if owed => Woken::ToAsk,
                _ = resend.tick() => Woken::ToResend,
                _ = look.tick() => Woken::ByTimer,
                () = changed(&mut events) => Woken::ByEvent,
            };
            match self.look(&woken).await {
                Ok(affected) => {
                    owed |= affected;
                    troubled = false;
                }
                Err(why) => {
                    if !troubled {
                        tracing::warn!(error = %why, "The change log cannot be read; documents stay as they are until it can");
                    }
                    troubled = true;
                    owed |= matches!(woken, Woken::ToResend);
                }
            }
            if owed && Instant::now() >= next_round {
                next_round = Instant::now() + self.least_interval;
                let trace = self.model.lock().await.trace();
                owed = !trace.scope(self.ask_for_all()).await;
            }
            tokio::time::timeout(PACE, stop.cancelled()).await.unwrap_or_default();
        }
    }

    /// Answers whether documents have to be looked at.
    async fn look(&self, woken: &Woken) -> Result<bool, sea_orm::DbErr> {
        let mut model = self.model.lock().await;
        model.catch_up(&self.store, matches!(woken, Woken::ByTimer | Woken::ToResend)).await?;
        self.lag.show(model.clusters(), std::time::Instant::now());
        if matches!(woken, Woken::ToResend) {
            model.forget_reported();
        }
        Ok(model.take_affected())
    }

    /// One task for each cluster. Of those that other replicas ask for too, the newest stays. Answers whether all were taken.
    async fn ask_for_all(&self) -> bool {
        let clusters: Vec<ClusterName> = self.model.lock().await.clusters().map(|cluster| cluster.name).collect();
        let asked = join_all(
            clusters.into_iter().map(|cluster| async move { self.bus.publish(&Subject::BroadcastTask(cluster), &BroadcastTask { cluster }).await }),
        );
        let failed = asked.await.into_iter().find_map(Result::err);
        if let Some(why) = &failed {
            tracing::debug!(error = %why, "Documents could not be asked for; trying again");
        }
        failed.is_none()
    }
}

/// Waits for the next event of the change log, and drops what else is there already.
async fn changed(events: &mut Subscriber) {
    loop {
        match events.next().await {
            Some(event) if is_change(&event.subject) => break,
            Some(_) => {}
            // The connection was closed for good: the timer remains.
            None => return std::future::pending().await,
        }
    }
    while let Some(Some(_)) = events.next().now_or_never() {}
}

fn is_change(subject: &str) -> bool {
    matches!(subject.parse(), Ok(Subject::Changed(..)))
}
