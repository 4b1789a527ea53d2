//! Lost streams, several replicas, foreign documents, small servers: what the bus does to documents, and what it must not.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt;
use multihome_entities::change;
use multihome_messages::{BroadcastTask, Stream, Subject, header};
use multihome_types::{AccountId, AttachmentState, EntityKind, Generation};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use crate::{
    nats::Nats,
    region::of,
    world::{NEVER, PATIENCE, World},
};

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_never_publish_an_older_revision_after_a_newer() {
    let mut world = World::new().await;
    world.replica(SHORT).await;
    world.replica(SHORT).await;
    world.until_listed("one", "eni-attach-1b5c4503").await;
    let config = pull::Config {
        deliver_policy: DeliverPolicy::LastPerSubject,
        filter_subject: Subject::Broadcast(of("one")).to_string(),
        ack_policy: AckPolicy::None,
        ..pull::Config::default()
    };
    let consumer = world.bus.jetstream().get_stream(Stream::BROADCASTS.name).await.unwrap().create_consumer(config).await.unwrap();
    let mut messages = consumer.messages().await.unwrap();
    let (done, mut finished) = tokio::sync::oneshot::channel::<()>();
    let watching = tokio::spawn(async move {
        let mut revisions: Vec<i64> = vec![];
        loop {
            let message = tokio::select! {
                message = messages.next() => message.unwrap().unwrap(),
                _ = &mut finished => return revisions,
            };
            revisions.push(message.headers.as_ref().unwrap().get(header::REVISION).unwrap().as_str().parse().unwrap());
        }
    });
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    world.hand.interface("b2f151a8", "3b1fdc87").await;
    for _ in 0..40 {
        world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
        world.hand.release("eni-a2f151a8").await;
        world.hand.attach_and_detach("eni-a2f151a8", "i-1b5c4503", 1).await;
        world.hand.release("eni-a2f151a8").await;
    }
    // Another one: of what a document says already there is no newer document.
    let last = world.hand.attach("eni-b2f151a8", "i-1b5c4503", 1).await;
    let seen = world.until("one", |seen| seen.revision >= last && seen.lists("eni-attach-b2f151a8")).await;
    done.send(()).unwrap();
    let revisions = watching.await.unwrap();
    assert!(revisions.is_sorted(), "{revisions:?}");
    assert!(revisions.len() > 2, "{revisions:?} and then {}", seen.revision);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_bus_has_its_documents_again() {
    let mut world = World::new().await;
    world.replica(SHORT).await;
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    for round in 0..3 {
        world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
        world.wipe_the_bus().await;
        for cluster in ["one", "two"] {
            world.until_listed(cluster, "eni-attach-a2f151a8").await;
        }
        // Also when nothing changes any more.
        world.wipe_the_bus().await;
        let seen = world.until_listed("two", "eni-attach-a2f151a8").await;
        assert!(seen.has("i-1b5c4503"), "round {round}");
        world.hand.state("eni-a2f151a8", AttachmentState::Detaching).await;
        world.until("one", |seen| !seen.lists("eni-attach-a2f151a8")).await;
        world.hand.release("eni-a2f151a8").await;
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_another_database_is_replaced() {
    let mut world = World::new().await;
    let foreign = [(header::VERSION, "0badcafe"), (header::REVISION, "1000000"), (header::CONTENT_TYPE, "application/xml")];
    world.bus.publish_later(&Subject::Broadcast(of("one")), b"<network-data/>".to_vec(), &foreign).await.unwrap();
    // And one that is not even a broadcast.
    world.bus.publish_later(&Subject::Broadcast(of("two")), b"hello".to_vec(), &[]).await.unwrap();
    world.replica(SHORT).await;
    for cluster in ["one", "two"] {
        let subject = Subject::Broadcast(of(cluster));
        tokio::time::timeout(PATIENCE, async {
            // The first may be sent once more before anybody has looked at what it says.
            let version = async || world.bus.last(&Stream::BROADCASTS, &subject).await.unwrap().unwrap().headers.get(header::VERSION).cloned();
            while version().await.is_none_or(|version| version.as_str() == "0badcafe") {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        assert!(world.until_listed(cluster, "eni-attach-1b5c4503").await.revision.0 < 1_000);
    }
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_misses_a_number_of_the_log_waits_for_one_that_does_not() {
    let mut world = World::new().await;
    world.replica(SHORT).await;
    let before = world.until_listed("one", "eni-attach-1b5c4503").await;
    // A number is given out and never committed; the next one is.
    let taken = before.revision.0 + 2;
    let row = change::Model {
        id: taken,
        entity: EntityKind::Instance,
        entity_id: "i-1b5c4503".to_owned(),
        generation: Generation::FIRST,
        account: AccountId::default(),
        region: of("home"),
        what: "nothing".to_owned(),
        why: "The test says so".to_owned(),
        at: multihome_runtime::now(),
        who: "test".to_owned(),
        traceparent: None,
        sent: false,
    };
    let txn = world.hand.begin().await;
    row.into_active_model().reset_all().insert(txn.conn()).await.unwrap();
    txn.commit().await.unwrap();
    // Somebody else knows that it will never come.
    let headers = [(header::VERSION, "0badcafe"), (header::REVISION, &*taken.to_string()), (header::CONTENT_TYPE, "application/xml")];
    world.bus.publish_later(&Subject::Broadcast(of("one")), b"<network-data/>".to_vec(), &headers).await.unwrap();
    // The first document after it is no older.
    let subject = Subject::Broadcast(of("one"));
    let after = tokio::time::timeout(PATIENCE, async {
        loop {
            let kept = world.bus.last(&Stream::BROADCASTS, &subject).await.unwrap().unwrap();
            if kept.headers.get(header::VERSION).unwrap().as_str() != "0badcafe" {
                return kept.headers.get(header::REVISION).unwrap().as_str().parse::<i64>().unwrap();
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(after.await.unwrap(), taken);
    world.stop().await;
}

/// A task of one's own, until it is done.
async fn work(world: &World, cluster: &str) {
    let cluster = of(cluster);
    world.bus.publish(&Subject::BroadcastTask(cluster), &BroadcastTask { cluster }).await.unwrap();
    let stream = world.bus.jetstream().get_stream(Stream::BROADCAST_TASKS.name).await.unwrap();
    let empty = async { while stream.get_info().await.unwrap().state.messages > 0 {} };
    tokio::time::timeout(PATIENCE, empty).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_for_a_cluster_that_is_not_there_ends() {
    let mut world = World::new().await;
    world.replica(NEVER).await;
    work(&world, "gone").await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_over_the_limit_goes_through_the_object_store_and_the_older_ones_are_forgotten() {
    let mut world = World::on(Nats::with("max_payload: 8192\n")).await;
    world.replica(NEVER).await;
    world.until("one", |seen| seen.has("i-1b5c4503") && seen.object.is_none()).await;
    for round in 0..3u32 {
        // Digits that compress badly.
        let some: Vec<String> = (1..800u32).map(|number| format!("{:08x}", (number * 3 + round).wrapping_mul(2_654_435_761))).collect();
        world.hand.instances(&some, "one", "3b1fdc87", "home").await;
        let last = format!("i-{}", some[798]);
        let seen = world.until("one", |seen| seen.has(&last)).await;
        assert!(seen.object.is_some(), "{} instances fit into a message", seen.document.instances.len());
    }
    // A reference leads somewhere at any time, so what is left is at most the one that is referred to.
    let kept = world.until("one", |_| true).await.object.unwrap();
    let store = world.bus.jetstream().get_object_store("broadcasts").await.unwrap();
    let left = async {
        loop {
            let mut names: Vec<String> = store.list().await.unwrap().map(|object| object.unwrap().name).collect().await;
            names.retain(|name| name.starts_with("one."));
            if names == [kept.clone()] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.unwrap();
    world.stop().await;
}
