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

/// Runs until told to stop, and then sends what is still in the queue.
pub async fn run(store: Store, bus: Bus, mut written: mpsc::Receiver<WrittenBatch>, stop: Stop) -> Result<(), Failure> {
    let mut sweep = next_sweep();
    loop {
        // Not biased: a queue that is never empty must not keep the sweep, or the end, waiting for ever.
        tokio::select! {
            batch = written.recv() => {
                let Some(mut batch) = batch else { return Ok(()) };
                while batch.len() < BATCH && let Ok(more) = written.try_recv() {
                    batch.extend(more);
                }
                deliver(&store, &bus, &batch).await;
            }
            () = tokio::time::sleep_until(sweep) => {
                match left_over(&store).await {
                    Ok(rows) => deliver(&store, &bus, &rows).await,
                    Err(why) => tracing::warn!(error = %why, "The change log could not be read; unsent changes wait"),
                }
                sweep = next_sweep();
            }
            () = stop.cancelled() => {
                written.close();
                let mut last = Vec::new();
                while let Ok(batch) = written.try_recv() {
                    last.extend(batch);
                }
                deliver(&store, &bus, &last).await;
                return Ok(());
            }
        }
    }
}

/// Half to one and a half times the usual wait: replicas that started together would otherwise all find the same rows, and all send
/// them, at every sweep.
fn next_sweep() -> Instant {
    let thousandths = u32::try_from(random_bits() % 1_000).unwrap_or(0);
    Instant::now() + SWEEP / 2 + SWEEP * thousandths / 1_000
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

/// Publishes and marks. What is not acknowledged stays unmarked and is found again by the sweep; a row sent twice has the
/// same message id both times.
async fn deliver(store: &Store, bus: &Bus, changes: &[Written]) {
    for batch in changes.chunks(BATCH) {
        // All are on their way, in their order, before the first acknowledgement is awaited.
        let sent: Vec<ChangeId> = join_all(batch.iter().map(|written| publish(bus, written))).await.into_iter().flatten().collect();
        if let Err(why) = mark(store, &sent).await {
            tracing::warn!(error = %why, "Sent changes could not be marked and will be sent again");
        }
    }
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

async fn mark(store: &Store, sent: &[ChangeId]) -> Result<(), DbErr> {
    if sent.is_empty() {
        return Ok(());
    }
    change::Entity::update_many()
        .col_expr(change::Column::Sent, Expr::value(true))
        .filter(change::Column::Id.is_in(sent.iter().map(|id| id.0)))
        .exec(store.writer())
        .await
        .map(drop)
}
