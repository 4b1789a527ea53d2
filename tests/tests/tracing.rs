//! One attach is one trace through every service.

use futures_util::StreamExt;
use multihome_messages::{Encoding, Subject, decode, header};
use multihome_tests::{PATIENCE, System};
use multihome_types::Change;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_trace_reaches_the_broadcast_the_observation_and_the_last_event() {
    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    // Polls for the interval's sake, and what the launch still has to say, would belong to traces of their own and might be
    // the first to see what this one did.
    let system = System::start_with(&["--poll-interval=10m", "--resend-interval=10m"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    system.until_quiet().await;
    let mut messages = system.bus.client().subscribe("vpc.>").await.unwrap();
    system.bus.flush().await;

    let mut headers = async_nats::HeaderMap::new();
    headers.insert(header::TRACEPARENT, format!("00-{TRACE}-00f067aa0ba902b7-01"));
    let body = json!({"interface": interface, "instance": instance, "device_index": 1}).to_string();
    system.bus.client().request_with_headers("vpc.request.attach", headers, body.into()).await.unwrap();

    let mut traced = Vec::new();
    let all = async {
        while let Some(message) = messages.next().await {
            let Ok(subject) = message.subject.parse::<Subject>() else { continue };
            let mine =
                message.headers.as_ref().and_then(|headers| headers.get(header::TRACEPARENT)).is_some_and(|value| value.as_str().contains(TRACE));
            let name = match &subject {
                Subject::Broadcast(_) => "broadcast".to_owned(),
                Subject::ClusterChanged(_) => "hint".to_owned(),
                Subject::InstanceObserved(_) => "observation".to_owned(),
                Subject::Changed(..) => decode::<Change>(&message.payload, Encoding::Postcard).unwrap().what,
                _ => continue,
            };
            if mine {
                traced.push(name);
            }
            if mine && traced.last().is_some_and(|name| name == "attached") {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("of the trace only: {traced:?}"));
    for part in ["attaching", "broadcast", "hint", "observation", "attached"] {
        assert!(traced.iter().any(|name| name == part), "no {part} in {traced:?}");
    }
}
