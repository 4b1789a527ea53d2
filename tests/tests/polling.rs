//! Pollers share the clusters; a hint makes them look at once; a dead one's clusters are taken over.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use multihome_messages::Stream;
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
async fn a_hint_is_followed_at_once() {
    let system = System::start_with(&["--poll-interval=1m"]).await;
    let subnet = system.subnet().await;
    // With a minute between polls, only hints can have brought this about.
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let begun = Instant::now();
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_hint_is_made_up_for_at_the_next_interval() {
    let mut system = System::start_with(&["--poll-interval=1s", "--resend-interval=10m"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    // Nobody hears the hint.
    system.kill(Service::Poller);
    system.attach(&interface, &instance, 1).await;
    until("the cluster has attached it", || async {
        let state = system.cluster("one").state();
        if state.attachments == 2 { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/attaching");
    // The poller that comes later finds its clusters' messages, and polls.
    system.run(Service::Poller).await;
    system.until_interface(&interface, "in-use/attached").await;
}

/// The longest time without a poll of a cluster, the one that lasts still included.
async fn longest_wait(system: &System, cluster: &str) -> Arc<Mutex<Waits>> {
    let mut polls = system.bus.client().subscribe(format!("vpc.report.{cluster}")).await.unwrap();
    system.bus.flush().await;
    let waits = Arc::new(Mutex::new(Waits { polls: 0, last: Instant::now(), longest: Duration::ZERO }));
    let seen = waits.clone();
    tokio::spawn(async move {
        while polls.next().await.is_some() {
            let mut waits = seen.lock().unwrap();
            waits.longest = waits.longest.max(waits.last.elapsed());
            waits.last = Instant::now();
            waits.polls += 1;
        }
    });
    waits
}

#[derive(Clone, Copy, Debug)]
struct Waits {
    polls: usize,
    last: Instant,
    longest: Duration,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clusters_of_a_dead_poller_wait_no_longer_than_the_ack_wait_and_an_interval() {
    let mut system = System::start_with(&["--poll-interval=500ms", "--resend-interval=10m"]).await;
    let ack_wait = Stream::POLLS.consumer.unwrap().ack_wait;
    assert_eq!(ack_wait, Duration::from_secs(5));
    let waits = [longest_wait(&system, "one").await, longest_wait(&system, "two").await];
    let other = system.replica(Service::Poller).await;
    let polled = |times: usize| {
        let waits = waits.clone();
        async move {
            let begun: Vec<usize> = waits.iter().map(|waits| waits.lock().unwrap().polls).collect();
            until("both clusters are polled", || async {
                let now: Vec<Waits> = waits.iter().map(|waits| *waits.lock().unwrap()).collect();
                if now.iter().zip(&begun).all(|(now, begun)| now.polls >= begun + times) { Ok(()) } else { Err(format!("{now:?}")) }
            })
            .await;
        }
    };
    polled(2).await;
    // At whatever it is doing: with a cluster in its hands, or with none.
    system.kill(Service::Poller);
    polled(3).await;
    for waits in waits {
        let waits = *waits.lock().unwrap();
        // Far less than if nobody took it over, and far more than the ack wait, for a machine that is busy with something else.
        assert!(waits.longest <= 3 * ack_wait, "{waits:?}");
    }
    drop(other);
}
