//! The poller: asks clusters what is really there (design, principle 1) and concludes nothing by itself.
//!
//! Pollers share the clusters through one message per cluster, which goes round for ever: who takes it polls, and gives it
//! back with the poll interval as its delay. A hint that a cluster changed makes any of them poll at once. A poller writes
//! nothing; its memory of a cluster's last report is only there so that a report says what changed.

mod gather;
mod hints;
mod mirror;
mod poll;
mod seed;

use std::{collections::HashMap, sync::Arc, time::Duration};

use clap::Args;
use multihome_messages::{PollTask, Stream};
use multihome_runtime::{
    Bus, Failure, Store, Tasks, service,
    work::{self, Outcome},
};
use multihome_types::ClusterName;
use tokio::sync::Mutex;

use crate::poll::{ClusterPoll, Polled};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Poller")]
pub struct PollerArgs {
    /// How often each cluster is polled when nothing happens
    #[arg(long, env = "MULTIHOME_POLL_INTERVAL", default_value = "2s", value_parser = multihome_runtime::interval)]
    pub poll_interval: Duration,
    /// How long a cluster may take to answer
    #[arg(long, env = "MULTIHOME_REPORT_TIMEOUT", default_value = "2s", value_parser = multihome_runtime::interval)]
    pub report_timeout: Duration,
}

/// How many clusters one poller asks at a time.
const AT_ONCE: usize = 32;

/// What every part of the service works with.
#[derive(Clone)]
struct Poller {
    store: Store,
    bus: Bus,
    args: Arc<PollerArgs>,
    clusters: Arc<Mutex<HashMap<ClusterName, Arc<ClusterPoll>>>>,
}

/// Starts polling and listening for hints.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: PollerArgs) -> Result<(), Failure> {
    let this = Poller { store, bus: bus.clone(), args: Arc::new(args), clusters: Arc::default() };
    let registered = service::register(&bus, "poller", "Asks clusters what is really attached").await?;

    let on = this.clone();
    let interval = this.args.poll_interval;
    tasks.spawn(
        "poller: polls",
        work::run(bus, Stream::POLLS, AT_ONCE, tasks.stop(), move |task: PollTask| {
            let on = on.clone();
            async move {
                match on.poll(task.cluster).await {
                    Polled::Registered => Outcome::Retry(interval),
                    // The cluster was removed; its message ends here.
                    Polled::Unknown => Outcome::Done,
                }
            }
        }),
    );
    tasks.spawn("poller: hints", hints::run(this.clone(), tasks.stop()));
    let stop = tasks.stop();
    tasks.spawn("poller: seeds", async move {
        // The registration lives as long as the service does.
        let _registered = registered;
        seed::run(this, stop).await
    });
    Ok(())
}
