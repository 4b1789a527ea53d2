//! Follows the change log, woken by events on the bus and by a timer for those that were lost.

use std::{sync::Arc, time::Duration};

use async_nats::Subscriber;
use futures_util::{FutureExt, StreamExt};
use multihome_messages::Subject;
use multihome_runtime::{Bus, Failure, Stop, Store, tail::Tail};
use sea_orm::DbErr;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    rows::{Wanted, gather_all, gather_changed},
    view::Views,
};

/// How long a change may go unseen when its event is lost: half of the second within which instances are to be told.
const LOOK: Duration = Duration::from_millis(500);
/// Between two looks: events come in swarms, and one look is enough for all that have come.
const PACE: Duration = Duration::from_millis(2);
/// A call of the log's tail that answers fewer has answered all there were.
const MANY: usize = 1_000;

pub(crate) struct Follower {
    store: Store,
    views: Arc<Views>,
    tail: Tail,
}

/// Every event of the change log: a plain subscription, which lives on if the stream is deleted.
pub(crate) async fn subscribe(bus: &Bus) -> Result<Subscriber, Failure> {
    Ok(bus.client().subscribe("vpc.event.*.*").await?)
}

impl Follower {
    /// Reads everything. The place in the log is taken before the first row is read, so what is written meanwhile is read again.
    pub(crate) async fn start(store: Store, views: Arc<Views>) -> Result<Self, DbErr> {
        let begun = std::time::Instant::now();
        let tail = Tail::at_end(store.reader()).await?;
        gather_all(store.reader(), |rows| views.take(rows)).await?;
        let mut follower = Self { store, views, tail };
        follower.catch_up().await?;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(revision = follower.tail.revision().0, duration_ms, "The metadata service has read the database");
        Ok(follower)
    }

    pub(crate) async fn run(mut self, mut events: Subscriber, stop: Stop) -> Result<(), Failure> {
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut troubled = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = changed(&mut events) => {}
                _ = look.tick() => {}
            }
            match self.catch_up().await {
                Ok(()) => troubled = false,
                Err(why) => {
                    if !troubled {
                        tracing::warn!(error = %why, "The change log cannot be read; instances are told what was so before");
                    }
                    troubled = true;
                }
            }
            tokio::time::timeout(PACE, stop.cancelled()).await.unwrap_or_default();
        }
    }

    /// Takes in everything that was committed before the call. If it fails, nothing has happened.
    async fn catch_up(&mut self) -> Result<(), DbErr> {
        let mut tail = self.tail.clone();
        let settled = tail.settled(self.store.reader()).await?;
        let snapshot = self.store.snapshot().await?;
        let mut wanted = Wanted::default();
        loop {
            let changes = tail.next(&snapshot, &settled).await?;
            wanted.add(&changes);
            if changes.len() < MANY {
                break;
            }
        }
        let rows = gather_changed(&snapshot, &wanted).await?;
        snapshot.commit().await?;
        self.tail = tail;
        self.views.take(rows);
        Ok(())
    }
}

/// Waits for the next change, and drops what else is there already.
async fn changed(events: &mut Subscriber) {
    loop {
        match events.next().await {
            Some(event) if matches!(event.subject.parse(), Ok(Subject::Changed(..))) => break,
            Some(_) => {}
            // The connection was closed for good: the timer remains.
            None => return std::future::pending().await,
        }
    }
    while let Some(Some(_)) = events.next().now_or_never() {}
}
