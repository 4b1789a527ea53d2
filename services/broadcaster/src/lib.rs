//! The broadcaster: composes the network broadcast of every cluster and publishes it, and finds routes whose stored state is wrong.
//!
//! Each replica holds a model of the database in memory and brings it up to date from the change log, which it reads from
//! the database. So a document covers every change up to its revision whatever the bus lost: events on the bus only say when
//! to look (convention 6). Replicas share the work through one task per cluster, and a compare-and-set on the cluster's
//! subject keeps one that composed an older world from publishing after one that composed a newer. The least interval between two
//! documents is counted from the one that the bus keeps, whoever sent it.
//!
//! Deliberately absent: what a document says and whether it is worth sending ([`multihome_core::compose`]), and any write to
//! the database.

mod args;
mod check;
mod draft;
mod follow;
mod kept;
mod lag;
mod model;
mod resend;
mod rows;
mod send;

use std::sync::Arc;

use multihome_messages::{BroadcastTask, Stream};
use multihome_runtime::{Bus, Failure, Store, Tasks, service, work};
use tokio::sync::Mutex;

pub use crate::{
    args::BroadcasterArgs,
    check::{Checked, check},
    model::Scopes,
};
use crate::{follow::Follower, lag::Lag, send::Sender};
use model::Model;

/// How many clusters are sent to at a time: while one document is compressed or published, the next is composed.
const AT_ONCE: usize = 8;

/// Reads the database, then follows it and sends what is new.
///
/// # Errors
/// The database cannot be read, or the bus is out of reach.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: BroadcasterArgs) -> Result<(), Failure> {
    let registered = service::register(&bus, "broadcaster", "Composes and publishes what clusters have to make real").await?;
    let hints = follow::subscribe(&bus).await?;
    let started = std::time::Instant::now();
    let model = Model::load(&store, args.settings()?).await?;
    tracing::info!(revision = model.revision().0, duration_ms = millis(started), "The broadcaster has read the database");
    let model = Arc::new(Mutex::new(model));

    let lag = Arc::new(Lag::default());
    let sender = Arc::new(Sender::new((bus.clone(), store.clone()), model.clone(), lag.clone(), args.broadcast_interval));
    sender.seed_lag().await;
    tasks.spawn("broadcaster: documents sent again", resend::run(sender.clone(), model.clone(), args.resend_interval, tasks.stop()));
    tasks.spawn(
        "broadcaster: documents",
        work::run(bus.clone(), Stream::BROADCAST_TASKS, AT_ONCE, tasks.stop(), move |task: BroadcastTask| {
            let sender = sender.clone();
            async move { sender.handle(task.cluster).await }
        }),
    );
    let follower = Follower { bus, store, model, lag, resend_interval: args.resend_interval, least_interval: args.broadcast_interval };
    let stop = tasks.stop();
    tasks.spawn("broadcaster: changes", async move {
        // The registration lives as long as the service does.
        let _registered = registered;
        follower.run(hints, stop).await
    });
    Ok(())
}

/// For log lines.
fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
