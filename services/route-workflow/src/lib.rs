//! The route workflow: the only writer of route states, and of what NAT gateways are and have.
//!
//! It is told of a VPC with wrong routes by whoever composed a broadcast, reads that VPC's tables and what their routes lead
//! to, and writes what [`multihome_core::route`] says. On a timer it looks for wrong routes itself, so a lost event costs no
//! more than the interval (convention 6).
//!
//! NAT gateways are taken through their states in [`nat_gateways`].
//!
//! Deliberately absent: the rules, for a route's state and for a gateway's next step.

mod apply;
mod correct;
mod gather;
mod nat_gateways;
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
use multihome_types::{IdLength, MacPrefix};
use sea_orm::DbErr;
use tokio::time::MissedTickBehavior;

use crate::{
    correct::{Correction, correct},
    gather::gather_wrong,
    nat_gateways::{NatSettings, NatWorkflow},
    tally::{Standing, Tally},
};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Route workflow")]
pub struct RouteWorkflowArgs {
    /// How often wrong routes are looked for although nobody told of any
    #[arg(long, env = "MULTIHOME_ROUTE_REVIEW_INTERVAL", default_value = "10s", value_parser = multihome_runtime::interval, value_name = "TIME")]
    pub route_review_interval: Duration,
    /// How often NAT gateways with something to do are looked for although nobody told of any
    #[arg(long, env = "MULTIHOME_NAT_GATEWAY_INTERVAL", default_value = "10s", value_parser = multihome_runtime::interval, value_name = "TIME")]
    pub nat_gateway_interval: Duration,
    /// How long a NAT gateway that failed or was deleted can be described
    #[arg(long, env = "MULTIHOME_NAT_GATEWAY_SHOWN", default_value = "1h", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub nat_gateway_shown: Duration,
    // Not `id-length` and `mac-prefix`: in one process with the EC2 endpoint, which has those flags. The variables are the same.
    /// How many digits the ids of NAT gateways' interfaces have: 8 or 17
    #[arg(long, env = "MULTIHOME_ID_LENGTH", default_value = "8", value_name = "DIGITS")]
    pub nat_gateway_id_length: IdLength,
    /// The first two bytes of the MAC addresses of NAT gateways' interfaces, as the EC2 endpoint has them
    #[arg(long, env = "MULTIHOME_MAC_PREFIX", default_value = "d0:0d", value_name = "BYTES")]
    pub nat_gateway_mac_prefix: MacPrefix,
}

/// How many VPCs are corrected at a time.
const AT_ONCE: usize = 8;
/// When a table is still being changed by somebody else after several attempts.
const CONTENDED: Duration = Duration::from_millis(50);
const TROUBLE: Duration = Duration::from_millis(500);

/// Starts correcting what it is told of and what it finds.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: RouteWorkflowArgs) -> Result<(), Failure> {
    let registered = service::register(&bus, "route-workflow", "Corrects the states of routes, and sets up and deletes NAT gateways").await?;
    let tally = Arc::new(Tally::default());
    let settings = NatSettings { id_length: args.nat_gateway_id_length, mac_prefix: args.nat_gateway_mac_prefix, shown: args.nat_gateway_shown };
    let gateways = NatWorkflow { store: store.clone(), tally: tally.clone(), settings };
    tasks.spawn("route-workflow: NAT gateways", gateways.clone().follow_hints(bus.clone(), tasks.stop()));
    tasks.spawn("route-workflow: review of NAT gateways", gateways.review(args.nat_gateway_interval, tasks.stop()));
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
    let corrected = correct(store, tally, vpc, told.tables).await;
    tally.standing(Instant::now());
    match corrected {
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
    tally.standing(Instant::now());
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
