//! Quotas as callers meet them: what EC2 gives, what was set for everybody and for one account, and calls at once.

use futures_util::future::join_all;
use multihome_ec2::{
    address::{AllocateAddress, ReleaseAddress},
    internet_gateway::CreateInternetGateway,
    nat_gateway::{CreateNatGateway, DeleteNatGateway},
    network_interface::CreateNetworkInterface,
    route_table::{CreateRoute, CreateRouteTable},
    security_group::CreateSecurityGroup,
    subnet::CreateSubnet,
    vpc::CreateVpc,
};
use multihome_types::AccountQuota;

use super::*;
use crate::{
    operations::*,
    testing::{self, TestApi, call, call_of, code},
};

/// Where everybody has this.
async fn api(quotas: &str) -> TestApi {
    let mut api = testing::api().await;
    api.settings().quotas = quotas.parse().unwrap();
    api
}

async fn create_a_vpc(api: &Api, call: &Call) -> Result<String, Fault> {
    let request = CreateVpc { cidr_block: "10.0.0.0/16".to_owned(), ..CreateVpc::default() };
    Ok(create_vpc(api, call, request).await?.vpc.vpc_id)
}

async fn set(api: &Api, name: QuotaName, value: u64) {
    let Call { account, region, .. } = call();
    let txn = api.store.begin().await.unwrap();
    quota::set(txn.conn(), &AccountQuota { account, region, name, value }).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn an_account_has_what_ec2_gives_unless_it_was_given_something_else() {
    let api = api("").await;
    for _ in 0..5 {
        create_a_vpc(&api, &call()).await.unwrap();
    }
    assert_eq!(code(create_a_vpc(&api, &call()).await), "VpcLimitExceeded");
    create_a_vpc(&api, &call_of("000000000002")).await.unwrap();
    set(&api, QuotaName::VpcsPerRegion, 6).await;
    create_a_vpc(&api, &call()).await.unwrap();
    assert_eq!(code(create_a_vpc(&api, &call()).await), "VpcLimitExceeded");
    // One that was lowered takes nothing away, and one that was reset is everybody's again.
    set(&api, QuotaName::VpcsPerRegion, 1).await;
    assert_eq!(code(create_a_vpc(&api, &call()).await), "VpcLimitExceeded");
    let Call { account, region, .. } = call();
    let txn = api.store.begin().await.unwrap();
    assert!(quota::reset(txn.conn(), (account, region, QuotaName::VpcsPerRegion)).await.unwrap());
    assert!(!quota::reset(txn.conn(), (account, region, QuotaName::VpcsPerRegion)).await.unwrap());
    txn.commit().await.unwrap();
    assert_eq!(limit(&api, api.store.reader(), &call(), QuotaName::VpcsPerRegion).await.unwrap(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_calls_at_once_no_more_than_the_last_place_is_given() {
    let api = api("vpcs-per-region=3,elastic-addresses-per-region=3,internet-gateways-per-region=3,interfaces-per-region=3").await;
    let (api, call) = (&api, &call());
    let vpcs = join_all((0..8).map(|_| create_a_vpc(api, call))).await;
    assert_eq!(vpcs.iter().filter(|made| made.is_ok()).count(), 3);
    let addresses = join_all((0..8).map(|_| allocate_address(api, call, AllocateAddress::default()))).await;
    assert_eq!(addresses.iter().filter(|made| made.is_ok()).count(), 3);
    let gateways = join_all((0..8).map(|_| create_internet_gateway(api, call, CreateInternetGateway::default()))).await;
    assert_eq!(gateways.iter().filter(|made| made.is_ok()).count(), 3);
    let subnet = testing::subnet(api, &vpcs.iter().find_map(|made| made.as_ref().ok()).unwrap().clone(), "10.0.0.0/24").await;
    let interface = || create_network_interface(api, call, CreateNetworkInterface { subnet_id: subnet.clone(), ..Default::default() });
    let interfaces = join_all((0..8).map(|_| interface())).await;
    assert_eq!(interfaces.iter().filter(|made| made.is_ok()).count(), 3);
    for (refused, expected) in [
        (interfaces.into_iter().find_map(Result::err), "NetworkInterfaceLimitExceeded"),
        (vpcs.into_iter().find_map(Result::err), "VpcLimitExceeded"),
        (addresses.into_iter().find_map(Result::err), "AddressLimitExceeded"),
        (gateways.into_iter().find_map(Result::err), "InternetGatewayLimitExceeded"),
    ] {
        assert_eq!(code(Err::<(), _>(refused.unwrap())), expected);
    }
    // What is given back can be had again.
    let id = addresses_of(api, call).await.remove(0);
    release_address(api, call, ReleaseAddress { allocation_id: Some(id), ..ReleaseAddress::default() }).await.unwrap();
    allocate_address(api, call, AllocateAddress::default()).await.unwrap();
}

async fn addresses_of(api: &Api, call: &Call) -> Vec<String> {
    let shown = describe_addresses(api, call, multihome_ec2::address::DescribeAddresses::default()).await.unwrap().addresses;
    shown.into_iter().map(|address| address.allocation_id).collect()
}

#[tokio::test]
async fn what_is_in_a_vpc_has_its_quotas_too() {
    let quotas = "subnets-per-vpc=1,route-tables-per-vpc=2,routes-per-table=2,security-groups-per-region=2,nat-gateways-per-zone=1,\
                  interfaces-per-region=2";
    let api = api(quotas).await;
    let (vpc, call) = (testing::vpc(&api).await, call());
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let more = CreateSubnet { vpc_id: vpc.clone(), cidr_block: "10.0.1.0/24".to_owned(), ..CreateSubnet::default() };
    assert_eq!(code(create_subnet(&api, &call, more).await), "SubnetLimitExceeded");

    // The main table counts, and the local route.
    let table = || CreateRouteTable { vpc_id: vpc.clone(), ..CreateRouteTable::default() };
    let made = create_route_table(&api, &call, table()).await.unwrap().route_table.route_table_id;
    assert_eq!(code(create_route_table(&api, &call, table()).await), "RouteTableLimitExceeded");
    let interface = || CreateNetworkInterface { subnet_id: subnet.clone(), ..CreateNetworkInterface::default() };
    let id = create_network_interface(&api, &call, interface()).await.unwrap().network_interface.network_interface_id;
    let route = |destination: &str| CreateRoute {
        route_table_id: made.clone(),
        destination_cidr_block: Some(destination.to_owned()),
        network_interface_id: Some(id.clone()),
        ..CreateRoute::default()
    };
    create_route(&api, &call, route("10.1.0.0/16")).await.unwrap();
    assert_eq!(code(create_route(&api, &call, route("10.2.0.0/16")).await), "RouteLimitExceeded");

    create_network_interface(&api, &call, interface()).await.unwrap();
    assert_eq!(code(create_network_interface(&api, &call, interface()).await), "NetworkInterfaceLimitExceeded");

    let group = |name: &str| CreateSecurityGroup {
        group_name: name.to_owned(),
        group_description: name.to_owned(),
        vpc_id: Some(vpc.clone()),
        ..CreateSecurityGroup::default()
    };
    create_security_group(&api, &call, group("one")).await.unwrap();
    assert_eq!(code(create_security_group(&api, &call, group("two")).await), "SecurityGroupLimitExceeded");

    let gateway = || CreateNatGateway { subnet_id: subnet.clone(), connectivity_type: Some("private".to_owned()), ..CreateNatGateway::default() };
    create_nat_gateway(&api, &call, gateway()).await.unwrap();
    assert_eq!(code(create_nat_gateway(&api, &call, gateway()).await), "NatGatewayLimitExceeded");
    set(&api, QuotaName::NatGatewaysPerZone, 2).await;
    let second = create_nat_gateway(&api, &call, gateway()).await.unwrap().nat_gateway.nat_gateway_id;
    // One that is being deleted counts until it is.
    delete_nat_gateway(&api, &call, DeleteNatGateway { nat_gateway_id: second, dry_run: false }).await.unwrap();
    assert_eq!(code(create_nat_gateway(&api, &call, gateway()).await), "NatGatewayLimitExceeded");
}

#[tokio::test]
async fn an_interface_has_as_many_groups_as_its_account_may_give_it() {
    let api = api("").await;
    let (vpc, call) = (testing::vpc(&api).await, call());
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let mut groups = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let request = CreateSecurityGroup {
            group_name: name.to_owned(),
            group_description: name.to_owned(),
            vpc_id: Some(vpc.clone()),
            ..CreateSecurityGroup::default()
        };
        groups.push(create_security_group(&api, &call, request).await.unwrap().group_id);
    }
    let request = || CreateNetworkInterface { subnet_id: subnet.clone(), security_group_ids: groups.clone(), ..CreateNetworkInterface::default() };
    assert_eq!(code(create_network_interface(&api, &call, request()).await), "SecurityGroupsPerInterfaceLimitExceeded");
    set(&api, QuotaName::GroupsPerInterface, 6).await;
    let made = create_network_interface(&api, &call, request()).await.unwrap().network_interface;
    assert_eq!(made.groups.len(), 6);
}

#[test]
fn between_two_counts_of_interfaces_an_account_gets_a_part_of_what_was_left() {
    let headroom = Headroom::default();
    let Call { account, region, .. } = call();
    let (of, now) = ((account, region), Instant::now());
    assert!(!headroom.take(of, 1, now), "nobody has counted yet");
    headroom.counted(of, 80, now);
    assert!(headroom.take(of, 9, now) && headroom.take(of, 1, now));
    assert!(!headroom.take(of, 1, now), "a tenth of them is gone, and others may have had some too");
    headroom.counted(of, 7, now);
    assert!(!headroom.take(of, 1, now), "close to the end everybody is counted");
    headroom.counted(of, 800, now);
    assert!(!headroom.take(of, 1, now + FRESH), "the count is old");
    assert!(!headroom.take((call_of("000000000002").account, region), 1, now));
}
