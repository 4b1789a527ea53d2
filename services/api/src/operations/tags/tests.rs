use multihome_ec2::{subnet::DescribeSubnets, vpc::DescribeVpcs};

use super::*;
use crate::{
    operations::{describe_subnets, describe_vpcs},
    testing::{self, call, call_of, code, log_of},
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
