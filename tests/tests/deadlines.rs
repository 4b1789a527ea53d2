//! Every transition ends, whatever the cluster does (design, principle 3).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use multihome_entities::change;
use multihome_messages::{AttachMode, ReportMode, SimulateRequest};
use multihome_tests::{System, until};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

async fn simulate(system: &System, request: SimulateRequest) {
    system.cluster("one").simulate(request).await.unwrap().unwrap();
}

async fn history(system: &System, id: &str) -> Vec<(String, String)> {
    let rows = change::Entity::find().filter(change::Column::EntityId.eq(id)).order_by_asc(change::Column::Id);
    rows.all(system.store.reader()).await.unwrap().into_iter().map(|row| (row.what, row.why)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attach_that_never_happens_is_given_up_and_says_why() {
    let system = System::start_with(&["--attach-deadline=1s"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    simulate(&system, SimulateRequest { attach: Some(AttachMode::Never), ..SimulateRequest::default() }).await;
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "available").await;
    let told = history(&system, &interface).await;
    let words: Vec<&str> = told.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(words, ["created", "attaching", "detaching", "available"]);
    assert!(told[2].1.contains("did not report it within"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detach_that_the_cluster_never_confirms_ends_by_its_deadline() {
    let system = System::start_with(&["--detach-deadline=1s", "--report-timeout=200ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    simulate(&system, SimulateRequest { report: Some(ReportMode::Silent), ..SimulateRequest::default() }).await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    system.until_interface(&interface, "available").await;
    let told = history(&system, &interface).await;
    assert!(told.last().unwrap().1.contains("released by deadline"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_cluster_is_inconclusive_and_never_gone() {
    let system = System::start_with(&["--report-timeout=100ms", "--poll-interval=100ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    simulate(&system, SimulateRequest { report: Some(ReportMode::Silent), ..SimulateRequest::default() }).await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    // The cluster has really detached it and does not say so.
    until("the cluster has let go", || async {
        let state = system.cluster("one").state();
        if state.attachments == 1 { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    simulate(&system, SimulateRequest { report: Some(ReportMode::Normal), ..SimulateRequest::default() }).await;
    system.until_interface(&interface, "available").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn force_ends_a_detach_that_a_dead_cluster_holds() {
    let system = System::start_with(&["--force-grace=300ms", "--report-timeout=100ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    simulate(&system, SimulateRequest { report: Some(ReportMode::Silent), ignore_broadcasts: Some(true), ..SimulateRequest::default() }).await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment), ("Force", "true")]).await;
    system.until_interface(&interface, "available").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_reports_nothing_takes_nothing_away() {
    let system = System::start_with(&["--poll-interval=100ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    simulate(&system, SimulateRequest { report: Some(ReportMode::Empty), ..SimulateRequest::default() }).await;
    let other = system.interface(&subnet).await;
    system.attach(&other, &instance, 2).await;
    until("the cluster has all three", || async {
        let state = system.cluster("one").state();
        if state.attachments == 3 { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    assert_eq!(system.status(&interface).await, "in-use/attached");
    assert_eq!(system.status(&other).await, "in-use/attaching");
    assert_eq!(system.instance_state(&instance).await, "running");
    simulate(&system, SimulateRequest { report: Some(ReportMode::Normal), ..SimulateRequest::default() }).await;
    system.until_interface(&other, "in-use/attached").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_comes_back_with_an_old_state_frees_nothing_early() {
    let system = System::start_with(&["--poll-interval=100ms", "--resend-interval=500ms"]).await;
    let subnet = system.subnet().await;
    let instance = system.running(&subnet).await;
    let interface = system.interface(&subnet).await;
    // Remembered: the interface is not there, and the applied broadcast knows nothing of it.
    simulate(&system, SimulateRequest { save: true, ..SimulateRequest::default() }).await;
    let attachment = system.attach(&interface, &instance, 1).await;
    system.until_interface(&interface, "in-use/attached").await;
    simulate(&system, SimulateRequest { restore: true, ignore_broadcasts: Some(true), ..SimulateRequest::default() }).await;
    system.call("DetachNetworkInterface", &[("AttachmentId", &attachment)]).await;
    until("the old state has been reported", || async {
        let rows = multihome_entities::cluster::all(system.store.reader()).await.unwrap();
        let applied = rows.iter().find(|row| row.name.as_str() == "one").and_then(|row| row.applied.clone());
        let now = system.cluster("one").state().revision;
        if applied.as_ref().is_some_and(|applied| applied.revision == now) { Ok(()) } else { Err(format!("{applied:?}, cluster at {now}")) }
    })
    .await;
    // It does not report the attachment, but it was never told to drop it either.
    assert_eq!(system.status(&interface).await, "in-use/detaching");
    simulate(&system, SimulateRequest { ignore_broadcasts: Some(false), ..SimulateRequest::default() }).await;
    system.until_interface(&interface, "available").await;
}
