//! Calls that come at once: whatever their order, what is left is what one order of them would leave.

use multihome_ec2::{address::AssociateAddress, network_interface::DeleteNetworkInterface};
use multihome_entities::{elastic_address, interface};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::{association::to_interface, *};
use crate::operations::{delete_network_interface, network_interfaces::world::World};

const ZONE: &str = "us-east-1a";

async fn together<T: Send + 'static>(tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::new();
    for task in running {
        ended.push(task.await.unwrap());
    }
    ended
}

async fn open() -> Arc<World> {
    let world = World::new().await;
    world.open().await;
    Arc::new(world)
}

/// How many associations there are.
async fn associations(world: &World) -> u64 {
    let all = elastic_address::Entity::find().filter(elastic_address::Column::Association.is_not_null());
    all.count(world.api.store.reader()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_leads_to_one_interface_whoever_comes_at_once() {
    let world = open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let elastic = world.elastic().await;
    let mut interfaces = Vec::new();
    for _ in 0..8 {
        interfaces.push(world.interface(&subnet).await);
    }
    let tasks = interfaces.iter().map(|interface| {
        let (world, request) = (world.clone(), to_interface(&elastic, interface));
        async move { world.associate(request).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), associations(&world).await), (1, 1));
    for outcome in refused {
        assert_eq!(code(outcome), "Resource.AlreadyAssociated");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_has_one_address_whoever_comes_at_once_and_moves_never_wait_in_a_circle() {
    let world = open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let interfaces = [world.interface(&subnet).await, world.interface(&subnet).await];
    let elastics = [world.elastic().await, world.elastic().await];
    let tasks = (0..16).map(|number| {
        let request = to_interface(&elastics[number % 2], &interfaces[number / 2 % 2]);
        let (world, request) = (world.clone(), AssociateAddress { allow_reassociation: true, ..request });
        async move { world.associate(request).await }
    });
    for outcome in together(tasks).await {
        // All are allowed; one that never was first is told to try again.
        assert!(outcome.is_ok() || code(outcome) == "Unavailable");
    }
    let led_to: u64 = associations(&world).await;
    assert!((1..=2).contains(&led_to), "{led_to}");
    for interface in &interfaces {
        let shown = world.by_id(&interface.network_interface_id).await.unwrap();
        let of_list: Vec<_> =
            elastics.iter().filter(|elastic| shown.association.as_ref().is_some_and(|public| public.public_ip == elastic.public_ip)).collect();
        assert!(of_list.len() <= 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_associated_or_released_and_never_both() {
    let world = open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    for _ in 0..8 {
        let (elastic, interface) = (world.elastic().await, world.interface(&subnet).await);
        let associate = {
            let (world, request) = (world.clone(), to_interface(&elastic, &interface));
            tokio::spawn(async move { world.associate(request).await })
        };
        let release = {
            let (world, id) = (world.clone(), elastic.allocation_id.clone());
            tokio::spawn(async move { release(&world.api, &world.call, &id).await })
        };
        let (associated, released) = (associate.await.unwrap(), release.await.unwrap());
        let shown = world.by_id(&interface.network_interface_id).await.unwrap();
        match (associated, released) {
            (Ok(_), refused @ Err(_)) => assert_eq!((code(refused), shown.association.is_some()), ("InvalidIPAddress.InUse".to_owned(), true)),
            (refused @ Err(_), Ok(())) => {
                assert_eq!((code(refused), shown.association.is_none()), ("InvalidAllocationID.NotFound".to_owned(), true));
            }
            both => panic!("{both:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_that_is_deleted_meanwhile_leaves_no_association() {
    let world = open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    for _ in 0..8 {
        let (elastic, interface) = (world.elastic().await, world.interface(&subnet).await);
        let associate = {
            let (world, request) = (world.clone(), to_interface(&elastic, &interface));
            tokio::spawn(async move { world.associate(request).await })
        };
        let deletion = DeleteNetworkInterface { network_interface_id: interface.network_interface_id, dry_run: false };
        let delete = {
            let world = world.clone();
            tokio::spawn(async move { delete_network_interface(&world.api, &world.call, deletion).await })
        };
        let (associated, deleted) = (associate.await.unwrap(), delete.await.unwrap());
        deleted.unwrap();
        if associated.is_err() {
            assert_eq!(code(associated), "InvalidNetworkInterfaceID.NotFound");
        }
        assert_eq!(world.address(&elastic.allocation_id).await.network_interface_id, None);
    }
    assert_eq!((associations(&world).await, interface::Entity::find().count(world.api.store.reader()).await.unwrap()), (0, 0));
}
