//! The blocks of VPCs and subnets.

use multihome_ec2::{
    network_acl::DescribeNetworkAcls,
    route_table::{CreateRoute, CreateRouteTable, DescribeRouteTables},
    security_group::{CreateSecurityGroup, DescribeSecurityGroups},
    subnet::{AssociateSubnetCidrBlock, CreateSubnet, DescribeSubnets, DisassociateSubnetCidrBlock, Subnet},
    vpc::{AssociateVpcCidrBlock, DescribeVpcs, DisassociateVpcCidrBlock, Vpc},
};

use super::*;
use crate::operations::{
    associate_subnet_cidr_block, associate_vpc_cidr_block, create_internet_gateway, create_route, create_route_table, create_security_group,
    create_subnet, describe_network_acls, describe_subnets, disassociate_subnet_cidr_block, disassociate_vpc_cidr_block,
};

fn block(vpc: &str, cidr: &str) -> AssociateVpcCidrBlock {
    AssociateVpcCidrBlock { vpc_id: vpc.to_owned(), cidr_block: Some(cidr.to_owned()), ..AssociateVpcCidrBlock::default() }
}

fn ipv6(vpc: &str) -> AssociateVpcCidrBlock {
    AssociateVpcCidrBlock { vpc_id: vpc.to_owned(), amazon_provided_ipv6_cidr_block: true, ..AssociateVpcCidrBlock::default() }
}

fn removal(association: &str) -> DisassociateVpcCidrBlock {
    DisassociateVpcCidrBlock { association_id: association.to_owned(), dry_run: false }
}

async fn vpc_shown(api: &Api, filters: &[(&str, &[&str])]) -> Vpc {
    let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
    let found = describe_vpcs(api, &call(), DescribeVpcs { filters, ..DescribeVpcs::default() }).await.unwrap().vpcs;
    let [only] = found.as_slice() else { panic!("{found:?}") };
    only.clone()
}

fn blocks(vpc: &Vpc) -> Vec<&str> {
    vpc.cidr_block_associations.iter().map(|block| block.cidr_block.as_str()).collect()
}

/// The destinations of the local routes of each table.
async fn local_routes(api: &Api, vpc: &str) -> Vec<Vec<String>> {
    let request = DescribeRouteTables { filters: vec![filter("vpc-id", &[vpc])], ..DescribeRouteTables::default() };
    let tables = describe_route_tables(api, &call(), request).await.unwrap().route_tables;
    let local = |table: multihome_ec2::route_table::RouteTable| {
        let routes = table.routes.into_iter().filter(|route| route.gateway_id.as_deref() == Some("local"));
        routes.filter_map(|route| route.destination_cidr_block.or(route.destination_ipv6_cidr_block)).collect()
    };
    tables.into_iter().map(local).collect()
}

async fn subnet_shown(api: &Api, id: &str) -> Subnet {
    let request = DescribeSubnets { subnet_ids: vec![id.to_owned()], ..DescribeSubnets::default() };
    describe_subnets(api, &call(), request).await.unwrap().subnets.remove(0)
}

#[tokio::test]
async fn a_further_block_comes_with_local_routes_and_goes_with_them() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    create_route_table(&api, &call(), CreateRouteTable { vpc_id: vpc.clone(), ..CreateRouteTable::default() }).await.unwrap();
    let first = vpc_shown(&api, &[]).await.cidr_block_associations.remove(0);
    let made = associate_vpc_cidr_block(&api, &call(), block(&vpc, "10.1.2.3/16")).await.unwrap().cidr_block_association.unwrap();
    assert_eq!((made.cidr_block.as_str(), made.cidr_block_state.state.as_str()), ("10.1.0.0/16", "associated"));
    let shown = vpc_shown(&api, &[("cidr-block-association.association-id", &[&made.association_id])]).await;
    assert_eq!((shown.cidr_block.as_str(), blocks(&shown)), ("10.0.0.0/16", vec!["10.0.0.0/16", "10.1.0.0/16"]));
    assert_eq!(local_routes(&api, &vpc).await, [["10.0.0.0/16", "10.1.0.0/16"], ["10.0.0.0/16", "10.1.0.0/16"]]);
    create_route_table(&api, &call(), CreateRouteTable { vpc_id: vpc.clone(), ..CreateRouteTable::default() }).await.unwrap();
    assert!(local_routes(&api, &vpc).await.iter().all(|routes| routes.len() == 2));

    let subnet = testing::subnet(&api, &vpc, "10.1.7.0/24").await;
    assert_eq!(code(disassociate_vpc_cidr_block(&api, &call(), removal(&made.association_id)).await), "InvalidCidr.InUse");
    assert_eq!(code(disassociate_vpc_cidr_block(&api, &call(), removal(&first.association_id)).await), "OperationNotPermitted");
    crate::operations::delete_subnet(&api, &call(), DeleteSubnet { subnet_id: subnet, dry_run: false }).await.unwrap();
    let gone = disassociate_vpc_cidr_block(&api, &call(), removal(&made.association_id)).await.unwrap();
    assert_eq!((gone.vpc_id.as_str(), gone.cidr_block_association.unwrap().cidr_block_state.state.as_str()), (vpc.as_str(), "disassociated"));
    assert_eq!(blocks(&vpc_shown(&api, &[]).await), ["10.0.0.0/16"]);
    assert_eq!(local_routes(&api, &vpc).await, [["10.0.0.0/16"]; 3]);
    assert_eq!(code(disassociate_vpc_cidr_block(&api, &call(), removal(&made.association_id)).await), "InvalidVpcCidrBlockAssociationID.NotFound");
    assert_eq!(log_of(&api, &vpc).await, ["created", "block-associated", "block-disassociated"]);
}

#[tokio::test]
async fn blocks_that_cannot_be_are_refused() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let gateway = create_internet_gateway(&api, &call(), Default::default()).await.unwrap().internet_gateway.internet_gateway_id;
    let attach = multihome_ec2::internet_gateway::AttachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: vpc.clone(), dry_run: false };
    crate::operations::attach_internet_gateway(&api, &call(), attach).await.unwrap();
    let request = DescribeRouteTables { filters: vec![filter("vpc-id", &[&vpc])], ..DescribeRouteTables::default() };
    let route_table_id = describe_route_tables(&api, &call(), request).await.unwrap().route_tables.remove(0).route_table_id;
    let (destination_cidr_block, gateway_id) = (Some("10.7.0.0/24".to_owned()), Some(gateway));
    create_route(&api, &call(), CreateRoute { route_table_id, destination_cidr_block, gateway_id, ..CreateRoute::default() }).await.unwrap();
    for (request, expected) in [
        (block(&vpc, "10.7.0.0/16"), "CidrConflict"),
        (block(&vpc, "10.0.128.0/20"), "CidrConflict"),
        (block(&vpc, "192.168.0.0/16"), "InvalidVpc.Range"),
        (block(&vpc, "10.8.0.0/15"), "InvalidVpc.Range"),
        (block(&vpc, "10.8.0.0"), "InvalidParameterValue"),
        (block("vpc-00000000", "10.8.0.0/16"), "InvalidVpcID.NotFound"),
        (AssociateVpcCidrBlock { amazon_provided_ipv6_cidr_block: true, ..block(&vpc, "10.8.0.0/16") }, "InvalidParameterCombination"),
        (AssociateVpcCidrBlock { cidr_block: None, ..block(&vpc, "") }, "MissingParameter"),
    ] {
        assert_eq!(code(associate_vpc_cidr_block(&api, &call(), request.clone()).await), expected, "{request:?}");
    }
    assert_eq!(blocks(&vpc_shown(&api, &[]).await), ["10.0.0.0/16"]);
    let call = call();
    let tries = (1..8).map(|number| associate_vpc_cidr_block(&api, &call, block(&vpc, &format!("10.{}.0.0/16", number * 10))));
    let made = futures_util::future::join_all(tries).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 4);
    assert_eq!(vpc_shown(&api, &[]).await.cidr_block_associations.len(), 5);
    let stranger = call_of("000000000002");
    let association = vpc_shown(&api, &[]).await.cidr_block_associations.remove(1).association_id;
    assert_eq!(code(disassociate_vpc_cidr_block(&api, &stranger, removal(&association)).await), "InvalidVpcCidrBlockAssociationID.NotFound");
}

#[tokio::test]
async fn a_vpc_with_ipv6_speaks_of_it_everywhere() {
    let api = testing::api().await;
    let with = CreateVpc { amazon_provided_ipv6_cidr_block: true, ..create("10.0.0.0/16") };
    let made = create_vpc(&api, &call(), with).await.unwrap().vpc;
    let later = testing::vpc(&api).await;
    let given = associate_vpc_cidr_block(&api, &call(), ipv6(&later)).await.unwrap().ipv6_cidr_block_association.unwrap();
    let first = made.ipv6_cidr_block_associations.clone().unwrap().remove(0);
    assert_ne!(first.ipv6_cidr_block, given.ipv6_cidr_block);
    assert!(first.ipv6_cidr_block.ends_with("/56") && given.ipv6_cidr_block_state.state == "associated");
    assert_eq!((given.network_border_group.as_deref(), given.ipv6_pool.as_deref()), (Some("us-east-1"), Some("Amazon")));
    assert_eq!(vpc_shown(&api, &[("ipv6-cidr-block-association.ipv6-cidr-block", &[&first.ipv6_cidr_block])]).await, made);
    for (vpc, block) in [(&made.vpc_id, &first.ipv6_cidr_block), (&later, &given.ipv6_cidr_block)] {
        assert_eq!(local_routes(&api, vpc).await, [["10.0.0.0/16".to_owned(), block.clone()]]);
        let of_vpc = DescribeNetworkAcls { filters: vec![filter("vpc-id", &[vpc])], ..DescribeNetworkAcls::default() };
        let acl = describe_network_acls(&api, &call(), of_vpc).await.unwrap().network_acls.remove(0);
        let numbers: Vec<i32> = acl.entries.iter().map(|entry| entry.rule_number).collect();
        assert_eq!(numbers, [100, 101, 32_767, 32_768, 100, 101, 32_767, 32_768]);
    }
    let group = CreateSecurityGroup {
        group_name: "web".to_owned(),
        group_description: "web".to_owned(),
        vpc_id: Some(made.vpc_id.clone()),
        ..CreateSecurityGroup::default()
    };
    create_security_group(&api, &call(), group).await.unwrap();
    let of_vpc = DescribeSecurityGroups { filters: vec![filter("vpc-id", &[&made.vpc_id])], ..DescribeSecurityGroups::default() };
    for group in describe_security_groups(&api, &call(), of_vpc).await.unwrap().security_groups {
        assert_eq!(group.ip_permissions_egress[0].ipv6_ranges[0].cidr_ipv6, "::/0", "{}", group.group_name);
    }
    let gone = disassociate_vpc_cidr_block(&api, &call(), removal(&given.association_id)).await.unwrap();
    assert_eq!(gone.ipv6_cidr_block_association.unwrap().ipv6_cidr_block, given.ipv6_cidr_block);
    assert_eq!(local_routes(&api, &later).await, [["10.0.0.0/16"]]);
}

#[tokio::test]
async fn a_subnet_takes_its_ipv6_block_out_of_its_vpcs() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let association = associate_vpc_cidr_block(&api, &call(), ipv6(&vpc)).await.unwrap().ipv6_cidr_block_association.unwrap();
    let whole: multihome_types::Ipv6Cidr = association.ipv6_cidr_block.parse().unwrap();
    let part = |number: u128| whole.nth_block(64, number).unwrap().to_string();
    let request =
        CreateSubnet { vpc_id: vpc.clone(), cidr_block: "10.0.0.0/24".to_owned(), ipv6_cidr_block: Some(part(1)), ..CreateSubnet::default() };
    let made = create_subnet(&api, &call(), request.clone()).await.unwrap().subnet;
    assert_eq!(made.ipv6_cidr_block_associations[0].ipv6_cidr_block, part(1));
    assert_eq!(subnet_shown(&api, &made.subnet_id).await, made);
    let beside = CreateSubnet { cidr_block: "10.0.1.0/24".to_owned(), ..request };
    assert_eq!(code(create_subnet(&api, &call(), beside.clone()).await), "InvalidSubnet.Conflict");
    let outside = CreateSubnet { ipv6_cidr_block: Some("fd00::/64".to_owned()), ..beside };
    assert_eq!(code(create_subnet(&api, &call(), outside).await), "InvalidSubnet.Range");

    let other = testing::subnet(&api, &vpc, "10.0.2.0/24").await;
    let associate = |subnet: &str, cidr: String| AssociateSubnetCidrBlock { subnet_id: subnet.to_owned(), ipv6_cidr_block: cidr, dry_run: false };
    assert_eq!(code(associate_subnet_cidr_block(&api, &call(), associate(&other, part(1))).await), "InvalidSubnet.Conflict");
    let given = associate_subnet_cidr_block(&api, &call(), associate(&other, part(2))).await.unwrap().ipv6_cidr_block_association;
    assert_eq!(code(associate_subnet_cidr_block(&api, &call(), associate(&other, part(3))).await), "CidrLimitExceeded");
    assert_eq!(subnet_shown(&api, &other).await.ipv6_cidr_block_associations, std::slice::from_ref(&given));
    let by_block = filter("ipv6-cidr-block-association.association-id", &[&given.association_id]);
    let request = DescribeSubnets { filters: vec![by_block], ..DescribeSubnets::default() };
    assert_eq!(describe_subnets(&api, &call(), request).await.unwrap().subnets[0].subnet_id, other);

    assert_eq!(code(disassociate_vpc_cidr_block(&api, &call(), removal(&association.association_id)).await), "InvalidCidr.InUse");
    let disassociate = |id: &str| DisassociateSubnetCidrBlock { association_id: id.to_owned(), dry_run: false };
    let gone = disassociate_subnet_cidr_block(&api, &call(), disassociate(&given.association_id)).await.unwrap();
    assert_eq!((gone.subnet_id.as_str(), gone.ipv6_cidr_block_association.ipv6_cidr_block_state.state.as_str()), (other.as_str(), "disassociated"));
    assert_eq!(subnet_shown(&api, &other).await.ipv6_cidr_block_associations, []);
    let again = disassociate_subnet_cidr_block(&api, &call(), disassociate(&given.association_id)).await;
    assert_eq!(code(again), "InvalidSubnetCidrBlockAssociationID.NotFound");
    assert_eq!(log_of(&api, &other).await, ["created", "block-associated", "block-disassociated"]);
}
