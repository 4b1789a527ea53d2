//! What EC2 says of every instance, whoever launched it and however.

use multihome_ec2::instance::{CpuOptions, DescribeInstanceStatus, RunInstances};
use multihome_entities::instance_type;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{ZONE, on};
use crate::operations::{
    describe_instance_status,
    network_interfaces::world::{World, filters_of},
};

#[tokio::test]
async fn what_can_be_nothing_else_is_shown_and_found() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.one_of(on(&subnet)).await;
    for (name, is, is_not) in [
        ("operator.managed", "false", "true"),
        ("enclave-options.enabled", "false", "true"),
        ("hibernation-options.configured", "false", "true"),
        ("maintenance-options.auto-recovery", "default", "disabled"),
        ("network-performance-options.bandwidth-weighting", "default", "vpc-1"),
        ("capacity-reservation-specification.capacity-reservation-preference", "open", "none"),
        ("private-dns-name-options.hostname-type", "ip-name", "resource-name"),
        ("private-dns-name-options.enable-resource-name-dns-a-record", "false", "true"),
        ("private-dns-name-options.enable-resource-name-dns-aaaa-record", "false", "true"),
        ("network-interface.operator.managed", "false", "true"),
        ("network-interface.ipv6-native", "false", "true"),
        ("network-interface.deny-all-igw-traffic", "false", "true"),
    ] {
        assert_eq!(world.found(&[(name, &[is])]).await.len(), 1, "{name}");
        assert!(world.found(&[(name, &[is_not])]).await.is_empty(), "{name}");
    }
    for (managed, expected) in [("false", 1), ("true", 0)] {
        let filters = filters_of(&[("operator.managed", &[managed])]);
        let request = DescribeInstanceStatus { include_all_instances: true, filters, ..DescribeInstanceStatus::default() };
        assert_eq!(describe_instance_status(&world.api, &world.call, request).await.unwrap().statuses.len(), expected, "{managed}");
    }
    let shown = world.instance(&id).await.unwrap();
    assert_eq!((&*shown.private_dns_name_options.hostname_type, &*shown.maintenance_options.reboot_migration), ("ip-name", "default"));
}

#[tokio::test]
async fn processors_are_those_of_the_type() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.one_of(RunInstances { instance_type: Some("t3.micro".to_owned()), ..on(&subnet) }).await;
    let shown = world.instance(&id).await.unwrap();
    assert_eq!(shown.cpu_options, Some(CpuOptions { core_count: 1, threads_per_core: 2 }));
    // As an operator changes a type.
    let txn = world.api.store.begin().await.unwrap();
    let update = instance_type::Entity::update_many().col_expr(instance_type::Column::Cpu, Expr::value(3));
    update.filter(instance_type::Column::Name.eq("t3.micro")).exec(txn.conn()).await.unwrap();
    txn.commit().await.unwrap();
    let shown = world.instance(&id).await.unwrap();
    assert_eq!(shown.cpu_options, Some(CpuOptions { core_count: 3, threads_per_core: 1 }));
}
