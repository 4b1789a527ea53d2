mod blocks;
mod delete;

use multihome_ec2::{
    route_table::DescribeRouteTables,
    security_group::DescribeSecurityGroups,
    subnet::{CreateSubnet, DeleteSubnet},
    vpc::DescribeVpcs,
};

use super::*;
use crate::{
    operations::{describe_route_tables, describe_security_groups},
    testing::{self, call, call_of, code, filter, log_of, tagged},
};

fn create(cidr: &str) -> CreateVpc {
    CreateVpc { cidr_block: cidr.to_owned(), ..CreateVpc::default() }
}

#[tokio::test]
async fn a_vpc_comes_with_a_main_table_and_a_default_group() {
    let api = testing::api().await;
    let request = CreateVpc { tag_specifications: tagged("vpc", &[("Name", "home")]), ..create("10.0.7.1/16") };
    let made = create_vpc(&api, &call(), request).await.unwrap().vpc;
    assert_eq!((made.cidr_block.as_str(), made.state.as_str()), ("10.0.0.0/16", "available"));
    let all = describe_vpcs(&api, &call(), DescribeVpcs::default()).await.unwrap();
    assert_eq!(all.vpcs, std::slice::from_ref(&made), "what create answers is what describe shows");

    let of_vpc = filter("vpc-id", &[&made.vpc_id]);
    let main = DescribeRouteTables { filters: vec![of_vpc.clone(), filter("association.main", &["true"])], ..DescribeRouteTables::default() };
    let tables = describe_route_tables(&api, &call(), main).await.unwrap().route_tables;
    assert_eq!((tables.len(), tables[0].associations.len(), tables[0].associations[0].main), (1, 1, true));
    let local = &tables[0].routes[0];
    let shown = (local.destination_cidr_block.as_deref(), local.gateway_id.as_deref(), local.origin.as_str(), local.state.as_str());
    assert_eq!(shown, (Some("10.0.0.0/16"), Some("local"), "CreateRouteTable", "active"));

    let default = DescribeSecurityGroups { filters: vec![of_vpc, filter("group-name", &["default"])], ..DescribeSecurityGroups::default() };
    let groups = describe_security_groups(&api, &call(), default).await.unwrap().security_groups;
    let [group] = &groups[..] else { panic!("{groups:?}") };
    assert_eq!(group.ip_permissions[0].groups[0].group_id.as_ref(), Some(&group.group_id));
    assert_eq!(group.ip_permissions_egress[0].ip_ranges[0].cidr_ip, "0.0.0.0/0");
    for id in [&made.vpc_id, &tables[0].route_table_id, &group.group_id] {
        assert_eq!(log_of(&api, id).await, ["created"], "{id}");
    }
}

#[tokio::test]
async fn wrong_vpcs_are_refused_and_leave_nothing() {
    let api = testing::api().await;
    for (request, expected) in [
        (create("10.0.0.0"), "InvalidParameterValue"),
        (create("10.0.0.0/15"), "InvalidVpc.Range"),
        (create("127.0.0.0/16"), "InvalidVpc.Range"),
        (CreateVpc { instance_tenancy: Some("host".to_owned()), ..create("10.0.0.0/16") }, "InvalidParameterValue"),
        (CreateVpc { tag_specifications: tagged("subnet", &[("a", "b")]), ..create("10.0.0.0/16") }, "InvalidParameterValue"),
        (CreateVpc { tag_specifications: tagged("vpc", &[("aws:a", "b")]), ..create("10.0.0.0/16") }, "InvalidParameterValue"),
    ] {
        assert_eq!(code(create_vpc(&api, &call(), request.clone()).await), expected, "{request:?}");
    }
    assert_eq!(describe_vpcs(&api, &call(), DescribeVpcs::default()).await.unwrap().vpcs, []);
}

#[tokio::test]
async fn another_accounts_vpc_does_not_exist() {
    let api = testing::api().await;
    let id = testing::vpc(&api).await;
    let by_id = DescribeVpcs { vpc_ids: vec![id.clone()], ..DescribeVpcs::default() };
    assert_eq!(describe_vpcs(&api, &call(), by_id.clone()).await.unwrap().vpcs[0].vpc_id, id);
    assert_eq!(code(describe_vpcs(&api, &call_of("000000000002"), by_id.clone()).await), "InvalidVpcID.NotFound");
    let elsewhere = Call { region: "eu-west-1".parse().unwrap(), ..call() };
    assert_eq!(code(describe_vpcs(&api, &elsewhere, by_id).await), "InvalidVpcID.NotFound");
    let malformed = DescribeVpcs { vpc_ids: vec!["vpc-1".to_owned()], ..DescribeVpcs::default() };
    assert_eq!(code(describe_vpcs(&api, &call(), malformed).await), "InvalidVpcID.Malformed");
}

#[tokio::test]
async fn vpcs_are_listed_in_pages_and_filtered() {
    let api = testing::api().await;
    for number in 0..12 {
        let request = CreateVpc {
            tag_specifications: tagged("vpc", &[("Parity", if number % 2 == 0 { "even" } else { "odd" })]),
            ..create(&format!("10.{number}.0.0/16"))
        };
        create_vpc(&api, &call(), request).await.unwrap();
    }
    let odd = DescribeVpcs { filters: vec![filter("tag:Parity", &["o*"])], max_results: Some(5), ..DescribeVpcs::default() };
    let first = describe_vpcs(&api, &call(), odd.clone()).await.unwrap();
    let second = describe_vpcs(&api, &call(), DescribeVpcs { next_token: first.next_token.clone(), ..odd }).await.unwrap();
    assert_eq!((first.vpcs.len(), second.vpcs.len(), second.next_token), (5, 1, None));
    let ids: std::collections::BTreeSet<&String> = first.vpcs.iter().chain(&second.vpcs).map(|vpc| &vpc.vpc_id).collect();
    assert_eq!(ids.len(), 6);
    let both = DescribeVpcs { filters: vec![filter("vpc-id", &[&first.vpcs[0].vpc_id, "vpc-nonsense"])], ..DescribeVpcs::default() };
    assert_eq!(describe_vpcs(&api, &call(), both).await.unwrap().vpcs, first.vpcs[..1]);
    let unknown = DescribeVpcs { filters: vec![filter("colour", &["red"])], ..DescribeVpcs::default() };
    assert_eq!(code(describe_vpcs(&api, &call(), unknown).await), "InvalidParameterValue");
}

#[tokio::test]
async fn every_filter_finds_what_is_shown() {
    let api = testing::api().await;
    let request =
        CreateVpc { amazon_provided_ipv6_cidr_block: true, tag_specifications: tagged("vpc", &[("Name", "home")]), ..create("10.9.0.0/16") };
    let made = create_vpc(&api, &call(), request).await.unwrap().vpc;
    testing::vpc(&api).await;
    let (block, ipv6) = (&made.cidr_block_associations[0], &made.ipv6_cidr_block_associations.as_ref().unwrap()[0]);
    for (name, value, found) in [
        ("cidr", "10.9.0.0/16", 1),
        ("cidr-block", "10.9.*", 1),
        ("cidrBlock", "10.0.0.0/16", 1),
        ("cidr-block-association.cidr-block", "10.9.0.0/16", 1),
        ("cidr-block-association.association-id", &block.association_id, 1),
        ("cidr-block-association.state", "associated", 2),
        ("ipv6-cidr-block-association.ipv6-cidr-block", &ipv6.ipv6_cidr_block, 1),
        ("ipv6-cidr-block-association.ipv6-pool", "Amazon", 1),
        ("ipv6-cidr-block-association.association-id", &ipv6.association_id, 1),
        ("ipv6-cidr-block-association.state", "associated", 1),
        ("dhcp-options-id", &made.dhcp_options_id, 2),
        ("dhcp-options-id", "default", 0),
        ("is-default", "false", 2),
        ("isDefault", "true", 0),
        ("owner-id", "000000000001", 2),
        ("state", "available", 2),
        ("state", "pending", 0),
        ("tag:Name", "home", 1),
        ("tag-key", "Name", 1),
        ("vpc-id", &made.vpc_id, 1),
    ] {
        let request = DescribeVpcs { filters: vec![filter(name, &[value])], ..DescribeVpcs::default() };
        assert_eq!(describe_vpcs(&api, &call(), request).await.unwrap().vpcs.len(), found, "{name}={value}");
    }
}
