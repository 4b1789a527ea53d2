mod association;
mod automatic;
mod races;
mod secondary;

use std::{collections::HashSet, sync::Arc};

use multihome_ec2::address::{
    Address as Shown, AllocateAddress, AllocateAddressReply, DescribeAddresses, DescribeAddressesAttribute, ReleaseAddress,
};

use super::*;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    testing::{self, TestApi, call, call_of, code, filter, log_of, tagged},
};

/// With a pool of six addresses.
async fn small() -> TestApi {
    let mut api = testing::api().await;
    api.settings().public_addresses = "203.0.113.8/29".parse().unwrap();
    api
}

async fn allocate(api: &Api, call: &Call) -> Result<AllocateAddressReply, Fault> {
    allocate_address(api, call, AllocateAddress::default()).await
}

async fn release(api: &Api, call: &Call, id: &str) -> Result<(), Fault> {
    release_address(api, call, ReleaseAddress { allocation_id: Some(id.to_owned()), ..ReleaseAddress::default() }).await.map(drop)
}

async fn describe(api: &Api, call: &Call, request: DescribeAddresses) -> Result<Vec<Shown>, Fault> {
    Ok(describe_addresses(api, call, request).await?.addresses)
}

#[tokio::test]
async fn an_address_is_the_callers_until_it_is_released() {
    let api = small().await;
    let request =
        AllocateAddress { domain: Some("vpc".to_owned()), tag_specifications: tagged("elastic-ip", &[("Name", "door")]), ..Default::default() };
    let made = allocate_address(&api, &call(), request).await.unwrap();
    assert!(made.public_ip.starts_with("203.0.113.") && made.allocation_id.starts_with("eipalloc-"), "{made:?}");
    assert_eq!((&*made.domain, &*made.network_border_group, &*made.public_ipv4_pool), ("vpc", "us-east-1", "amazon"));
    let shown = describe(&api, &call(), DescribeAddresses::default()).await.unwrap().remove(0);
    assert_eq!((&shown.public_ip, &shown.allocation_id, &*shown.tags[0].value), (&made.public_ip, &made.allocation_id, "door"));
    assert_eq!((shown.association_id, shown.instance_id, shown.network_interface_id, shown.private_ip_address), (None, None, None, None));
    assert_eq!(code(release(&api, &call_of("000000000002"), &made.allocation_id).await), "InvalidAllocationID.NotFound");
    release(&api, &call(), &made.allocation_id).await.unwrap();
    assert!(describe(&api, &call(), DescribeAddresses::default()).await.unwrap().is_empty());
    assert_eq!(code(release(&api, &call(), &made.allocation_id).await), "InvalidAllocationID.NotFound");
    assert_eq!(log_of(&api, &made.allocation_id).await, ["created", "deleted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_address_is_given_out_twice_in_the_whole_cloud() {
    let api = Arc::new(small().await);
    let tasks = (0..12).map(|number| {
        let api = api.clone();
        tokio::spawn(async move { allocate(&api, &call_of(&format!("{:012}", number % 3))).await })
    });
    let (mut had, mut refused) = (HashSet::new(), 0);
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(made) => assert!(had.insert(made.public_ip)),
            refusal => {
                assert_eq!(code(refusal), "InsufficientAddressCapacity");
                refused += 1;
            }
        }
    }
    assert_eq!((had.len(), refused), (6, 6));
}

#[tokio::test]
async fn a_particular_address_can_be_asked_for() {
    let api = small().await;
    let asked = |text: &str| AllocateAddress { address: Some(text.to_owned()), ..AllocateAddress::default() };
    let made = allocate_address(&api, &call(), asked("203.0.113.9")).await.unwrap();
    assert_eq!(made.public_ip, "203.0.113.9");
    assert_eq!(code(allocate_address(&api, &call(), asked("203.0.113.9")).await), "InvalidIPAddress.InUse");
    assert_eq!(code(allocate_address(&api, &call_of("000000000002"), asked("203.0.113.9")).await), "InvalidAddress.NotFound");
    assert_eq!(code(allocate_address(&api, &call(), asked("203.0.113.8")).await), "InvalidAddress.NotFound");
    assert_eq!(code(allocate_address(&api, &call(), asked("203.0.113")).await), "InvalidAddress.Malformed");
}

#[tokio::test]
async fn addresses_are_found_by_name_and_by_filter() {
    let api = small().await;
    let [one, two] = [allocate(&api, &call()).await.unwrap(), allocate(&api, &call()).await.unwrap()];
    let other = allocate(&api, &call_of("000000000002")).await.unwrap();
    let by_id = DescribeAddresses { allocation_ids: vec![one.allocation_id.clone()], public_ips: vec![two.public_ip.clone()], ..Default::default() };
    assert_eq!(describe(&api, &call(), by_id).await.unwrap().len(), 2);
    let foreign = DescribeAddresses { allocation_ids: vec![other.allocation_id.clone()], ..Default::default() };
    assert_eq!(code(describe(&api, &call(), foreign).await), "InvalidAllocationID.NotFound");
    let foreign = DescribeAddresses { public_ips: vec![other.public_ip.clone()], ..Default::default() };
    assert_eq!(code(describe(&api, &call(), foreign).await), "InvalidAddress.NotFound");
    let malformed = DescribeAddresses { allocation_ids: vec!["x".to_owned()], ..Default::default() };
    assert_eq!(code(describe(&api, &call(), malformed).await), "InvalidAllocationID.NotFound");
    for (name, value, count) in [
        ("allocation-id", &*one.allocation_id, 1),
        ("allocation-id", "eipalloc-*", 2),
        ("public-ip", &*two.public_ip, 1),
        ("public-ip", &*other.public_ip, 0),
        ("domain", "vpc", 2),
        ("network-border-group", "us-east-1", 2),
        ("instance-id", "i-00000001", 0),
        ("network-interface-id", "eni-00000001", 0),
        ("network-interface-owner-id", "*", 0),
        ("private-ip-address", "*", 0),
        ("association-id", "eipassoc-00000001", 0),
        ("tag-key", "Name", 0),
    ] {
        let request = DescribeAddresses { filters: vec![filter(name, &[value])], ..Default::default() };
        assert_eq!(describe(&api, &call(), request).await.unwrap().len(), count, "{name} {value}");
    }
    let unknown = DescribeAddresses { filters: vec![filter("colour", &["red"])], ..Default::default() };
    assert_eq!(code(describe(&api, &call(), unknown).await), "InvalidParameterValue");
}

#[tokio::test]
async fn an_address_is_released_by_its_allocation() {
    let api = small().await;
    let made = allocate(&api, &call()).await.unwrap();
    let by_address = ReleaseAddress { public_ip: Some(made.public_ip), ..ReleaseAddress::default() };
    assert_eq!(code(release_address(&api, &call(), by_address).await), "InvalidParameterValue");
    assert_eq!(code(release_address(&api, &call(), ReleaseAddress::default()).await), "MissingParameter");
    let elsewhere =
        ReleaseAddress { allocation_id: Some(made.allocation_id), network_border_group: Some("us-east-2".to_owned()), ..ReleaseAddress::default() };
    assert_eq!(code(release_address(&api, &call(), elsewhere).await), "InvalidAddress.NotFound");
}

#[tokio::test]
async fn no_address_has_a_name_and_asking_for_it_is_no_mistake() {
    let api = small().await;
    let made = allocate(&api, &call()).await.unwrap();
    let asked = |id: &str, attribute: &str| DescribeAddressesAttribute {
        allocation_ids: vec![id.to_owned()],
        attribute: Some(attribute.to_owned()),
        ..DescribeAddressesAttribute::default()
    };
    let reply = describe_addresses_attribute(&api, &call(), asked(&made.allocation_id, "domain-name")).await.unwrap();
    assert_eq!((reply.addresses, reply.next_token), (Vec::new(), None));
    assert_eq!(code(describe_addresses_attribute(&api, &call(), asked("eipalloc-00000000", "domain-name")).await), "InvalidAllocationID.NotFound");
    assert_eq!(code(describe_addresses_attribute(&api, &call(), asked(&made.allocation_id, "colour")).await), "InvalidParameterValue");
    let next = DescribeAddressesAttribute { next_token: Some("AAAA".to_owned()), ..DescribeAddressesAttribute::default() };
    assert_eq!(code(describe_addresses_attribute(&api, &call(), next).await), "InvalidNextToken");
    for (size, good) in [(0, false), (1, true), (1_000, true), (1_001, false)] {
        let page = DescribeAddressesAttribute { max_results: Some(size), ..DescribeAddressesAttribute::default() };
        assert_eq!(describe_addresses_attribute(&api, &call(), page).await.is_ok(), good, "{size}");
    }
}
