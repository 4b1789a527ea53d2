use multihome_core::instance_types::PREDEFINED;
use multihome_entities::instance_type;
use sea_orm::IntoActiveModel;

use super::*;
use crate::testing::{self, TestApi, call, code, filter, log_of};

async fn api() -> TestApi {
    let api = testing::api().await;
    let transaction = api.store.begin().await.unwrap();
    let rows = PREDEFINED.iter().map(|predefined| instance_type::Model::from(predefined.instance_type()).into_active_model());
    Entity::insert_many(rows).exec_without_returning(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
    api
}

fn named(names: &[&str]) -> DescribeInstanceTypes {
    DescribeInstanceTypes { instance_types: names.iter().map(|name| (*name).to_owned()).collect(), ..DescribeInstanceTypes::default() }
}

#[tokio::test]
async fn types_show_the_limits_that_are_enforced() {
    let api = api().await;
    let shown = describe_instance_types(&api, &call(), named(&["t3.micro"])).await.unwrap().instance_types.remove(0);
    let network = shown.network_info;
    assert_eq!((network.maximum_network_interfaces, network.ipv4_addresses_per_interface, network.network_cards.len()), (2, 2, 1));
    assert_eq!(code(describe_instance_types(&api, &call(), named(&["t3.micro", "x9.huge"])).await), "InvalidInstanceType");
    let metal = DescribeInstanceTypes { filters: vec![filter("bare-metal", &["true"])], ..DescribeInstanceTypes::default() };
    assert_eq!(describe_instance_types(&api, &call(), metal).await.unwrap().instance_types.len(), 2);
    let page = DescribeInstanceTypes { max_results: Some(20), ..DescribeInstanceTypes::default() };
    let first = describe_instance_types(&api, &call(), page.clone()).await.unwrap();
    let second = describe_instance_types(&api, &call(), DescribeInstanceTypes { next_token: first.next_token, ..page }).await.unwrap();
    assert_eq!((first.instance_types.len(), second.instance_types.len()), (20, 20));
    assert!(second.instance_types.iter().all(|shown| !first.instance_types.contains(shown)));
}

#[tokio::test]
async fn a_limit_is_changed_and_reset() {
    let api = api().await;
    let change = |interfaces: Option<u32>, reset: bool| ModifyInstanceTypeAttribute {
        name: "m1.small".to_owned(),
        network_interfaces: interfaces,
        reset,
        ..ModifyInstanceTypeAttribute::default()
    };
    let changed = modify_instance_type_attribute(&api, &call(), change(Some(5), false)).await.unwrap();
    assert_eq!((changed.previous_instance_type.network_interfaces, changed.instance_type.network_interfaces), (2, 5));
    modify_instance_type_attribute(&api, &call(), change(Some(5), false)).await.unwrap();
    assert_eq!(log_of(&api, "m1.small").await, ["modified"], "what changes nothing is no change");
    assert_eq!(code(modify_instance_type_attribute(&api, &call(), change(Some(0), false)).await), "InvalidParameterValue");
    assert_eq!(modify_instance_type_attribute(&api, &call(), change(None, true)).await.unwrap().instance_type.network_interfaces, 2);
    let row = Entity::find_by_id("m1.small").one(api.store.reader()).await.unwrap().unwrap();
    assert_eq!((row.interfaces, row.generation.0), (2, 3));
    let unknown = ModifyInstanceTypeAttribute { name: "x9.huge".to_owned(), ..change(Some(2), false) };
    assert_eq!(code(modify_instance_type_attribute(&api, &call(), unknown).await), "InvalidParameterValue");
}
