//! One service alone: connect, check, start, and stop softly.

use std::future::Future;

use axum::Router;
use clap::Args;
use multihome_runtime::{Bus, BusArgs, Failure, OperatorArgs, Store, StoreArgs, Tasks, operator, relay, signalled};
use tokio::sync::mpsc;

use crate::failed;

/// What every service that stands on the database needs.
#[derive(Clone, Debug, Args)]
pub struct Ground {
    #[command(flatten)]
    bus: BusArgs,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    operator: OperatorArgs,
}

macro_rules! commands {
    ($($command:ident = $module:ident($args:ty), $name:literal, writes: $writes:literal;)*) => {$(
        #[derive(Clone, Debug, Args)]
        pub struct $command {
            #[command(flatten)]
            ground: Ground,
            #[command(flatten)]
            pub(crate) args: $args,
        }


        impl Service for $command {
            const NAME: &'static str = $name;

            async fn start(self, tasks: &mut Tasks) -> Result<(), Failure> {
                let (bus, store) = self.ground.connect(tasks, Self::NAME, $writes).await?;
                $module::start(tasks, bus, store, self.args).await.map(drop)
            }
        }
    )*};
}

commands! {
    ApiCommand = multihome_api(multihome_api::ApiArgs), "api", writes: true;
    AttachmentCommand = multihome_attachment(multihome_attachment::AttachmentArgs), "attachment", writes: true;
    PollerCommand = multihome_poller(multihome_poller::PollerArgs), "poller", writes: false;
    BroadcasterCommand = multihome_broadcaster(multihome_broadcaster::BroadcasterArgs), "broadcaster", writes: false;
    MetadataCommand = multihome_metadata(multihome_metadata::MetadataArgs), "metadata", writes: false;
    RouteWorkflowCommand = multihome_route_workflow(multihome_route_workflow::RouteWorkflowArgs), "route-workflow", writes: true;
}

/// The cluster controller stands on the bus alone: it belongs to the cluster, not to the cloud.
#[derive(Clone, Debug, Args)]
pub struct ClusterCommand {
    #[command(flatten)]
    bus: BusArgs,
    #[command(flatten)]
    operator: OperatorArgs,
    #[command(flatten)]
    args: multihome_cluster::ClusterArgs,
}

impl Service for ClusterCommand {
    const NAME: &'static str = "cluster";

    async fn start(self, tasks: &mut Tasks) -> Result<(), Failure> {
        let bus = Bus::connect(&self.bus, Self::NAME).await?;
        bus.declare_patiently().await?;
        answer_operator(tasks, &self.operator, &bus, None).await?;
        multihome_cluster::start(&bus, self.args.name, self.args.delays.delays(), tasks).await.map(drop)
    }
}

/// Something that runs until it is told to stop.
pub trait Service {
    const NAME: &'static str;
    fn start(self, tasks: &mut Tasks) -> impl Future<Output = Result<(), Failure>>;
}

impl Ground {
    async fn connect(&self, tasks: &mut Tasks, name: &str, writes: bool) -> Result<(Bus, Store), Failure> {
        let url = self.store.url()?;
        let store = Store::open(&url, self.store.database_connections).await.map_err(|why| format!("cannot open the database: {why}"))?;
        store.check().await.map_err(|why| format!("the database cannot be used: {why}"))?;
        let bus = Bus::connect(&self.bus, name).await?;
        bus.declare_patiently().await?;
        let store = if writes { with_relay(tasks, &bus, store) } else { store };
        answer_operator(tasks, &self.operator, &bus, Some(&store)).await?;
        Ok((bus, store))
    }
}

/// Sees to it that what is written through this store is published.
pub fn with_relay(tasks: &mut Tasks, bus: &Bus, store: Store) -> Store {
    let (written, queue) = mpsc::channel(relay::QUEUE);
    tasks.spawn("the relay of the change log", relay::run(store.clone(), bus.clone(), queue, tasks.stop()));
    store.with_relay(written)
}

pub async fn answer_operator(tasks: &mut Tasks, args: &OperatorArgs, bus: &Bus, store: Option<&Store>) -> Result<(), Failure> {
    if let Some(address) = args.operator {
        let listener = operator::bind(address).await?;
        tasks.spawn("the operator's port", operator::run(listener, (bus.clone(), store.cloned()), Router::new(), tasks.stop()));
    }
    Ok(())
}

/// Runs one service until a signal comes or one of its tasks dies.
pub async fn run<S: Service>(service: S) -> anyhow::Result<()> {
    let mut tasks = Tasks::new();
    service.start(&mut tasks).await.map_err(failed)?;
    tracing::info!("{} is ready", S::NAME);
    tasks.run(signalled()).await.map_err(failed)
}
