//! When documents are sent: not more often than the least interval, and again when nothing changes.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use multihome_broadcaster::BroadcasterArgs;
use multihome_messages::{Stream, Subject, header};
use multihome_types::ChangeId;

use crate::{
    region::of,
    world::{NEVER, PATIENCE, World, args},
};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_keep_the_least_interval_together_however_much_changes() {
    let mut world = World::new().await;
    let interval = args(NEVER).broadcast_interval;
    world.replica(NEVER).await;
    world.replica(NEVER).await;
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    world.hand.interface("b2f151a8", "3b1fdc87").await;
    world.until_listed("two", "eni-attach-1b5c4503").await;
    let (before, started, mut changes) = (world.taken().await, Instant::now(), 0);
    while changes < 300 {
        world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
        world.ask().await;
        world.hand.release("eni-a2f151a8").await;
        world.ask().await;
        changes += 2;
    }
    let burst = started.elapsed();
    world.hand.attach("eni-b2f151a8", "i-1b5c4503", 1).await;
    for cluster in ["one", "two"] {
        world.until_listed(cluster, "eni-attach-b2f151a8").await;
    }
    // Of each of the two clusters: the first at once, the last after the burst, and one for a clock's tick. Clocks tick in milliseconds.
    let most = 2 * (u64::try_from(started.elapsed().as_millis() / (interval.as_millis() - 1)).unwrap() + 3);
    let taken = world.taken().await - before;
    println!("{changes} changes in {burst:?} gave {taken} documents for two clusters, {most} at most");
    assert!(taken <= most, "{taken} documents in {:?}", started.elapsed());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_change_on_an_idle_system_waits_for_no_interval() {
    let mut world = World::new().await;
    let interval = Duration::from_secs(2);
    for _ in 0..2 {
        world.replica_with(BroadcasterArgs { broadcast_interval: interval, ..args(NEVER) }).await;
    }
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    let first = world.until_listed("one", "eni-attach-1b5c4503").await;
    world.hand.applied("one", &first.version, first.revision).await;
    let told = world.until("one", |seen| seen.applied.is_some()).await;
    // Idle is a matter of time: for longer than the interval nothing is sent.
    tokio::time::sleep(interval + Duration::from_millis(200)).await;
    // A cluster that has applied the same content once more says so, which is no reason to send anything. It is seen at once.
    world.hand.applied("one", &told.version, told.revision.max(ChangeId(first.revision.0 + 1))).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
    let started = Instant::now();
    world.until_listed("one", "eni-attach-a2f151a8").await;
    assert!(started.elapsed() < interval / 2, "{:?}", started.elapsed());
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_document_is_sent_again_by_the_timer() {
    let mut world = World::new().await;
    let stream = Subject::Broadcast(of("one"));
    let resend = Duration::from_millis(400);
    world.replica(resend).await;
    world.replica(resend).await;
    let first = world.until_listed("one", "eni-attach-1b5c4503").await;
    world.hand.applied("one", &first.version, first.revision).await;
    let told = world.until("one", |seen| seen.applied.is_some()).await;
    let mut published = world.bus.client().subscribe(stream.to_string()).await.unwrap();
    world.bus.flush().await;
    let (started, mut first_sent) = (Instant::now(), None);
    let mut again = 0;
    while again < 3 {
        let message = tokio::time::timeout(PATIENCE, published.next()).await.unwrap().unwrap();
        let headers = message.headers.unwrap();
        let said = |name: &str| headers.get(name).map(|value| value.as_str().to_owned());
        // A plain subscription also sees what the other replica published and the stream refused.
        if said(header::FIRST_SENT).is_none() {
            continue;
        }
        again += 1;
        assert_eq!((said(header::VERSION), said(header::REVISION)), (Some(told.version.clone()), Some(told.revision.to_string())));
        assert_eq!(said(header::APPLIED), Some(told.version.clone()));
        assert_eq!(said(header::FIRST_SENT), first_sent.or_else(|| said(header::FIRST_SENT)), "the time of the first is kept");
        first_sent = said(header::FIRST_SENT);
    }
    // The second of two timers finds it done, unless it is half an interval later.
    assert!(started.elapsed() >= resend, "{:?}", started.elapsed());
    let kept = world.until("one", |_| true).await;
    assert_eq!((kept.version, kept.revision, kept.document), (told.version, told.revision, told.document));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_the_same_version_and_other_content_is_replaced() {
    let mut world = World::new().await;
    world.replica(Duration::from_millis(100)).await;
    let first = world.until_listed("one", "eni-attach-1b5c4503").await;
    let (subject, digest) = (Subject::Broadcast(of("one")), first.document.content().to_string());
    let revision = first.revision.to_string();
    let headers = [(header::VERSION, first.version.as_str()), (header::REVISION, &revision), (header::CONTENT_TYPE, "application/xml")];
    let other = format!("{}{}", &digest[..8], if digest.ends_with("00000000") { "11111111" } else { "00000000" });
    // Of another content, and of a broadcaster that did not say which.
    for content in [Some((header::CONTENT, other.as_str())), None] {
        let headers: Vec<_> = headers.into_iter().chain(content).collect();
        world.bus.publish_later(&subject, b"<network-data/>".to_vec(), &headers).await.unwrap();
        let replaced = async {
            loop {
                let kept = world.bus.last(&Stream::BROADCASTS, &subject).await.unwrap().unwrap();
                if kept.headers.get(header::CONTENT).is_some_and(|value| value.as_str() == digest) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, replaced).await.unwrap();
    }
    world.stop().await;
}

/// The metric; 0 where there is none yet.
fn lag_of(cluster: &str) -> u64 {
    let name = format!("broadcast_lag_milliseconds{{cluster=\"{cluster}\"}} ");
    let text = multihome_runtime::metrics::text();
    text.lines().find_map(|line| line.split_once(&name)).map_or(0, |(_, value)| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_has_applied_nothing_is_behind_after_a_restart_as_it_was_before() {
    let mut world = World::new().await;
    // A name that no other test has: metrics are the process's.
    world.hand.cluster("late", "home").await;
    world.replica(NEVER).await;
    world.until_listed("late", "eni-attach-1b5c4503").await;
    let behind = |more_than: u64| async move {
        let seen = async {
            while lag_of("late") <= more_than {
                // There is no event that says that a metric was updated.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, seen).await.unwrap();
    };
    behind(0).await;
    world.stop_one().await;
    let before = lag_of("late");
    // Nothing changes, so nothing is sent: what it knows it knows from the bus.
    world.replica(NEVER).await;
    behind(before).await;
    world.stop().await;
}
