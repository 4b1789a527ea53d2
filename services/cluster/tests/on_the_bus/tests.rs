//! The clusters' side of the bus, seen from the other side.

use std::time::Duration;

use futures_util::StreamExt;
use multihome_cluster::{ClusterHandle, ClusterState, Delays, start};
use multihome_messages::{
    Answer, ClusterChanged, Encoding, Report, ReportDigest, ReportMode, ReportRequest, SimulateReply, SimulateRequest, Stream, Subject, decode,
    header,
};
use multihome_runtime::{Bus, Tasks, bus::BusError};
use multihome_types::{ChangeId, ClusterName};

use crate::nats::Nats;

const PATIENCE: Duration = Duration::from_secs(20);
const DOCUMENT: &str = include_str!("../../testdata/two-clusters.xml");
const ALL: ReportRequest = ReportRequest { known: None, after: None };

fn name(text: &str) -> ClusterName {
    text.parse().unwrap()
}

async fn publish(bus: &Bus, cluster: &str, revision: i64) {
    let body = zstd::encode_all(DOCUMENT.as_bytes(), 1).unwrap();
    let revision = revision.to_string();
    let headers = [(header::VERSION, "0badcafe"), (header::REVISION, revision.as_str()), (header::CONTENT_ENCODING, "zstd")];
    bus.publish_later(&Subject::Broadcast(name(cluster)), body, &headers).await.unwrap();
}

/// Waits until the state is as it should be, and says what it was if it does not become so.
async fn until(cluster: &ClusterHandle, wanted: impl FnMut(&ClusterState) -> bool) -> ClusterState {
    let mut states = cluster.watch();
    let reached = tokio::time::timeout(PATIENCE, states.wait_for(wanted)).await.map(|state| state.unwrap().clone());
    reached.unwrap_or_else(|_| panic!("the cluster came only as far as {:?}", cluster.state()))
}

async fn ask_json(bus: &Bus, subject: Subject, body: &'static str) -> (String, String) {
    let answer = bus.client().request(subject.to_string(), body.into()).await.unwrap();
    (answer.headers.unwrap().get(header::CONTENT_TYPE).unwrap().to_string(), String::from_utf8(answer.payload.to_vec()).unwrap())
}

#[tokio::test]
async fn a_cluster_that_starts_late_takes_the_last_broadcast_and_tells_what_it_did() {
    let nats = Nats::start();
    let bus = nats.bus("test").await;
    bus.declare().await.unwrap();
    publish(&bus, "one", 6).await;
    publish(&bus, "one", 7).await;
    let mut hints = bus.client().subscribe(Subject::ClusterChanged(name("one")).to_string()).await.unwrap();
    bus.flush().await;

    let mut tasks = Tasks::new();
    let cluster = start(&nats.bus("cluster").await, name("one"), Delays::NONE, &mut tasks).await.unwrap();
    let hint = tokio::time::timeout(PATIENCE, hints.next()).await.unwrap().unwrap();
    assert!(hint.headers.unwrap().get(header::TRACEPARENT).is_some());
    assert_eq!(decode::<ClusterChanged>(&hint.payload, Encoding::Postcard).unwrap(), ClusterChanged { cluster: name("one"), revision: ChangeId(7) });

    let report: Report = bus.request(&Subject::Report(name("one")), &ALL, PATIENCE).await.unwrap();
    assert_eq!((report.version.as_str(), report.revision, report.since, report.next), ("0badcafe", ChangeId(7), None, None));
    assert_eq!(report.instances.iter().map(|instance| instance.id.to_string()).collect::<Vec<_>>(), ["i-00000001"]);
    assert_eq!(report.digest, ReportDigest::of(&report.instances));
    assert_eq!(cluster.state().attachments, 1);
    tasks.stop().cancel();
    tasks.run(std::future::pending()).await.unwrap();
}

#[tokio::test]
async fn clusters_in_one_process_are_told_and_asked_apart_in_json_too() {
    let nats = Nats::start();
    let bus = nats.bus("test").await;
    bus.declare().await.unwrap();
    let mut tasks = Tasks::new();
    let one = start(&bus, name("one"), Delays::NONE, &mut tasks).await.unwrap();
    let two = start(&bus, name("two"), Delays::NONE, &mut tasks).await.unwrap();
    publish(&bus, "two", 7).await;
    until(&two, |state| state.instances == 1).await;
    assert_eq!(one.state(), ClusterState::default());

    let (kind, text) = ask_json(&bus, Subject::Report(name("two")), "{}").await;
    assert_eq!(kind, "application/json");
    assert!(text.contains(r#""instances":[{"id":"i-00000002","attachments":[{"id":"eni-attach-00000002","device_index":0}]}]"#), "{text}");
    let (_, text) = ask_json(&bus, Subject::Report(name("two")), r#"{"after":"everything"}"#).await;
    assert!(text.starts_with(r#"{"error":{"code":"InvalidParameterValue","message":"the JSON body is not a valid report-request"#), "{text}");
    let (_, text) = ask_json(&bus, Subject::Simulate(name("two")), r#"{"attach_ms":10000,"attach":"never"}"#).await;
    assert!(text.contains(r#""attach_ms":10000"#) && text.contains(r#""attach":"never""#), "{text}");
    let (_, text) = ask_json(&bus, Subject::Simulate(name("two")), r#"{"restore":true}"#).await;
    assert!(text.starts_with(r#"{"error":{"code":"IncorrectState""#), "{text}");
    for hostile in ["", "{", "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}", "[1]", r#"{"colour":1}"#] {
        for subject in [Subject::Report(name("two")), Subject::Simulate(name("two"))] {
            bus.client().request(subject.to_string(), hostile.into()).await.unwrap();
        }
    }
    assert_eq!(one.simulate(SimulateRequest::default()).await.unwrap().unwrap().attach_ms, 0, "the other cluster was told");
    tasks.stop().cancel();
    tasks.run(std::future::pending()).await.unwrap();
}

#[tokio::test]
async fn a_cluster_told_to_be_silent_answers_no_poll_until_it_is_reset() {
    let nats = Nats::start();
    let bus = nats.bus("test").await;
    let mut tasks = Tasks::new();
    start(&bus, name("one"), Delays::NONE, &mut tasks).await.unwrap();
    let simulate = async |request: SimulateRequest| {
        let reply: Answer<SimulateReply> = bus.request(&Subject::Simulate(name("one")), &request, PATIENCE).await.unwrap();
        reply.into_result().unwrap()
    };
    simulate(SimulateRequest { report: Some(ReportMode::Silent), ..SimulateRequest::default() }).await;
    let silence = bus.request::<_, Report>(&Subject::Report(name("one")), &ALL, Duration::from_millis(100)).await;
    assert!(matches!(silence, Err(BusError::TimedOut { .. })), "{silence:?}");
    assert_eq!(simulate(SimulateRequest { reset: true, ..SimulateRequest::default() }).await.report, ReportMode::Normal);
    bus.request::<_, Report>(&Subject::Report(name("one")), &ALL, PATIENCE).await.unwrap();
}

#[tokio::test]
async fn no_broadcast_is_missed_when_the_stream_is_deleted_or_the_server_restarts() {
    let mut nats = Nats::start();
    let bus = nats.bus("test").await;
    let mut tasks = Tasks::new();
    // Nobody declared the streams: the cluster does.
    let cluster = start(&nats.bus("cluster").await, name("one"), Delays::NONE, &mut tasks).await.unwrap();
    publish(&bus, "one", 7).await;
    until(&cluster, |state| state.revision == ChangeId(7)).await;

    bus.jetstream().delete_stream(Stream::BROADCASTS.name).await.unwrap();
    publish(&bus, "one", 8).await;
    until(&cluster, |state| state.revision == ChangeId(8)).await;
    publish(&bus, "one", 9).await;
    until(&cluster, |state| state.revision == ChangeId(9)).await;

    nats.restart();
    let bus = nats.bus("test again").await;
    publish(&bus, "one", 10).await;
    let state = until(&cluster, |state| state.revision == ChangeId(10)).await;
    assert_eq!((state.instances, state.problem), (1, None));
    let report: Report = bus.request(&Subject::Report(name("one")), &ALL, PATIENCE).await.unwrap();
    assert_eq!(report.revision, ChangeId(10));
}
