//! The two doors for other services: request and reply, and the durable command queue; JSON and postcard.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use futures_util::StreamExt;
use multihome_messages::{Answer, AttachReply, AttachRequest, Encoding, RequestName, Stream, Subject, decode, encode, header};
use multihome_tests::{PATIENCE, Service, System, until};
use serde_json::{Value, json};

async fn ask(system: &System, subject: &str, body: impl Into<Vec<u8>>) -> Value {
    let body: Vec<u8> = body.into();
    let answer = system.bus.client().request(subject.to_owned(), body.into()).await.unwrap();
    serde_json::from_slice(&answer.payload).unwrap_or_else(|why| panic!("{why}: {:?}", answer.payload))
}

/// A running instance and an interface for it.
async fn pair(system: &System) -> (String, String) {
    let subnet = system.subnet().await;
    (system.running(&subnet).await, system.interface(&subnet).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_request_is_answered_in_json() {
    let system = System::start().await;
    let (instance, interface) = pair(&system).await;
    let body = json!({"interface": interface, "instance": instance, "device_index": 1}).to_string();
    let answer = ask(&system, "vpc.request.attach", body.clone()).await;
    let attachment = answer["attachment_id"].as_str().unwrap().to_owned();
    assert!(attachment.starts_with("eni-attach-"), "{answer}");
    assert_eq!(answer["state"], "attaching");
    system.until_interface(&interface, "in-use/attached").await;
    assert_eq!(ask(&system, "vpc.request.attach", body).await["error"]["code"], "InvalidNetworkInterface.InUse");

    let answer = ask(&system, "vpc.request.detach", json!({"attachment": attachment}).to_string()).await;
    assert_eq!(answer["state"], "detaching");
    system.until_interface(&interface, "available").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postcard_request_is_answered_in_postcard() {
    let system = System::start().await;
    let (instance, interface) = pair(&system).await;
    let request = AttachRequest {
        interface: interface.parse().unwrap(),
        instance: instance.parse().unwrap(),
        device_index: 1,
        account: Some("000000000000".parse().unwrap()),
        region: None,
        request_id: None,
    };
    let answer: Answer<AttachReply> = system.bus.request(&Subject::Request(RequestName::Attach), &request, Duration::from_secs(5)).await.unwrap();
    answer.into_result().unwrap();
    let other = AttachRequest { account: Some("000000000001".parse().unwrap()), ..request };
    let answer: Answer<AttachReply> = system.bus.request(&Subject::Request(RequestName::Attach), &other, Duration::from_secs(5)).await.unwrap();
    // Another account's interface is not there at all.
    assert_eq!(answer.into_result().unwrap_err().code, "InvalidNetworkInterfaceID.NotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_id_gives_the_same_answer_once() {
    let system = System::start().await;
    let (instance, interface) = pair(&system).await;
    let body = json!({"interface": interface, "instance": instance, "device_index": 1, "request_id": "job-17"}).to_string();
    let answers = futures_util::future::join_all((0..8).map(|_| ask(&system, "vpc.request.attach", body.clone()))).await;
    assert!(answers[0]["attachment_id"].is_string(), "{answers:?}");
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    // Another request under that name is a mistake, and is told so.
    let other = json!({"interface": interface, "instance": instance, "device_index": 2, "request_id": "job-17"}).to_string();
    assert_eq!(ask(&system, "vpc.request.attach", other).await["error"]["code"], "IdempotentParameterMismatch");
    // A refusal is an answer too, and stays the answer.
    let refused = json!({"interface": interface, "instance": instance, "device_index": 3, "request_id": "job-18"}).to_string();
    let first = ask(&system, "vpc.request.attach", refused.clone()).await;
    assert_eq!(first["error"]["code"], "InvalidNetworkInterface.InUse");
    system.until_interface(&interface, "in-use/attached").await;
    let detach = json!({"attachment": answers[0]["attachment_id"], "request_id": "job-19"}).to_string();
    let detached = ask(&system, "vpc.request.detach", detach.clone()).await;
    assert_eq!(detached["state"], "detaching");
    system.until_interface(&interface, "available").await;
    assert_eq!(ask(&system, "vpc.request.attach", refused).await, first);
    // What was done stays done once, though it could be done again, or not any more.
    assert_eq!(ask(&system, "vpc.request.attach", body).await, answers[0]);
    assert_eq!(ask(&system, "vpc.request.detach", detach).await, detached);
    assert_eq!(system.status(&interface).await, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_bodies_are_refused_and_stop_nobody() {
    let system = System::start().await;
    let deep = format!("{{\"interface\":{}", "[".repeat(100_000));
    let bodies: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b"{}".to_vec(),
        b"{\"interface\":\"eni-1\"}".to_vec(),
        b"{\"interface\":\"eni-a2f151a8\",\"instance\":\"i-1b5c4503\",\"device_index\":1e99}".to_vec(),
        b"{\"interface\":\"eni-a2f151a8\",\"instance\":\"i-1b5c4503\",\"device_index\":1,\"surprise\":true}".to_vec(),
        b"{\"interface\":\"eni-a2f151a8\",\"instance\":\"i-1b5c4503\",\"device_index\":1,\"request_id\":\"a.b>c\"}".to_vec(),
        deep.into_bytes(),
    ];
    for body in bodies {
        for subject in ["vpc.request.attach", "vpc.request.detach", "vpc.request.modify-attachment", "vpc.request.instances"] {
            let answer = ask(&system, subject, body.clone()).await;
            assert_eq!(answer["error"]["code"], "InvalidParameterValue", "{subject}: {answer}");
        }
    }
    for body in [&b""[..], &[0xff; 64], &[0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], &[7]] {
        let answer = system.bus.client().request("vpc.request.attach", body.to_vec().into()).await.unwrap();
        let answer: Answer<AttachReply> = decode(&answer.payload, Encoding::Postcard).unwrap();
        assert_eq!(answer.into_result().unwrap_err().code, "InvalidParameterValue");
    }
    let (instance, interface) = pair(&system).await;
    system.attach(&interface, &instance, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_the_service_and_is_answered_in_both_places() {
    let mut system = System::start().await;
    let (instance, interface) = pair(&system).await;
    system.kill(Service::Attachment);

    let mut inbox = system.bus.client().subscribe("orders.answers").await.unwrap();
    let mut stored = system.bus.client().subscribe("vpc.event.command-answered.order-1").await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-Msg-Id", "order-1");
    headers.insert(header::ANSWER_TO, "orders.answers");
    let body = json!({"interface": interface, "instance": instance, "device_index": 1}).to_string();
    let queued = system.bus.jetstream().publish_with_headers(format!("vpc.command.attach.{interface}"), headers, body.into()).await.unwrap();
    queued.await.unwrap();
    assert_eq!(system.status(&interface).await, "available", "queued is not done");

    system.run(Service::Attachment).await;
    for answers in [&mut inbox, &mut stored] {
        let message = tokio::time::timeout(PATIENCE, answers.next()).await.expect("an answer").unwrap();
        let answer: Value = serde_json::from_slice(&message.payload).unwrap();
        assert!(answer["attachment_id"].is_string(), "{answer}");
    }
    system.until_interface(&interface, "in-use/attached").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_too_late_is_refused_and_not_executed() {
    let system = System::start().await;
    let (instance, interface) = pair(&system).await;
    let mut inbox = system.bus.client().subscribe("orders.answers").await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert(header::ANSWER_TO, "orders.answers");
    headers.insert(header::DEADLINE, "1000");
    let body = json!({"interface": interface, "instance": instance, "device_index": 1}).to_string();
    system.bus.jetstream().publish_with_headers(format!("vpc.command.attach.{interface}"), headers, body.into()).await.unwrap().await.unwrap();
    let message = tokio::time::timeout(PATIENCE, inbox.next()).await.expect("an answer").unwrap();
    let answer: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(answer["error"]["code"], "RequestExpired");
    assert_eq!(system.status(&interface).await, "available");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_command_is_answered_and_kept_among_the_dead() {
    let system = System::start().await;
    let mut inbox = system.bus.client().subscribe("orders.answers").await.unwrap();
    let mut headers = async_nats::HeaderMap::new();
    headers.insert(header::ANSWER_TO, "orders.answers");
    system.bus.jetstream().publish_with_headers("vpc.command.attach.eni-a2f151a8", headers, "{nonsense".into()).await.unwrap().await.unwrap();
    let message = tokio::time::timeout(PATIENCE, inbox.next()).await.expect("an answer").unwrap();
    let answer: Value = serde_json::from_slice(&message.payload).unwrap();
    assert_eq!(answer["error"]["code"], "InvalidParameterValue");
    let dead = Subject::Dead(Box::new(Subject::CommandAttach("eni-a2f151a8".to_owned())));
    let kept = until("the message is among the dead", || async {
        match system.bus.last(&Stream::DEAD, &dead).await {
            Ok(Some(kept)) => Ok(kept),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!(kept.body.as_ref(), b"{nonsense");
    assert!(kept.headers.get(header::REASON).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn postcard_commands_are_answered_in_postcard() {
    let system = System::start().await;
    let (instance, interface) = pair(&system).await;
    let request = AttachRequest {
        interface: interface.parse().unwrap(),
        instance: instance.parse().unwrap(),
        device_index: 1,
        account: None,
        region: None,
        request_id: Some("order-2".parse().unwrap()),
    };
    let mut stored = system.bus.client().subscribe("vpc.event.command-answered.order-2").await.unwrap();
    let body = encode(&request, Encoding::Postcard);
    system.bus.jetstream().publish(format!("vpc.command.attach.{interface}"), body.into()).await.unwrap().await.unwrap();
    let message = tokio::time::timeout(PATIENCE, stored.next()).await.expect("an answer").unwrap();
    let answer: Answer<AttachReply> = decode(&message.payload, Encoding::Postcard).unwrap();
    answer.into_result().unwrap();
}
