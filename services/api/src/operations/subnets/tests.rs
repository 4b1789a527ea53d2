mod delete;

use multihome_ec2::subnet::DescribeSubnets;
use multihome_entities::{interface, private_address};
use multihome_types::{Address, AddressOwner, Interface, InterfaceKind, Mac, MacPrefix, PrivateAddress};

use super::*;
use crate::testing::{self, call, call_of, code, filter, log_of};

fn create(vpc: &str, cidr: &str) -> CreateSubnet {
    CreateSubnet { vpc_id: vpc.to_owned(), cidr_block: cidr.to_owned(), ..CreateSubnet::default() }
}

fn by_id(id: &str) -> DescribeSubnets {
    DescribeSubnets { subnet_ids: vec![id.to_owned()], ..DescribeSubnets::default() }
}

#[tokio::test]
async fn a_subnet_is_in_the_zone_asked_for() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let named = CreateSubnet { availability_zone: Some("us-east-1b".to_owned()), ..create(&vpc, "10.0.1.0/24") };
    let made = create_subnet(&api, &call(), named).await.unwrap().subnet;
    assert_eq!((made.availability_zone.as_str(), made.availability_zone_id.as_str()), ("us-east-1b", "use1-az2"));
    let by_zone_id = CreateSubnet { availability_zone_id: Some("use1-az2".to_owned()), ..create(&vpc, "10.0.2.0/24") };
    assert_eq!(create_subnet(&api, &call(), by_zone_id).await.unwrap().subnet.availability_zone, "us-east-1b");
    let anywhere = create_subnet(&api, &call(), create(&vpc, "10.0.3.0/24")).await.unwrap().subnet;
    assert_eq!(anywhere.availability_zone, "us-east-1a");
    let nowhere = CreateSubnet { availability_zone: Some("us-east-1c".to_owned()), ..create(&vpc, "10.0.4.0/24") };
    assert_eq!(code(create_subnet(&api, &call(), nowhere).await), "InvalidParameterValue");
    assert_eq!(describe_subnets(&api, &call(), by_id(&made.subnet_id)).await.unwrap().subnets, std::slice::from_ref(&made));
    assert_eq!(log_of(&api, &made.subnet_id).await, ["created"]);
    let arn = format!("arn:aws:ec2:us-east-1:000000000001:subnet/{}", made.subnet_id);
    assert_eq!(made.subnet_arn, arn);
}

#[tokio::test]
async fn subnets_lie_beside_each_other_inside_their_vpc() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    for (cidr, expected) in [
        ("10.0.0.0/24", "InvalidSubnet.Conflict"),
        ("10.0.0.128/25", "InvalidSubnet.Conflict"),
        ("10.0.0.0/20", "InvalidSubnet.Conflict"),
        ("10.1.0.0/24", "InvalidSubnet.Range"),
        ("10.0.0.0/29", "InvalidSubnet.Range"),
        ("10.0.1.0/33", "InvalidParameterValue"),
    ] {
        assert_eq!(code(create_subnet(&api, &call(), create(&vpc, cidr)).await), expected, "{cidr}");
    }
    assert_eq!(code(create_subnet(&api, &call_of("000000000002"), create(&vpc, "10.0.1.0/24")).await), "InvalidVpcID.NotFound");
    assert_eq!(code(create_subnet(&api, &call(), create("vpc-1", "10.0.1.0/24")).await), "InvalidVpcID.Malformed");
}

#[tokio::test]
async fn of_overlapping_subnets_made_at_once_only_one_is() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let call = call();
    let tries = ["10.0.0.0/20", "10.0.0.0/24", "10.0.0.0/25", "10.0.1.0/24"].map(|cidr| create_subnet(&api, &call, create(&vpc, cidr)));
    let made = futures_util::future::join_all(tries).await.into_iter().filter_map(Result::ok).map(|made| made.subnet.cidr_block).collect::<Vec<_>>();
    let all = describe_subnets(&api, &call, DescribeSubnets::default()).await.unwrap().subnets;
    let blocks: Vec<Cidr> = all.iter().map(|subnet| subnet.cidr_block.parse().unwrap()).collect();
    assert_eq!(made.len(), blocks.len());
    for (place, one) in blocks.iter().enumerate() {
        assert!(blocks[place + 1..].iter().all(|other| !one.overlaps(*other)), "{blocks:?}");
    }
}

#[tokio::test]
async fn addresses_that_are_taken_are_not_available() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/28").await;
    assert_eq!(describe_subnets(&api, &call(), by_id(&subnet)).await.unwrap().subnets[0].available_ip_address_count, 11);
    take_address(&api, &vpc, &subnet, "10.0.0.4").await;
    take_address(&api, &vpc, &subnet, "10.0.0.5").await;
    assert_eq!(describe_subnets(&api, &call(), by_id(&subnet)).await.unwrap().subnets[0].available_ip_address_count, 9);
    let nine = DescribeSubnets { filters: vec![filter("available-ip-address-count", &["9"])], ..DescribeSubnets::default() };
    assert_eq!(describe_subnets(&api, &call(), nine).await.unwrap().subnets[0].subnet_id, subnet);
}

async fn take_address(api: &Api, vpc: &str, subnet: &str, address: &str) {
    let (Call { account, region, now, .. }, address) = (call(), address.parse::<Address>().unwrap());
    let (vpc, subnet, id) = (vpc.parse().unwrap(), subnet.parse().unwrap(), api.fresh());
    let interface = Interface {
        id,
        account,
        region,
        zone: "us-east-1a".parse().unwrap(),
        vpc,
        subnet,
        kind: InterfaceKind::Interface,
        mac: Mac::of(id, MacPrefix::default()),
        address,
        description: String::new(),
        source_dest_check: true,
        groups: Vec::new(),
        attachment: None,
        assigned: multihome_types::Assigned::default(),
        public: Vec::new(),
        automatic_public_address: false,
        created: now,
        generation: Generation::FIRST,
    };
    let taken = PrivateAddress { account, region, vpc, subnet, address, primary: true, prefix: None, owner: AddressOwner::Interface(id) };
    let transaction = api.store.begin().await.unwrap();
    interface::Entity::insert(interface::Model::from(&interface).into_active_model()).exec_without_returning(transaction.conn()).await.unwrap();
    assert!(private_address::take(transaction.conn(), &taken).await.unwrap());
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn every_filter_finds_what_is_shown() {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let request = CreateSubnet {
        availability_zone: Some("us-east-1b".to_owned()),
        tag_specifications: testing::tagged("subnet", &[("Name", "front")]),
        ..create(&vpc, "10.0.9.0/28")
    };
    let made = create_subnet(&api, &call(), request).await.unwrap().subnet;
    testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    for (name, value, found) in [
        ("availability-zone", "us-east-1b", 1),
        ("availabilityZone", "us-east-1*", 2),
        ("availability-zone-id", "use1-az2", 1),
        ("availabilityZoneId", "use1-az1", 1),
        ("available-ip-address-count", "11", 1),
        ("cidr", "10.0.9.0/28", 1),
        ("cidr-block", "10.0.9.0/28", 1),
        ("cidrBlock", "10.0.*", 2),
        ("customer-owned-ipv4-pool", "*", 0),
        ("default-for-az", "false", 2),
        ("defaultForAz", "true", 0),
        ("enable-dns64", "false", 2),
        ("enable-lni-at-device-index", "*", 0),
        ("ipv6-cidr-block-association.ipv6-cidr-block", "*", 0),
        ("ipv6-cidr-block-association.association-id", "*", 0),
        ("ipv6-cidr-block-association.state", "*", 0),
        ("ipv6-native", "false", 2),
        ("map-customer-owned-ip-on-launch", "false", 2),
        ("map-public-ip-on-launch", "false", 2),
        ("outpost-arn", "*", 0),
        ("owner-id", "000000000001", 2),
        ("private-dns-name-options-on-launch.hostname-type", "ip-name", 2),
        ("private-dns-name-options-on-launch.enable-resource-name-dns-a-record", "false", 2),
        ("private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record", "true", 0),
        ("state", "available", 2),
        ("subnet-arn", &made.subnet_arn, 1),
        ("subnet-id", &made.subnet_id, 1),
        ("tag:Name", "front", 1),
        ("tag-key", "Name", 1),
        ("vpc-id", &vpc, 2),
    ] {
        let request = DescribeSubnets { filters: vec![filter(name, &[value])], ..DescribeSubnets::default() };
        assert_eq!(describe_subnets(&api, &call(), request).await.unwrap().subnets.len(), found, "{name}={value}");
    }
    let paged = DescribeSubnets { max_results: Some(5), ..DescribeSubnets::default() };
    for number in 1..7 {
        testing::subnet(&api, &vpc, &format!("10.0.{}.0/24", number * 16)).await;
    }
    let first = describe_subnets(&api, &call(), paged.clone()).await.unwrap();
    let second = describe_subnets(&api, &call(), DescribeSubnets { next_token: first.next_token, ..paged }).await.unwrap();
    assert_eq!((first.subnets.len(), second.subnets.len(), second.next_token), (5, 3, None));
}
