//! The change log is read whole, whatever is under way while it is read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Instant;

use multihome_runtime::{now, tail::Tail};
use multihome_tests::{PATIENCE, TestDatabase};
use multihome_types::{Change, ChangeId, EntityKind, Generation};

fn change(id: &str) -> Change {
    Change {
        id: ChangeId(0),
        entity: EntityKind::Vpc,
        entity_id: id.to_owned(),
        generation: Generation::FIRST,
        account: "000000000000".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        what: "created".to_owned(),
        why: "a test".to_owned(),
        at: now(),
        who: "test".to_owned(),
    }
}

fn ids(written: &[multihome_runtime::store::Written]) -> Vec<&str> {
    written.iter().map(|written| written.change.entity_id.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_commits_late_is_read_late_and_not_lost() {
    let database = TestDatabase::create().await;
    let store = database.open().await;
    let mut tail = Tail::at_end(store.reader()).await.unwrap();
    let mut slow = store.begin().await.unwrap();
    let first = slow.record(vec![change("vpc-00000001")]).await.unwrap();
    if database.has_one_writer() {
        // Nobody else can take a number meanwhile.
        slow.commit().await.unwrap();
        assert_eq!(ids(&tail.next(store.reader()).await.unwrap()), ["vpc-00000001"]);
        assert_eq!(tail.revision(), first);
        return;
    }
    let mut quick = store.begin().await.unwrap();
    let second = quick.record(vec![change("vpc-00000002")]).await.unwrap();
    quick.commit().await.unwrap();
    for _ in 0..3 {
        let seen = tail.next(store.reader()).await.unwrap();
        assert!(!ids(&seen).contains(&"vpc-00000001"));
        assert!(tail.revision() < first, "the first is still to come");
    }
    // A replica that begins now must not miss it either.
    let mut late = Tail::at_end(store.reader()).await.unwrap();
    slow.commit().await.unwrap();
    for tail in [&mut tail, &mut late] {
        assert_eq!(ids(&tail.next(store.reader()).await.unwrap()), ["vpc-00000001"]);
        assert_eq!(tail.revision(), second);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_was_rolled_back_holds_nobody_up() {
    let database = TestDatabase::create().await;
    let store = database.open().await;
    let mut tail = Tail::at_end(store.reader()).await.unwrap();
    for id in ["vpc-00000001", "vpc-00000002"] {
        let mut undone = store.begin().await.unwrap();
        undone.record(vec![change(id)]).await.unwrap();
        undone.rollback().await.unwrap();
    }
    let mut kept = store.begin().await.unwrap();
    let last = kept.record(vec![change("vpc-00000003")]).await.unwrap();
    kept.commit().await.unwrap();
    assert_eq!(ids(&tail.next(store.reader()).await.unwrap()), ["vpc-00000003"]);
    // As soon as every transaction of the server that was under way then is over, those of other databases too.
    let begun = Instant::now();
    while tail.revision() != last {
        assert!(begun.elapsed() < PATIENCE, "{} is still held up", tail.revision());
        assert!(tail.next(store.reader()).await.unwrap().is_empty());
    }
}
