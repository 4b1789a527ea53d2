//! Publishes the change log: at once what this process committed, and on a timer what some process did not get to send.

use std::time::Duration;

use futures_util::future::join_all;
use multihome_entities::change;
use multihome_messages::{Encoding, Subject, encode, header};
use multihome_types::ChangeId;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use tokio::{sync::mpsc, time::Instant};

use crate::{
    Bus, Failure, Stop, Store, now, random_bits,
    store::{Written, WrittenBatch},
};

/// How many committed transactions may wait to be published.
pub const QUEUE: usize = 1_024;
/// Unsent rows younger than this are still in some process's hands.
const LEFT_OVER: Duration = Duration::from_secs(2);
/// How long the sweep waits, on average.
const SWEEP: Duration = Duration::from_secs(1);
/// How many rows are published at the same time, and marked together.
const BATCH: usize = 500;
/// Between two batches: what is committed in between goes into the second. Nobody waits for it who is alone.
const PACE: Duration = Duration::from_millis(3);
/// How long a sent row may wait for others to be marked with: each mark is a commit, and most changes come with others. Much shorter than
/// what makes a row a left over one.
const MARK: Duration = Duration::from_millis(100);

/// Runs until told to stop, and then sends what is still in the queue.
pub async fn run(store: Store, bus: Bus, mut written: mpsc::Receiver<WrittenBatch>, stop: Stop) -> Result<(), Failure> {
    let mut relay = Relay { store, bus, unmarked: Vec::new(), mark_at: Instant::now() };
    let (mut sweep, mut next_batch) = (next_sweep(), Instant::now());
    loop {
        // Not biased: a queue that is never empty must not keep the sweep, or the end, waiting for ever.
        tokio::select! {
            batch = written.recv() => {
                let Some(mut batch) = batch else { break };
                tokio::time::timeout_at(next_batch, stop.cancelled()).await.unwrap_or_default();
                next_batch = Instant::now() + PACE;
                while batch.len() < BATCH && let Ok(more) = written.try_recv() {
                    batch.extend(more);
                }
                relay.deliver(&batch).await;
            }
            () = tokio::time::sleep_until(relay.mark_at), if !relay.unmarked.is_empty() => relay.mark().await,
            () = tokio::time::sleep_until(sweep) => {
                relay.sweep().await;
                sweep = next_sweep();
            }
            () = stop.cancelled() => {
                written.close();
                let mut last = Vec::new();
                while let Ok(batch) = written.try_recv() {
                    last.extend(batch);
                }
                // First what is known already: the bus may be slow, and there is an end to how long this may take.
                relay.mark().await;
                relay.deliver(&last).await;
                break;
            }
        }
    }
    relay.mark().await;
    Ok(())
}

struct Relay {
    store: Store,
    bus: Bus,
    /// Sent, and not yet marked as sent.
    unmarked: Vec<ChangeId>,
    mark_at: Instant,
}

/// Half to one and a half times the usual wait: replicas that started together would otherwise all find the same rows, and all send
/// them, at every sweep.
fn next_sweep() -> Instant {
    let thousandths = u32::try_from(random_bits() % 1_000).unwrap_or(0);
    Instant::now() + SWEEP / 2 + SWEEP * thousandths / 1_000
}

impl Relay {
    /// Publishes. What is not acknowledged stays unmarked and is found again by the sweep; a row sent twice has the same message id both
    /// times.
    async fn deliver(&mut self, changes: &[Written]) {
        for batch in changes.chunks(BATCH) {
            // All are on their way, in their order, before the first acknowledgement is awaited.
            let sent = join_all(batch.iter().map(|written| publish(&self.bus, written))).await;
            if self.unmarked.is_empty() {
                self.mark_at = Instant::now() + MARK;
            }
            self.unmarked.extend(sent.into_iter().flatten());
            if self.unmarked.len() >= BATCH {
                self.mark().await;
            }
        }
    }

    async fn mark(&mut self) {
        for some in std::mem::take(&mut self.unmarked).chunks(BATCH) {
            let marked = change::Entity::update_many()
                .col_expr(change::Column::Sent, Expr::value(true))
                .filter(change::Column::Id.is_in(some.iter().map(|id| id.0)))
                .exec(self.store.writer());
            if let Err(why) = marked.await {
                tracing::warn!(error = %why, "Sent changes could not be marked and will be sent again");
            }
        }
    }

    async fn sweep(&mut self) {
        self.mark().await;
        match left_over(&self.store).await {
            Ok(rows) => self.deliver(&rows).await,
            Err(why) => tracing::warn!(error = %why, "The change log could not be read; unsent changes wait"),
        }
    }
}

async fn left_over(store: &Store) -> Result<WrittenBatch, DbErr> {
    let rows = change::Entity::find()
        .filter(Expr::col(change::Column::Sent).not())
        .filter(change::Column::At.lt(now() - LEFT_OVER))
        .order_by_asc(change::Column::Id)
        .limit(u64::try_from(BATCH).unwrap_or(0))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Written::from).collect())
}

/// The change's id, once the bus has it.
async fn publish(bus: &Bus, Written { change, traceparent }: &Written) -> Option<ChangeId> {
    let subject = Subject::changed(change.entity, &change.entity_id);
    let id = change.id.to_string();
    let mut headers = vec![("Nats-Msg-Id", id.as_str()), (header::CONTENT_TYPE, "application/x-postcard")];
    headers.extend(traceparent.as_deref().map(|traceparent| (header::TRACEPARENT, traceparent)));
    match bus.publish_later(&subject, encode(change, Encoding::Postcard), &headers).await {
        Ok(()) => Some(change.id),
        Err(why) => {
            tracing::debug!(change.id = change.id.0, error = %why, "A change was not taken by the bus and will be sent again");
            None
        }
    }
}
