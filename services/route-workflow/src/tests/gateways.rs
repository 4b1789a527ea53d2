//! NAT gateways on a real database: set up, failed, deleted, forgotten, and interrupted at every place.

use std::{future::poll_fn, task::Poll};

use multihome_entities::{elastic_address, interface, internet_gateway, nat_gateway, private_address, tag};
use multihome_types::{Change, Generation, InterfaceKind, NatGateway, NatGatewayId, PrivateAddress};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use super::*;
use crate::nat_gateways::Advance;

const GATEWAY: &str = "nat-99528bb0";
const ELASTIC: &str = "eipalloc-00000001";
const INTERNET: &str = "igw-993ae7e7";
const HOUR: Duration = Duration::from_secs(3_600);

fn workflow(region: &Region, shown: Duration) -> NatWorkflow {
    let settings = NatSettings { id_length: IdLength::Short, mac_prefix: MacPrefix::default(), shown };
    NatWorkflow { store: region.store.clone(), tally: Arc::default(), settings }
}

/// With an internet gateway and an elastic address.
async fn region() -> Region {
    let region = Region::new().await;
    region.internet_gateway(INTERNET, Some(VPC)).await;
    region.elastic(ELASTIC, "203.0.113.9").await;
    region
}

async fn read(region: &Region, id: &str) -> NatGateway {
    let row = nat_gateway::Entity::find_by_id(of::<NatGatewayId>(id)).one(region.store.reader()).await.unwrap();
    row.unwrap_or_else(|| panic!("{id} is gone")).into()
}

/// What the gateways of the region have: interfaces, private addresses, and elastic addresses that lead to one.
async fn held(region: &Region) -> [usize; 3] {
    let conn = region.store.reader();
    let interfaces = interface::Entity::find().filter(interface::Column::Kind.eq(InterfaceKind::NatGateway)).all(conn).await.unwrap();
    let of_these = || interfaces.iter().map(|interface| interface.id);
    let addresses = private_address::Entity::find().filter(private_address::Column::Interface.is_in(of_these())).all(conn).await.unwrap();
    let led_to = elastic_address::Entity::find().filter(elastic_address::Column::Interface.is_in(of_these())).all(conn).await.unwrap();
    let all = private_address::Entity::find().filter(private_address::Column::Interface.is_not_null()).all(conn).await.unwrap();
    assert_eq!(all.len(), addresses.len(), "an address whose interface is no gateway's");
    [interfaces.len(), addresses.len(), led_to.len()]
}

/// The words of the log about a thing.
async fn log_of(region: &Region, id: &str) -> Vec<String> {
    let rows = change::Entity::find().filter(change::Column::EntityId.eq(id)).order_by_asc(change::Column::Id);
    rows.all(region.store.reader()).await.unwrap().into_iter().map(|row| row.what).collect()
}

#[tokio::test]
async fn a_public_one_gets_an_interface_and_its_address_leads_there() {
    let region = region().await;
    region.gateway(GATEWAY, Some(ELASTIC), None).await;
    workflow(&region, HOUR).drive(of(GATEWAY)).await.unwrap();
    let gateway = read(&region, GATEWAY).await;
    assert_eq!((gateway.state, gateway.generation), (NatGatewayState::Available, Generation(3)));
    let [own, public] = [gateway.interface.unwrap().address, gateway.public.unwrap().address].map(|address| address.to_string());
    assert!(own.starts_with("172.31.") && public == "203.0.113.9", "{own} {public}");
    assert_eq!(held(&region).await, [1, 1, 1]);

    let id = gateway.interface.unwrap().id;
    let interface = interface::find(region.store.reader(), id).await.unwrap().unwrap();
    assert_eq!((interface.kind, &*interface.description), (InterfaceKind::NatGateway, "Interface for NAT Gateway nat-99528bb0"));
    assert_eq!((interface.source_dest_check, interface.groups.len(), interface.account), (false, 0, gateway.account));
    assert_eq!(interface.public_of(interface.address).map(|elastic| elastic.id.to_string()).as_deref(), Some(ELASTIC));
    assert_eq!(log_of(&region, GATEWAY).await, ["interface-created", "available"]);
    assert_eq!(log_of(&region, &id.to_string()).await, ["created", "associated"]);
    assert_eq!(log_of(&region, ELASTIC).await, ["associated"]);
    assert_eq!(workflow(&region, HOUR).advance(of(GATEWAY)).await.unwrap(), Advance::Idle);
}

#[tokio::test]
async fn a_private_one_needs_no_way_to_the_internet_and_gets_the_address_it_asks_for() {
    let region = Region::new().await;
    region.gateway(GATEWAY, None, Some("172.31.0.77")).await;
    workflow(&region, HOUR).drive(of(GATEWAY)).await.unwrap();
    let gateway = read(&region, GATEWAY).await;
    assert_eq!((gateway.state, gateway.public), (NatGatewayState::Available, None));
    assert_eq!(gateway.interface.unwrap().address.to_string(), "172.31.0.77");
    assert_eq!(held(&region).await, [1, 1, 0]);
}

/// What a test takes away, and what the failure is then called.
const MISSING: [(&str, &str); 4] = [
    ("an internet gateway", "Gateway.NotAttached"),
    ("the elastic address", "InvalidAllocationID.NotFound"),
    ("the elastic address for itself", "Resource.AlreadyAssociated"),
    ("nothing", ""),
];

async fn take_away(region: &Region, what: &str) {
    let txn = region.store.begin().await.unwrap();
    match what {
        "an internet gateway" => drop(internet_gateway::Entity::delete_many().exec(txn.conn()).await.unwrap()),
        "the elastic address" => drop(elastic_address::Entity::delete_many().exec(txn.conn()).await.unwrap()),
        "nothing" => {}
        _ => {
            let elastic = elastic_address::find(txn.conn(), of(ELASTIC)).await.unwrap().unwrap();
            let association = multihome_types::AddressAssociation {
                id: of("eipassoc-00000009"),
                interface: of("eni-0000000e"),
                private_address: of("172.31.2.226"),
            };
            assert_eq!(elastic_address::associate(txn.conn(), &elastic, Some(association)).await.unwrap(), 1);
        }
    }
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn whenever_something_goes_missing_it_fails_and_keeps_nothing() {
    for (what, code) in MISSING {
        for steps in 0..3 {
            let region = region().await;
            region.interface("eni-0000000e").await;
            region.gateway(GATEWAY, Some(ELASTIC), None).await;
            let workflow = workflow(&region, HOUR);
            for _ in 0..steps {
                assert_eq!(workflow.advance(of(GATEWAY)).await.unwrap(), Advance::Stepped);
            }
            if steps == 2 {
                // It serves: nothing it needs can be taken away any more.
                assert_eq!(workflow.advance(of(GATEWAY)).await.unwrap(), Advance::Idle);
                continue;
            }
            take_away(&region, what).await;
            workflow.drive(of(GATEWAY)).await.unwrap();
            let gateway = read(&region, GATEWAY).await;
            match &gateway.failure {
                None => assert_eq!((code, gateway.state), ("", NatGatewayState::Available)),
                Some(failure) => {
                    assert_eq!((&*failure.code, gateway.state), (code, NatGatewayState::Failed), "without {what} after {steps} steps");
                    assert_eq!(held(&region).await, [0, 0, 0], "without {what} after {steps} steps");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_subnet_without_the_address_is_the_reason_of_a_failure() {
    let region = region().await;
    region.interface("eni-0000000e").await;
    region.subnet("subnet-00000028", "172.31.128.0/28").await;
    let txn = region.store.begin().await.unwrap();
    for place in 4..15 {
        let taken = PrivateAddress {
            account: of(region::ACCOUNT),
            region: of("home"),
            vpc: of(VPC),
            subnet: of("subnet-00000028"),
            address: of(&format!("172.31.128.{place}")),
            primary: false,
            prefix: None,
            owner: multihome_types::AddressOwner::Interface(of("eni-0000000e")),
        };
        assert!(private_address::take(txn.conn(), &taken).await.unwrap());
    }
    txn.commit().await.unwrap();
    for (wanted, code) in [(None, "InsufficientFreeAddressesInSubnet"), (Some("172.31.128.9"), "InvalidIPAddress.InUse")] {
        let id = if wanted.is_some() { "nat-00000001" } else { "nat-00000002" };
        region.gateway_in("subnet-00000028", (id, None, wanted)).await;
        workflow(&region, HOUR).drive(of(id)).await.unwrap();
        let gateway = read(&region, id).await;
        assert_eq!((gateway.state, gateway.failure.unwrap().code.as_ref()), (NatGatewayState::Failed, code));
        assert_eq!(gateway.interface, None);
    }
    region.gateway_in("subnet-00000029", ("nat-00000003", None, None)).await;
    workflow(&region, HOUR).drive(of("nat-00000003")).await.unwrap();
    assert_eq!(read(&region, "nat-00000003").await.failure.unwrap().code, "InvalidSubnetID.NotFound", "the subnet was deleted meanwhile");
}

#[tokio::test]
async fn what_it_had_is_given_back() {
    let region = region().await;
    region.gateway(GATEWAY, Some(ELASTIC), None).await;
    let workflow = workflow(&region, HOUR);
    workflow.drive(of(GATEWAY)).await.unwrap();
    let own = read(&region, GATEWAY).await.interface.unwrap().id;
    region.delete_gateway(GATEWAY).await;
    workflow.drive(of(GATEWAY)).await.unwrap();
    let gateway = read(&region, GATEWAY).await;
    assert_eq!((gateway.state, gateway.interface.map(|interface| interface.id)), (NatGatewayState::Deleted, Some(own)));
    assert_eq!(held(&region).await, [0, 0, 0]);
    assert_eq!(log_of(&region, GATEWAY).await, ["interface-created", "available", "deleted"]);
    assert_eq!(log_of(&region, &own.to_string()).await, ["created", "associated", "deleted"]);
    assert_eq!(log_of(&region, ELASTIC).await, ["associated", "disassociated"]);
    // The account has its address, and may use it again.
    region.gateway("nat-00000002", Some(ELASTIC), None).await;
    workflow.drive(of("nat-00000002")).await.unwrap();
    assert_eq!(read(&region, "nat-00000002").await.state, NatGatewayState::Available);
}

#[tokio::test]
async fn one_that_is_over_is_forgotten_in_time_and_not_before() {
    let region = Region::new().await;
    for (id, state) in [("nat-00000001", NatGatewayState::Deleted), ("nat-00000002", NatGatewayState::Failed), (GATEWAY, NatGatewayState::Available)]
    {
        region.nat_gateway(id, state).await;
    }
    let txn = region.store.begin().await.unwrap();
    let row =
        tag::Model { resource: "nat-00000001".into(), key: "Name".into(), value: String::new(), account: of(region::ACCOUNT), region: of("home") };
    tag::Entity::insert(tag::ActiveModel::from(row)).exec_without_returning(txn.conn()).await.unwrap();
    txn.commit().await.unwrap();
    let present = async || {
        let rows = nat_gateway::Entity::find().order_by_asc(nat_gateway::Column::Id).all(region.store.reader()).await.unwrap();
        rows.into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>()
    };
    workflow(&region, HOUR).review_all().await.unwrap();
    assert_eq!(present().await, ["nat-00000001", "nat-00000002", GATEWAY]);
    workflow(&region, Duration::ZERO).review_all().await.unwrap();
    assert_eq!(present().await, [GATEWAY]);
    assert_eq!(log_of(&region, "nat-00000001").await, ["removed"]);
    assert!(tag::Entity::find().one(region.store.reader()).await.unwrap().is_none());
}

/// Polls a future so many times and then drops it, as a process dies: whether it had come to its end.
async fn killed_after<F: Future>(polls: usize, work: F) -> bool {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn killed_anywhere_and_started_again_nothing_leaks_and_nothing_is_done_twice() {
    let region = region().await;
    let (mut gateways, mut polls, mut ended, mut killed) = (0, 0, [false; 2], 0);
    // A database that answers at once leaves few places to be killed in, and another time other ones: then from the beginning once more.
    while ended != [true; 2] || killed <= 10 {
        polls = if ended == [true; 2] { 1 } else { polls + 1 };
        gateways += 1;
        let id = format!("nat-{gateways:08x}");
        region.gateway(&id, Some(ELASTIC), None).await;
        ended[0] = killed_after(polls, workflow(&region, HOUR).drive(of(&id))).await;
        workflow(&region, HOUR).review_all().await.unwrap();
        let gateway = read(&region, &id).await;
        assert_eq!((gateway.state, gateway.failure), (NatGatewayState::Available, None), "killed after {polls} polls");
        assert_eq!(held(&region).await, [1, 1, 1], "killed after {polls} polls");

        region.delete_gateway(&id).await;
        ended[1] = killed_after(polls, workflow(&region, HOUR).drive(of(&id))).await;
        workflow(&region, HOUR).review_all().await.unwrap();
        assert_eq!(read(&region, &id).await.state, NatGatewayState::Deleted, "killed after {polls} polls");
        assert_eq!(held(&region).await, [0, 0, 0], "killed after {polls} polls");
        assert_eq!(log_of(&region, &id).await, ["interface-created", "available", "deleted"], "killed after {polls} polls");
        killed += ended.iter().filter(|ended| !**ended).count();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_workflows_at_once_each_step_is_one_workflows() {
    let region = region().await;
    for round in 0..5 {
        let id = format!("nat-0000000{round}");
        region.gateway(&id, Some(ELASTIC), None).await;
        let at_once = async || {
            let looks = (0..4).map(|_| {
                let (workflow, id) = (workflow(&region, HOUR), of(&id));
                tokio::spawn(async move { workflow.drive(id).await })
            });
            for look in looks.collect::<Vec<_>>() {
                look.await.unwrap().unwrap();
            }
        };
        at_once().await;
        assert_eq!((read(&region, &id).await.state, held(&region).await), (NatGatewayState::Available, [1, 1, 1]));
        region.delete_gateway(&id).await;
        at_once().await;
        assert_eq!((read(&region, &id).await.state, held(&region).await), (NatGatewayState::Deleted, [0, 0, 0]));
        assert_eq!(log_of(&region, &id).await, ["interface-created", "available", "deleted"]);
    }
}

#[tokio::test]
async fn its_routes_follow_it_before_anybody_tells_of_them() {
    let region = region().await;
    region.gateway(GATEWAY, Some(ELASTIC), None).await;
    region.table("rtb-55a30b11", &[("local", ACTIVE, None), (GATEWAY, BLACKHOLE, None)]).await;
    let state = async || region.read("rtb-55a30b11").await.routes.remove(1).state;
    let workflow = workflow(&region, HOUR);
    workflow.drive(of(GATEWAY)).await.unwrap();
    assert_eq!(state().await, ACTIVE);
    region.delete_gateway(GATEWAY).await;
    workflow.drive(of(GATEWAY)).await.unwrap();
    assert_eq!(state().await, BLACKHOLE);
    let changes = change::Entity::find().order_by_asc(change::Column::Id).all(region.store.reader()).await.unwrap();
    let last: Vec<(EntityKind, &str)> = changes.iter().rev().take(4).map(|row| (row.entity, row.what.as_str())).collect();
    let expected = [
        (EntityKind::NatGateway, "deleted"),
        (EntityKind::Interface, "deleted"),
        (EntityKind::ElasticAddress, "disassociated"),
        (EntityKind::RouteTable, "route-state-corrected"),
    ];
    assert_eq!(last, expected, "no route leads to what was given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_wakes_the_workflow_and_a_lost_one_costs_no_more_than_the_interval() {
    let region = region().await;
    let becomes = async |id: &str, state: NatGatewayState| {
        let waiting = async { while read(&region, id).await.state != state {} };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{id} does not become {state}"));
    };
    // The first review finds what was there before.
    region.gateway("nat-00000001", None, None).await;
    let running = Running::new(&region, NEVER).await;
    becomes("nat-00000001", NatGatewayState::Available).await;
    region.gateway("nat-00000002", None, None).await;
    running.tell_of_gateway("nat-00000002").await;
    becomes("nat-00000002", NatGatewayState::Available).await;
    running.stop().await;

    let running = Running::new(&region, Duration::from_millis(20)).await;
    region.delete_gateway("nat-00000002").await;
    becomes("nat-00000002", NatGatewayState::Deleted).await;
    running.stop().await;
}

impl Running {
    async fn tell_of_gateway(&self, id: &str) {
        let change = Change {
            id: multihome_types::ChangeId(1),
            entity: EntityKind::NatGateway,
            entity_id: id.to_owned(),
            generation: Generation::FIRST,
            account: of(region::ACCOUNT),
            region: of("home"),
            what: "created".to_owned(),
            why: String::new(),
            at: now(),
            who: "a test".to_owned(),
        };
        self.bus.publish(&Subject::changed(EntityKind::NatGateway, id), &change).await.unwrap();
    }
}
