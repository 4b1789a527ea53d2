//! Corrections on a real database, and the service on a real NATS server.

mod gateways;
mod nats;
mod region;

use std::{collections::BTreeSet, time::Duration};

use clap::Parser;
use multihome_entities::change;
use multihome_messages::{STREAMS, Subject};
use multihome_runtime::{Cas, now};
use multihome_types::{EntityKind, Generation, InstanceState, NatGatewayState, RouteState, RouteTableId};
use sea_orm::EntityTrait;

use super::*;
use crate::{apply::apply_corrections, correct::wrong_routes, gather::gather_facts};
use nats::Nats;
use region::{Region, VPC, of};

const PATIENCE: Duration = Duration::from_secs(20);
const NEVER: Duration = Duration::from_secs(3_600);
const ACTIVE: RouteState = RouteState::Active;
const BLACKHOLE: RouteState = RouteState::Blackhole;

/// One route of one table through an interface that is on a running instance.
async fn one_route(state: RouteState, instance: Option<&str>) -> Region {
    let region = Region::new().await;
    region.instance("i-1b5c4503", InstanceState::Running).await;
    region.interface("eni-a2f151a8").await;
    region.attach("eni-a2f151a8", "i-1b5c4503").await;
    region.table("rtb-55a30b11", &[("eni-a2f151a8", state, instance)]).await;
    region
}

/// The state and instance of the only route of `rtb-55a30b11`.
async fn stored(region: &Region) -> (RouteState, Option<String>) {
    let route = region.read("rtb-55a30b11").await.routes.remove(0);
    (route.state, route.instance.map(|(id, _)| id.to_string()))
}

/// Level-triggered: looks until it is so, and says what was so if it does not become so.
async fn until(region: &Region, state: RouteState, instance: Option<&str>) {
    let wanted = (state, instance.map(ToOwned::to_owned));
    let waiting = async { while stored(region).await != wanted {} };
    if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
        panic!("the route is {:?} and not {wanted:?}", stored(region).await);
    }
}

struct Running {
    bus: Bus,
    stop: Stop,
    tasks: tokio::task::JoinHandle<Result<(), Failure>>,
    _nats: Nats,
}

impl Running {
    async fn new(region: &Region, route_review_interval: Duration) -> Self {
        Self::with_replicas(region, route_review_interval, 1).await
    }

    async fn with_replicas(region: &Region, route_review_interval: Duration, replicas: usize) -> Self {
        let nats = Nats::start();
        let bus = nats.bus("test").await;
        bus.declare().await.unwrap();
        let mut tasks = Tasks::new();
        for _ in 0..replicas {
            let args = RouteWorkflowArgs { route_review_interval, nat_gateway_interval: route_review_interval, ..args(&[]) };
            start(&mut tasks, nats.bus("route-workflow").await, region.store.clone(), args).await.unwrap();
        }
        let stop = tasks.stop();
        Self { bus, stop, tasks: tokio::spawn(tasks.run(std::future::pending())), _nats: nats }
    }

    async fn tell(&self, tables: Vec<RouteTableId>) {
        let vpc = of(VPC);
        self.bus.publish(&Subject::RouteStateInvalidated(vpc), &RouteStateInvalidated { vpc, tables }).await.unwrap();
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_route_follows_its_interface() {
    let region = one_route(BLACKHOLE, None).await;
    region.instance("i-00000002", InstanceState::Running).await;
    let running = Running::new(&region, NEVER).await;
    running.tell(vec![of("rtb-55a30b11")]).await;
    until(&region, ACTIVE, Some("i-1b5c4503")).await;

    region.instance_state("i-1b5c4503", InstanceState::Stopping).await;
    // Of no table in particular: of all.
    running.tell(vec![]).await;
    until(&region, BLACKHOLE, Some("i-1b5c4503")).await;

    region.detach("eni-a2f151a8").await;
    running.tell(vec![of("rtb-55a30b11")]).await;
    until(&region, BLACKHOLE, None).await;

    region.attach("eni-a2f151a8", "i-00000002").await;
    running.tell(vec![of("rtb-55a30b11")]).await;
    until(&region, ACTIVE, Some("i-00000002")).await;

    // Every correction counts the table up once and is in the log.
    assert_eq!(region.read("rtb-55a30b11").await.generation, Generation(5));
    let changes = change::Entity::find().all(region.store.reader()).await.unwrap();
    let last = changes.last().unwrap();
    assert_eq!((last.entity, last.entity_id.as_str(), last.what.as_str()), (EntityKind::RouteTable, "rtb-55a30b11", "route-state-corrected"));
    assert_eq!(last.why, "route 10.0.0.0/16 to eni-a2f151a8 was blackhole and is active on i-00000002");
    assert_eq!(changes.iter().map(|change| change.generation.0).collect::<Vec<_>>(), [2, 3, 4, 5]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_event_costs_no_more_than_the_interval() {
    let region = one_route(ACTIVE, Some("i-1b5c4503")).await;
    let running = Running::new(&region, Duration::from_millis(20)).await;
    for state in [InstanceState::Stopped, InstanceState::Running, InstanceState::ShuttingDown] {
        region.instance_state("i-1b5c4503", state).await;
        until(&region, if state == InstanceState::Running { ACTIVE } else { BLACKHOLE }, Some("i-1b5c4503")).await;
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_after_the_bus_was_wiped_is_taken() {
    let region = one_route(BLACKHOLE, None).await;
    let running = Running::new(&region, NEVER).await;
    // The first review has been.
    until(&region, ACTIVE, Some("i-1b5c4503")).await;
    for stream in STREAMS {
        running.bus.jetstream().delete_stream(stream.name).await.unwrap();
    }
    region.instance_state("i-1b5c4503", InstanceState::Stopped).await;
    running.tell(vec![]).await;
    until(&region, BLACKHOLE, Some("i-1b5c4503")).await;
    running.stop().await;
}

#[tokio::test]
async fn a_table_that_was_changed_meanwhile_is_read_again() {
    let region = one_route(BLACKHOLE, None).await;
    let read = region.read("rtb-55a30b11").await;
    let facts = gather_facts(region.store.reader(), std::slice::from_ref(&read)).await.unwrap();
    let wrong = wrong_routes(&read, &facts);
    assert_eq!(wrong.len(), 1);
    region.touch("rtb-55a30b11").await;
    assert_eq!(apply_corrections(&region.store, &read, &wrong, now()).await.unwrap(), Cas::Stale);
    assert_eq!(stored(&region).await, (BLACKHOLE, None));
    assert!(change::Entity::find().one(region.store.reader()).await.unwrap().is_none());
    assert_eq!(correct(&region.store, &Tally::default(), of(VPC), vec![]).await.unwrap(), Correction::Done { corrected: 1 });
    assert_eq!(stored(&region).await, (ACTIVE, Some("i-1b5c4503".to_owned())));
    assert_eq!(correct(&region.store, &Tally::default(), of(VPC), vec![]).await.unwrap(), Correction::Done { corrected: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_tried_again_and_never_lost() {
    let region = std::sync::Arc::new(one_route(ACTIVE, Some("i-1b5c4503")).await);
    let running = Running::new(&region, NEVER).await;
    for round in 0..10 {
        let (state, expected) = if round % 2 == 0 { (InstanceState::Stopped, BLACKHOLE) } else { (InstanceState::Running, ACTIVE) };
        region.instance_state("i-1b5c4503", state).await;
        running.tell(vec![of("rtb-55a30b11")]).await;
        // More often than one attempt tries, and to an end: on a busy machine nobody else would ever get in between.
        let on = region.clone();
        let touching = tokio::spawn(async move {
            for _ in 0..50 {
                on.touch("rtb-55a30b11").await;
            }
        });
        until(&region, expected, Some("i-1b5c4503")).await;
        touching.await.unwrap();
    }
    running.stop().await;
}

#[tokio::test]
async fn the_review_finds_exactly_what_core_calls_wrong() {
    let region = Region::new().await;
    region.instance("i-00000000", InstanceState::Running).await;
    let mut targets = vec!["eni-ffffffff".to_owned()];
    for (number, state) in InstanceState::ALL.iter().enumerate() {
        let number = number + 1;
        region.instance(&format!("i-0000000{number}"), *state).await;
        let interface = format!("eni-0000000{number}");
        region.interface(&interface).await;
        region.attach(&interface, &format!("i-0000000{number}")).await;
        targets.push(interface);
    }
    region.interface("eni-eeeeeeee").await;
    targets.push("eni-eeeeeeee".to_owned());

    let mut tables = vec![];
    for target in &targets {
        let right = target.replace("eni-", "i-");
        for state in [ACTIVE, BLACKHOLE] {
            for instance in [None, Some(right.as_str()), Some("i-00000000")] {
                let id = format!("rtb-{:08x}", tables.len());
                // A local route is never wrong, and never looked for.
                region.table(&id, &[("local", ACTIVE, None), (target, state, instance)]).await;
                tables.push(region.read(&id).await);
            }
        }
    }
    let facts = gather_facts(region.store.reader(), &tables).await.unwrap();
    let wrong: BTreeSet<RouteTableId> = tables.iter().filter(|table| !wrong_routes(table, &facts).is_empty()).map(|table| table.id).collect();
    let found = gather_wrong(region.store.reader()).await.unwrap();
    assert_eq!(found.values().flatten().copied().collect::<BTreeSet<_>>(), wrong);
    // Of six tables for each target, one is right.
    assert_eq!((tables.len(), wrong.len()), (targets.len() * 6, targets.len() * 5));

    review_all(&region.store, &Tally::default()).await.unwrap();
    assert!(gather_wrong(region.store.reader()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_review_finds_wrong_routes_by_gateways_too() {
    let region = Region::new().await;
    region.vpc("vpc-00000002").await;
    let mut targets = vec!["igw-ffffffff".to_owned(), "nat-ffffffff".to_owned()];
    for (id, vpc) in [("igw-00000001", Some(VPC)), ("igw-00000002", Some("vpc-00000002")), ("igw-00000003", None)] {
        region.internet_gateway(id, vpc).await;
        targets.push(id.to_owned());
    }
    for (number, state) in NatGatewayState::ALL.iter().enumerate() {
        let id = format!("nat-0000000{number}");
        region.nat_gateway(&id, *state).await;
        targets.push(id);
    }
    let mut tables = vec![];
    for target in &targets {
        for state in [ACTIVE, BLACKHOLE] {
            let id = format!("rtb-{:08x}", tables.len());
            region.table(&id, &[(target, state, None)]).await;
            tables.push(region.read(&id).await);
        }
    }
    let facts = gather_facts(region.store.reader(), &tables).await.unwrap();
    let wrong: BTreeSet<RouteTableId> = tables.iter().filter(|table| !wrong_routes(table, &facts).is_empty()).map(|table| table.id).collect();
    let found = gather_wrong(region.store.reader()).await.unwrap();
    assert_eq!(found.values().flatten().copied().collect::<BTreeSet<_>>(), wrong);
    // Of two tables for each target, one is right.
    assert_eq!(wrong.len(), targets.len());
    review_all(&region.store, &Tally::default()).await.unwrap();
    let mut active = BTreeSet::new();
    for table in &tables {
        let route = region.read(&table.id.to_string()).await.routes.remove(0);
        active.extend((route.state == ACTIVE).then(|| route.target.to_string()));
    }
    assert_eq!(active, BTreeSet::from(["igw-00000001".to_owned(), "nat-00000002".to_owned()]), "the available one is the third state");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_settles_without_work_done_twice() {
    const TABLES: usize = 50;
    let region = Region::new().await;
    region.instance("i-1b5c4503", InstanceState::Running).await;
    region.interface("eni-a2f151a8").await;
    region.attach("eni-a2f151a8", "i-1b5c4503").await;
    let routes = [("eni-a2f151a8", ACTIVE, Some("i-1b5c4503")); 50];
    let names: Vec<String> = (0..TABLES).map(|number| format!("rtb-{number:08x}")).collect();
    for name in &names {
        region.table(name, &routes).await;
    }
    // Two replicas, each with a hasty timer, and somebody who tells of every table again and again.
    let running = Running::with_replicas(&region, Duration::from_millis(50), 2).await;
    for (flip, state) in [InstanceState::Stopped, InstanceState::Running, InstanceState::Stopping].into_iter().enumerate() {
        region.instance_state("i-1b5c4503", state).await;
        for _ in 0..5 {
            running.tell(names.iter().map(|name| of(name)).collect()).await;
            running.tell(vec![]).await;
        }
        let settled = async { while !gather_wrong(region.store.reader()).await.unwrap().is_empty() {} };
        tokio::time::timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("flip {flip} does not settle"));
        let changes = change::Entity::find().all(region.store.reader()).await.unwrap();
        assert_eq!(changes.len(), TABLES * (flip + 1), "each table is written once for each flip");
    }
    running.stop().await;
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: RouteWorkflowArgs,
}

fn args(flags: &[&str]) -> RouteWorkflowArgs {
    Line::try_parse_from(["route-workflow"].iter().chain(flags)).unwrap_or_else(|why| panic!("{why}")).args
}

#[test]
fn an_interval_is_longer_than_nothing() {
    for flag in ["--route-review-interval", "--nat-gateway-interval"] {
        assert!(Line::try_parse_from(["route-workflow", flag, "0s"]).is_err(), "{flag}");
    }
    assert_eq!((args(&[]).route_review_interval, args(&[]).nat_gateway_shown), (Duration::from_secs(10), Duration::from_secs(3_600)));
}
