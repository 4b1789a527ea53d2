//! What is in the documents, and which changes bring a new one.

use std::time::Instant;

use futures_util::StreamExt;
use multihome_messages::{Encoding, RouteStateInvalidated, Subject, decode};
use multihome_types::{AttachmentState, InstanceState};

use crate::{
    region::of,
    world::{NEVER, PATIENCE, Seen, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_in_the_document_of_every_cluster() {
    let mut world = World::new().await;
    world.replica(NEVER).await;
    world.until_listed("one", "eni-attach-1b5c4503").await;
    world.hand.interface("a2f151a8", "3b1fdc87").await;

    let change = world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
    for cluster in ["one", "two"] {
        let seen = world.until_listed(cluster, "eni-attach-a2f151a8").await;
        assert!(seen.revision >= change, "{seen:?}");
        assert!(!seen.compressed && seen.applied.is_none());
    }
    world.hand.state("eni-a2f151a8", AttachmentState::Detaching).await;
    world.until("one", |seen| !seen.lists("eni-attach-a2f151a8")).await;
    world.hand.release("eni-a2f151a8").await;
    world.hand.instance_state("i-1b5c4503", InstanceState::Terminated).await;
    world.until("one", |seen| seen.document.instances.is_empty()).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_takes_milliseconds_and_not_an_interval() {
    let mut world = World::new().await;
    world.replica(NEVER).await;
    world.until_listed("one", "eni-attach-1b5c4503").await;
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    let mut taken = Vec::new();
    for _ in 0..20 {
        world.hand.attach("eni-a2f151a8", "i-1b5c4503", 1).await;
        let started = Instant::now();
        world.until_listed("one", "eni-attach-a2f151a8").await;
        taken.push(started.elapsed());
        world.hand.release("eni-a2f151a8").await;
        world.until("one", |seen| !seen.lists("eni-attach-a2f151a8")).await;
    }
    taken.sort();
    println!("from commit to document: {:?} in the middle, {:?} at most", taken[10], taken[19]);
    // The timer looks once a second.
    assert!(taken[10].as_millis() < 500, "{taken:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detach_that_shows_in_no_document_is_told_all_the_same() {
    let mut world = World::new().await;
    world.hand.interface("a2f151a8", "3b1fdc87").await;
    world.replica(NEVER).await;
    let before = world.until_listed("one", "eni-attach-1b5c4503").await;
    let change = world.hand.attach_and_detach("eni-a2f151a8", "i-1b5c4503", 1).await;
    let told = world.until("one", |seen| seen.revision >= change).await;
    assert_eq!(before.version, told.version);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_sent_again_with_the_version_that_was_applied() {
    let mut world = World::new().await;
    world.replica(NEVER).await;
    let first = world.until_listed("one", "eni-attach-1b5c4503").await;
    world.hand.applied("one", &first.version, first.revision).await;
    let again = world.until("one", |seen| seen.applied.as_deref() == Some(&first.version)).await;
    assert_eq!(again.version, first.version);
    assert_eq!(again.document.applied.unwrap().time.to_seconds_text(), "2026-11-24T22:30:00Z");
    // The other cluster applied nothing.
    assert_eq!(world.until_listed("two", "eni-attach-1b5c4503").await.applied, None);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_is_registered_later_gets_its_document() {
    let mut world = World::new().await;
    world.replica(NEVER).await;
    world.until_listed("two", "eni-attach-1b5c4503").await;
    world.hand.cluster("three", "home").await;
    let seen = world.until_listed("three", "eni-attach-1b5c4503").await;
    assert_eq!(seen.document.configuration.clusters.len(), 3);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn regions_share_nothing() {
    let mut world = World::new().await;
    world.hand.cluster("far", "away").await;
    world.hand.network("00000001", "away").await;
    world.hand.instance("00000001", "far", "00000001", "away").await;
    world.replica(NEVER).await;
    let far = world.until_listed("far", "eni-attach-00000001").await;
    assert!(!far.has("i-1b5c4503") && far.document.configuration.clusters.len() == 1);
    assert!(!world.until_listed("one", "eni-attach-1b5c4503").await.has("i-00000001"));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_document_is_compressed() {
    let mut world = World::new().await;
    for number in 0..80 {
        world.hand.instance(&format!("{number:08x}"), "one", "3b1fdc87", "home").await;
    }
    world.replica(NEVER).await;
    let seen = world.until("one", |seen| seen.document.instances.len() == 81).await;
    assert!(seen.compressed);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_with_a_wrong_state_are_told_of() {
    let mut world = World::new().await;
    let vpc = of("vpc-3b1fdc87");
    let mut events = world.bus.client().subscribe(Subject::RouteStateInvalidated(vpc).to_string()).await.unwrap();
    world.bus.flush().await;
    world.replica(NEVER).await;
    world.until_listed("one", "eni-attach-1b5c4503").await;
    // Active, but on no instance: that is wrong.
    world.hand.route("00000001", "3b1fdc87", "eni-1b5c4503").await;
    let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap();
    let told: RouteStateInvalidated = decode(&event.payload, Encoding::Postcard).unwrap();
    assert_eq!(told, RouteStateInvalidated { vpc, tables: vec![of("rtb-00000001")] });
    // A second one: both are named, because only the newest message of a VPC is kept.
    world.hand.route("00000002", "3b1fdc87", "eni-1b5c4503").await;
    let event = tokio::time::timeout(PATIENCE, events.next()).await.unwrap().unwrap();
    let told: RouteStateInvalidated = decode(&event.payload, Encoding::Postcard).unwrap();
    assert_eq!(told.tables, [of("rtb-00000001"), of("rtb-00000002")]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acls_and_dhcp_options_are_in_the_documents_and_so_are_their_changes() {
    let mut world = World::new().await;
    world.hand.acl("3b1fdc87").await;
    world.replica(NEVER).await;
    let numbers = |seen: &Seen| {
        let acls = seen.document.vpcs.iter().flat_map(|vpc| &vpc.network_acls);
        acls.flat_map(|acl| acl.ingress.iter().map(|entry| entry.number)).collect::<Vec<_>>()
    };
    let first = world.until_listed("one", "eni-attach-1b5c4503").await;
    assert_eq!(first.document.vpcs[0].subnets[0].network_acl, Some(of("acl-3b1fdc87")));
    world.hand.acl_entry("3b1fdc87", 110, 6).await;
    world.until("two", |seen| numbers(seen) == [110]).await;
    // Consumers refuse a document with protocol 0: nothing new is said, and the next change is.
    world.hand.acl_entry("3b1fdc87", 90, 0).await;
    world.hand.acl_entry("3b1fdc87", 100, -1).await;
    world.until("two", |seen| numbers(seen) == [100, 110]).await;

    world.hand.options("f6703e05", "3b1fdc87", "example.com").await;
    let told = vec![("domain-name".to_owned(), vec!["example.com".to_owned()])];
    let seen = world.until("one", |seen| seen.document.dhcp_option_sets.iter().any(|set| set.options == told)).await;
    assert_eq!(seen.document.vpcs[0].dhcp_option_set, Some(of("dopt-f6703e05")));
    world.stop().await;
}
