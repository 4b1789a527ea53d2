//! The task around the simulation, without a bus: paused time, documents as they come, and a test that takes every step.

use std::time::Duration;

use multihome_messages::{ClusterChanged, ReportMode, ReportRequest, SimulateRequest};
use multihome_runtime::Stop;
use multihome_types::ChangeId;
use tokio::sync::mpsc;

use crate::{
    Arrival, ClusterHandle, Delays, Operation, StepError, Stopped,
    arrival::tests::{DOCUMENT, arrival},
    controller::Controller,
};

const SOON: Duration = Duration::from_millis(50);

fn started(delays: Delays) -> (ClusterHandle, mpsc::UnboundedReceiver<ClusterChanged>, Stop) {
    let (hints, told) = mpsc::unbounded_channel();
    let (controller, handle) = Controller::new("one".parse().unwrap(), delays, move |changed| {
        hints.send(changed).unwrap();
        std::future::ready(())
    });
    let stop = Stop::new();
    tokio::spawn(controller.run(stop.clone()));
    (handle, told, stop)
}

/// The document in which instance 1 has a second interface.
fn with_second_interface() -> String {
    let end = DOCUMENT.find("</networkInterface>").unwrap() + "</networkInterface>".len();
    let start = DOCUMENT.find("<networkInterface ").unwrap();
    let second = DOCUMENT[start..end].replace("00000001", "00000009").replace("<deviceIndex>0", "<deviceIndex>1");
    format!("{}{second}{}", &DOCUMENT[..end], &DOCUMENT[end..])
}

async fn attachments(cluster: &ClusterHandle) -> usize {
    let report = cluster.report(ReportRequest { known: None, after: None }).await.unwrap().unwrap();
    report.instances.iter().map(|instance| instance.attachments.len()).sum()
}

/// The next hint; one that does not come is a failure and not a wait.
async fn next(told: &mut mpsc::UnboundedReceiver<ClusterChanged>) -> ChangeId {
    tokio::time::timeout(20 * SECOND, told.recv()).await.expect("a hint").unwrap().revision
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn each_change_is_told_once_and_at_its_time() {
    let delays = Delays { launch: SECOND, ..Delays::NONE };
    let (cluster, mut told, _stop) = started(delays);
    let begin = tokio::time::Instant::now();
    cluster.broadcast(arrival("7", DOCUMENT)).await.unwrap();
    assert_eq!(next(&mut told).await, ChangeId(7));
    assert_eq!((attachments(&cluster).await, begin.elapsed()), (0, Duration::ZERO));
    next(&mut told).await;
    assert_eq!(attachments(&cluster).await, 1);
    assert!(begin.elapsed() >= SECOND && begin.elapsed() < SECOND + SOON);
    cluster.broadcast(arrival("8", &with_second_interface().replace("0badcafe", "0badcaff"))).await.unwrap();
    next(&mut told).await;
    assert_eq!((attachments(&cluster).await, cluster.state().version.as_str()), (2, "0badcaff"));
    assert!(tokio::time::timeout(SECOND, told.recv()).await.is_err(), "one hint for one moment");
}

#[tokio::test(start_paused = true)]
async fn a_document_that_cannot_be_read_changes_nothing_and_is_remembered_until_a_good_one_comes() {
    let (cluster, _told, _stop) = started(Delays::NONE);
    cluster.broadcast(arrival("7", DOCUMENT)).await.unwrap();
    cluster.broadcast(arrival("8", "<network-data")).await.unwrap();
    assert_eq!(attachments(&cluster).await, 1);
    let state = cluster.state();
    assert_eq!(state.revision, ChangeId(7));
    assert!(state.problem.unwrap().starts_with("the broadcast's document cannot be read: near byte "));
    cluster.broadcast(arrival("9", DOCUMENT)).await.unwrap();
    assert_eq!(attachments(&cluster).await, 1);
    assert_eq!((cluster.state().problem, cluster.state().revision), (None, ChangeId(9)));
}

#[tokio::test]
async fn of_large_documents_that_arrive_together_the_newest_counts() {
    let (cluster, mut told, _stop) = started(Delays::NONE);
    let large = |revision: i64, document: &str| arrival(&revision.to_string(), &format!("{document}{}", " ".repeat(200_000)));
    for revision in 1..20 {
        cluster.broadcast(large(revision, DOCUMENT)).await.unwrap();
    }
    cluster.broadcast(large(20, &with_second_interface())).await.unwrap();
    while next(&mut told).await < ChangeId(20) {}
    assert_eq!(attachments(&cluster).await, 2);
}

#[tokio::test(start_paused = true)]
async fn headers_that_say_nothing_new_spare_the_reading() {
    let (cluster, _told, _stop) = started(Delays::NONE);
    cluster.broadcast(arrival("7", DOCUMENT)).await.unwrap();
    for (version, revision) in [("0badcafe", "7"), ("0badcafe", "6"), ("ffffffff", "6")] {
        let unreadable = Arrival { version: Some(version.to_owned()), ..arrival(revision, "not read") };
        cluster.broadcast(unreadable).await.unwrap();
    }
    assert_eq!(attachments(&cluster).await, 1);
    assert_eq!(cluster.state().problem, None);
}

#[tokio::test(start_paused = true)]
async fn a_test_takes_every_step() {
    let (cluster, mut told, _stop) = started(Delays::NONE);
    let stepper = cluster.hold().await.unwrap();
    let launch = Operation::Launch("i-00000001".parse().unwrap());
    let second = "eni-attach-00000009".parse().unwrap();
    let late = tokio::spawn({
        let cluster = cluster.clone();
        async move {
            tokio::time::sleep(SECOND).await;
            cluster.broadcast(arrival("7", DOCUMENT)).await
        }
    });
    stepper.until_pending(launch, 2 * SECOND).await.unwrap();
    late.await.unwrap().unwrap();
    assert_eq!((attachments(&cluster).await, stepper.pending().await.unwrap()), (0, vec![launch]));
    stepper.complete(launch, SOON).await.unwrap();
    assert_eq!((attachments(&cluster).await, cluster.state().instances), (1, 1));

    cluster.broadcast(arrival("8", &with_second_interface())).await.unwrap();
    let attach = stepper.complete_next(second, SOON).await.unwrap();
    assert_eq!(attach.to_string(), "attach eni-attach-00000009 to i-00000001");
    assert_eq!(attachments(&cluster).await, 2);

    let again = stepper.complete_next(second, SOON).await.unwrap_err();
    assert!(matches!(&again, StepError::TimedOut { state, .. } if state.attachments == 2), "{again}");

    cluster.broadcast(arrival("9", DOCUMENT)).await.unwrap();
    assert_eq!(stepper.complete_all().await.unwrap().len(), 1);
    cluster.broadcast(arrival("10", &with_second_interface())).await.unwrap();
    stepper.release().await.unwrap();
    assert_eq!((attachments(&cluster).await, cluster.state().pending), (2, 0));
    while next(&mut told).await < ChangeId(10) {}
}

#[tokio::test(start_paused = true)]
async fn a_silent_cluster_gives_no_hints_either() {
    let (cluster, mut told, _stop) = started(Delays::NONE);
    cluster.simulate(SimulateRequest { report: Some(ReportMode::Silent), ..SimulateRequest::default() }).await.unwrap().unwrap();
    cluster.broadcast(arrival("7", DOCUMENT)).await.unwrap();
    assert_eq!(cluster.report(ReportRequest { known: None, after: None }).await, Ok(None));
    assert!(told.try_recv().is_err());
    cluster.simulate(SimulateRequest { reset: true, ..SimulateRequest::default() }).await.unwrap().unwrap();
    assert_eq!(next(&mut told).await, ChangeId(7));
}

#[tokio::test(start_paused = true)]
async fn a_delay_beyond_all_time_is_only_long() {
    let (cluster, _told, _stop) = started(Delays::NONE);
    cluster.simulate(SimulateRequest { launch_ms: Some(u64::MAX), ..SimulateRequest::default() }).await.unwrap().unwrap();
    cluster.broadcast(arrival("7", DOCUMENT)).await.unwrap();
    tokio::time::sleep(1_000_000 * SECOND).await;
    assert_eq!(attachments(&cluster).await, 0);
    let reply = cluster.simulate(SimulateRequest { reset: true, ..SimulateRequest::default() }).await.unwrap().unwrap();
    assert_eq!((reply.launch_ms, attachments(&cluster).await), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stopped_cluster_says_so() {
    let (cluster, _told, stop) = started(Delays::NONE);
    let stepper = cluster.hold().await.unwrap();
    stop.cancel();
    let error = stepper.complete_next("eni-attach-00000009".parse().unwrap(), SECOND).await.unwrap_err();
    assert_eq!(error, StepError::Stopped(Stopped));
    assert_eq!(cluster.simulate(SimulateRequest::default()).await, Err(Stopped));
}
