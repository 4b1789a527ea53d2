//! A service that stops softly, and a bus that is not as it was declared.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::consumer::{FromConsumer, IntoConsumerConfig, pull, push};
use multihome_messages::{Answer, DetachReply, DetachRequest, RequestName, Stream, Subject};
use multihome_runtime::{Failure, Stop, service};
use multihome_tests::Nats;
use multihome_types::Refusal;
use tokio::sync::{Notify, Semaphore};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_answers_what_it_was_given() {
    const WAITING: usize = 20;
    let nats = Nats::start().await;
    let (serving, asking) = (nats.bus("serving").await, nats.bus("asking").await);
    let registered = service::register(&serving, "attachment", "a service of this test").await.unwrap();
    let subject = Subject::Request(RequestName::Detach);
    let endpoint = service::endpoint(&registered, "detach", &subject).await.unwrap();
    let (begun, may_end, stop) = (Arc::new(Notify::new()), Arc::new(Semaphore::new(0)), Stop::new());
    let (begins, waits) = (begun.clone(), may_end.clone());
    let answering = tokio::spawn(service::answer(endpoint, 1, stop.clone(), move |_: DetachRequest, _| {
        let (begins, waits) = (begins.clone(), waits.clone());
        async move {
            begins.notify_one();
            drop(waits.acquire().await);
            Answer::<DetachReply>::Refused(Refusal::new("Answered", "by the service that stopped"))
        }
    }));
    // A server takes what one connection sends in its order: once this is answered it knows the endpoint's subscription.
    serving.client().request("$SRV.PING.attachment", "".into()).await.unwrap();

    let request = DetachRequest { attachment: "eni-attach-e98cf499".parse().unwrap(), force: false, account: None, region: None, request_id: None };
    let asked: Vec<_> = (0..WAITING)
        .map(|_| {
            let (asking, subject, request) = (asking.clone(), subject.clone(), request.clone());
            tokio::spawn(async move { asking.request::<_, Answer<DetachReply>>(&subject, &request, Duration::from_secs(20)).await })
        })
        .collect();
    tokio::time::timeout(Duration::from_secs(20), begun.notified()).await.unwrap();
    // One is in hand. The others have reached the service once an answer to something sent after them has come back.
    multihome_tests::until("every request was sent", || async {
        let sent = asking.client().statistics().out_messages.load(std::sync::atomic::Ordering::Relaxed);
        if sent >= WAITING as u64 { Ok(()) } else { Err(sent) }
    })
    .await;
    asking.flush().await;
    asking.client().request("$SRV.PING.attachment", "".into()).await.unwrap();
    stop.cancel();
    may_end.add_permits(WAITING);
    for asked in asked {
        assert_eq!(asked.await.unwrap().unwrap().into_result().unwrap_err().code, "Answered");
    }
    answering.await.unwrap().unwrap();
}

/// What a start says where another consumer has the name of the pollers'.
async fn refused_for<C: IntoConsumerConfig + FromConsumer>(name: &str, other: C) -> Result<String, Failure> {
    let nats = Nats::start().await;
    let bus = nats.bus("test").await;
    bus.declare().await?;
    let stream = bus.jetstream().get_stream(Stream::POLLS.name).await?;
    stream.delete_consumer(name).await?;
    stream.create_consumer(other).await?;
    let why = bus.declare().await.err().ok_or("it starts")?;
    Ok(why.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_that_somebody_changed_stops_the_start() {
    let wanted = Stream::POLLS.consumer.unwrap();
    let durable_name = Some(wanted.name.to_owned());
    let slow = pull::Config { durable_name: durable_name.clone(), ack_wait: wanted.ack_wait * 7, ..pull::Config::default() };
    let why = refused_for(wanted.name, slow).await.unwrap();
    assert!(why.contains(wanted.name) && why.contains("ack wait"), "{why}");
    let pushes = push::Config { durable_name, deliver_subject: "elsewhere".to_owned(), ..push::Config::default() };
    let why = refused_for(wanted.name, pushes).await.unwrap();
    assert!(why.contains(wanted.name) && why.contains("delivery") && why.contains("remove the consumer"), "{why}");
}
