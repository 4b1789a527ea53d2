//! Sends every cluster's document again from time to time although nothing changed: for who missed it, and for who keeps no stream.
//!
//! What the bus keeps is sent as it is. A cluster that has seen the revision does nothing. The documents themselves are looked at by
//! the timer of [`crate::follow`].

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use multihome_runtime::{Failure, Stop};
use multihome_types::ClusterName;
use tokio::{
    sync::Mutex,
    time::{Instant, MissedTickBehavior, interval_at},
};

use crate::{AT_ONCE, model::Model, send::Sender};

pub(crate) async fn run(sender: Arc<Sender>, model: Arc<Mutex<Model>>, interval: Duration, stop: Stop) -> Result<(), Failure> {
    let mut ticks = interval_at(Instant::now() + interval, interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = ticks.tick() => {}
        }
        let clusters: Vec<ClusterName> = model.lock().await.clusters().map(|cluster| cluster.name).collect();
        // Other replicas have timers too: who comes second finds it done.
        futures_util::stream::iter(clusters).for_each_concurrent(AT_ONCE, |cluster| sender.resend(cluster, interval / 2)).await;
    }
}
