//! `multihome up`: everything in one process, for people who want to see it work. State survives a restart.

mod fleet;
mod nats_server;
mod ports;
mod reset;
mod state;
mod tour;

use std::{
    future::{Future, ready},
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    path::{Path, PathBuf},
    pin::{Pin, pin},
    sync::Arc,
    time::Instant,
};

use anyhow::Context;
use clap::Args;
use multihome_api::Embedded;
use multihome_core::quota::Defaults;
use multihome_runtime::{Bus, BusArgs, OperatorArgs, Store, Tasks, operator, signalled};
use multihome_types::QuotaName;

use crate::{
    clusters::{ClusterSpec, register},
    failed, services,
};
pub use fleet::Fleet;
use nats_server::NatsServer;
pub use reset::{ResetArgs, run as run_reset};
pub use state::database;

// Settings that two services share are said once where both are one process: by the flag that is shown, or by the variable.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("start_deadline", |arg| arg.hide(true)),
    mut_arg("attachment_id_length", |arg| arg.hide(true)),
    mut_arg("start_public_addresses", |arg| arg.hide(true)),
    mut_arg("broadcast_mac_prefix", |arg| arg.hide(true)),
    mut_arg("broadcast_public_addresses", |arg| arg.hide(true)),
    mut_arg("nat_gateway_id_length", |arg| arg.hide(true)),
    mut_arg("nat_gateway_mac_prefix", |arg| arg.hide(true)),
    mut_arg("launch_attach_deadline", |arg| arg.hide(true))
)]
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
    metadata: multihome_metadata::MetadataArgs,
    #[command(flatten)]
    delays: multihome_cluster::DelayArgs,
    #[command(flatten)]
    operator: OperatorArgs,
}

/// Who may call where nobody was named: what every emulator of EC2 accepts.
const DEFAULT_CREDENTIALS: &str = "test:test:000000000000";

/// Where the operator is answered who named no port: `multihome reset` finds it.
const ANY_PORT: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));
/// What an account may have here, where that is more than EC2 gives: tests make more than people, and clean up less.
pub fn default_quotas() -> Defaults {
    let many = [QuotaName::VpcsPerRegion, QuotaName::InternetGatewaysPerRegion, QuotaName::ElasticAddressesPerRegion, QuotaName::NatGatewaysPerZone];
    many.map(|name| (name, 1_000)).into_iter().chain([(QuotaName::InterfacesPerRegion, 100_000)]).collect()
}

pub async fn run(mut args: UpArgs) -> anyhow::Result<()> {
    let begun = Instant::now();
    let open_to_all = args.api.credentials.is_none() && args.api.credentials_file.is_none();
    if open_to_all {
        args.api.credentials = Some(multihome_api::Hidden(DEFAULT_CREDENTIALS.to_owned()));
    }
    args.api.quotas = args.api.quotas.or(&default_quotas());
    let specs = args.clusters.iter().map(|text| text.parse::<ClusterSpec>()).collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::msg)?;
    let state = state::State::lock(&args.state)?;
    nats_server::end_orphan(&args.nats_server, state.path()).await;
    ports::must_be_free(args.api.listen, "EC2 requests", "--listen")?;
    ports::must_be_free(args.metadata.metadata_listen, "instance metadata", "--metadata-listen")?;
    ports::must_be_free(SocketAddr::from(([127, 0, 0, 1], args.nats_port)), "NATS", "--nats-port")?;

    if args.metadata.metadata_secret_file.is_none() {
        args.metadata.metadata_secret_file = Some(state.secret(crate::metadata::secret_file)?);
    }
    // A test suite may ask as quickly as it can.
    args.api.throttle.get_or_insert(multihome_api::Throttling::Off);
    if !args.api.master_key.is_given() {
        args.api.master_key.master_key_file = Some(state.secret(crate::account::master_key_file)?);
    }
    // Listened to from here on, before there is a process that must not be left behind.
    let mut signal = pin!(signalled());
    let (store, nats) = tokio::select! {
        biased;
        () = &mut signal => {
            println!("Stopped before everything was started.");
            return Ok(());
        }
        // Each waits for a disk most of the time.
        both = async { tokio::join!(open(state.path(), &specs), NatsServer::start(&args.nats_server, state.path(), args.nats_port)) } => both,
    };
    let nats = nats?;
    let store = match store {
        Ok(store) => store,
        Err(why) => {
            nats.stop().await;
            return Err(why);
        }
    };
    let ground = Ground { args: &args, specs: &specs, store, state: &state, open_to_all };
    let outcome = serve(ground, &nats, signal, begun).await;
    nats.stop().await;
    outcome
}

async fn open(state: &Path, specs: &[ClusterSpec]) -> anyhow::Result<Store> {
    let path = database(state);
    let store = Store::open(&format!("sqlite://{}", path.display()), 1).await;
    let store = store.with_context(|| format!("cannot open the database {}", path.display()))?;
    store.migrate().await.context("the database's schema could not be brought up to date")?;
    register(&store, specs.to_vec()).await?;
    Ok(store)
}

/// What there is before anything runs.
struct Ground<'g> {
    args: &'g UpArgs,
    specs: &'g [ClusterSpec],
    store: Store,
    state: &'g state::State,
    /// Nobody said who may call, so that everybody may.
    open_to_all: bool,
}

async fn serve(ground: Ground<'_>, nats: &NatsServer, mut signal: Pin<&mut impl Future<Output = ()>>, begun: Instant) -> anyhow::Result<()> {
    let (args, state) = (ground.args, ground.state);
    let mut tasks = Tasks::new();
    tasks.spawn("the NATS server", nats.outlive(tasks.stop()));
    let started = tokio::select! {
        biased;
        () = &mut signal => None,
        how = nats.ended() => anyhow::bail!("the NATS server failed: {how}"),
        started = start(ground, &mut tasks) => Some(started?),
    };
    let Some((guide, address)) = started else {
        tasks.run(ready(())).await.map_err(failed)?;
        println!("Stopped before everything was started.");
        return Ok(());
    };
    println!("Multihome is ready after {} ms: EC2 at http://{address}, NATS at nats://127.0.0.1:{}.", begun.elapsed().as_millis(), args.nats_port);
    if args.tour || args.exit_after_tour || (!args.no_tour && state.is_first_tour()) {
        let taken = tokio::select! {
            taken = guide.tour() => taken,
            () = &mut signal => return tasks.run(ready(())).await.map_err(failed),
        };
        match &taken {
            Ok(()) => state.tour_taken(),
            Err(why) => println!("The tour ended early: {why:#}"),
        }
        if args.exit_after_tour {
            tasks.run(ready(())).await.map_err(failed)?;
            return taken;
        }
    }
    guide.print_lines();
    println!("\nCtrl-C stops everything; the state stays in {}.", state.path().display());
    tasks.run(signal).await.map_err(failed)?;
    println!("Stopped.");
    Ok(())
}

/// Starts every service, the EC2 endpoint last.
async fn start(ground: Ground<'_>, tasks: &mut Tasks) -> anyhow::Result<(tour::Guide, SocketAddr)> {
    let Ground { args, specs, store, state, open_to_all } = ground;
    let bus = BusArgs { nats: format!("nats://127.0.0.1:{}", args.nats_port), stream_replicas: 1 };
    let bus = Bus::connect(&bus, "up").await?;
    bus.declare().await?;
    let store = services::with_relay(tasks, &bus, store);
    let operator = operator::bind(args.operator.operator.unwrap_or(ANY_PORT)).await.map_err(failed)?;
    let fleet = Fleet::start(&bus, &store, args.delays.delays(), tasks).await.map_err(failed)?;
    let embedded = Arc::new(Embedded::new(open_to_all, Arc::new(fleet)));
    // What two services must agree on is said once: these flags are hidden here.
    let mut attachment = args.attachment.clone();
    attachment.start_deadline = args.api.launch_deadline;
    attachment.attachment_id_length = args.api.id_length;
    attachment.start_public_addresses = args.api.public_addresses.clone();
    let mut broadcaster = args.broadcaster.clone().for_simulated_clusters();
    broadcaster.broadcast_mac_prefix = args.api.mac_prefix;
    broadcaster.broadcast_public_addresses = args.api.public_addresses.clone();
    let mut route_workflow = args.route_workflow.clone();
    route_workflow.nat_gateway_id_length = args.api.id_length;
    route_workflow.nat_gateway_mac_prefix = args.api.mac_prefix;
    let mut api = args.api.clone();
    api.launch_attach_deadline = args.attachment.attach_deadline;
    multihome_attachment::start(tasks, bus.clone(), store.clone(), attachment).await.map_err(failed)?;
    multihome_broadcaster::start(tasks, bus.clone(), store.clone(), broadcaster).await.map_err(failed)?;
    multihome_route_workflow::start(tasks, bus.clone(), store.clone(), route_workflow).await.map_err(failed)?;
    multihome_metadata::start(tasks, bus.clone(), store.clone(), args.metadata.clone()).await.map_err(failed)?;
    multihome_poller::start(tasks, bus.clone(), store.clone(), args.poller.clone()).await.map_err(failed)?;
    let more = reset::router(state, operator.local_addr()?, (store.clone(), embedded.clone()))?;
    tasks.spawn("the operator's port", operator::run(operator, (bus.clone(), Some(store.clone())), more, tasks.stop()));
    let address = multihome_api::start_embedded(tasks, bus.clone(), store, api, embedded).await.map_err(failed)?;
    Ok((tour::Guide::new(address, args, specs.first(), &bus)?, address))
}
