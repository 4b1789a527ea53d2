//! Everything together.

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, Command, FromArgMatches};
use hyper::{
    Method,
    header::{HeaderName, HeaderValue},
};
use multihome::{Front, client::Client};
use multihome_cluster::{ClusterHandle, Delays};
use multihome_messages::{Stream, Subject, header};
use multihome_metadata::Secret;
use multihome_runtime::{Bus, Store, Tasks};
use multihome_types::ClusterName;

use crate::{Nats, TestDatabase, until};

/// What can be killed and started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    Api,
    Attachment,
    Poller,
    Broadcaster,
    RouteWorkflow,
    Metadata,
}

impl Service {
    pub const ALL: [Self; 6] = [Self::Attachment, Self::Broadcaster, Self::RouteWorkflow, Self::Metadata, Self::Poller, Self::Api];
}

pub struct System {
    pub bus: Bus,
    pub store: Store,
    pub client: Client,
    pub address: SocketAddr,
    /// Where the metadata service answers fronts.
    pub metadata: SocketAddr,
    clusters: HashMap<&'static str, ClusterHandle>,
    running: HashMap<Service, Tasks>,
    _clusters: Tasks,
    settings: Vec<&'static str>,
    // Last, so that everything above is gone when they go.
    pub nats: Nats,
    pub database: TestDatabase,
}

/// The clusters of every test, and their zones.
/// More than anything here makes: who tests a quota says so.
const QUOTAS: &str =
    "--quotas=vpcs-per-region=1000,internet-gateways-per-region=1000,elastic-addresses-per-region=1000,interfaces-per-region=1000000";
const CLUSTERS: [(&str, &str); 2] = [("one", "name=one,zone=us-east-1a"), ("two", "name=two,zone=us-east-1b")];

impl System {
    /// The whole system, with clusters that do everything at once.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// As [`Self::start`], with flags for the services that have them: `--attach-deadline=1s`.
    pub async fn start_with(settings: &[&'static str]) -> Self {
        let nats = Nats::start().await;
        std::fs::write(nats.folder().join("metadata-secret"), "a secret of the tests, long enough to be one").expect("the folder is ours");
        let database = TestDatabase::create().await;
        let store = database.open().await;
        multihome::register_clusters(&store, CLUSTERS.iter().map(|(_, spec)| (*spec).to_owned()).collect())
            .await
            .expect("clusters can be registered");
        let bus = nats.bus("test").await;
        bus.declare().await.expect("streams can be declared");
        let mut tasks = Tasks::new();
        let at_once = Delays { launch: Duration::ZERO, attach: Duration::ZERO, detach: Duration::ZERO, stop: Duration::ZERO };
        let mut clusters = HashMap::new();
        for (name, _) in CLUSTERS {
            let handle = multihome_cluster::start(&bus, parse(name), at_once, &mut tasks).await.expect("the cluster starts");
            clusters.insert(name, handle);
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let client = client(address);
        let mut system = Self {
            bus,
            store,
            client,
            address,
            metadata: address,
            clusters,
            running: HashMap::new(),
            _clusters: tasks,
            settings: settings.to_vec(),
            nats,
            database,
        };
        for service in Service::ALL {
            system.run(service).await;
        }
        system
    }

    /// Starts a service that does not run, or another replica's worth of it after a kill.
    pub async fn run(&mut self, service: Service) {
        let (tasks, address) = self.replica(service).await;
        match (service, address) {
            (Service::Metadata, Some(address)) => self.metadata = address,
            (_, Some(address)) => {
                self.address = address;
                self.client = client(address);
            }
            (_, None) => {}
        }
        self.running.insert(service, tasks);
    }

    /// One more replica, with connections of its own, which lives as long as the caller holds it.
    pub async fn replica(&self, service: Service) -> (Tasks, Option<SocketAddr>) {
        let mut tasks = Tasks::new();
        let bus = self.nats.bus("replica").await;
        let store = self.database.open().await;
        let store = multihome::with_relay(&mut tasks, &bus, store);
        let flags = &self.settings;
        let started = match service {
            Service::Api => {
                let own = ["--throttle=off", "--credentials=test:test:000000000000,other:other:000000000001", QUOTAS];
                let mut args = args::<multihome_api::ApiArgs>(flags, &own);
                args.listen = SocketAddr::from(([127, 0, 0, 1], 0));
                multihome_api::start(&mut tasks, bus, store, args).await.map(Some)
            }
            Service::Attachment => multihome_attachment::start(&mut tasks, bus, store, args(flags, &[])).await.map(|()| None),
            Service::Poller => multihome_poller::start(&mut tasks, bus, store, args(flags, &[])).await.map(|()| None),
            Service::Broadcaster => multihome_broadcaster::start(&mut tasks, bus, store, args(flags, &[])).await.map(|()| None),
            Service::Metadata => {
                let mut args = args::<multihome_metadata::MetadataArgs>(flags, &["--metadata-listen=127.0.0.1:0"]);
                args.metadata_secret_file = Some(self.secret_file());
                multihome_metadata::start(&mut tasks, bus, store, args).await.map(Some)
            }
            Service::RouteWorkflow => multihome_route_workflow::start(&mut tasks, bus, store, args(flags, &[])).await.map(|()| None),
        };
        (tasks, started.unwrap_or_else(|why| panic!("{service:?} does not start: {why}")))
    }

    /// Ends a service between two instructions, as a crash would.
    pub fn kill(&mut self, service: Service) {
        drop(self.running.remove(&service));
    }

    /// What an instance is told at a path: the status, and the body.
    pub async fn metadata(&self, instance: &str, path: &str) -> (u16, String) {
        self.ask_metadata(instance, Method::GET, path, &[]).await
    }

    /// The same with a token.
    pub async fn metadata_with(&self, instance: &str, path: &str, token: &str) -> (u16, String) {
        self.ask_metadata(instance, Method::GET, path, &[("x-aws-ec2-metadata-token", token)]).await
    }

    /// A token for a minute.
    pub async fn token(&self, instance: &str) -> String {
        let (status, token) = self.ask_metadata(instance, Method::PUT, "latest/api/token", &[("x-aws-ec2-metadata-token-ttl-seconds", "60")]).await;
        assert_eq!(status, 200, "{token}");
        token
    }

    async fn ask_metadata(&self, instance: &str, method: Method, path: &str, headers: &[(&'static str, &str)]) -> (u16, String) {
        let secret = Secret::read(&self.secret_file()).expect("the test's secret");
        let instance = instance.parse().expect("an instance's id");
        let headers = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header's value")));
        let answer = Front::new(self.metadata, &secret, instance).ask(method, path, headers.collect()).await.expect("the metadata service answers");
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    }

    /// What fronts sign with.
    fn secret_file(&self) -> PathBuf {
        self.nats.folder().join("metadata-secret")
    }

    /// Waits until every cluster has said that it applied the last document it was sent.
    pub async fn until_quiet(&self) {
        until("every cluster has said that it applied its last document", || self.quiet()).await;
    }

    async fn quiet(&self) -> Result<(), String> {
        for cluster in multihome_entities::cluster::all(self.store.reader()).await.map_err(|why| why.to_string())? {
            let kept = self.bus.last(&Stream::BROADCASTS, &Subject::Broadcast(cluster.name)).await.map_err(|why| why.to_string())?;
            let kept = kept.ok_or("nothing was sent")?;
            let said = |name: &str| kept.headers.get(name).map(|value| value.as_str().to_owned()).unwrap_or_default();
            let applied = cluster.applied.map(|applied| (applied.version, applied.revision.to_string())).unwrap_or_default();
            if applied != (said(header::VERSION), said(header::REVISION)) || applied.0 != said(header::APPLIED) {
                return Err(format!("{} has applied {applied:?} of {:?}", cluster.name, kept.headers));
            }
        }
        Ok(())
    }

    pub fn cluster(&self, name: &str) -> &ClusterHandle {
        &self.clusters[name]
    }
}

fn parse(name: &str) -> ClusterName {
    name.parse().expect("a cluster's name")
}

fn client(address: SocketAddr) -> Client {
    Client::new(address.to_string(), "test", "test", "us-east-1")
}

/// The settings of a service, from those of the given flags that it knows and from its defaults; never from the environment's
/// whims of the machine that runs the test.
fn args<A: Args + FromArgMatches>(flags: &[&str], own: &[&str]) -> A {
    let command = A::augment_args(Command::new("test").no_binary_name(true));
    let known: Vec<String> = command.get_arguments().filter_map(|arg| arg.get_long().map(|long| format!("--{long}="))).collect();
    let chosen = flags.iter().chain(own).filter(|flag| known.iter().any(|long| flag.starts_with(long.as_str())));
    let matches = command.try_get_matches_from(chosen).unwrap_or_else(|why| panic!("{why}"));
    A::from_arg_matches(&matches).unwrap_or_else(|why| panic!("{why}"))
}
