//! The route workflow: the only writer of route states.
//!
//! It is told of a VPC with wrong routes by whoever composed a broadcast, reads that VPC's tables and what their routes lead
//! to, and writes what [`multihome_core::route`] says. On a timer it looks for wrong routes itself, so a lost event costs no
//! more than the interval (convention 6).
//!
//! Deliberately absent: the rule for a route's state.

mod apply;
mod correct;
mod gather;
mod tally;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Args;
use multihome_messages::{RouteStateInvalidated, Stream};
use multihome_runtime::{
    Bus, Failure, Stop, Store, Tasks, service,
    work::{self, Outcome},
};
use sea_orm::DbErr;
use tokio::time::MissedTickBehavior;

use crate::{
    correct::{Correction, correct},
    gather::gather_wrong,
    tally::{Standing, Tally},
};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Route workflow")]
pub struct RouteWorkflowArgs {
    /// How often wrong routes are looked for although nobody told of any
    #[arg(long, env = "MULTIHOME_ROUTE_REVIEW_INTERVAL", default_value = "10s", value_parser = multihome_runtime::interval, value_name = "TIME")]
    pub route_review_interval: Duration,
}

/// How many VPCs are corrected at a time.
const AT_ONCE: usize = 8;
/// When a table is still being changed by somebody else after several attempts.
const CONTENDED: Duration = Duration::from_millis(50);
const TROUBLE: Duration = Duration::from_millis(500);

/// Starts correcting what it is told of and what it finds.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: RouteWorkflowArgs) -> Result<(), Failure> {
    let registered = service::register(&bus, "route-workflow", "Corrects the states of routes").await?;
    let tally = Arc::new(Tally::default());
    let (on, counts) = (store.clone(), tally.clone());
    tasks.spawn(
        "route-workflow: invalid routes",
        work::run(bus, Stream::ROUTES, AT_ONCE, tasks.stop(), move |told: RouteStateInvalidated| {
            let (store, tally) = (on.clone(), counts.clone());
            async move { take(&store, &tally, told).await }
        }),
    );
    let stop = tasks.stop();
    tasks.spawn("route-workflow: review", async move {
        // The registration lives as long as the service does.
        let _registered = registered;
        review(store, tally, args.route_review_interval, stop).await
    });
    Ok(())
}

async fn take(store: &Store, tally: &Tally, told: RouteStateInvalidated) -> Outcome {
    let vpc = told.vpc;
    tally.told(&told.tables, Instant::now());
    match correct(store, tally, vpc, told.tables).await {
        Ok(Correction::Done { .. }) => Outcome::Done,
        Ok(Correction::Contended) => Outcome::Retry(CONTENDED),
        Err(why) => {
            tracing::warn!(vpc.id = %vpc, error = %why, "The routes of {vpc} could not be corrected; trying again");
            Outcome::Retry(TROUBLE)
        }
    }
}

/// Looks for wrong routes on a timer, until told to stop.
async fn review(store: Store, tally: Arc<Tally>, interval: Duration, stop: Stop) -> Result<(), Failure> {
    let mut timer = tokio::time::interval(interval);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut troubled = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = timer.tick() => {}
        }
        match review_all(&store, &tally).await {
            Ok(()) => troubled = false,
            Err(why) => {
                if !troubled {
                    tracing::warn!(error = %why, "Wrong routes cannot be looked for; they stay as they are until they can");
                }
                troubled = true;
            }
        }
    }
}

async fn review_all(store: &Store, tally: &Tally) -> Result<(), DbErr> {
    let wrong = gather_wrong(store.reader()).await?;
    tally.found(&wrong, Instant::now());
    if wrong.is_empty() {
        return Ok(());
    }
    for (vpc, tables) in wrong {
        // A contended table is looked at again at the next tick.
        correct(store, tally, vpc, tables).await?;
    }
    let Standing { wrong, corrected, oldest } = tally.standing(Instant::now());
    tracing::info!(
        route_tables.wrong = wrong,
        routes.corrected = corrected,
        oldest_ms = u64::try_from(oldest.as_millis()).unwrap_or(u64::MAX),
        "A review found wrong routes that nobody had told of"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
