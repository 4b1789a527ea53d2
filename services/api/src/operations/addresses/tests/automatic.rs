//! Public addresses that the cloud gives by itself. Starts and stops are the attachment service's.

use multihome_ec2::{address::AssociateAddress, instance::InstanceNetworkInterfaceSpecification};
use multihome_entities::subnet;
use multihome_types::{InstanceState, SubnetId};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

use super::{association::to_interface, *};
use crate::operations::network_interfaces::world::{World, filters_of};

const ZONE: &str = "us-east-1a";

#[tokio::test]
async fn a_launch_gives_the_primary_interface_a_public_address_that_nobody_has_allocated() {
    let world = World::new().await;
    world.make_default().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.running(&subnet, Some(true)).await;
    let shown = world.shown_instance(&id).await;
    let public = shown.ip_address.clone().unwrap();
    assert!(public.starts_with("203.0.113.") || public.starts_with("198.51.100."), "{public}");
    assert_eq!(shown.network_interfaces[0].association.as_ref().map(|public| &*public.ip_owner_id), Some("amazon"));
    let interface = world.by_id(&shown.network_interfaces[0].network_interface_id).await.unwrap();
    let association = interface.association.unwrap();
    assert_eq!((association.allocation_id, association.association_id, association.public_ip), (None, None, public.clone()));
    assert_eq!(world.describe(&[("association.ip-owner-id", &["amazon"])]).await.len(), 1);
    // It is in no list of addresses, and nobody can name it.
    assert!(describe(&world, &world.call, DescribeAddresses::default()).await.unwrap().is_empty());
    let by_address = DescribeAddresses { public_ips: vec![public.clone()], ..DescribeAddresses::default() };
    assert_eq!(code(describe(&world, &world.call, by_address).await), "InvalidAddress.NotFound");
    let asked = AllocateAddress { address: Some(public), ..AllocateAddress::default() };
    assert_eq!(code(allocate_address(&world.api, &world.call, asked).await), "InvalidAddress.NotFound");
    assert_eq!(world.shown_instance(&world.running(&subnet, None).await).await.ip_address, None);
}

#[tokio::test]
async fn a_subnet_can_give_public_addresses_by_default() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let txn = world.api.store.begin().await.unwrap();
    let update = subnet::Entity::update_many().col_expr(subnet::Column::MapPublicIpOnLaunch, Expr::value(true));
    update.filter(subnet::Column::Id.eq(subnet.parse::<SubnetId>().unwrap())).exec(txn.conn()).await.unwrap();
    txn.commit().await.unwrap();
    assert!(world.shown_instance(&world.running(&subnet, None).await).await.ip_address.is_some());
    assert!(world.shown_instance(&world.running(&subnet, Some(false)).await).await.ip_address.is_none());
    let item = |index| InstanceNetworkInterfaceSpecification { device_index: Some(index), subnet_id: Some(subnet.clone()), ..Default::default() };
    let two = world.launched(vec![item(0), item(1)]).await.unwrap();
    assert!(world.shown_instance(&two).await.ip_address.is_none());
}

#[tokio::test]
async fn a_launch_for_which_there_is_no_public_address_leaves_nothing_behind() {
    let mut world = World::new().await;
    world.api.settings().public_addresses = "203.0.113.8/30".parse().unwrap();
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    world.running(&subnet, Some(true)).await;
    world.elastic().await;
    let item = InstanceNetworkInterfaceSpecification {
        device_index: Some(0),
        subnet_id: Some(subnet),
        associate_public_ip_address: Some(true),
        ..InstanceNetworkInterfaceSpecification::default()
    };
    assert_eq!(code(world.launched(vec![item]).await), "InsufficientAddressCapacity");
    assert_eq!(multihome_entities::interface::Entity::find().count(world.api.store.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn an_elastic_address_takes_the_place_of_the_clouds_and_is_followed_by_another() {
    let world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.running(&subnet, Some(true)).await;
    let first = world.shown_instance(&id).await.ip_address.unwrap();
    let elastic = world.elastic().await;
    let interface = world.describe(&[("attachment.instance-id", &[&id])]).await.remove(0);
    let association = world.associate(to_interface(&elastic, &interface)).await.unwrap();
    assert_eq!(world.shown_instance(&id).await.ip_address.as_ref(), Some(&elastic.public_ip));
    // The first can be had by somebody else now.
    let asked = AllocateAddress { address: Some(first), ..AllocateAddress::default() };
    allocate_address(&world.api, &call_of("000000000002"), asked).await.unwrap();
    world.disassociate(&association).await.unwrap();
    let shown = world.shown_instance(&id).await;
    assert_eq!(shown.network_interfaces[0].association.as_ref().map(|public| &*public.ip_owner_id), Some("amazon"));
    assert_ne!(shown.ip_address.as_ref(), Some(&elastic.public_ip));
    // To a stopped instance none is given.
    let again = AssociateAddress { allow_reassociation: true, ..to_interface(&elastic, &interface) };
    let association = world.associate(again).await.unwrap();
    world.put(&id, InstanceState::Stopped).await;
    world.disassociate(&association).await.unwrap();
    assert_eq!(world.shown_instance(&id).await.ip_address, None);
    let request = DescribeAddresses { filters: filters_of(&[("public-ip", &["*"])]), ..DescribeAddresses::default() };
    assert_eq!(describe(&world, &world.call, request).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_interface_that_an_address_moves_away_from_is_given_one_of_the_clouds() {
    let world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.running(&subnet, Some(true)).await;
    let elastic = world.elastic().await;
    let interface = world.describe(&[("attachment.instance-id", &[&id])]).await.remove(0);
    world.associate(to_interface(&elastic, &interface)).await.unwrap();
    let other = world.interface(&subnet).await;
    world.associate(AssociateAddress { allow_reassociation: true, ..to_interface(&elastic, &other) }).await.unwrap();
    let shown = world.shown_instance(&id).await;
    assert_eq!(shown.network_interfaces[0].association.as_ref().map(|public| &*public.ip_owner_id), Some("amazon"));
    assert_eq!(world.by_id(&other.network_interface_id).await.unwrap().association.unwrap().public_ip, elastic.public_ip);
}

#[tokio::test]
async fn a_running_instance_has_one_as_soon_as_its_interface_is_to_have_one_and_no_longer() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let instance = world.running(&subnet, Some(false)).await;
    let shown = world.shown_instance(&instance).await;
    assert_eq!(shown.ip_address, None);
    let id = shown.network_interfaces[0].network_interface_id.clone();
    let choose = |wanted| {
        let request = multihome_ec2::network_interface::ModifyNetworkInterfaceAttribute {
            network_interface_id: id.clone(),
            associate_public_ip_address: Some(wanted),
            ..Default::default()
        };
        crate::operations::modify_network_interface_attribute(&world, &world.call, request)
    };
    choose(true).await.unwrap();
    let given = world.shown_instance(&instance).await.ip_address.unwrap();
    choose(true).await.unwrap();
    assert_eq!(world.shown_instance(&instance).await.ip_address, Some(given));
    choose(false).await.unwrap();
    assert_eq!(world.shown_instance(&instance).await.ip_address, None);
}
