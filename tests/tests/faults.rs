//! Services, streams and the NATS server die at the worst moments; nothing acknowledged is lost and everything ends.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use futures_util::future::join_all;
use multihome_messages::STREAMS;
use multihome_tests::{PATIENCE, Service, System, until};

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

async fn wipe(system: &System) {
    for stream in STREAMS {
        drop(system.bus.jetstream().delete_stream(stream.name).await);
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
    let mut system = System::start().await;
    let mut events = system.bus.client().subscribe("vpc.event.interface-changed.*").await.unwrap();
    let subnet = system.subnet().await;
    // Killed between the commit and the relay, or after it: either way the event comes.
    let interface = system.interface(&subnet).await;
    system.kill(Service::Api);
    system.run(Service::Api).await;
    let mine = format!("vpc.event.interface-changed.{interface}");
    let found = tokio::time::timeout(PATIENCE, async {
        use futures_util::StreamExt;
        while let Some(message) = events.next().await {
            if message.subject.as_str() == mine {
                return true;
            }
        }
        false
    });
    assert!(found.await.unwrap());
}
