//! The simulated clusters of the embedded run: started when they are needed, and found again.

use std::time::Duration;

use multihome::Fleet;
use multihome_api::Clusters;
use multihome_cluster::Delays;
use multihome_messages::{Report, ReportRequest, Subject};
use multihome_runtime::{Bus, BusError, Store, Tasks};
use multihome_tests::{Nats, TestDatabase};

const AT_ONCE: Delays = Delays { launch: Duration::ZERO, attach: Duration::ZERO, detach: Duration::ZERO, stop: Duration::ZERO };

async fn fleet(bus: &Bus, store: &Store) -> (Fleet, Tasks) {
    let mut tasks = Tasks::new();
    let fleet = Fleet::start(bus, store, AT_ONCE, &mut tasks).await.expect("the fleet starts");
    (fleet, tasks)
}

/// Whether a cluster answers polls.
async fn answers(bus: &Bus, name: &str) -> bool {
    let poll = ReportRequest { known: None, after: None };
    match bus.request::<_, Report>(&Subject::Report(name.parse().expect("a name")), &poll, Duration::from_secs(5)).await {
        Ok(_) => true,
        Err(BusError::NoResponders { .. }) => false,
        Err(why) => panic!("{name}: {why}"),
    }
}

/// The registered clusters with their zones.
async fn registered(store: &Store) -> Vec<String> {
    let clusters = multihome_entities::cluster::all(store.reader()).await.expect("clusters can be read");
    clusters.into_iter().map(|cluster| format!("{} {} {}", cluster.name, cluster.region, cluster.zone)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_starts_at_its_first_use_and_is_found_again() {
    let nats = Nats::start().await;
    let database = TestDatabase::create().await;
    let store = database.open().await;
    let bus = nats.bus("test").await;
    bus.declare().await.expect("streams can be declared");
    multihome::register_clusters(&store, vec!["name=one,zone=us-east-1a".to_owned(), "name=eu-west-1c,zone=attic,region=home".to_owned()])
        .await
        .expect("clusters can be registered");
    let (first, tasks) = fleet(&bus, &store).await;
    assert!(answers(&bus, "one").await && !answers(&bus, "eu-west-1b").await);
    let open = async |fleet: &Fleet, region: &str, zone: &str| fleet.open(region.parse().expect("a region"), zone.parse().expect("a zone")).await;
    // Asked for twice at the same time, it is one all the same.
    let twice = tokio::join!(open(&first, "eu-west-1", "eu-west-1b"), open(&first, "eu-west-1", "eu-west-1b"));
    assert!(twice.0.is_ok() && twice.1.is_ok());
    open(&first, "us-east-1", "us-east-1a").await.expect("it runs already");
    open(&first, "us-east-1", "us-east-1c").await.expect("it has a name of its own");
    let there = ["eu-west-1b eu-west-1 eu-west-1b", "eu-west-1c home attic", "one us-east-1 us-east-1a", "three us-east-1 us-east-1c"];
    assert_eq!(registered(&store).await, there);
    assert!(answers(&bus, "eu-west-1b").await && answers(&bus, "three").await);

    tasks.run(std::future::ready(())).await.expect("everything stops");
    assert!(!answers(&bus, "eu-west-1b").await && !answers(&bus, "one").await);
    assert!(open(&first, "eu-west-1", "eu-west-1a").await.is_err(), "nobody is there to start it");
    let (_second, _tasks) = fleet(&bus, &store).await;
    for name in ["one", "three", "eu-west-1b", "eu-west-1c"] {
        assert!(answers(&bus, name).await, "{name}");
    }
    assert_eq!(registered(&store).await, there);
}
