use futures_util::future::join_all;
use multihome_ec2::{
    account_attribute::DescribeAccountAttributes,
    dhcp_options::DescribeDhcpOptions,
    internet_gateway::{DescribeInternetGateways, DetachInternetGateway},
    network_acl::DescribeNetworkAcls,
    route_table::DescribeRouteTables,
    security_group::DescribeSecurityGroups,
    subnet::{DeleteSubnet, DescribeSubnets, Subnet as ShownSubnet},
    vpc::{DeleteVpc, DescribeVpcs, Vpc as Shown},
};
use multihome_types::Generation;

use super::*;
use crate::{
    operations::{
        delete_internet_gateway, delete_subnet, delete_vpc, describe_account_attributes, describe_dhcp_options, describe_internet_gateways,
        describe_network_acls, describe_route_tables, describe_security_groups, describe_subnets, describe_vpcs, detach_internet_gateway,
    },
    testing::{self, call, call_of, code, filter, log_of},
};

async fn vpcs(api: &Api, call: &Call) -> Vec<Shown> {
    describe_vpcs(api, call, DescribeVpcs::default()).await.unwrap().vpcs
}

async fn subnets(api: &Api) -> Vec<ShownSubnet> {
    let mut found = describe_subnets(api, &call(), DescribeSubnets::default()).await.unwrap().subnets;
    found.sort_by(|one, other| one.availability_zone.cmp(&other.availability_zone));
    found
}

async fn attribute(api: &Api) -> String {
    let request = DescribeAccountAttributes { attribute_names: vec!["default-vpc".to_owned()], ..DescribeAccountAttributes::default() };
    describe_account_attributes(api, &call(), request).await.unwrap().attributes.remove(0).values.remove(0).attribute_value
}

/// As a user takes it down.
async fn take_down(api: &Api, vpc: &str) {
    let call = call();
    for subnet in subnets(api).await {
        delete_subnet(api, &call, DeleteSubnet { subnet_id: subnet.subnet_id, dry_run: false }).await.unwrap();
    }
    let gateways = describe_internet_gateways(api, &call, DescribeInternetGateways::default()).await.unwrap().internet_gateways;
    for gateway in gateways {
        let id = gateway.internet_gateway_id;
        let detach = DetachInternetGateway { internet_gateway_id: id.clone(), vpc_id: vpc.to_owned(), dry_run: false };
        detach_internet_gateway(api, &call, detach).await.unwrap();
        let delete = multihome_ec2::internet_gateway::DeleteInternetGateway { internet_gateway_id: id, dry_run: false };
        delete_internet_gateway(api, &call, delete).await.unwrap();
    }
    delete_vpc(api, &call, DeleteVpc { vpc_id: vpc.to_owned(), dry_run: false }).await.unwrap();
}

#[tokio::test]
async fn an_account_that_is_new_has_a_default_vpc_with_all_that_a_launch_needs() {
    let api = testing::api().await;
    ensure_default_vpc(&api, &call()).await.unwrap();
    let all = vpcs(&api, &call()).await;
    let [vpc] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((vpc.cidr_block.as_str(), vpc.is_default, attribute(&api).await), ("172.31.0.0/16", true, vpc.vpc_id.clone()));

    let shown: Vec<_> = subnets(&api).await;
    let summary: Vec<(&str, &str)> = shown.iter().map(|subnet| (subnet.availability_zone.as_str(), subnet.cidr_block.as_str())).collect();
    assert_eq!(summary, [("us-east-1a", "172.31.0.0/20"), ("us-east-1b", "172.31.16.0/20")]);
    assert!(shown.iter().all(|subnet| subnet.default_for_az && subnet.map_public_ip_on_launch && subnet.vpc_id == vpc.vpc_id));

    let gateways = describe_internet_gateways(&api, &call(), DescribeInternetGateways::default()).await.unwrap().internet_gateways;
    assert_eq!((gateways.len(), &gateways[0].attachments[0].vpc_id), (1, &vpc.vpc_id));
    let tables = describe_route_tables(&api, &call(), DescribeRouteTables::default()).await.unwrap().route_tables;
    let routes: Vec<(Option<&str>, Option<&str>, &str)> =
        tables[0].routes.iter().map(|route| (route.destination_cidr_block.as_deref(), route.gateway_id.as_deref(), route.state.as_str())).collect();
    let outside = Some(gateways[0].internet_gateway_id.as_str());
    assert_eq!(routes, [(Some("172.31.0.0/16"), Some("local"), "active"), (Some("0.0.0.0/0"), outside, "active")]);
    assert!(tables.len() == 1 && tables[0].associations[0].main);
    let groups = describe_security_groups(&api, &call(), DescribeSecurityGroups::default()).await.unwrap().security_groups;
    assert_eq!((groups.len(), groups[0].group_name.as_str()), (1, "default"));
    let acls = describe_network_acls(&api, &call(), DescribeNetworkAcls::default()).await.unwrap().network_acls;
    assert_eq!((acls.len(), acls[0].default, acls[0].associations.len()), (1, true, 2));
    let options = describe_dhcp_options(&api, &call(), DescribeDhcpOptions::default()).await.unwrap().dhcp_options;
    assert_eq!((options.len(), &options[0].dhcp_options_id), (1, &vpc.dhcp_options_id));
    assert_eq!(log_of(&api, &vpc.vpc_id).await, ["created"]);
    assert!(vpcs(&api, &call_of("000000000002")).await.is_empty());
}

#[tokio::test]
async fn of_many_first_calls_one_makes_it() {
    let api = testing::api().await;
    let call = call();
    for done in join_all((0..8).map(|_| ensure_default_vpc(&api, &call))).await {
        done.unwrap();
    }
    assert_eq!((vpcs(&api, &call).await.len(), subnets(&api).await.len()), (1, 2));
}

#[tokio::test]
async fn one_that_was_deleted_does_not_come_back_unless_it_is_asked_for() {
    let api = testing::api().await;
    ensure_default_vpc(&api, &call()).await.unwrap();
    assert_eq!(code(create_default_vpc(&api, &call(), CreateDefaultVpc::default()).await), "DefaultVpcAlreadyExists");
    let vpc = attribute(&api).await;
    take_down(&api, &vpc).await;
    // Another endpoint remembers nothing.
    let store = api.store.clone();
    let other = Api {
        store,
        bus: api.bus.clone(),
        settings: api.settings.clone(),
        embedded: None,
        headroom: std::sync::Arc::default(),
        creates: std::sync::Arc::default(),
        welcomed: std::sync::Arc::default(),
    };
    for api in [&api.api, &other] {
        ensure_default_vpc(api, &call()).await.unwrap();
        assert_eq!((vpcs(api, &call()).await, attribute(api).await.as_str()), (Vec::new(), "none"));
    }
    assert_eq!(code(create_default_subnet(&api, &call(), of_zone("us-east-1a")).await), "DefaultVpcDoesNotExist");
    let made = create_default_vpc(&api, &call(), CreateDefaultVpc::default()).await.unwrap().vpc;
    assert_eq!((vpcs(&api, &call()).await, subnets(&api).await.len()), (vec![made], 2));
}

#[tokio::test]
async fn of_many_that_ask_for_one_at_once_one_gets_it() {
    let api = testing::api().await;
    let call = call();
    let made = join_all((0..4).map(|_| create_default_vpc(&api, &call, CreateDefaultVpc::default()))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 1);
    for refused in made.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "DefaultVpcAlreadyExists");
    }
    assert_eq!(vpcs(&api, &call).await.len(), 1);
}

#[tokio::test]
async fn a_region_without_zones_is_looked_at_again() {
    let api = testing::api().await;
    let elsewhere = Call { region: "eu-west-1".parse().unwrap(), ..call() };
    ensure_default_vpc(&api, &elsewhere).await.unwrap();
    assert!(vpcs(&api, &elsewhere).await.is_empty());
    let transaction = api.store.begin().await.unwrap();
    let cluster = multihome_types::Cluster {
        name: "far".parse().unwrap(),
        region: elsewhere.region,
        zone: "eu-west-1a".parse().unwrap(),
        address: "127.0.0.1".parse().unwrap(),
        nodes: vec!["node-1".parse().unwrap()],
        applied: None,
        reported_at: None,
        generation: Generation::FIRST,
    };
    let row = multihome_entities::cluster::Model::from(cluster).into_active_model();
    multihome_entities::cluster::Entity::insert(row).exec_without_returning(transaction.conn()).await.unwrap();
    transaction.commit().await.unwrap();
    ensure_default_vpc(&api, &elsewhere).await.unwrap();
    assert_eq!(vpcs(&api, &elsewhere).await.len(), 1);
}

fn of_zone(zone: &str) -> CreateDefaultSubnet {
    CreateDefaultSubnet { availability_zone: Some(zone.to_owned()), ..CreateDefaultSubnet::default() }
}

#[tokio::test]
async fn a_default_subnet_that_was_deleted_is_made_again_when_it_is_asked_for() {
    let api = testing::api().await;
    ensure_default_vpc(&api, &call()).await.unwrap();
    assert_eq!(code(create_default_subnet(&api, &call(), of_zone("us-east-1a")).await), "DefaultSubnetAlreadyExistsInAvailabilityZone");
    let first = subnets(&api).await.remove(0);
    delete_subnet(&api, &call(), DeleteSubnet { subnet_id: first.subnet_id.clone(), dry_run: false }).await.unwrap();
    let made = create_default_subnet(&api, &call(), of_zone("us-east-1a")).await.unwrap().subnet;
    assert_eq!((made.cidr_block.as_str(), made.default_for_az, made.map_public_ip_on_launch), ("172.31.0.0/20", true, true));
    assert_ne!(made.subnet_id, first.subnet_id);
    let default = DescribeSubnets { filters: vec![filter("default-for-az", &["true"])], ..DescribeSubnets::default() };
    assert_eq!(describe_subnets(&api, &call(), default).await.unwrap().subnets.len(), 2);
    assert_eq!(code(create_default_subnet(&api, &call(), of_zone("mars-1a")).await), "InvalidParameterValue");
    assert_eq!(code(create_default_subnet(&api, &call(), CreateDefaultSubnet::default()).await), "MissingParameter");
}

#[tokio::test]
async fn after_a_reset_an_account_begins_anew() {
    let (mut api, _) = testing::embedded(true).await;
    let embedded = api.api.embedded.clone().unwrap();
    api.api.welcomed = embedded.welcomed.clone();
    ensure_default_vpc(&api, &call()).await.unwrap();
    let zones: Vec<String> = subnets(&api).await.into_iter().map(|subnet| subnet.availability_zone).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b", "us-east-1c"], "also where no cluster runs yet");
    for account in [Some(call().account), None] {
        let before = attribute(&api).await;
        assert!(embedded.reset(&api.store, account).await.unwrap() > 0);
        assert_eq!(attribute(&api).await, "none");
        ensure_default_vpc(&api, &call()).await.unwrap();
        assert!(attribute(&api).await.starts_with("vpc-") && attribute(&api).await != before);
    }
}
