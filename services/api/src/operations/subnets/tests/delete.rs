//! What may be changed of a subnet, and its end.

use multihome_ec2::{
    AttributeValue,
    network_acl::DescribeNetworkAcls,
    network_interface::{CreateNetworkInterface, DeleteNetworkInterface},
    route_table::{AssociateRouteTable, CreateRouteTable, DescribeRouteTables},
    subnet::{DeleteSubnet, ModifySubnetAttribute},
};

use super::*;
use crate::operations::{
    associate_route_table, create_network_interface, create_route_table, delete_network_interface, describe_network_acls, describe_route_tables,
};

fn deletion(subnet: &str) -> DeleteSubnet {
    DeleteSubnet { subnet_id: subnet.to_owned(), dry_run: false }
}

#[tokio::test]
async fn a_subnet_goes_once_nothing_is_in_it_and_leaves_nothing() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let table = CreateRouteTable { vpc_id: vpc.clone(), ..CreateRouteTable::default() };
    let route_table_id = create_route_table(&api, &call(), table).await.unwrap().route_table.route_table_id;
    let associate = AssociateRouteTable { subnet_id: Some(subnet.clone()), route_table_id: route_table_id.clone(), ..AssociateRouteTable::default() };
    associate_route_table(&api, &call(), associate).await.unwrap();
    let request = CreateNetworkInterface { subnet_id: subnet.clone(), ..CreateNetworkInterface::default() };
    let interface = create_network_interface(&api, &call(), request).await.unwrap().network_interface.network_interface_id;

    match delete_subnet(&api, &call(), deletion(&subnet)).await {
        Err(Fault::Refused(error)) => {
            let words = format!("The subnet '{subnet}' has dependencies and cannot be deleted. It still has: {interface}");
            assert_eq!((&*error.code, error.message), ("DependencyViolation", words));
        }
        other => panic!("{other:?}"),
    }
    let request = DeleteNetworkInterface { network_interface_id: interface, ..DeleteNetworkInterface::default() };
    delete_network_interface(&api, &call(), request).await.unwrap();
    assert_eq!(code(delete_subnet(&api, &call_of("000000000002"), deletion(&subnet)).await), "InvalidSubnetID.NotFound");
    delete_subnet(&api, &call(), deletion(&subnet)).await.unwrap();
    assert_eq!(code(delete_subnet(&api, &call(), deletion(&subnet)).await), "InvalidSubnetID.NotFound");

    let tables = describe_route_tables(&api, &call(), DescribeRouteTables::default()).await.unwrap().route_tables;
    assert!(tables.iter().all(|table| table.associations.iter().all(|association| association.subnet_id.is_none())));
    let acls = describe_network_acls(&api, &call(), DescribeNetworkAcls::default()).await.unwrap().network_acls;
    assert!(acls.iter().all(|acl| acl.associations.is_empty()));
    assert_eq!(log_of(&api, &subnet).await, ["created", "deleted"]);
    assert_eq!(log_of(&api, &route_table_id).await, ["created", "associated", "disassociated"]);
    assert_eq!(log_of(&api, &acls[0].network_acl_id).await, ["created", "associated", "disassociated"]);
    testing::subnet(&api, &vpc, "10.0.0.0/24").await;
}

#[tokio::test]
async fn a_subnet_that_goes_and_an_interface_that_comes_do_not_miss_each_other() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let call = call();
    for number in 0..8 {
        let subnet = testing::subnet(&api, &vpc, &format!("10.0.{number}.0/24")).await;
        let request = CreateNetworkInterface { subnet_id: subnet.clone(), ..CreateNetworkInterface::default() };
        let (gone, made) = tokio::join!(delete_subnet(&api, &call, deletion(&subnet)), create_network_interface(&api, &call, request));
        match (gone, made) {
            (Ok(_), made) => assert_eq!(code(made), "InvalidSubnetID.NotFound"),
            (gone, Ok(_)) => assert_eq!(code(gone), "DependencyViolation"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn attributes_are_modified_one_at_a_time_and_shown() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let on = Some(AttributeValue { value: true });
    let request = ModifySubnetAttribute { subnet_id: subnet.clone(), ..ModifySubnetAttribute::default() };
    for request in [
        ModifySubnetAttribute { map_public_ip_on_launch: on.clone(), ..request.clone() },
        ModifySubnetAttribute { enable_dns64: on.clone(), ..request.clone() },
        ModifySubnetAttribute { private_dns_hostname_type_on_launch: Some("resource-name".to_owned()), ..request.clone() },
        ModifySubnetAttribute { enable_resource_name_dns_a_record_on_launch: on.clone(), ..request.clone() },
        ModifySubnetAttribute { enable_resource_name_dns_aaaa_record_on_launch: on.clone(), ..request.clone() },
        ModifySubnetAttribute { enable_dns64: on.clone(), ..request.clone() },
    ] {
        modify_subnet_attribute(&api, &call(), request).await.unwrap();
    }
    let shown = describe_subnets(&api, &call(), by_id(&subnet)).await.unwrap().subnets.remove(0);
    let names = shown.private_dns_name_options_on_launch.unwrap();
    assert!(shown.map_public_ip_on_launch && shown.enable_dns64 && !shown.assign_ipv6_address_on_creation);
    assert!(names.enable_resource_name_dns_a_record && names.enable_resource_name_dns_aaaa_record && names.hostname_type == "resource-name");
    let mapped = DescribeSubnets { filters: vec![filter("map-public-ip-on-launch", &["true"])], ..DescribeSubnets::default() };
    assert_eq!(describe_subnets(&api, &call(), mapped).await.unwrap().subnets.len(), 1);
    for (request, expected) in [
        (request.clone(), "MissingParameter"),
        (ModifySubnetAttribute { assign_ipv6_address_on_creation: on.clone(), ..request.clone() }, "InvalidParameterValue"),
        (ModifySubnetAttribute { map_public_ip_on_launch: on.clone(), enable_dns64: on.clone(), ..request.clone() }, "InvalidParameterCombination"),
        (ModifySubnetAttribute { enable_dns64: on, subnet_id: "subnet-00000000".to_owned(), ..request }, "InvalidSubnetID.NotFound"),
    ] {
        assert_eq!(code(modify_subnet_attribute(&api, &call(), request.clone()).await), expected, "{request:?}");
    }
    assert_eq!(log_of(&api, &subnet).await, ["created", "modified", "modified", "modified", "modified", "modified"]);
}
