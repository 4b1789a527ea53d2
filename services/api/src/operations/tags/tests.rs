use multihome_ec2::{
    security_group_rule::DescribeSecurityGroupRules,
    subnet::DescribeSubnets,
    tag::{DeleteTags, DescribeTags, TagToDelete},
    vpc::DescribeVpcs,
};

use super::*;
use crate::{
    operations::{describe_security_group_rules, describe_subnets, describe_vpcs},
    testing::{self, call, call_of, code, filter, log_of},
};

fn request(resources: &[&str], tags: &[(&str, &str)]) -> CreateTags {
    CreateTags {
        resource_ids: resources.iter().map(|id| (*id).to_owned()).collect(),
        tags: tags.iter().map(|(key, value)| testing::tag(key, value)).collect(),
        dry_run: false,
    }
}

#[tokio::test]
async fn tags_are_set_and_replaced_on_resources_of_any_kind() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    create_tags(&api, &call(), request(&[&vpc, &subnet, &vpc], &[("Name", "one"), ("Empty", "")])).await.unwrap();
    create_tags(&api, &call(), request(&[&vpc], &[("Name", "two")])).await.unwrap();
    let shown = describe_vpcs(&api, &call(), DescribeVpcs::default()).await.unwrap().vpcs.remove(0).tags;
    assert_eq!(shown, Some(vec![testing::tag("Empty", ""), testing::tag("Name", "two")]));
    let shown = describe_subnets(&api, &call(), DescribeSubnets::default()).await.unwrap().subnets.remove(0).tags;
    assert_eq!(shown, [testing::tag("Empty", ""), testing::tag("Name", "one")]);
    assert_eq!(log_of(&api, &vpc).await, ["created", "tagged", "tagged"]);
}

#[tokio::test]
async fn of_many_resources_all_are_tagged_or_none() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    for (missing, expected) in [
        ("eni-00000000", "InvalidNetworkInterfaceID.NotFound"),
        ("i-00000000", "InvalidInstanceID.NotFound"),
        ("rtb-00000000", "InvalidRouteTableID.NotFound"),
        ("sg-00000000", "InvalidGroup.NotFound"),
        ("nonsense", "InvalidID"),
    ] {
        assert_eq!(code(create_tags(&api, &call(), request(&[&vpc, missing], &[("a", "b")])).await), expected);
    }
    assert_eq!(code(create_tags(&api, &call_of("000000000002"), request(&[&vpc], &[("a", "b")])).await), "InvalidVpcID.NotFound");
    assert_eq!(code(create_tags(&api, &call(), request(&[], &[("a", "b")])).await), "MissingParameter");
    assert_eq!(code(create_tags(&api, &call(), request(&[&vpc], &[])).await), "MissingParameter");
    assert_eq!(describe_vpcs(&api, &call(), DescribeVpcs::default()).await.unwrap().vpcs[0].tags, None);
}

#[tokio::test]
async fn calls_together_do_not_give_one_tag_too_many() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let keys: Vec<String> = (0..90).map(|number| format!("k{number}")).collect();
    let call = call();
    let tries = keys.chunks(15).map(|some| {
        let tags: Vec<(&str, &str)> = some.iter().map(|key| (key.as_str(), "")).collect();
        create_tags(&api, &call, request(&[&vpc], &tags))
    });
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 3);
    for refused in done.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "TagLimitExceeded");
    }
}

fn unwanted(resource: &str, tags: &[(&str, Option<&str>)]) -> DeleteTags {
    let tags = tags.iter().map(|(key, value)| TagToDelete { key: (*key).to_owned(), value: value.map(str::to_owned) }).collect();
    DeleteTags { resource_ids: vec![resource.to_owned()], tags, dry_run: false }
}

async fn tags_of(api: &Api, resource: &str) -> Vec<String> {
    let request = DescribeTags { filters: vec![filter("resource-id", &[resource])], ..DescribeTags::default() };
    describe_tags(api, &call(), request).await.unwrap().tags.into_iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect()
}

#[tokio::test]
async fn tags_are_taken_away_by_key_by_value_or_all_together() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    create_tags(&api, &call(), request(&[&vpc], &[("a", "1"), ("b", ""), ("c", "3"), ("d", "4")])).await.unwrap();
    delete_tags(&api, &call(), unwanted(&vpc, &[("a", None), ("c", Some("9")), ("x", None)])).await.unwrap();
    assert_eq!(tags_of(&api, &vpc).await, ["b=", "c=3", "d=4"]);
    delete_tags(&api, &call(), unwanted(&vpc, &[("b", Some("")), ("c", Some(""))])).await.unwrap();
    assert_eq!(tags_of(&api, &vpc).await, ["c=3", "d=4"]);
    delete_tags(&api, &call(), unwanted(&vpc, &[("x", None)])).await.unwrap();
    assert_eq!(log_of(&api, &vpc).await, ["created", "tagged", "untagged", "untagged"]);
    assert_eq!(code(delete_tags(&api, &call_of("000000000002"), unwanted(&vpc, &[])).await), "InvalidVpcID.NotFound");
    assert_eq!(code(delete_tags(&api, &call(), unwanted(&vpc, &[("aws:x", None)])).await), "InvalidParameterValue");
    assert_eq!(code(delete_tags(&api, &call(), DeleteTags::default()).await), "MissingParameter");
    delete_tags(&api, &call(), unwanted(&vpc, &[])).await.unwrap();
    assert_eq!(tags_of(&api, &vpc).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_rule_has_tags_of_its_own_and_its_group_is_what_changed() {
    let api = testing::api().await;
    testing::vpc(&api).await;
    let rules = describe_security_group_rules(&api, &call(), DescribeSecurityGroupRules::default()).await.unwrap().rules;
    let (rule, group) = (&rules[0].security_group_rule_id, &rules[0].group_id);
    create_tags(&api, &call(), request(&[rule], &[("Name", "rule")])).await.unwrap();
    create_tags(&api, &call(), request(&[group, rule], &[("Owner", "web")])).await.unwrap();
    assert_eq!((tags_of(&api, rule).await, tags_of(&api, group).await), (vec!["Name=rule".into(), "Owner=web".into()], vec!["Owner=web".to_owned()]));
    assert_eq!(log_of(&api, group).await.iter().filter(|what| *what == "tagged").count(), 3);
    assert_eq!(code(create_tags(&api, &call_of("000000000002"), request(&[rule], &[("a", "b")])).await), "InvalidSecurityGroupRuleId.NotFound");
    assert_eq!(code(create_tags(&api, &call(), request(&["sgr-00000000"], &[("a", "b")])).await), "InvalidSecurityGroupRuleId.NotFound");
}

#[tokio::test]
async fn tags_are_listed_in_pages_and_found_by_everything_about_them() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    create_tags(&api, &call(), request(&[&vpc, &subnet], &[("Name", "one"), ("Owner", "two words"), ("with space", ""), ("z", "one")]))
        .await
        .unwrap();
    let (mut seen, mut token) = (Vec::new(), None);
    loop {
        let request = DescribeTags { max_results: Some(5), next_token: token, ..DescribeTags::default() };
        let page = describe_tags(&api, &call(), request).await.unwrap();
        seen.extend(page.tags);
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen, describe_tags(&api, &call(), DescribeTags::default()).await.unwrap().tags);
    assert_eq!(seen.len(), 8);
    for (name, value, found) in [
        ("key", "Name", 2),
        ("key", "w*", 2),
        ("value", "one", 4),
        ("resource-id", &*subnet, 4),
        ("resource-type", "vpc", 4),
        ("resource-type", "instance", 0),
        ("tag:Name", "o?e", 2),
        ("tag:Owner", "one", 0),
    ] {
        let request = DescribeTags { filters: vec![filter(name, &[value])], ..DescribeTags::default() };
        assert_eq!(describe_tags(&api, &call(), request).await.unwrap().tags.len(), found, "{name}");
    }
    assert_eq!(describe_tags(&api, &call_of("000000000002"), DescribeTags::default()).await.unwrap().tags, []);
}
