//! What may be changed of a VPC, and its end.

use multihome_ec2::{
    AttributeValue,
    internet_gateway::{AttachInternetGateway, CreateInternetGateway, DetachInternetGateway},
    network_acl::{CreateNetworkAcl, DeleteNetworkAcl},
    route_table::{CreateRouteTable, DeleteRouteTable},
    security_group::{CreateSecurityGroup, DeleteSecurityGroup},
    vpc::{DeleteVpc, DescribeVpcAttribute, DescribeVpcs, ModifyVpcAttribute},
};
use multihome_entities::{group, group_rule, network_acl, network_acl_association, network_acl_entry, route, route_table, tag, vpc, vpc_block};
use sea_orm::PaginatorTrait;

use super::*;
use crate::operations::{
    attach_internet_gateway, create_internet_gateway, create_network_acl, create_route_table, create_security_group, create_subnet,
    delete_network_acl, delete_route_table, delete_security_group, delete_subnet, detach_internet_gateway,
};

fn deletion(vpc: &str) -> DeleteVpc {
    DeleteVpc { vpc_id: vpc.to_owned(), dry_run: false }
}

async fn blocked_by(api: &Api, vpc: &str, id: &str) {
    match delete_vpc(api, &call(), deletion(vpc)).await {
        Err(Fault::Refused(error)) => {
            assert_eq!(error.code, "DependencyViolation");
            assert!(error.message.starts_with(&format!("The vpc '{vpc}' has dependencies and cannot be deleted.")), "{error}");
            assert!(error.message.contains(id), "{error} does not name {id}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_vpc_goes_with_all_it_came_with() {
    let api = testing::api().await;
    let request =
        CreateVpc { amazon_provided_ipv6_cidr_block: true, tag_specifications: tagged("vpc", &[("Name", "home")]), ..create("10.0.0.0/16") };
    let vpc = create_vpc(&api, &call(), request).await.unwrap().vpc.vpc_id;
    assert_eq!(code(delete_vpc(&api, &call_of("000000000002"), deletion(&vpc)).await), "InvalidVpcID.NotFound");
    delete_vpc(&api, &call(), deletion(&vpc)).await.unwrap();
    assert_eq!(code(delete_vpc(&api, &call(), deletion(&vpc)).await), "InvalidVpcID.NotFound");
    let conn = api.store.reader();
    let left = [
        vpc::Entity::find().count(conn).await.unwrap(),
        vpc_block::Entity::find().count(conn).await.unwrap(),
        route_table::Entity::find().count(conn).await.unwrap(),
        route::Entity::find().count(conn).await.unwrap(),
        group::Entity::find().count(conn).await.unwrap(),
        group_rule::Entity::find().count(conn).await.unwrap(),
        network_acl::Entity::find().count(conn).await.unwrap(),
        network_acl_entry::Entity::find().count(conn).await.unwrap(),
        network_acl_association::Entity::find().count(conn).await.unwrap(),
        tag::Entity::find().count(conn).await.unwrap(),
    ];
    assert_eq!(left, [0; 10]);
    assert_eq!(log_of(&api, &vpc).await, ["created", "deleted"]);
}

#[tokio::test]
async fn whatever_else_is_in_a_vpc_is_named_and_has_to_go_first() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let call = call();
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let internet_gateway_id =
        create_internet_gateway(&api, &call, CreateInternetGateway::default()).await.unwrap().internet_gateway.internet_gateway_id;
    let attach = AttachInternetGateway { internet_gateway_id: internet_gateway_id.clone(), vpc_id: vpc.clone(), dry_run: false };
    attach_internet_gateway(&api, &call, attach).await.unwrap();
    let table = CreateRouteTable { vpc_id: vpc.clone(), ..CreateRouteTable::default() };
    let route_table_id = create_route_table(&api, &call, table).await.unwrap().route_table.route_table_id;
    let acl = CreateNetworkAcl { vpc_id: vpc.clone(), ..CreateNetworkAcl::default() };
    let network_acl_id = create_network_acl(&api, &call, acl).await.unwrap().network_acl.network_acl_id;
    let group = CreateSecurityGroup {
        group_name: "web".to_owned(),
        group_description: "web".to_owned(),
        vpc_id: Some(vpc.clone()),
        ..CreateSecurityGroup::default()
    };
    let group_id = create_security_group(&api, &call, group).await.unwrap().group_id;

    for id in [&subnet, &internet_gateway_id, &route_table_id, &network_acl_id, &group_id] {
        blocked_by(&api, &vpc, id).await;
    }
    delete_subnet(&api, &call, DeleteSubnet { subnet_id: subnet, dry_run: false }).await.unwrap();
    blocked_by(&api, &vpc, &internet_gateway_id).await;
    let detach = DetachInternetGateway { internet_gateway_id, vpc_id: vpc.clone(), dry_run: false };
    detach_internet_gateway(&api, &call, detach).await.unwrap();
    blocked_by(&api, &vpc, &route_table_id).await;
    delete_route_table(&api, &call, DeleteRouteTable { route_table_id, dry_run: false }).await.unwrap();
    blocked_by(&api, &vpc, &group_id).await;
    delete_security_group(&api, &call, DeleteSecurityGroup { group_id: Some(group_id), ..DeleteSecurityGroup::default() }).await.unwrap();
    blocked_by(&api, &vpc, &network_acl_id).await;
    delete_network_acl(&api, &call, DeleteNetworkAcl { network_acl_id, dry_run: false }).await.unwrap();
    delete_vpc(&api, &call, deletion(&vpc)).await.unwrap();
}

#[tokio::test]
async fn a_vpc_that_goes_and_a_subnet_that_comes_do_not_miss_each_other() {
    let api = testing::api().await;
    let call = call();
    for _ in 0..8 {
        let vpc = testing::vpc(&api).await;
        let request = CreateSubnet { vpc_id: vpc.clone(), cidr_block: "10.0.0.0/24".to_owned(), ..CreateSubnet::default() };
        let (gone, made) = tokio::join!(delete_vpc(&api, &call, deletion(&vpc)), create_subnet(&api, &call, request));
        match (gone, made) {
            (Ok(_), made) => assert_eq!(code(made), "InvalidVpcID.NotFound"),
            (gone, Ok(_)) => assert_eq!(code(gone), "DependencyViolation"),
            other => panic!("{other:?}"),
        }
    }
}

fn attribute(vpc: &str, attribute: &str) -> DescribeVpcAttribute {
    DescribeVpcAttribute { vpc_id: vpc.to_owned(), attribute: attribute.to_owned(), dry_run: false }
}

#[tokio::test]
async fn attributes_are_shown_and_modified_one_at_a_time() {
    let api = testing::api().await;
    let vpc_id = testing::vpc(&api).await;
    let values = async || {
        let mut values = Vec::new();
        for name in ["enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"] {
            let reply = describe_vpc_attribute(&api, &call(), attribute(&vpc_id, name)).await.unwrap();
            let all = [reply.enable_dns_support, reply.enable_dns_hostnames, reply.enable_network_address_usage_metrics];
            let said: Vec<bool> = all.into_iter().flatten().map(|said| said.value).collect();
            assert_eq!((said.len(), &reply.vpc_id), (1, &vpc_id), "only what was asked for");
            values.extend(said);
        }
        values
    };
    assert_eq!(values().await, [true, false, false]);
    let request = ModifyVpcAttribute { vpc_id: vpc_id.clone(), ..ModifyVpcAttribute::default() };
    let on = Some(AttributeValue { value: true });
    let hostnames = ModifyVpcAttribute { enable_dns_hostnames: on.clone(), ..request.clone() };
    modify_vpc_attribute(&api, &call(), hostnames.clone()).await.unwrap();
    modify_vpc_attribute(&api, &call(), hostnames.clone()).await.unwrap();
    modify_vpc_attribute(&api, &call(), ModifyVpcAttribute { enable_network_address_usage_metrics: on.clone(), ..request.clone() }).await.unwrap();
    assert_eq!(values().await, [true, true, true]);
    let both = ModifyVpcAttribute { enable_dns_support: on, ..hostnames };
    assert_eq!(code(modify_vpc_attribute(&api, &call(), both).await), "InvalidParameterCombination");
    assert_eq!(code(modify_vpc_attribute(&api, &call(), request).await), "MissingParameter");
    assert_eq!(code(describe_vpc_attribute(&api, &call(), attribute(&vpc_id, "colour")).await), "InvalidParameterValue");
    assert_eq!(code(describe_vpc_attribute(&api, &call_of("000000000002"), attribute(&vpc_id, "enableDnsSupport")).await), "InvalidVpcID.NotFound");
    assert_eq!(log_of(&api, &vpc_id).await, ["created", "modified", "modified"], "what is so already is no change");
    let all = describe_vpcs(&api, &call(), DescribeVpcs::default()).await.unwrap();
    assert_eq!(all.vpcs.len(), 1);
}
