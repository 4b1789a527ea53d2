//! IPv6: had once, out of the subnet's block, whoever comes at once.

use multihome_ec2::{
    interface_ipv6::{AssignIpv6Addresses, AssignIpv6AddressesReply, UnassignIpv6Addresses},
    network_interface::{Ipv6AddressSpecification, Ipv6PrefixSpecification, NetworkInterface},
};
use multihome_entities::{ipv6_address, subnet};
use multihome_types::{Ipv6Address, Ipv6Cidr, SubnetId};
use sea_orm::sea_query::Expr;

use super::*;
use crate::operations::{assign_ipv6_addresses, unassign_ipv6_addresses};

const BLOCK: &str = "2001:db8:0:1::/64";

fn assigning(id: &str) -> AssignIpv6Addresses {
    AssignIpv6Addresses { network_interface_id: id.to_owned(), ..AssignIpv6Addresses::default() }
}

impl World {
    /// A subnet with an IPv6 block.
    async fn subnet_with_ipv6(&self, given_to_all: bool) -> String {
        let id = self.subnet("10.0.1.0/24", "us-east-1a").await;
        let txn = self.api.store.begin().await.unwrap();
        subnet::Entity::update_many()
            .col_expr(subnet::Column::Ipv6Cidr, Expr::value(BLOCK))
            .col_expr(subnet::Column::Ipv6Association, Expr::value("subnet-cidr-assoc-00000001"))
            .col_expr(subnet::Column::AssignIpv6AddressOnCreation, Expr::value(given_to_all))
            .filter(subnet::Column::Id.eq(id.parse::<SubnetId>().unwrap()))
            .exec(txn.conn())
            .await
            .unwrap();
        txn.commit().await.unwrap();
        id
    }

    async fn assign_ipv6(&self, request: AssignIpv6Addresses) -> Result<AssignIpv6AddressesReply, Fault> {
        assign_ipv6_addresses(&self.api, &self.call, request).await
    }
}

fn had(interface: &NetworkInterface) -> (Vec<Ipv6Address>, Vec<Ipv6Cidr>) {
    let addresses = interface.ipv6_addresses.iter().map(|one| one.ipv6_address.parse().unwrap()).collect();
    (addresses, interface.ipv6_prefixes.iter().flatten().map(|one| one.ipv6_prefix.parse().unwrap()).collect())
}

#[tokio::test]
async fn an_interface_is_made_with_ipv6_as_it_asks_or_as_its_subnet_does() {
    let world = World::new().await;
    let subnet = world.subnet_with_ipv6(true).await;
    let given = world.interface(&subnet).await;
    assert_eq!(had(&given).0.len(), 1);
    let none = world.create(CreateNetworkInterface { ipv6_address_count: Some(0), ..request(&subnet) }).await.unwrap();
    assert!(had(&none).0.is_empty());
    delete_network_interface(&world, &world.call, deletion(&none.network_interface_id)).await.unwrap();
    assert_eq!(world.describe(&[("ipv6-addresses.ipv6-address", &[&given.ipv6_addresses[0].ipv6_address])]).await, std::slice::from_ref(&given));
    let named = vec![Ipv6AddressSpecification { ipv6_address: "2001:DB8:0:1:0::77".to_owned() }];
    let by_name = CreateNetworkInterface { ipv6_addresses: named, ..request(&subnet) };
    let made = world.create(by_name.clone()).await.unwrap();
    assert_eq!(made.ipv6_addresses[0].ipv6_address, "2001:db8:0:1::77");
    assert_eq!(code(world.create(by_name).await), "InvalidIPAddress.InUse");
    let prefixes = vec![Ipv6PrefixSpecification { ipv6_prefix: "2001:db8:0:1:5::/80".to_owned() }];
    let prefixed = world.create(CreateNetworkInterface { ipv6_prefixes: prefixes, ..request(&subnet) }).await.unwrap();
    assert_eq!((had(&prefixed).0.len(), prefixed.ipv6_prefixes.as_ref().unwrap()[0].ipv6_prefix.as_str()), (0, "2001:db8:0:1:5::/80"));
    let within = vec![Ipv6AddressSpecification { ipv6_address: "2001:db8:0:1:5::1".to_owned() }];
    assert_eq!(code(world.create(CreateNetworkInterface { ipv6_addresses: within, ..request(&subnet) }).await), "InvalidIPAddress.InUse");
    for made in [&given, &made, &prefixed] {
        assert_eq!(world.by_id(&made.network_interface_id).await.unwrap(), *made);
        delete_network_interface(&world, &world.call, deletion(&made.network_interface_id)).await.unwrap();
    }
    assert_eq!(ipv6_address::Entity::find().count(world.store.reader()).await.unwrap(), 0);
    let without = world.subnet("10.0.2.0/24", "us-east-1a").await;
    let asked = CreateNetworkInterface { ipv6_address_count: Some(1), ..request(&without) };
    assert_eq!(code(world.create(asked).await), "InvalidParameterValue");
}

#[tokio::test]
async fn only_what_is_new_is_answered_and_what_is_taken_is_gone() {
    let world = World::new().await;
    let subnet = world.subnet_with_ipv6(false).await;
    let id = world.interface(&subnet).await.network_interface_id;
    assert!(had(&world.by_id(&id).await.unwrap()).0.is_empty());
    let text = "2001:db8:0:1::9".to_owned();
    let reply = world.assign_ipv6(AssignIpv6Addresses { ipv6_addresses: vec![text.clone()], ..assigning(&id) }).await.unwrap();
    assert_eq!((reply.ipv6_addresses, reply.ipv6_prefixes.len()), (vec![text.clone()], 0));
    let reply = world.assign_ipv6(AssignIpv6Addresses { ipv6_address_count: Some(2), ..assigning(&id) }).await.unwrap();
    assert_eq!(reply.ipv6_addresses.len(), 2);
    let reply = world.assign_ipv6(AssignIpv6Addresses { ipv6_prefix_count: Some(1), ..assigning(&id) }).await.unwrap();
    assert_eq!((reply.ipv6_addresses.len(), reply.ipv6_prefixes.len()), (0, 1));
    assert_eq!(code(world.assign_ipv6(assigning(&id)).await), "MissingParameter");
    let lose = |address: &str, prefixes: &[String]| UnassignIpv6Addresses {
        network_interface_id: id.clone(),
        ipv6_addresses: vec![address.to_owned()],
        ipv6_prefixes: prefixes.to_vec(),
        ..UnassignIpv6Addresses::default()
    };
    assert_eq!(code(unassign_ipv6_addresses(&world, &world.call, lose("2001:db8:0:1::8", &[])).await), "InvalidParameterValue");
    let reply = unassign_ipv6_addresses(&world, &world.call, lose(&text, &reply.ipv6_prefixes)).await.unwrap();
    assert_eq!((reply.ipv6_addresses, reply.ipv6_prefixes.len()), (vec![text], 1));
    let (addresses, prefixes) = had(&world.by_id(&id).await.unwrap());
    assert_eq!((addresses.len(), prefixes.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_or_the_prefix_it_is_in_is_had_and_never_both() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet_with_ipv6(false).await;
    let tasks = (0..16).map(|number| {
        let (world, subnet) = (world.clone(), subnet.clone());
        async move {
            let asked = if number % 2 == 0 {
                let ipv6_prefixes = vec![Ipv6PrefixSpecification { ipv6_prefix: "2001:db8:0:1:7::/80".to_owned() }];
                CreateNetworkInterface { ipv6_prefixes, ..request(&subnet) }
            } else {
                let ipv6_addresses = vec![Ipv6AddressSpecification { ipv6_address: format!("2001:db8:0:1:7::{number:x}") }];
                CreateNetworkInterface { ipv6_addresses, ..request(&subnet) }
            };
            world.create(asked).await
        }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    let prefixed = made.iter().filter(|made| made.as_ref().is_ok_and(|made| made.ipv6_prefixes.is_some())).count();
    assert!((prefixed == 1 && made.len() == 1) || (prefixed == 0 && made.len() == 8), "{prefixed} of {}", made.len());
    for outcome in refused {
        assert_eq!(code(outcome), "InvalidIPAddress.InUse");
    }
    // What is refused leaves nothing behind.
    assert_eq!(world.describe(&[]).await.len(), made.len());
}
