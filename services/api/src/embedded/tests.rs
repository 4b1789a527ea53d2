use multihome_core::instance_types::predefined;
use multihome_ec2::{availability_zone::DescribeAvailabilityZones, instance::RunInstances, subnet::CreateSubnet, vpc::CreateVpc};
use multihome_entities::{account, instance_type};
use multihome_types::InstanceType;
use sea_orm::{EntityTrait, IntoActiveModel};

use super::*;
use crate::{
    operations::{create_subnet, create_vpc, describe_availability_zones, run_instances},
    testing::{self, call, code},
};

fn kind() -> InstanceType {
    predefined("m1.small").unwrap().instance_type()
}

fn call_in(region: &str) -> Call {
    Call { region: region.parse().unwrap(), ..call() }
}

async fn zones(api: &Api, call: &Call) -> Vec<String> {
    let shown = describe_availability_zones(api, call, DescribeAvailabilityZones::default()).await.unwrap().availability_zones;
    shown.into_iter().map(|zone| zone.zone_name).collect()
}

/// A subnet in a new VPC; its id.
async fn subnet(api: &Api, call: &Call, zone: &str) -> Result<String, Fault> {
    let vpc = create_vpc(api, call, CreateVpc { cidr_block: "10.0.0.0/16".to_owned(), ..CreateVpc::default() }).await.unwrap().vpc.vpc_id;
    let request =
        CreateSubnet { vpc_id: vpc, cidr_block: "10.0.1.0/24".to_owned(), availability_zone: Some(zone.to_owned()), ..CreateSubnet::default() };
    Ok(create_subnet(api, call, request).await?.subnet.subnet_id)
}

async fn launch(api: &Api, call: &Call, subnet: &str) {
    let request = RunInstances {
        image_id: "ami-00000001".to_owned(),
        instance_type: Some(kind().name),
        min_count: 1,
        max_count: 1,
        subnet_id: Some(subnet.to_owned()),
        ..RunInstances::default()
    };
    run_instances(api, call, request).await.unwrap();
}

#[tokio::test]
async fn a_zone_gets_its_cluster_when_somebody_first_launches_there() {
    let (api, clusters) = testing::embedded(false).await;
    let transaction = api.store.begin().await.unwrap();
    let row = instance_type::Model::from(kind()).into_active_model();
    instance_type::Entity::insert(row).exec_without_returning(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
    let far = call_in("eu-west-1");
    assert_eq!(zones(&api, &far).await, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    assert_eq!(zones(&api, &call()).await, ["us-east-1a", "us-east-1b", "us-east-1c"], "with those that have clusters already");
    let subnet_b = subnet(&api, &far, "eu-west-1b").await.unwrap();
    assert_eq!(code(subnet(&api, &far, "eu-west-1d").await), "InvalidParameterValue");
    assert!(clusters.opened.lock().unwrap().is_empty(), "networks alone need no cluster");
    for _ in 0..2 {
        launch(&api, &far, &subnet_b).await;
        assert_eq!(*clusters.opened.lock().unwrap(), ["eu-west-1b"]);
    }
}

#[tokio::test]
async fn without_these_habits_a_zone_without_a_cluster_does_not_exist() {
    let api = testing::api().await;
    assert!(zones(&api, &call_in("eu-west-1")).await.is_empty());
    assert_eq!(code(subnet(&api, &call(), "us-east-1c").await), "InvalidParameterValue");
}

#[tokio::test]
async fn an_account_that_was_forgotten_is_met_again() {
    let (api, _) = testing::embedded(true).await;
    let embedded = api.embedded.as_ref().unwrap();
    let there = async || accounts::list(&api.store).await.unwrap().len();
    embedded.meet(&api.store, &call()).await.unwrap();
    assert_eq!(there().await, 1);
    // What was believed of it is too old by the time it is gone.
    accounts::delete(&api.store, call().account).await.unwrap();
    embedded.meet(&api.store, &call()).await.unwrap();
    assert_eq!(there().await, 1);
    for forgotten in [Some(call().account), None] {
        let transaction = api.store.begin().await.unwrap();
        account::Entity::delete_by_id(call().account).exec(transaction.conn()).await.unwrap();
        transaction.commit().await.unwrap();
        embedded.forget(forgotten);
        embedded.meet(&api.store, &call()).await.unwrap();
        assert_eq!(there().await, 1);
    }
}
