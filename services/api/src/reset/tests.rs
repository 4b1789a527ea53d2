use std::collections::BTreeSet;

use multihome_ec2::network_interface::CreateNetworkInterface;
use multihome_entities::{attachment, change, elastic_address, instance, interface};
use sea_orm::{ColumnTrait, DatabaseBackend, EntityTrait, QueryFilter, sea_query::Expr};

use super::*;
use crate::{
    operations::{
        allocate_address, create_network_interface, describe_network_interfaces, describe_vpcs, network_interfaces::world::World, run_instances,
    },
    testing::{call, call_of},
};

/// A table that a later migration adds has to be decided about: is it somebody's, and does anything refer to it?
#[tokio::test]
async fn every_table_is_emptied_or_kept() {
    let store = crate::test_store::TestStore::open().await;
    let sql = match store.reader().get_database_backend() {
        DatabaseBackend::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        _ => "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
    };
    let rows = store.reader().query_all_raw(Statement::from_string(store.reader().get_database_backend(), sql)).await.unwrap();
    let there: BTreeSet<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    let known: BTreeSet<String> = TABLES.iter().map(|table| table.name).chain(KEPT.iter().copied()).map(str::to_owned).collect();
    assert_eq!(there, known);
}

/// A world with an instance that has two interfaces, and a public address.
async fn inhabited() -> World {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let interface = world.interface(&subnet).await.network_interface_id;
    let launch = multihome_ec2::instance::RunInstances {
        image_id: "ami-00000001".to_owned(),
        instance_type: Some("m1.xlarge".to_owned()),
        min_count: 1,
        max_count: 1,
        subnet_id: Some(subnet),
        ..Default::default()
    };
    let instance = run_instances(&world.api, &world.call, launch).await.unwrap().instances.remove(0).instance_id;
    allocate_address(&world.api, &world.call, Default::default()).await.unwrap();
    attach(&world, &interface, &instance).await;
    world
}

/// As the attachment service would.
async fn attach(world: &World, interface: &str, instance: &str) {
    let conn = world.api.store.reader();
    let first = attachment::Entity::find().filter(attachment::Column::Instance.eq(instance)).one(conn).await.unwrap().unwrap();
    let owner = interface::Entity::find_by_id(interface.parse::<multihome_types::InterfaceId>().unwrap()).one(conn).await.unwrap().unwrap().account;
    let row = attachment::Model { id: world.api.fresh(), interface: interface.parse().unwrap(), account: owner, device_index: 1, ..first };
    let transaction = world.api.store.begin().await.unwrap();
    attachment::Entity::insert(sea_orm::IntoActiveModel::into_active_model(row)).exec_without_returning(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn rows(store: &Store, table: &str) -> i64 {
    let statement = Statement::from_string(store.reader().get_database_backend(), format!("SELECT COUNT(*) FROM {table}"));
    store.reader().query_one_raw(statement).await.unwrap().unwrap().try_get_by_index(0).unwrap()
}

#[tokio::test]
async fn nothing_is_left_of_anybody() {
    let world = inhabited().await;
    let store = &world.api.store;
    let instance = instance::Entity::find().one(store.reader()).await.unwrap().unwrap();
    let interface = interface::Entity::find().one(store.reader()).await.unwrap().unwrap();
    let types = rows(store, "instance_types").await;
    assert!(delete_all(store, None).await.unwrap() > 8);
    for table in TABLES {
        assert_eq!(rows(store, table.name).await, 0, "{}", table.name);
    }
    assert_eq!((rows(store, "instance_types").await, rows(store, "clusters").await), (types, 2));
    for (id, generation) in [(instance.id.to_string(), instance.generation), (interface.id.to_string(), interface.generation)] {
        let last = change::Entity::find()
            .filter(change::Column::EntityId.eq(&id))
            .filter(change::Column::What.eq("deleted"))
            .one(store.reader())
            .await
            .unwrap()
            .unwrap();
        assert_eq!((last.generation, last.who.as_str()), (generation.next(), "operator"));
        assert_eq!(last.why, format!("{id} was deleted: every account was reset."));
    }
    // And everything can be made anew.
    assert_eq!(delete_all(store, None).await.unwrap(), 0);
}

#[tokio::test]
async fn what_another_account_has_stays() {
    let world = inhabited().await;
    let store = &world.api.store;
    let vpcs = async |account: &str| describe_vpcs(&world.api, &call_of(account), Default::default()).await.unwrap().vpcs.len();
    let own = vpcs("000000000001").await;
    assert_eq!(delete_all(store, Some("000000000002".parse().unwrap())).await.unwrap(), 0);
    assert_eq!(vpcs("000000000001").await, own);
    // The instance goes to another account, as if the interface at index 1 were there by its owner's permission.
    let other: AccountId = "000000000002".parse().unwrap();
    let transaction = store.begin().await.unwrap();
    instance::Entity::update_many().col_expr(instance::Column::Account, Expr::value(other)).exec(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
    let before = interface::Entity::find().all(store.reader()).await.unwrap();
    delete_all(store, Some(other)).await.unwrap();
    assert_eq!((rows(store, "instances").await, rows(store, "attachments").await), (0, 0));
    let after = interface::Entity::find().all(store.reader()).await.unwrap();
    assert_eq!(after.len(), before.len());
    assert!(before.iter().zip(&after).all(|(before, after)| after.generation == before.generation.next()), "their attachments are gone");
    let shown = describe_network_interfaces(&world.api, &call(), Default::default()).await.unwrap().network_interfaces;
    assert!(shown.iter().all(|interface| interface.status == "available" && interface.attachment.is_none()), "{shown:?}");
    let subnet = shown[0].subnet_id.clone();
    create_network_interface(&world.api, &call(), CreateNetworkInterface { subnet_id: subnet, ..Default::default() }).await.unwrap();
}

#[tokio::test]
async fn addresses_that_lead_from_one_account_to_another_keep_neither_from_a_reset() {
    let world = inhabited().await;
    let store = &world.api.store;
    let (own, other): (AccountId, AccountId) = (world.call.account, "000000000002".parse().unwrap());
    let lead_to_an_interface = async |owner: AccountId| {
        let led = interface::Entity::find().filter(interface::Column::Account.eq(own)).one(store.reader()).await.unwrap().unwrap();
        let transaction = store.begin().await.unwrap();
        let columns = elastic_address::Entity::update_many()
            .col_expr(elastic_address::Column::Account, Expr::value(owner))
            .col_expr(elastic_address::Column::Association, Expr::value("eipassoc-00000001"))
            .col_expr(elastic_address::Column::Interface, Expr::value(led.id))
            .col_expr(elastic_address::Column::PrivateAddress, Expr::value(led.address));
        columns.exec(transaction.conn()).await.unwrap();
        transaction.commit().await.unwrap();
        led
    };
    let told_of = async |id: &str, what: &str| {
        let of = change::Entity::find().filter(change::Column::EntityId.eq(id)).filter(change::Column::What.eq(what));
        of.all(store.reader()).await.unwrap().pop().unwrap()
    };
    // The other account's address led to an interface of this one: the address goes, and the interface is told of.
    let led = lead_to_an_interface(other).await;
    assert_eq!(delete_all(store, Some(other)).await.unwrap(), 1);
    let told = told_of(&led.id.to_string(), "disassociated").await;
    assert_eq!((told.account, told.generation), (own, led.generation.next()));

    // And the other way round: the interface goes, and the address is free.
    allocate_address(&world.api, &world.call, Default::default()).await.unwrap();
    lead_to_an_interface(other).await;
    delete_all(store, Some(own)).await.unwrap();
    let [address] = &elastic_address::Entity::find().all(store.reader()).await.unwrap()[..] else { panic!("one address") };
    assert_eq!((address.account, address.interface, address.association), (other, None, None));
    let told = told_of(&address.id.to_string(), "disassociated").await;
    assert_eq!((told.account, told.generation), (other, address.generation));
}
