//! Publishes the change log: at once what this process committed, and on a timer what some process did not get to send.

use std::time::Duration;

use multihome_entities::change;
use multihome_messages::{Encoding, Subject, encode, header};
use multihome_types::ChangeId;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use tokio::sync::mpsc;

use crate::{
    Bus, Failure, Stop, Store, now,
    store::{Written, WrittenBatch},
};

/// How many committed transactions may wait to be published.
pub const QUEUE: usize = 1_024;
/// Unsent rows younger than this are still in some process's hands.
const LEFT_OVER: Duration = Duration::from_secs(2);
const SWEEP: Duration = Duration::from_secs(1);
/// How many rows are published and marked together.
const BATCH: usize = 500;

/// Runs until told to stop, and then sends what is still in the queue.
pub async fn run(store: Store, bus: Bus, mut written: mpsc::Receiver<WrittenBatch>, stop: Stop) -> Result<(), Failure> {
    let mut sweep = tokio::time::interval(SWEEP);
    sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            batch = written.recv() => {
                let Some(mut batch) = batch else { return Ok(()) };
                while batch.len() < BATCH && let Ok(more) = written.try_recv() {
                    batch.extend(more);
                }
                deliver(&store, &bus, batch).await;
            }
            _ = sweep.tick() => {
                match left_over(&store).await {
                    Ok(rows) => deliver(&store, &bus, rows).await,
                    Err(why) => tracing::warn!(error = %why, "The change log could not be read; unsent changes wait"),
                }
            }
            () = stop.cancelled() => {
                written.close();
                let mut last = Vec::new();
                while let Ok(batch) = written.try_recv() {
                    last.extend(batch);
                }
                deliver(&store, &bus, last).await;
                return Ok(());
            }
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

/// Publishes and marks. What is not acknowledged stays unmarked and is found again by the sweep; a row sent twice has the
/// same message id both times.
async fn deliver(store: &Store, bus: &Bus, batch: WrittenBatch) {
    if batch.is_empty() {
        return;
    }
    let mut pending = Vec::with_capacity(batch.len());
    for Written { change, traceparent } in &batch {
        let subject = Subject::changed(change.entity, &change.entity_id);
        let id = change.id.to_string();
        let mut headers = vec![("Nats-Msg-Id", id.as_str()), (header::CONTENT_TYPE, "application/x-postcard")];
        headers.extend(traceparent.as_deref().map(|traceparent| (header::TRACEPARENT, traceparent)));
        pending.push((change.id, bus.publish_later(&subject, encode(change, Encoding::Postcard), &headers)));
    }
    let mut sent = Vec::with_capacity(pending.len());
    for (id, publishing) in pending {
        match publishing.await {
            Ok(()) => sent.push(id),
            Err(why) => tracing::debug!(change.id = id.0, error = %why, "A change was not taken by the bus and will be sent again"),
        }
    }
    if let Err(why) = mark(store, &sent).await {
        tracing::warn!(error = %why, "Sent changes could not be marked and will be sent again");
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
