//! The change log is read whole, whatever is under way while it is read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant};

use multihome_runtime::{
    Store, now,
    store::{Written, WrittenBatch},
    tail::Tail,
};
use multihome_tests::{PATIENCE, TestDatabase};
use multihome_types::{Change, ChangeId, EntityKind, Generation};
use sea_orm::ConnectionTrait;

#[tokio::test]
async fn two_that_make_the_schema_at_once_make_it_once() {
    let database = TestDatabase::create().await;
    let (one, other) = tokio::join!(database.open(), database.open());
    one.check().await.unwrap();
    other.check().await.unwrap();
}

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

/// As a service looks: it asks what is settled, and then reads.
async fn look(tail: &mut Tail, store: &Store) -> WrittenBatch {
    let settled = tail.settled(store.reader()).await.unwrap();
    tail.next(store.reader(), &settled).await.unwrap()
}

/// So many changes of nobody's, committed.
async fn fill(store: &Store, changes: usize) -> ChangeId {
    let mut last = ChangeId(0);
    for part in (0..changes).collect::<Vec<_>>().chunks(3_000) {
        let mut filling = store.begin().await.unwrap();
        last = filling.record(part.iter().map(|_| change("vpc-0000ffff")).collect()).await.unwrap();
        filling.commit().await.unwrap();
    }
    last
}

/// Reads until every number up to `last` is settled; returns the ids.
async fn read_up_to(last: ChangeId, tail: &mut Tail, store: &Store) -> Vec<String> {
    let (begun, mut read) = (Instant::now(), Vec::new());
    while tail.revision() != last {
        assert!(begun.elapsed() < PATIENCE, "{} is still held up", tail.revision());
        read.extend(look(tail, store).await.into_iter().map(|written| written.change.entity_id));
    }
    read
}

fn ids(written: &[Written]) -> Vec<&str> {
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
        assert_eq!(ids(&look(&mut tail, &store).await), ["vpc-00000001"]);
        assert_eq!(tail.revision(), first);
        return;
    }
    let mut quick = store.begin().await.unwrap();
    let second = quick.record(vec![change("vpc-00000002")]).await.unwrap();
    quick.commit().await.unwrap();
    for _ in 0..3 {
        let seen = look(&mut tail, &store).await;
        assert!(!ids(&seen).contains(&"vpc-00000001"));
        assert!(tail.revision() < first, "the first is still to come");
    }
    // A replica that begins now must not miss it either.
    let mut late = Tail::at_end(store.reader()).await.unwrap();
    slow.commit().await.unwrap();
    for tail in [&mut tail, &mut late] {
        assert_eq!(ids(&look(tail, &store).await), ["vpc-00000001"]);
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
    assert_eq!(ids(&look(&mut tail, &store).await), ["vpc-00000003"]);
    assert!(read_up_to(last, &mut tail, &store).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_transaction_began_last_and_took_its_number_first_is_not_lost() {
    let database = TestDatabase::create().await;
    if database.has_one_writer() {
        return;
    }
    let store = database.open().await;
    let mut tail = Tail::at_end(store.reader()).await.unwrap();
    let mut quick = store.begin().await.unwrap();
    let mut slow = store.begin().await.unwrap();
    // So that the slow one's transaction id is the higher of the two.
    for begun in [&quick, &slow] {
        begun.conn().execute_unprepared("SELECT pg_current_xact_id()").await.unwrap();
    }
    let first = slow.record(vec![change("vpc-00000001")]).await.unwrap();
    let second = quick.record(vec![change("vpc-00000002")]).await.unwrap();
    quick.commit().await.unwrap();
    assert_eq!(ids(&look(&mut tail, &store).await), ["vpc-00000002"]);
    // More than once it is asked meanwhile who may still commit the first.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(200) {
        assert!(look(&mut tail, &store).await.is_empty());
        assert!(tail.revision() < first, "the first is still to come");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    slow.commit().await.unwrap();
    assert_eq!(read_up_to(second, &mut tail, &store).await, ["vpc-00000001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_begins_in_a_long_log_misses_nothing_that_is_under_way() {
    let database = TestDatabase::create().await;
    if database.has_one_writer() {
        return;
    }
    let store = database.open().await;
    fill(&store, 12_000).await;
    let mut slow = store.begin().await.unwrap();
    slow.record(vec![change("vpc-00000001")]).await.unwrap();
    let last = fill(&store, 3_000).await;
    let mut tail = Tail::at_end(store.reader()).await.unwrap();
    slow.commit().await.unwrap();
    assert_eq!(read_up_to(last, &mut tail, &store).await, ["vpc-00000001"], "and nothing that was there already");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_changes_than_one_look_returns_are_read_whole_however_late_they_commit() {
    let database = TestDatabase::create().await;
    let store = database.open().await;
    let mut tail = Tail::at_end(store.reader()).await.unwrap();
    let mut slow = store.begin().await.unwrap();
    for _ in 0..2 {
        slow.record((0..3_000).map(|_| change("vpc-00000001")).collect()).await.unwrap();
    }
    if database.has_one_writer() {
        slow.commit().await.unwrap();
        let last = fill(&store, 1).await;
        assert_eq!(read_up_to(last, &mut tail, &store).await.len(), 6_001);
        return;
    }
    let last = fill(&store, 1).await;
    assert_eq!(look(&mut tail, &store).await.len(), 1);
    slow.commit().await.unwrap();
    // Long enough that it is asked who may still commit them, and nobody may.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(read_up_to(last, &mut tail, &store).await.len(), 6_000);
}
