//! `multihome up`: everything in one process, for people who want to see it work. State survives a restart.

mod nats_server;
mod ports;
mod state;
mod tour;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use multihome_runtime::{Bus, BusArgs, OperatorArgs, Store, Tasks, signalled};

use crate::{
    clusters::{ClusterSpec, register},
    failed, services,
};
pub use state::database;

#[derive(Clone, Debug, Args)]
pub struct UpArgs {
    /// Where the database, the bus's streams and the lock are kept
    #[arg(long, env = "MULTIHOME_STATE", default_value = ".state")]
    state: PathBuf,
    /// The nats-server program
    #[arg(long, env = "MULTIHOME_NATS_SERVER", default_value = "nats-server")]
    nats_server: PathBuf,
    /// The port of the NATS server that is started
    #[arg(long, env = "MULTIHOME_NATS_PORT", default_value_t = 4222)]
    nats_port: u16,
    /// A simulated cluster, such as name=one,zone=us-east-1a. May be repeated
    #[arg(long = "cluster", env = "MULTIHOME_CLUSTERS", value_delimiter = ';', default_values = ["name=one,zone=us-east-1a", "name=two,zone=us-east-1b"])]
    clusters: Vec<String>,
    /// Do not take the tour on the first start
    #[arg(long, env = "MULTIHOME_NO_TOUR")]
    no_tour: bool,
    /// Take the tour on this start even if it is not the first
    #[arg(long, conflicts_with = "no_tour")]
    tour: bool,
    /// End after the tour instead of running on
    #[arg(long, conflicts_with = "no_tour")]
    exit_after_tour: bool,
    #[command(flatten)]
    api: multihome_api::ApiArgs,
    #[command(flatten)]
    attachment: multihome_attachment::AttachmentArgs,
    #[command(flatten)]
    poller: multihome_poller::PollerArgs,
    #[command(flatten)]
    broadcaster: multihome_broadcaster::BroadcasterArgs,
    #[command(flatten)]
    route_workflow: multihome_route_workflow::RouteWorkflowArgs,
    #[command(flatten)]
    delays: multihome_cluster::DelayArgs,
    #[command(flatten)]
    operator: OperatorArgs,
}

/// Who may call where nobody was named: what every emulator of EC2 accepts.
const DEFAULT_CREDENTIALS: &str = "test:test:000000000000";

pub async fn run(mut args: UpArgs) -> anyhow::Result<()> {
    let begun = Instant::now();
    if args.api.credentials.is_none() && args.api.credentials_file.is_none() {
        args.api.credentials = Some(multihome_api::Hidden(DEFAULT_CREDENTIALS.to_owned()));
    }
    let specs = args.clusters.iter().map(|text| text.parse::<ClusterSpec>()).collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::msg)?;
    let state = state::State::lock(&args.state)?;
    nats_server::end_orphan(&args.nats_server, state.path()).await;
    ports::must_be_free(args.api.listen, "EC2 requests", "--listen")?;
    ports::must_be_free(SocketAddr::from(([127, 0, 0, 1], args.nats_port)), "NATS", "--nats-port")?;

    let store = open(state.path()).await?;
    register(&store, specs.clone()).await?;
    let nats = nats_server::NatsServer::start(&args.nats_server, state.path(), args.nats_port).await?;
    let outcome = serve(&args, specs, store, &state, begun).await;
    nats.stop().await;
    outcome
}

async fn open(state: &Path) -> anyhow::Result<Store> {
    let path = database(state);
    let store = Store::open(&format!("sqlite://{}", path.display()), 1).await;
    let store = store.with_context(|| format!("cannot open the database {}", path.display()))?;
    store.migrate().await.context("the database's schema could not be brought up to date")?;
    Ok(store)
}

async fn serve(args: &UpArgs, specs: Vec<ClusterSpec>, store: Store, state: &state::State, begun: Instant) -> anyhow::Result<()> {
    let bus = BusArgs { nats: format!("nats://127.0.0.1:{}", args.nats_port), stream_replicas: 1 };
    let bus = Bus::connect(&bus, "up").await?;
    bus.declare().await?;
    let mut tasks = Tasks::new();
    let store = services::with_relay(&mut tasks, &bus, store);
    services::answer_operator(&mut tasks, &args.operator, &bus, Some(&store)).await.map_err(failed)?;
    for spec in &specs {
        multihome_cluster::start(&bus, spec.name(), args.delays.delays(), &mut tasks).await.map_err(failed)?;
    }
    let mut attachment = args.attachment.clone();
    attachment.start_deadline = args.api.launch_deadline;
    attachment.attachment_id_length = args.api.id_length;
    multihome_attachment::start(&mut tasks, bus.clone(), store.clone(), attachment).await.map_err(failed)?;
    let mut broadcaster = args.broadcaster.clone();
    broadcaster.broadcast_mac_prefix = args.api.mac_prefix;
    multihome_broadcaster::start(&mut tasks, bus.clone(), store.clone(), broadcaster).await.map_err(failed)?;
    multihome_route_workflow::start(&mut tasks, bus.clone(), store.clone(), args.route_workflow.clone()).await.map_err(failed)?;
    multihome_poller::start(&mut tasks, bus.clone(), store.clone(), args.poller.clone()).await.map_err(failed)?;
    let address = multihome_api::start(&mut tasks, bus.clone(), store, args.api.clone()).await.map_err(failed)?;
    let guide = tour::Guide::new(address, args, specs.first(), &bus);
    println!("Multihome is ready after {} ms: EC2 at http://{address}, NATS at nats://127.0.0.1:{}.", begun.elapsed().as_millis(), args.nats_port);
    if args.tour || args.exit_after_tour || (!args.no_tour && state.is_first_tour()) {
        let taken = tokio::select! {
            taken = guide.tour() => taken,
            () = signalled() => return tasks.run(std::future::ready(())).await.map_err(failed),
        };
        match &taken {
            Ok(()) => state.tour_taken(),
            Err(why) => println!("The tour ended early: {why:#}"),
        }
        if args.exit_after_tour {
            tasks.run(std::future::ready(())).await.map_err(failed)?;
            return taken;
        }
    }
    guide.print_lines();
    println!("\nCtrl-C stops everything; the state stays in {}.", state.path().display());
    tasks.run(signalled()).await.map_err(failed)?;
    println!("Stopped.");
    Ok(())
}
