//! Services, streams and the NATS server die at the worst moments; nothing acknowledged is lost and everything ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use async_nats::jetstream::{ErrorCode, context::DeleteStreamErrorKind};
use futures_util::{StreamExt, future::join_all};
use multihome_entities::change;
use multihome_messages::{Encoding, STREAMS, decode};
use multihome_runtime::now;
use multihome_tests::{PATIENCE, Service, System, until};
use multihome_types::{Change, ChangeId, EntityKind, Generation};
use sea_orm::EntityTrait;

/// Kills a service while an attach is at each of its steps: just asked for, under way in the cluster, done but not reported.
async fn killed_at_every_step(service: Service) {
    let mut system = System::start_with(&["--poll-interval=200ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    for step in 0..3 {
        let interface = system.interface(&subnet).await;
        let stepper = system.cluster("one").hold().await.unwrap();
        let attachment = system.attach(&interface, &instance, 1).await;
        if step == 0 {
            system.kill(service);
        }
        let told = || async {
            let pending = stepper.pending().await.unwrap();
            if pending.is_empty() { Err("nothing is under way".to_owned()) } else { Ok(()) }
        };
        if step > 0 {
            until("the cluster is attaching", told).await;
            system.kill(service);
        }
        if step == 2 {
            // The cluster finishes while the service is away, and its hint reaches nobody who lives.
            stepper.complete_next(attachment.parse().unwrap(), PATIENCE).await.unwrap();
        }
        system.run(service).await;
        stepper.release().await.unwrap();
        system.until_interface(&interface, "in-use/attached").await;
        system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
        system.kill(service);
        system.run(service).await;
        system.until_interface(&interface, "available").await;
        system.call("DeleteNetworkInterface", &[("NetworkInterfaceId", &interface)]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attachment_service_may_die_at_every_step() {
    killed_at_every_step(Service::Attachment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_poller_may_die_at_every_step() {
    killed_at_every_step(Service::Poller).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broadcaster_may_die_at_every_step() {
    killed_at_every_step(Service::Broadcaster).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_may_die_at_every_step() {
    killed_at_every_step(Service::Api).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_route_workflow_may_die_at_every_step() {
    killed_at_every_step(Service::RouteWorkflow).await;
}

/// Deletes every stream that is there; one that is not was deleted by the wipe before, and nobody has missed it yet.
async fn wipe(system: &System) {
    for stream in STREAMS {
        match system.bus.jetstream().delete_stream(stream.name).await {
            Ok(deleted) => assert!(deleted.success, "{} was not deleted", stream.name),
            Err(why) => match why.kind() {
                DeleteStreamErrorKind::JetStream(why) => assert_eq!(why.error_code(), ErrorCode::STREAM_NOT_FOUND, "{}: {why}", stream.name),
                _ => panic!("{}: {why}", stream.name),
            },
        }
    }
}

/// By whoever needs them next; of those that hold refusals and answers that is whoever is sent nonsense.
async fn are_declared_again(system: &System) {
    until("nonsense is taken", || async {
        let taken = system.bus.jetstream().publish("vpc.command.attach.eni-00000000", "{".into()).await.map_err(|why| why.to_string())?;
        taken.await.map(drop).map_err(|why| why.to_string())
    })
    .await;
    for stream in STREAMS {
        until(&format!("{} is declared again", stream.name), || async {
            system.bus.jetstream().get_stream(stream.name).await.map(drop).map_err(|why| why.to_string())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_may_be_deleted_while_work_is_in_flight() {
    let system = System::start_with(&["--poll-interval=200ms", "--resend-interval=1s"]).await;
    let subnet = system.subnet().await;
    let instances = join_all((0..4).map(|_| system.running(&subnet))).await;
    let interfaces = join_all((0..12).map(|_| system.interface(&subnet))).await;
    let stepper = system.cluster("one").hold().await.unwrap();
    let attaches = interfaces.iter().enumerate().map(|(at, interface)| system.attach(interface, &instances[at % 4], (at / 4 + 1) as u8));
    let (attachments, ()) = tokio::join!(join_all(attaches), wipe(&system));
    wipe(&system).await;
    stepper.release().await.unwrap();
    wipe(&system).await;
    join_all(interfaces.iter().map(|interface| system.until_interface(interface, "in-use/attached"))).await;
    let these: Vec<[(&str, &str); 1]> = attachments.iter().map(|attachment| [("AttachmentId", attachment.as_str())]).collect();
    tokio::join!(join_all(these.iter().map(|this| system.call("DetachNetworkInterface", this))), wipe(&system));
    join_all(interfaces.iter().map(|interface| system.until_interface(interface, "available"))).await;
    are_declared_again(&system).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nats_server_may_be_killed_while_work_is_in_flight() {
    let mut system = System::start_with(&["--poll-interval=200ms", "--resend-interval=1s"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interfaces = join_all((0..3).map(|_| system.interface(&subnet))).await;
    for (at, interface) in interfaces.iter().enumerate() {
        system.attach(interface, &instance, at as u8 + 1).await;
    }
    system.nats.kill_and_restart().await;
    for interface in &interfaces {
        system.until_interface(interface, "in-use/attached").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_that_no_relay_sent_are_sent_by_the_next_one() {
    let system = System::start().await;
    let subnet = system.subnet().await;
    let interface = system.interface(&subnet).await;
    let mut events = system.bus.client().subscribe(format!("vpc.event.interface-changed.{interface}")).await.unwrap();
    system.bus.flush().await;
    // As a process that was killed between the commit and its relay leaves it: no store with a relay has seen it.
    let left = Change {
        id: ChangeId::default(),
        entity: EntityKind::Interface,
        entity_id: interface,
        generation: Generation::FIRST,
        account: "000000000000".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        what: "modified".to_owned(),
        why: "Its description was changed.".to_owned(),
        at: now() - Duration::from_secs(60),
        who: "a test".to_owned(),
    };
    let mut left = [(left, None)];
    let txn = system.store.begin().await.unwrap();
    change::append(txn.conn(), &mut left).await.unwrap();
    txn.commit().await.unwrap();
    let [(left, _)] = left;
    let found = tokio::time::timeout(PATIENCE, async {
        while let Some(message) = events.next().await {
            let event: Change = decode(&message.payload, Encoding::Postcard).unwrap();
            if event.id == left.id {
                return Some(event);
            }
        }
        None
    });
    assert_eq!(found.await.unwrap(), Some(left.clone()));
    until("it is marked as sent", || async {
        let row = change::Entity::find_by_id(left.id.0).one(system.store.reader()).await.unwrap();
        if row.as_ref().is_some_and(|row| row.sent) { Ok(()) } else { Err(format!("{row:?}")) }
    })
    .await;
}
