use futures_util::future::join_all;
use multihome_ec2::{
    dhcp_options::{DescribeDhcpOptions, DhcpOptions as Shown, NewDhcpConfiguration},
    vpc::{CreateVpc, DescribeVpcs},
};

use super::*;
use crate::{
    operations::{create_vpc, describe_vpcs},
    testing::{self, call, call_of, code, filter, log_of, tag, tagged},
};

fn configuration(key: &str, values: &[&str]) -> NewDhcpConfiguration {
    NewDhcpConfiguration { key: key.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
}

fn create(configurations: &[(&str, &[&str])]) -> CreateDhcpOptions {
    let configurations = configurations.iter().map(|(key, values)| configuration(key, values)).collect();
    CreateDhcpOptions { configurations, ..CreateDhcpOptions::default() }
}

fn association(options: &str, vpc: &str) -> AssociateDhcpOptions {
    AssociateDhcpOptions { dhcp_options_id: options.to_owned(), vpc_id: vpc.to_owned(), dry_run: false }
}

fn deletion(options: &str) -> DeleteDhcpOptions {
    DeleteDhcpOptions { dhcp_options_id: options.to_owned(), dry_run: false }
}

async fn shown(api: &Api, filters: &[(&str, &[&str])]) -> Vec<Shown> {
    let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
    describe_dhcp_options(api, &call(), DescribeDhcpOptions { filters, ..DescribeDhcpOptions::default() }).await.unwrap().dhcp_options
}

async fn of_vpc(api: &Api, vpc: &str) -> String {
    let request = DescribeVpcs { vpc_ids: vec![vpc.to_owned()], ..DescribeVpcs::default() };
    describe_vpcs(api, &call(), request).await.unwrap().vpcs.remove(0).dhcp_options_id
}

fn told(set: &Shown) -> Vec<(&str, Vec<&str>)> {
    let values = |one: &multihome_ec2::dhcp_options::DhcpConfiguration| one.values.len();
    assert!(set.configurations.iter().all(|one| values(one) > 0));
    set.configurations.iter().map(|one| (one.key.as_str(), one.values.iter().map(|value| value.value.as_str()).collect())).collect()
}

#[tokio::test]
async fn the_vpcs_of_an_account_begin_with_its_default_options() {
    let api = testing::api().await;
    let call = call();
    let request = || CreateVpc { cidr_block: "10.0.0.0/16".to_owned(), ..CreateVpc::default() };
    let made = join_all((0..4).map(|_| create_vpc(&api, &call, request()))).await;
    let ids: std::collections::BTreeSet<String> = made.into_iter().map(|made| made.unwrap().vpc.dhcp_options_id).collect();
    let sets = shown(&api, &[]).await;
    let [set] = sets.as_slice() else { panic!("{sets:?}") };
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), std::slice::from_ref(&set.dhcp_options_id));
    assert_eq!(told(set), [("domain-name", vec!["ec2.internal"]), ("domain-name-servers", vec!["AmazonProvidedDNS"])]);
    assert_eq!(log_of(&api, &set.dhcp_options_id).await, ["created"]);
    let elsewhere = Call { region: "eu-west-1".parse().unwrap(), ..call.clone() };
    create_vpc(&api, &elsewhere, request()).await.unwrap();
    let there = describe_dhcp_options(&api, &elsewhere, DescribeDhcpOptions::default()).await.unwrap().dhcp_options;
    assert_eq!(told(&there[0])[0], ("domain-name", vec!["eu-west-1.compute.internal"]));
    assert_eq!(shown(&api, &[]).await.len(), 1, "regions share nothing");
}

#[tokio::test]
async fn options_are_made_given_to_a_vpc_and_deleted() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let default = of_vpc(&api, &vpc).await;
    let request = CreateDhcpOptions {
        tag_specifications: tagged("dhcp-options", &[("Name", "corporate")]),
        ..create(&[("domain-name-servers", &["10.2.5.1", "10.2.5.2"]), ("domain-name", &["example.com"])])
    };
    let made = create_dhcp_options(&api, &call(), request).await.unwrap().dhcp_options;
    assert_eq!(told(&made), [("domain-name", vec!["example.com"]), ("domain-name-servers", vec!["10.2.5.1", "10.2.5.2"])]);
    let id = made.dhcp_options_id.clone();
    assert_eq!(shown(&api, &[("value", &["example.*"]), ("key", &["domain-name"]), ("tag:Name", &["corporate"])]).await, std::slice::from_ref(&made));
    assert_eq!(made.tags, [tag("Name", "corporate")]);

    for (options, expected) in [(&id, &id), (&id, &id), (&"default".to_owned(), &"default".to_owned()), (&id, &id)] {
        associate_dhcp_options(&api, &call(), association(options, &vpc)).await.unwrap();
        assert_eq!(of_vpc(&api, &vpc).await, *expected);
    }
    assert_eq!(log_of(&api, &vpc).await, ["created", "dhcp-options-associated", "dhcp-options-associated", "dhcp-options-associated"]);
    let by_options = DescribeVpcs { filters: vec![filter("dhcp-options-id", &[&id])], ..DescribeVpcs::default() };
    assert_eq!(describe_vpcs(&api, &call(), by_options).await.unwrap().vpcs[0].vpc_id, vpc);

    assert_eq!(code(delete_dhcp_options(&api, &call(), deletion(&id)).await), "DependencyViolation");
    associate_dhcp_options(&api, &call(), association(&default, &vpc)).await.unwrap();
    delete_dhcp_options(&api, &call(), deletion(&id)).await.unwrap();
    assert_eq!(code(delete_dhcp_options(&api, &call(), deletion(&id)).await), "InvalidDhcpOptionID.NotFound");
    assert_eq!(log_of(&api, &id).await, ["created", "deleted"]);
    let tags = multihome_entities::tag::Entity::find().all(api.store.reader()).await.unwrap();
    assert_eq!(tags, [], "its tags went with it");
}

#[tokio::test]
async fn a_default_set_that_was_deleted_is_made_again() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let first = of_vpc(&api, &vpc).await;
    associate_dhcp_options(&api, &call(), association("default", &vpc)).await.unwrap();
    delete_dhcp_options(&api, &call(), deletion(&first)).await.unwrap();
    let second = of_vpc(&api, &testing::vpc(&api).await).await;
    assert_ne!(first, second);
    assert_eq!(of_vpc(&api, &testing::vpc(&api).await).await, second);
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let id = create_dhcp_options(&api, &call(), create(&[("domain-name", &["a"])])).await.unwrap().dhcp_options.dhcp_options_id;
    let stranger = call_of("000000000002");
    assert_eq!(code(create_dhcp_options(&api, &call(), create(&[])).await), "MissingParameter");
    assert_eq!(code(create_dhcp_options(&api, &call(), create(&[("colour", &["red"])])).await), "InvalidParameterValue");
    assert_eq!(code(associate_dhcp_options(&api, &call(), association("dopt-00000000", &vpc)).await), "InvalidDhcpOptionID.NotFound");
    assert_eq!(code(associate_dhcp_options(&api, &call(), association("none", &vpc)).await), "InvalidDhcpOptionsId.Malformed");
    assert_eq!(code(associate_dhcp_options(&api, &call(), association(&id, "vpc-00000000")).await), "InvalidVpcID.NotFound");
    assert_eq!(code(associate_dhcp_options(&api, &stranger, association(&id, &vpc)).await), "InvalidVpcID.NotFound");
    assert_eq!(code(delete_dhcp_options(&api, &stranger, deletion(&id)).await), "InvalidDhcpOptionID.NotFound");
    let asked = DescribeDhcpOptions { dhcp_options_ids: vec![id], ..DescribeDhcpOptions::default() };
    assert_eq!(code(describe_dhcp_options(&api, &stranger, asked.clone()).await), "InvalidDhcpOptionID.NotFound");
    assert_eq!(describe_dhcp_options(&api, &call(), asked).await.unwrap().dhcp_options.len(), 1);
}

#[tokio::test]
async fn sets_are_listed_in_pages() {
    let api = testing::api().await;
    for number in 0..7 {
        create_dhcp_options(&api, &call(), create(&[("domain-name", &[&format!("d{number}")])])).await.unwrap();
    }
    let request = DescribeDhcpOptions { max_results: Some(5), ..DescribeDhcpOptions::default() };
    let first = describe_dhcp_options(&api, &call(), request.clone()).await.unwrap();
    let second = describe_dhcp_options(&api, &call(), DescribeDhcpOptions { next_token: first.next_token, ..request }).await.unwrap();
    assert_eq!((first.dhcp_options.len(), second.dhcp_options.len(), second.next_token), (5, 2, None));
}
