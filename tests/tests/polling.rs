//! Pollers share the clusters; a hint makes them look at once; a dead one's clusters are taken over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use multihome_tests::{Service, System, until};

/// Counts the polls that reach a cluster.
async fn counted(system: &System, cluster: &str) -> Arc<AtomicUsize> {
    let mut polls = system.bus.client().subscribe(format!("vpc.report.{cluster}")).await.unwrap();
    system.bus.flush().await;
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    tokio::spawn(async move {
        while polls.next().await.is_some() {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_pollers_poll_each_cluster_once_per_interval() {
    let system = System::start_with(&["--poll-interval=500ms", "--resend-interval=10m"]).await;
    let mut replicas = Vec::new();
    for _ in 0..7 {
        replicas.push(system.replica(Service::Poller).await);
    }
    let (one, two) = (counted(&system, "one").await, counted(&system, "two").await);
    let begun = Instant::now();
    until("both clusters were polled six times", || async {
        let seen = (one.load(Ordering::SeqCst), two.load(Ordering::SeqCst));
        if seen.0 >= 6 && seen.1 >= 6 { Ok(()) } else { Err(format!("{seen:?}")) }
    })
    .await;
    let intervals = begun.elapsed().as_millis().div_ceil(500) as usize;
    for count in [one, two] {
        let polls = count.load(Ordering::SeqCst);
        // One each interval, and no more than that but for the edges of the window; eight times as many would be 48.
        assert!(polls <= intervals + 3, "{polls} polls in {intervals} intervals");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hint_is_followed_at_once_and_a_lost_one_at_the_next_interval() {
    let mut system = System::start_with(&["--poll-interval=1m"]).await;
    let subnet = system.subnet().await;
    // With a minute between polls, only hints can have brought this about.
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let begun = Instant::now();
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    assert!(begun.elapsed() < Duration::from_secs(30));

    // Nobody hears the hint. The poller that comes later finds its clusters' messages and polls.
    system.kill(Service::Poller);
    let other = system.interface(&subnet).await;
    system.attach(&other, &instance, 2).await;
    until("the cluster has attached it", || async {
        let state = system.cluster("one").state();
        if state.attachments == 3 { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    assert_eq!(system.status(&other).await, "in-use/attaching");
}
