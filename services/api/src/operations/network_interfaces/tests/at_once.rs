//! Creates that come at the same time: written together, answered each by itself.

use futures_util::{FutureExt, future::join_all};
use multihome_runtime::store::WrittenBatch;
use tokio::sync::mpsc;

use super::*;
use crate::call::Call;

/// A world whose commits can be counted: each hands over what it wrote.
async fn counted() -> (World, mpsc::Receiver<WrittenBatch>) {
    let mut world = World::new().await;
    let (tell, told) = mpsc::channel(100);
    world.api.api.store = world.api.api.store.clone().with_relay(tell);
    (world, told)
}

fn commits(told: &mut mpsc::Receiver<WrittenBatch>) -> Vec<usize> {
    std::iter::from_fn(|| told.try_recv().ok()).map(|batch| batch.len()).collect()
}

fn caller(world: &World, number: usize) -> Call {
    Call { request_id: format!("request-{number}"), ..world.call.clone() }
}

fn named(name: &str) -> TagSpecification {
    TagSpecification { resource_type: Some("network-interface".to_owned()), tags: vec![Tag { key: "Name".to_owned(), value: name.to_owned() }] }
}

#[tokio::test]
async fn who_comes_meanwhile_shares_a_commit_and_nothing_else() {
    let (world, mut told) = counted().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let group = world.group("web").await;
    commits(&mut told);
    let calls: Vec<Call> = (0..20).map(|number| caller(&world, number)).collect();
    let asked = |number: usize| CreateNetworkInterface {
        description: Some(format!("number {number}")),
        client_token: Some(format!("token-{number}")),
        security_group_ids: if number.is_multiple_of(2) { vec![group.clone()] } else { Vec::new() },
        tag_specifications: vec![named(&format!("n{number}"))],
        ..request(&subnet)
    };
    let made = join_all((0..20).map(|number| create_network_interface(&world, &calls[number], asked(number)))).await;
    let batches = commits(&mut told);
    assert_eq!(batches.iter().sum::<usize>(), 20);
    assert!(batches.len() < 10, "{batches:?}");

    let log = change::Entity::find().filter(change::Column::What.eq("created")).filter(change::Column::Entity.eq("interface"));
    let log = log.all(world.store.reader()).await.unwrap();
    for (number, made) in made.into_iter().enumerate() {
        let made = made.unwrap();
        assert_eq!(made.client_token.as_deref(), Some(&*format!("token-{number}")));
        let shown = made.network_interface;
        assert_eq!(shown, world.by_id(&shown.network_interface_id).await.unwrap());
        assert_eq!(shown.description, format!("number {number}"));
        assert_eq!(shown.tags, named(&format!("n{number}")).tags);
        let groups: Vec<&str> = shown.groups.iter().map(|group| group.group_name.as_str()).collect();
        assert_eq!(groups, [if number.is_multiple_of(2) { "web" } else { "default" }]);
        let row = log.iter().find(|row| row.entity_id == shown.network_interface_id).unwrap();
        assert!(row.who.ends_with(&format!("request request-{number}")), "{}", row.who);
        let again = create_network_interface(&world, &calls[number], asked(number)).await.unwrap();
        assert_eq!(again.network_interface, shown);
    }
    let addresses: HashSet<String> = world.describe(&[]).await.into_iter().map(|one| one.private_ip_address).collect();
    assert_eq!(addresses.len(), 20);
}

#[tokio::test]
async fn what_is_refused_is_refused_alone() {
    let (world, mut told) = counted().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let taken = world.interface(&subnet).await.private_ip_address;
    commits(&mut told);
    let plain = || request(&subnet);
    let by_rule = CreateNetworkInterface { security_group_ids: vec!["sg-12345678".to_owned()], ..plain() };
    let by_schema = || CreateNetworkInterface { private_ip_address: Some(taken.clone()), ..plain() };
    let create = |asked: CreateNetworkInterface| world.create(asked);

    // The rules know it before anything is written: the others stay together.
    let outcomes = join_all([plain(), by_rule, plain(), plain()].map(create)).await;
    let codes: Vec<String> = outcomes.into_iter().map(|outcome| if outcome.is_ok() { "made".to_owned() } else { code(outcome) }).collect();
    assert_eq!(codes, ["made", "InvalidGroup.NotFound", "made", "made"]);
    assert_eq!(commits(&mut told), [3]);

    // Only the schema knows it: each has to be tried by itself, and has its own answer.
    let outcomes = join_all([plain(), plain(), by_schema(), plain(), by_schema()].map(create)).await;
    let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (3, 2));
    for outcome in refused {
        assert_eq!(refusal(outcome), format!("InvalidIPAddress.InUse: Address {taken} is in use."));
    }
    assert_eq!(world.describe(&[]).await.len(), 1 + 3 + 3);
    assert_eq!(commits(&mut told), [1, 1, 1]);
}

#[tokio::test]
async fn a_token_used_twice_at_once_makes_one_interface() {
    let (world, _told) = counted().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let asked = |token: &str| CreateNetworkInterface { client_token: Some(token.to_owned()), ..request(&subnet) };
    let made = join_all(["a", "b", "c", "b", "a", "c", "b"].map(|token| world.create(asked(token)))).await;
    let ids: Vec<String> = made.into_iter().map(|made| made.unwrap().network_interface_id).collect();
    assert_eq!((&ids[0], &ids[1], &ids[2]), (&ids[4], &ids[3], &ids[5]));
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3);
    assert_eq!(world.describe(&[]).await.len(), 3);
}

#[tokio::test]
async fn a_caller_who_hangs_up_takes_nobody_along() {
    let (world, _told) = counted().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let mut first = Box::pin(world.create(request(&subnet)));
    let mut second = Box::pin(world.create(request(&subnet)));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    // The turn begins with both of them.
    tokio::task::yield_now().await;
    drop(first);
    let made = second.await.unwrap();
    assert_eq!(made, world.by_id(&made.network_interface_id).await.unwrap());
    // What was begun was made: that nobody waited for the answer is no reason to undo it.
    assert_eq!(world.describe(&[]).await.len(), 2);

    // Nothing was begun for one who left while others were being written.
    let mut third = Box::pin(world.create(request(&subnet)));
    assert!(third.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;
    let mut fourth = Box::pin(world.create(request(&subnet)));
    assert!(fourth.as_mut().now_or_never().is_none());
    drop(fourth);
    third.await.unwrap();
    world.interface(&subnet).await;
    assert_eq!(world.describe(&[]).await.len(), 4);
}

#[tokio::test]
async fn who_names_more_groups_than_a_statement_can_have_spoils_it_for_nobody() {
    let (world, mut told) = counted().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    commits(&mut told);
    let many = |from: u32| CreateNetworkInterface {
        security_group_ids: (from..from + 9_000).map(|number| format!("sg-{number:08x}")).collect(),
        ..request(&subnet)
    };
    let asked = [many(0), request(&subnet), many(10_000), many(20_000), many(30_000), many(40_000), many(50_000), many(60_000), many(70_000)];
    let outcomes = join_all(asked.map(|asked| world.create(asked))).await;
    let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 8));
    for outcome in refused {
        assert_eq!(code(outcome), "InvalidGroup.NotFound");
    }
    assert_eq!(commits(&mut told), [1]);
}
