//! Permissions: given by the owner, once, used by whom they name, and gone with the interface.

use multihome_ec2::{
    address::{AllocateAddress, AssociateAddress},
    internet_gateway::{AttachInternetGateway, CreateInternetGateway},
    network_interface_permission::{
        CreateNetworkInterfacePermission, DeleteNetworkInterfacePermission, DescribeNetworkInterfacePermissions, NetworkInterfacePermission,
    },
};

use super::*;
use crate::{
    call::Call,
    operations::{
        allocate_address, associate_address, attach_internet_gateway, create_internet_gateway, create_network_interface_permission,
        delete_network_interface_permission, describe_network_interface_permissions, network_interfaces::world::filters_of,
    },
};

const OTHER: &str = "000000000002";

impl World {
    async fn permit(&self, call: &Call, interface: &str, account: &str, permission: &str) -> Result<NetworkInterfacePermission, Fault> {
        let request = CreateNetworkInterfacePermission {
            network_interface_id: interface.to_owned(),
            aws_account_id: Some(account.to_owned()),
            permission: permission.to_owned(),
            dry_run: false,
        };
        Ok(create_network_interface_permission(&self.api, call, request).await?.interface_permission)
    }

    async fn forbid(&self, call: &Call, id: &str, force: bool) -> Result<(), Fault> {
        let request = DeleteNetworkInterfacePermission { network_interface_permission_id: id.to_owned(), force, dry_run: false };
        delete_network_interface_permission(&self.api, call, request).await.map(drop)
    }

    async fn permissions(&self, filters: &[(&str, &[&str])]) -> Vec<String> {
        let request = DescribeNetworkInterfacePermissions { filters: filters_of(filters), ..Default::default() };
        let found = describe_network_interface_permissions(&self.api, &self.call, request).await.unwrap().permissions;
        found.into_iter().map(|one| one.network_interface_permission_id).collect()
    }
}

#[tokio::test]
async fn a_permission_is_the_owners_to_give_once_and_to_take_away() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let (id, second) = (world.interface(&subnet).await.network_interface_id, world.interface(&subnet).await.network_interface_id);
    let stranger = testing::call_of(OTHER);
    assert_eq!(code(world.permit(&stranger, &id, OTHER, "INSTANCE-ATTACH").await), "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(code(world.permit(&world.call, &id, "x", "INSTANCE-ATTACH").await), "InvalidParameterValue");
    assert_eq!(code(world.permit(&world.call, &id, OTHER, "EVERYTHING").await), "InvalidParameterValue");
    let attach = world.permit(&world.call, &id, OTHER, "INSTANCE-ATTACH").await.unwrap();
    assert_eq!((&*attach.permission_state.state, &*attach.aws_account_id, &*attach.network_interface_id), ("granted", OTHER, &*id));
    assert_eq!(code(world.permit(&world.call, &id, OTHER, "INSTANCE-ATTACH").await), "InvalidPermission.Duplicate");
    let associate = world.permit(&world.call, &second, OTHER, "EIP-ASSOCIATE").await.unwrap();
    let (attach, associate) = (attach.network_interface_permission_id, associate.network_interface_permission_id);
    for (filters, expected) in [
        (vec![("network-interface-permission.network-interface-id", vec![&*id])], vec![&attach]),
        (vec![("network-interface-permission.permission", vec!["EIP*"])], vec![&associate]),
        (vec![("network-interface-permission.aws-account-id", vec!["000000000009"])], vec![]),
        (vec![("network-interface-permission.network-interface-permission-id", vec![&*attach])], vec![&attach]),
        (vec![("network-interface-permission.aws-service", vec!["*"])], vec![]),
    ] {
        let filters: Vec<(&str, &[&str])> = filters.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        assert_eq!(world.permissions(&filters).await.iter().collect::<Vec<_>>(), expected, "{filters:?}");
    }
    assert_eq!(code(world.forbid(&stranger, &attach, false).await), "InvalidPermissionID.NotFound");
    assert_eq!(code(world.forbid(&world.call, "eni-perm-1", false).await), "InvalidPermissionID.Malformed");
    world.forbid(&world.call, &attach, false).await.unwrap();
    assert_eq!(code(world.forbid(&world.call, &attach, false).await), "InvalidPermissionID.NotFound");
    let by_id = DescribeNetworkInterfacePermissions { permission_ids: vec![attach], ..Default::default() };
    assert_eq!(code(describe_network_interface_permissions(&world, &world.call, by_id).await), "InvalidPermissionID.NotFound");
    // With the interface, what was permitted of it.
    delete_network_interface(&world, &world.call, deletion(&second)).await.unwrap();
    assert!(world.permissions(&[]).await.is_empty());
}

#[tokio::test]
async fn an_address_of_another_account_leads_to_an_interface_only_by_permission() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let id = world.interface(&subnet).await.network_interface_id;
    let gateway = create_internet_gateway(&world, &world.call, CreateInternetGateway::default()).await.unwrap().internet_gateway.internet_gateway_id;
    let attach = AttachInternetGateway { internet_gateway_id: gateway, vpc_id: world.vpc.clone(), dry_run: false };
    attach_internet_gateway(&world, &world.call, attach).await.unwrap();
    let other = testing::call_of(OTHER);
    let allocated = allocate_address(&world, &other, AllocateAddress::default()).await.unwrap();
    let request = AssociateAddress {
        allocation_id: Some(allocated.allocation_id.clone()),
        network_interface_id: Some(id.clone()),
        ..AssociateAddress::default()
    };
    assert_eq!(code(associate_address(&world, &other, request.clone()).await), "InvalidNetworkInterfaceID.NotFound");
    world.permit(&world.call, &id, OTHER, "INSTANCE-ATTACH").await.unwrap();
    assert_eq!(code(associate_address(&world, &other, request.clone()).await), "InvalidNetworkInterfaceID.NotFound");
    let permission = world.permit(&world.call, &id, OTHER, "EIP-ASSOCIATE").await.unwrap().network_interface_permission_id;
    associate_address(&world, &other, request).await.unwrap();
    let shown = world.by_id(&id).await.unwrap().association.unwrap();
    assert_eq!((shown.public_ip, &*shown.ip_owner_id), (allocated.public_ip, OTHER));
    assert_eq!(code(world.forbid(&world.call, &permission, false).await), "OperationNotPermitted");
    world.forbid(&world.call, &permission, true).await.unwrap();
    assert!(world.by_id(&id).await.unwrap().association.is_some());
}
