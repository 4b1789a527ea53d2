//! Public addresses that lead to secondary private ones.

use multihome_ec2::{
    address::AssociateAddress,
    interface_address::{AssignPrivateIpAddresses, UnassignPrivateIpAddresses},
};

use multihome_entities::change;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::*;
use crate::operations::{assign_private_ip_addresses, network_interfaces::world::World, unassign_private_ip_addresses};

const SECONDARY: &str = "10.0.1.77";

fn to(allocation: &str, interface: &str, private: &str) -> AssociateAddress {
    AssociateAddress {
        allocation_id: Some(allocation.to_owned()),
        network_interface_id: Some(interface.to_owned()),
        private_ip_address: Some(private.to_owned()),
        ..AssociateAddress::default()
    }
}

fn pull(interface: &str) -> AssignPrivateIpAddresses {
    AssignPrivateIpAddresses {
        network_interface_id: interface.to_owned(),
        private_ip_addresses: vec![SECONDARY.to_owned()],
        allow_reassignment: true,
        ..AssignPrivateIpAddresses::default()
    }
}

#[tokio::test]
async fn a_public_address_leads_to_a_secondary_one_stays_with_it_and_keeps_it() {
    let world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let at = |address: &str| multihome_ec2::network_interface::CreateNetworkInterface {
        subnet_id: subnet.clone(),
        private_ip_address: Some(address.to_owned()),
        ..Default::default()
    };
    let one = world.create(at("10.0.1.10")).await.unwrap().network_interface_id;
    let other = world.create(at("10.0.1.11")).await.unwrap().network_interface_id;
    let (first, second) = (world.elastic().await, world.elastic().await);
    assert_eq!(code(world.associate(to(&first.allocation_id, &one, SECONDARY)).await), "InvalidParameterValue");
    assign_private_ip_addresses(&world, &world.call, pull(&one)).await.unwrap();
    let primary = world.by_id(&one).await.unwrap().private_ip_address;
    let association = world.associate(to(&first.allocation_id, &one, SECONDARY)).await.unwrap();
    world.associate(to(&second.allocation_id, &one, &primary)).await.unwrap();

    // Each is shown with its own, and the interface with its primary one's.
    let shown = world.by_id(&one).await.unwrap();
    let leads = |place: usize| shown.private_ip_addresses[place].association.as_ref().unwrap().public_ip.clone();
    assert_eq!((leads(0), leads(1)), (second.public_ip.clone(), first.public_ip.clone()));
    assert_eq!(shown.association.as_ref().unwrap().public_ip, second.public_ip);
    assert_eq!(world.describe(&[("addresses.association.public-ip", &[&first.public_ip])]).await.len(), 1);

    // It goes along when the private address moves, by the same association.
    assign_private_ip_addresses(&world, &world.call, pull(&other)).await.unwrap();
    let address = world.address(&first.allocation_id).await;
    assert_eq!(address.network_interface_id.as_deref(), Some(&*other));
    assert_eq!((address.private_ip_address.as_deref(), address.association_id), (Some(SECONDARY), Some(association.clone())));
    assert_eq!(world.by_id(&one).await.unwrap().private_ip_addresses.len(), 1);

    // When the private address goes, the public one is free.
    let lose = UnassignPrivateIpAddresses {
        network_interface_id: other.clone(),
        private_ip_addresses: vec![SECONDARY.to_owned(), SECONDARY.to_owned()],
        ..UnassignPrivateIpAddresses::default()
    };
    unassign_private_ip_addresses(&world, &world.call, lose).await.unwrap();
    assert_eq!(world.by_id(&other).await.unwrap().private_ip_addresses.len(), 1);
    let address = world.address(&first.allocation_id).await;
    assert_eq!((address.association_id, address.network_interface_id, address.private_ip_address), (None, None, None));
    let changes = change::Entity::find().filter(change::Column::EntityId.eq(&first.allocation_id)).all(world.store.reader()).await.unwrap();
    assert_eq!(changes.last().unwrap().what, "disassociated");
}
