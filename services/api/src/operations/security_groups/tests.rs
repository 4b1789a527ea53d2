use super::*;
use crate::testing::{self, call, call_of, code, filter, log_of, tagged};

fn create(name: &str, vpc: Option<&str>) -> CreateSecurityGroup {
    CreateSecurityGroup {
        group_name: name.to_owned(),
        group_description: "a group".to_owned(),
        vpc_id: vpc.map(str::to_owned),
        ..CreateSecurityGroup::default()
    }
}

#[tokio::test]
async fn a_new_group_lets_everything_out_and_nothing_in() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let request = CreateSecurityGroup { tag_specifications: tagged("security-group", &[("Name", "web")]), ..create("web", Some(&vpc)) };
    let made = create_security_group(&api, &call(), request).await.unwrap();
    let by_id = DescribeSecurityGroups { group_ids: vec![made.group_id.clone()], ..DescribeSecurityGroups::default() };
    let shown = describe_security_groups(&api, &call(), by_id.clone()).await.unwrap().security_groups.remove(0);
    assert_eq!(shown.ip_permissions, []);
    assert_eq!((shown.ip_permissions_egress[0].ip_protocol.as_str(), shown.ip_permissions_egress[0].from_port), ("-1", None));
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
    assert_eq!(code(create_security_group(&api, &call(), create("web", Some(&one))).await), "InvalidGroup.Duplicate");
    assert_eq!(code(create_security_group(&api, &call(), create("default", Some(&one))).await), "InvalidParameterValue");
    assert_eq!(code(create_security_group(&api, &call(), create("x", Some("vpc-00000000"))).await), "InvalidVpcID.NotFound");
    assert_eq!(code(create_security_group(&api, &call(), create("x", None)).await), "VPCIdNotSpecified");
    let named = DescribeSecurityGroups { group_names: vec!["web".to_owned()], ..DescribeSecurityGroups::default() };
    assert_eq!(code(describe_security_groups(&api, &call(), named).await), "VPCIdNotSpecified");
}

#[tokio::test]
async fn of_groups_with_one_name_made_at_once_only_one_is() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let call = call();
    let tries = (0..8).map(|_| create_security_group(&api, &call, create("web", Some(&vpc))));
    let made = futures_util::future::join_all(tries).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "InvalidGroup.Duplicate");
    }
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
        ("ip-permission.protocol", "-1", 1),
        ("egress.ip-permission.cidr", "0.0.0.0/0", 2),
        ("ip-permission.cidr", "0.0.0.0/0", 0),
        ("description", "a *", 1),
    ] {
        let request = DescribeSecurityGroups { filters: vec![filter(name, &[value])], ..DescribeSecurityGroups::default() };
        assert_eq!(describe_security_groups(&api, &call(), request).await.unwrap().security_groups.len(), found, "{name}");
    }
}

#[test]
fn rules_of_one_protocol_and_range_are_one_permission() {
    let rule = |protocol, port: Option<i32>, cidr: &str| GroupRule {
        id: "sgr-00000001".parse().unwrap(),
        egress: false,
        protocol,
        from_port: port,
        to_port: port,
        peer: RulePeer::Cidr(cidr.parse().unwrap()),
    };
    let rules = [rule(6, Some(80), "10.0.0.0/8"), rule(17, Some(80), "10.0.0.0/8"), rule(6, Some(80), "11.0.0.0/8"), rule(47, None, "0.0.0.0/0")];
    let merged = merge(rules.iter());
    let shown: Vec<_> = merged.iter().map(|permission| (permission.ip_protocol.as_str(), permission.ip_ranges.len())).collect();
    assert_eq!(shown, [("tcp", 2), ("udp", 1), ("47", 1)]);
}
