//! Groups; their rules are in `rules`.

mod races;
mod rules;

use multihome_core::group_rules::Permission;
use multihome_ec2::security_group::{
    CreateSecurityGroup, DeleteSecurityGroup, DescribeSecurityGroups, GetSecurityGroupsForVpc, IpPermission, IpRange, Ipv6Range, SecurityGroup,
    UserIdGroupPair,
};
use multihome_entities::vpc;
use multihome_types::{RulePeer, VpcId};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use super::{shown::merge, *};
use crate::{
    Api,
    operations::{create_network_interface, create_security_group, delete_network_interface},
    testing::{self, call, call_of, code, filter, log_of, tagged},
};

fn create(name: &str, vpc: Option<&str>) -> CreateSecurityGroup {
    CreateSecurityGroup {
        group_name: name.to_owned(),
        group_description: "a group".to_owned(),
        vpc_id: vpc.map(str::to_owned),
        ..CreateSecurityGroup::default()
    }
}

async fn group(api: &Api, vpc: &str, name: &str) -> String {
    create_security_group(api, &call(), create(name, Some(vpc))).await.unwrap().group_id
}

async fn describe(api: &Api, id: &str) -> SecurityGroup {
    let request = DescribeSecurityGroups { group_ids: vec![id.to_owned()], ..DescribeSecurityGroups::default() };
    describe_security_groups(api, &call(), request).await.unwrap().security_groups.remove(0)
}

async fn make_default(api: &Api, vpc: &str) {
    let transaction = api.store.begin().await.unwrap();
    let row = vpc::Entity::find_by_id(vpc.parse::<VpcId>().unwrap()).one(transaction.conn()).await.unwrap().unwrap();
    let row = vpc::ActiveModel { is_default: Set(true), ..row.into_active_model() };
    row.update(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
}

fn permission(protocol: &str, ports: Option<(i32, i32)>, cidrs: &[&str]) -> IpPermission {
    let range = |cidr: &&str| IpRange { description: None, cidr_ip: (*cidr).to_owned() };
    IpPermission {
        ip_protocol: Some(protocol.to_owned()),
        from_port: ports.map(|ports| ports.0),
        to_port: ports.map(|ports| ports.1),
        ip_ranges: cidrs.iter().map(range).collect(),
        ..IpPermission::default()
    }
}

fn from_group(protocol: &str, id: &str) -> IpPermission {
    let pair = UserIdGroupPair { group_id: Some(id.to_owned()), ..UserIdGroupPair::default() };
    IpPermission { groups: vec![pair], ..permission(protocol, None, &[]) }
}

#[tokio::test]
async fn a_new_group_lets_everything_out_and_nothing_in() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let request = CreateSecurityGroup { tag_specifications: tagged("security-group", &[("Name", "web")]), ..create("web", Some(&vpc)) };
    let made = create_security_group(&api, &call(), request).await.unwrap();
    let by_id = DescribeSecurityGroups { group_ids: vec![made.group_id.clone()], ..DescribeSecurityGroups::default() };
    let shown = describe(&api, &made.group_id).await;
    assert_eq!(shown.ip_permissions, []);
    assert_eq!((shown.ip_permissions_egress[0].ip_protocol.as_deref(), shown.ip_permissions_egress[0].from_port), (Some("-1"), None));
    assert_eq!((shown.tags, shown.security_group_arn), (made.tags, made.security_group_arn));
    assert_eq!(log_of(&api, &made.group_id).await, ["created"]);
    assert_eq!(code(describe_security_groups(&api, &call_of("000000000002"), by_id).await), "InvalidGroup.NotFound");
}

#[tokio::test]
async fn a_name_is_used_once_in_a_vpc() {
    let api = testing::api().await;
    let (one, other) = (testing::vpc(&api).await, testing::vpc(&api).await);
    create_security_group(&api, &call(), create("web", Some(&one))).await.unwrap();
    create_security_group(&api, &call(), create("web", Some(&other))).await.unwrap();
    for name in ["web", "Web", "WEB  "] {
        assert_eq!(code(create_security_group(&api, &call(), create(name, Some(&one))).await), "InvalidGroup.Duplicate", "{name}");
    }
    let spaced = group(&api, &one, "Web Front  ").await;
    assert_eq!(describe(&api, &spaced).await.group_name, "Web Front");
    assert_eq!(code(create_security_group(&api, &call(), create("  ", Some(&one))).await), "MissingParameter");
    assert_eq!(code(create_security_group(&api, &call(), create("default", Some(&one))).await), "InvalidParameterValue");
    assert_eq!(code(create_security_group(&api, &call(), create("x", Some("vpc-00000000"))).await), "InvalidVpcID.NotFound");
    assert_eq!(code(create_security_group(&api, &call(), create("x", None)).await), "VPCIdNotSpecified");
    let named = DescribeSecurityGroups { group_names: vec!["web".to_owned()], ..DescribeSecurityGroups::default() };
    assert_eq!(code(describe_security_groups(&api, &call(), named).await), "VPCIdNotSpecified");
}

#[tokio::test]
async fn groups_are_found_by_what_they_allow() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let default = DescribeSecurityGroups { filters: vec![filter("group-name", &["default"])], ..DescribeSecurityGroups::default() };
    let default = describe_security_groups(&api, &call(), default).await.unwrap().security_groups.remove(0);
    create_security_group(&api, &call(), create("web", Some(&vpc))).await.unwrap();
    for (name, value, found) in [
        ("ip-permission.group-id", &*default.group_id, 1),
        ("ip-permission.group-name", "def*", 1),
        ("ip-permission.user-id", "000000000001", 1),
        ("ip-permission.protocol", "-1", 1),
        ("ip-permission.ipv6-cidr", "*", 0),
        ("egress.ip-permission.cidr", "0.0.0.0/0", 2),
        ("egress.ip-permission.group-name", "*", 0),
        ("ip-permission.cidr", "0.0.0.0/0", 0),
        ("description", "a *", 1),
        ("group-name", "web", 1),
    ] {
        let request = DescribeSecurityGroups { filters: vec![filter(name, &[value])], ..DescribeSecurityGroups::default() };
        assert_eq!(describe_security_groups(&api, &call(), request).await.unwrap().security_groups.len(), found, "{name}");
    }
}

#[test]
fn rules_of_one_protocol_and_range_are_one_permission() {
    let rule = |protocol, port: Option<i32>, cidr: &str| {
        let permission = Permission { egress: false, protocol, from_port: port, to_port: port, peer: RulePeer::Cidr(cidr.parse().unwrap()) };
        (permission, Some(cidr.replace('/', "-")))
    };
    let rules = [rule(6, Some(80), "10.0.0.0/8"), rule(17, Some(80), "10.0.0.0/8"), rule(6, Some(80), "11.0.0.0/8"), rule(47, None, "0.0.0.0/0")];
    let merged = merge(rules.into_iter());
    let shown: Vec<_> = merged.iter().map(|permission| (permission.ip_protocol.as_deref().unwrap(), permission.ip_ranges.len())).collect();
    assert_eq!(shown, [("tcp", 2), ("udp", 1), ("47", 1)]);
    assert_eq!(merged[0].ip_ranges[1].description.as_deref(), Some("11.0.0.0-8"));
}

#[tokio::test]
async fn a_group_is_deleted_when_nothing_needs_it() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let (web, other) = (group(&api, &vpc, "web").await, group(&api, &vpc, "other").await);
    let by_id = |id: &str| DeleteSecurityGroup { group_id: Some(id.to_owned()), ..DeleteSecurityGroup::default() };
    rules::allow(&api, &other, vec![from_group("-1", &web)]).await.unwrap();
    rules::allow(&api, &web, vec![from_group("-1", &web)]).await.unwrap();
    assert_eq!(code(delete_security_group(&api, &call(), by_id(&web)).await), "DependencyViolation");
    let revoke = rules::revoke(&api, &other, vec![from_group("-1", &web)]).await;
    assert_eq!(revoke.unwrap().revoked.len(), 1);
    let request =
        multihome_ec2::network_interface::CreateNetworkInterface { subnet_id: subnet, security_group_ids: vec![web.clone()], ..Default::default() };
    let interface = create_network_interface(&api, &call(), request).await.unwrap().network_interface.network_interface_id;
    assert_eq!(code(delete_security_group(&api, &call(), by_id(&web)).await), "DependencyViolation");
    let request = multihome_ec2::network_interface::DeleteNetworkInterface { network_interface_id: interface, dry_run: false };
    delete_network_interface(&api, &call(), request).await.unwrap();
    assert_eq!(code(delete_security_group(&api, &call_of("000000000002"), by_id(&web)).await), "InvalidGroup.NotFound");
    let deleted = delete_security_group(&api, &call(), by_id(&web)).await.unwrap();
    assert_eq!((deleted.done, &deleted.group_id), (true, &web));
    assert_eq!(code(delete_security_group(&api, &call(), by_id(&web)).await), "InvalidGroup.NotFound");
    assert_eq!(log_of(&api, &web).await, ["created", "authorized", "deleted"]);
}

#[tokio::test]
async fn the_default_group_stays_and_groups_of_the_default_vpc_have_names() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let by_name = |name: &str| DeleteSecurityGroup { group_name: Some(name.to_owned()), ..DeleteSecurityGroup::default() };
    assert_eq!(code(delete_security_group(&api, &call(), by_name("web")).await), "VPCIdNotSpecified");
    make_default(&api, &vpc).await;
    assert_eq!(code(delete_security_group(&api, &call(), by_name("web")).await), "InvalidGroup.NotFound");
    assert_eq!(code(delete_security_group(&api, &call(), by_name("default")).await), "CannotDelete");
    group(&api, &vpc, "web").await;
    delete_security_group(&api, &call(), by_name("web")).await.unwrap();
    assert_eq!(code(delete_security_group(&api, &call(), DeleteSecurityGroup::default()).await), "MissingParameter");
    let both = DeleteSecurityGroup { group_id: Some("sg-00000000".to_owned()), ..by_name("web") };
    assert_eq!(code(delete_security_group(&api, &call(), both).await), "InvalidParameterCombination");
}

#[tokio::test]
async fn the_groups_of_a_vpc_are_listed_in_pages_of_their_own() {
    let api = testing::api().await;
    let (vpc, other) = (testing::vpc(&api).await, testing::vpc(&api).await);
    for number in 0..6 {
        group(&api, &vpc, &format!("web-{number}")).await;
    }
    let request = |vpc: &str, token: Option<String>| GetSecurityGroupsForVpc {
        vpc_id: vpc.to_owned(),
        max_results: Some(5),
        next_token: token,
        ..GetSecurityGroupsForVpc::default()
    };
    let first = get_security_groups_for_vpc(&api, &call(), request(&vpc, None)).await.unwrap();
    assert_eq!((first.security_groups.len(), first.security_groups[0].primary_vpc_id.as_str()), (5, vpc.as_str()));
    let second = get_security_groups_for_vpc(&api, &call(), request(&vpc, first.next_token.clone())).await.unwrap();
    assert_eq!((second.security_groups.len(), second.next_token), (2, None));
    assert_eq!(code(get_security_groups_for_vpc(&api, &call(), request(&other, first.next_token)).await), "InvalidNextToken");
    assert_eq!(code(get_security_groups_for_vpc(&api, &call(), request("vpc-00000000", None)).await), "InvalidVpcID.NotFound");
    let named = GetSecurityGroupsForVpc { filters: vec![filter("group-name", &["web-?"])], max_results: None, ..request(&vpc, None) };
    assert_eq!(get_security_groups_for_vpc(&api, &call(), named).await.unwrap().security_groups.len(), 6);
}
