//! A server, a database and replicas of the broadcaster, and what a cluster would see of them.

use std::time::Duration;

use futures_util::StreamExt;
use multihome_broadcast::{Dialect, Document, read};
use multihome_broadcaster::{BroadcasterArgs, Scopes, start};
use multihome_messages::{BroadcastTask, STREAMS, Stream, Subject, header};
use multihome_runtime::{Bus, Failure, Stop, Tasks, bus::Kept, relay};
use multihome_types::{ChangeId, MacPrefix};
use tokio::sync::mpsc;

use crate::{
    nats::Nats,
    region::{Fresh, Hand, of},
};

pub const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than any test: what happens is not the timer's work.
pub const NEVER: Duration = Duration::from_secs(3_600);

pub struct World {
    pub nats: Nats,
    pub fresh: Fresh,
    pub bus: Bus,
    pub hand: Hand,
    running: Vec<(Stop, tokio::task::JoinHandle<Result<(), Failure>>)>,
}

/// What a cluster reads: the document, and what stands in the headers.
#[derive(Clone, Debug)]
pub struct Seen {
    pub document: Document,
    pub version: String,
    pub revision: ChangeId,
    pub applied: Option<String>,
    pub compressed: bool,
    /// The name of the object that the document was in.
    pub object: Option<String>,
}

impl World {
    /// Clusters `one` and `two` of the region `home`, a network, an instance on `one`; nobody broadcasts yet.
    pub async fn new() -> Self {
        Self::on(Nats::start()).await
    }

    pub async fn on(nats: Nats) -> Self {
        let fresh = Fresh::new().await;
        let bus = nats.bus("test").await;
        bus.declare().await.unwrap();
        let (written, queue) = mpsc::channel(relay::QUEUE);
        let store = fresh.open().await;
        let mut tasks = Tasks::new();
        tasks.spawn("relay", relay::run(store.clone(), bus.clone(), queue, tasks.stop()));
        let hand = Hand(store.with_relay(written));
        hand.cluster("one", "home").await;
        hand.cluster("two", "home").await;
        hand.network("3b1fdc87", "home").await;
        hand.instance("1b5c4503", "one", "3b1fdc87", "home").await;
        let mut world = Self { nats, fresh, bus, hand, running: vec![] };
        world.keep(tasks);
        world
    }

    fn keep(&mut self, tasks: Tasks) {
        let stop = tasks.stop();
        self.running.push((stop, tokio::spawn(tasks.run(std::future::pending()))));
    }

    /// Starts one more replica, with a connection and a store of its own.
    pub async fn replica(&mut self, resend_interval: Duration) {
        self.replica_with(args(resend_interval)).await;
    }

    pub async fn replica_with(&mut self, args: BroadcasterArgs) {
        let (bus, store) = (self.nats.bus("broadcaster").await, self.fresh.open().await);
        let mut tasks = Tasks::new();
        start(&mut tasks, bus, store, args).await.unwrap();
        self.keep(tasks);
    }

    /// Stops the replica that was started last.
    pub async fn stop_one(&mut self) {
        let (stop, running) = self.running.pop().unwrap();
        stop.cancel();
        running.await.unwrap().unwrap();
    }

    pub async fn stop(self) {
        for (stop, running) in self.running {
            stop.cancel();
            running.await.unwrap().unwrap();
        }
    }

    /// Waits until the document that the bus keeps for the cluster is as it should be.
    pub async fn until(&self, cluster: &str, wanted: impl Fn(&Seen) -> bool) -> Seen {
        let subject = Subject::Broadcast(of(cluster));
        let mut published = self.bus.client().subscribe(subject.to_string()).await.unwrap();
        let mut last = None;
        let waiting = async {
            loop {
                // An error: the stream is gone at the moment.
                if let Ok(Some(kept)) = self.bus.last(&Stream::BROADCASTS, &subject).await
                    // Or what it refers to was replaced.
                    && let Ok(whole) = self.bus.whole(kept).await
                {
                    let seen = Seen::of(&whole);
                    if wanted(&seen) {
                        return seen;
                    }
                    last = Some(seen);
                }
                // Level-triggered: what is published is only a reason to look again at once.
                drop(tokio::time::timeout(Duration::from_millis(20), published.next()).await);
            }
        };
        let reached = tokio::time::timeout(PATIENCE, waiting).await;
        reached.unwrap_or_else(|_| panic!("the last document of cluster {cluster} was {last:#?}"))
    }

    pub async fn until_listed(&self, cluster: &str, attachment: &str) -> Seen {
        self.until(cluster, |seen| seen.lists(attachment)).await
    }

    /// Asks for documents, as one more replica would that looks at other times.
    pub async fn ask(&self) {
        for cluster in ["one", "two"].map(of) {
            self.bus.publish(&Subject::BroadcastTask(cluster), &BroadcastTask { cluster }).await.unwrap();
        }
    }

    /// How many documents the bus has taken so far, for all clusters.
    pub async fn taken(&self) -> u64 {
        self.bus.jetstream().get_stream(Stream::BROADCASTS.name).await.unwrap().get_info().await.unwrap().state.last_sequence
    }

    pub async fn wipe_the_bus(&self) {
        for stream in STREAMS {
            // A replica may be declaring them again, and this one not yet.
            match self.bus.jetstream().delete_stream(stream.name).await {
                Ok(_) => {}
                Err(why) => assert!(why.to_string().contains("not found"), "{why}"),
            }
        }
    }
}

impl Seen {
    fn of(kept: &Kept) -> Self {
        let text = |name: &str| kept.headers.get(name).map(|value| value.as_str().to_owned());
        assert_eq!(text(header::CONTENT_TYPE).as_deref(), Some("application/xml"));
        let compressed = text(header::CONTENT_ENCODING).is_some();
        let body = if compressed { zstd::decode_all(&*kept.body).unwrap() } else { kept.body.to_vec() };
        let document = read(&body).unwrap();
        let seen = Self {
            version: text(header::VERSION).unwrap(),
            revision: ChangeId(text(header::REVISION).unwrap().parse().unwrap()),
            applied: text(header::APPLIED),
            compressed,
            object: text(header::OBJECT),
            document,
        };
        assert_eq!(seen.version, seen.document.version);
        assert_eq!(seen.version, seen.document.content().version());
        assert_eq!(text(header::CONTENT), Some(seen.document.content().to_string()));
        assert_eq!(seen.applied, seen.document.applied.as_ref().map(|applied| applied.version.clone()));
        seen
    }

    pub fn lists(&self, attachment: &str) -> bool {
        self.document.instances.iter().flat_map(|instance| &instance.interfaces).any(|interface| interface.attachment == of(attachment))
    }

    pub fn has(&self, instance: &str) -> bool {
        self.document.instances.iter().any(|listed| listed.id == of(instance))
    }
}

pub fn args(resend_interval: Duration) -> BroadcasterArgs {
    BroadcasterArgs {
        resend_interval,
        controller: of("10.111.0.1"),
        instance_dns_domain: "eucalyptus.internal".to_owned(),
        instance_dns_servers: vec![],
        most_secondaries: None,
        broadcast_mac_prefix: MacPrefix::default(),
        broadcast_public_addresses: of("203.0.113.0/24"),
        broadcast_interval: Duration::from_millis(50),
        broadcast_scope: Scopes::Region,
        broadcast_dialect: Dialect::V44,
        mido_file: None,
    }
}
