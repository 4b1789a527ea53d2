//! Addresses and prefixes besides the primary address: had once, within limits, whoever comes at once.

use multihome_ec2::{
    instance::{InstanceNetworkInterfaceSpecification, RunInstances},
    interface_address::{AssignPrivateIpAddresses, AssignPrivateIpAddressesReply, UnassignPrivateIpAddresses},
    network_interface::{Ipv4PrefixSpecification, NetworkInterface},
    subnet::DescribeSubnets,
};

use super::*;
use crate::operations::{assign_private_ip_addresses, describe_instances, describe_subnets, run_instances, unassign_private_ip_addresses};

const ZONE: &str = "us-east-1a";

fn assigning(id: &str) -> AssignPrivateIpAddresses {
    AssignPrivateIpAddresses { network_interface_id: id.to_owned(), ..AssignPrivateIpAddresses::default() }
}

impl World {
    async fn assign(&self, request: AssignPrivateIpAddresses) -> Result<AssignPrivateIpAddressesReply, Fault> {
        assign_private_ip_addresses(&self.api, &self.call, request).await
    }

    async fn unassign(&self, id: &str, addresses: &[&str], prefixes: &[&str]) -> Result<(), Fault> {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let request = UnassignPrivateIpAddresses {
            network_interface_id: id.to_owned(),
            private_ip_addresses: texts(addresses),
            ipv4_prefixes: texts(prefixes),
            ..UnassignPrivateIpAddresses::default()
        };
        unassign_private_ip_addresses(&self.api, &self.call, request).await.map(drop)
    }

    async fn available(&self, subnet: &str) -> u64 {
        let request = DescribeSubnets { subnet_ids: vec![subnet.to_owned()], ..DescribeSubnets::default() };
        describe_subnets(&self.api, &self.call, request).await.unwrap().subnets[0].available_ip_address_count.into()
    }

    /// An instance of a type with four addresses for each interface, with interfaces as they are described.
    async fn launch(&self, (min_count, max_count): (u32, u32), item: InstanceNetworkInterfaceSpecification) -> Result<Vec<String>, Fault> {
        let request = RunInstances {
            image_id: "ami-00000001".to_owned(),
            instance_type: Some("m1.small".to_owned()),
            min_count,
            max_count,
            network_interfaces: vec![InstanceNetworkInterfaceSpecification { device_index: Some(0), ..item }],
            ..RunInstances::default()
        };
        let launched = run_instances(&self.api, &self.call, request).await?.instances;
        Ok(launched.into_iter().map(|mut instance| instance.network_interfaces.remove(0).network_interface_id).collect())
    }
}

/// The private addresses, the primary first, and the prefixes.
fn had(interface: &NetworkInterface) -> (Vec<&str>, Vec<&str>) {
    assert!(interface.private_ip_addresses[0].primary && interface.private_ip_addresses[1..].iter().all(|address| !address.primary));
    let prefixes = interface.ipv4_prefixes.iter().flatten().map(|prefix| &*prefix.ipv4_prefix).collect();
    (interface.private_ip_addresses.iter().map(|address| &*address.private_ip_address).collect(), prefixes)
}

fn named(secondary: &[&str]) -> Vec<PrivateIpAddressSpecification> {
    let of = |text: &&str| PrivateIpAddressSpecification { primary: Some(false), private_ip_address: (*text).to_owned() };
    secondary.iter().map(of).collect()
}

#[tokio::test]
async fn an_interface_is_made_with_what_it_asks_for_and_gives_all_of_it_back() {
    let world = World::new().await;
    world.make_default().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let by_name = CreateNetworkInterface {
        private_ip_address: Some("10.0.1.9".to_owned()),
        private_ip_addresses: named(&["10.0.1.20", "10.0.1.10"]),
        ..request(&subnet)
    };
    let one = world.create(by_name).await.unwrap();
    assert_eq!(had(&one), (vec!["10.0.1.9", "10.0.1.10", "10.0.1.20"], vec![]));
    assert_eq!(one.private_ip_addresses[1].private_dns_name.as_deref(), Some("ip-10-0-1-10.ec2.internal"));
    // Before addresses are drawn that could lie in the prefix.
    let prefix = Ipv4PrefixSpecification { ipv4_prefix: "10.0.1.64/28".to_owned() };
    let three = world.create(CreateNetworkInterface { ipv4_prefixes: vec![prefix], ..request(&subnet) }).await.unwrap();
    assert_eq!((had(&three).0.len(), had(&three).1), (1, vec!["10.0.1.64/28"]));
    let two = world.create(CreateNetworkInterface { secondary_private_ip_address_count: Some(4), ..request(&subnet) }).await.unwrap();
    assert_eq!((two.private_ip_addresses.len(), two.ipv4_prefixes.is_none()), (5, true));
    let four = world.create(CreateNetworkInterface { ipv4_prefix_count: Some(2), ..request(&subnet) }).await.unwrap();
    assert_eq!((had(&four).0.len(), had(&four).1.len()), (1, 2));
    // A prefix takes sixteen addresses.
    assert_eq!(world.available(&subnet).await, 251 - 3 - 5 - 17 - 33);
    for made in [&one, &two, &three, &four] {
        assert_eq!(world.by_id(&made.network_interface_id).await.unwrap(), *made);
        for filter in ["addresses.private-ip-address", "private-ip-address"] {
            assert_eq!(world.describe(&[(filter, &[had(made).0.last().unwrap()])]).await, std::slice::from_ref(made));
        }
        delete_network_interface(&world, &world.call, deletion(&made.network_interface_id)).await.unwrap();
    }
    assert_eq!(world.available(&subnet).await, 251);
}

#[tokio::test]
async fn what_cannot_be_had_with_a_new_interface_leaves_nothing_behind() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let taken = world.create(CreateNetworkInterface { private_ip_address: Some("10.0.1.20".to_owned()), ..request(&subnet) }).await.unwrap();
    let prefixed = |text: &str| vec![Ipv4PrefixSpecification { ipv4_prefix: text.to_owned() }];
    for (asked, expected) in [
        (CreateNetworkInterface { private_ip_addresses: named(&["10.0.1.9", "10.0.1.20"]), ..request(&subnet) }, "InvalidIPAddress.InUse"),
        (CreateNetworkInterface { ipv4_prefixes: prefixed("10.0.1.16/28"), ..request(&subnet) }, "InvalidIPAddress.InUse"),
        (CreateNetworkInterface { ipv4_prefixes: prefixed("10.0.1.0/28"), ..request(&subnet) }, "InvalidParameterValue"),
        (CreateNetworkInterface { ipv4_prefixes: prefixed("10.0.1.16/27"), ..request(&subnet) }, "InvalidParameterValue"),
        (CreateNetworkInterface { ipv4_prefix_count: Some(14), ..request(&subnet) }, "InsufficientCidrBlocks"),
        (CreateNetworkInterface { ipv4_prefix_count: Some(50), ..request(&subnet) }, "PrivateIpAddressLimitExceeded"),
        (
            CreateNetworkInterface { ipv4_prefix_count: Some(1), secondary_private_ip_address_count: Some(1), ..request(&subnet) },
            "InvalidParameterCombination",
        ),
    ] {
        assert_eq!(code(world.create(asked).await), expected);
    }
    let small = world.subnet("10.0.2.0/28", ZONE).await;
    let asked = CreateNetworkInterface { secondary_private_ip_address_count: Some(11), ..request(&small) };
    assert_eq!(code(world.create(asked).await), "InsufficientFreeAddressesInSubnet");
    assert_eq!(private_address::Entity::find().count(world.store.reader()).await.unwrap(), 1);
    assert_eq!(world.describe(&[]).await, [taken]);
}

#[tokio::test]
async fn only_what_is_new_is_answered_and_what_is_taken_is_free_again() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let made = world.create(CreateNetworkInterface { private_ip_address: Some("10.0.1.9".to_owned()), ..request(&subnet) }).await.unwrap();
    let id = &made.network_interface_id;
    let text = "10.0.1.77".to_owned();
    let by_name = AssignPrivateIpAddresses { private_ip_addresses: vec![text.clone()], ..assigning(id) };
    let reply = world.assign(by_name.clone()).await.unwrap();
    assert_eq!(reply.private_ip_addresses.unwrap().iter().map(|one| &*one.private_ip_address).collect::<Vec<_>>(), ["10.0.1.77"]);
    let reply = world.assign(AssignPrivateIpAddresses { secondary_private_ip_address_count: Some(2), ..assigning(id) }).await.unwrap();
    assert_eq!((reply.private_ip_addresses.unwrap().len(), reply.ipv4_prefixes), (2, None));
    let reply = world.assign(AssignPrivateIpAddresses { ipv4_prefix_count: Some(1), ..assigning(id) }).await.unwrap();
    assert_eq!((reply.private_ip_addresses.is_none(), reply.ipv4_prefixes.unwrap().len()), (true, 1));
    assert_eq!(code(world.assign(by_name).await), "Resource.AlreadyAssigned");
    let now = world.by_id(id).await.unwrap();
    let (addresses, prefixes) = had(&now);
    assert_eq!((addresses.len(), prefixes.len(), addresses.contains(&"10.0.1.77")), (4, 1, true));

    assert_eq!(code(world.unassign(id, &["10.0.1.9"], &[]).await), "InvalidParameterValue");
    assert_eq!(code(world.unassign(id, &["10.0.1.77", "10.0.1.200"], &[]).await), "InvalidParameterValue");
    world.unassign(id, &addresses[1..], &prefixes).await.unwrap();
    let left = world.by_id(id).await.unwrap();
    assert_eq!(had(&left), (vec!["10.0.1.9"], vec![]));
    assert_eq!(world.available(&subnet).await, 250);
    let said: Vec<String> = change::Entity::find()
        .filter(change::Column::EntityId.eq(id))
        .order_by_asc(change::Column::Id)
        .all(world.store.reader())
        .await
        .unwrap()
        .into_iter()
        .map(|row| format!("{} {}", row.what, row.generation.0))
        .collect();
    assert_eq!(said, ["created 1", "assigned 2", "assigned 3", "assigned 4", "unassigned 5"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn addresses_and_prefixes_never_overlap_whoever_comes_at_once() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(world.interface(&subnet).await.network_interface_id);
    }
    let tasks = (0..32).map(|number| {
        let (world, subnet, id) = (world.clone(), subnet.clone(), ids[number % ids.len()].clone());
        async move {
            match number % 4 {
                0 => drop(world.create(request(&subnet)).await),
                1 => drop(world.assign(AssignPrivateIpAddresses { ipv4_prefix_count: Some(2), ..assigning(&id) }).await),
                2 => drop(world.create(CreateNetworkInterface { ipv4_prefix_count: Some(1), ..request(&subnet) }).await),
                _ => drop(world.assign(AssignPrivateIpAddresses { secondary_private_ip_address_count: Some(5), ..assigning(&id) }).await),
            }
        }
    });
    together(tasks).await;
    let all = world.describe(&[]).await;
    let mut seen = HashSet::new();
    for one in &all {
        let (addresses, prefixes) = had(one);
        for address in addresses {
            assert!(seen.insert(address.parse::<Ipv4Addr>().unwrap()), "{address}");
        }
        for prefix in prefixes {
            let block: multihome_types::Cidr = prefix.parse().unwrap();
            for offset in 0..16 {
                assert!(seen.insert(block.nth(offset).unwrap().0), "{prefix}");
            }
        }
    }
    assert!(all.iter().any(|one| one.ipv4_prefixes.is_some()));
    assert!(seen.iter().all(|address| (4..=254).contains(&address.octets()[3])));
    assert_eq!(world.available(&subnet).await, 251 - seen.len() as u64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attached_interface_never_has_more_than_its_type_allows() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let item = InstanceNetworkInterfaceSpecification { subnet_id: Some(subnet.clone()), ..Default::default() };
    let id = world.launch((1, 1), item).await.unwrap().remove(0);
    let tasks = (0..8).map(|number| {
        let (world, id) = (world.clone(), id.clone());
        let addresses = AssignPrivateIpAddresses { secondary_private_ip_address_count: Some(1), ..assigning(&id) };
        let prefixes = AssignPrivateIpAddresses { ipv4_prefix_count: Some(1), ..assigning(&id) };
        async move { world.assign(if number % 2 == 0 { addresses } else { prefixes }).await }
    });
    let (assigned, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    assert_eq!((assigned.len(), refused.len()), (3, 5));
    for outcome in refused {
        assert_eq!(refusal(outcome), "PrivateIpAddressLimitExceeded: Number of private addresses will exceed limit.");
    }
    let now = world.by_id(&id).await.unwrap();
    assert_eq!(had(&now).0.len() + had(&now).1.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_several_pull_at_ends_up_with_one() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let mut ids = Vec::new();
    for last in 10..14 {
        let asked = CreateNetworkInterface { private_ip_address: Some(format!("10.0.1.{last}")), ..request(&subnet) };
        ids.push(world.create(asked).await.unwrap().network_interface_id);
    }
    let pull = |id: &str, allow| AssignPrivateIpAddresses {
        private_ip_addresses: vec!["10.0.1.77".to_owned(), "10.0.1.78".to_owned()],
        allow_reassignment: allow,
        ..assigning(id)
    };
    world.assign(pull(&ids[0], false)).await.unwrap();
    assert_eq!(code(world.assign(pull(&ids[1], false)).await), "Resource.AlreadyAssigned");
    let tasks = ids.iter().map(|id| {
        let (world, asked) = (world.clone(), pull(id, true));
        async move { world.assign(asked).await }
    });
    for outcome in together(tasks).await {
        outcome.unwrap();
    }
    for address in ["10.0.1.77", "10.0.1.78"] {
        assert_eq!(world.describe(&[("addresses.private-ip-address", &[address])]).await.len(), 1);
    }
    // What is primary stays where it is.
    let primary = world.by_id(&ids[0]).await.unwrap().private_ip_address;
    let asked = AssignPrivateIpAddresses { private_ip_addresses: vec![primary], allow_reassignment: true, ..assigning(&ids[1]) };
    assert_eq!(code(world.assign(asked).await), "Resource.AlreadyAssigned");
}

#[tokio::test]
async fn a_launch_gives_its_interfaces_what_they_ask_for_or_launches_fewer() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let item = || InstanceNetworkInterfaceSpecification { subnet_id: Some(subnet.clone()), ..Default::default() };
    let asked = InstanceNetworkInterfaceSpecification {
        private_ip_address: Some("10.0.1.9".to_owned()),
        private_ip_addresses: named(&["10.0.1.10"]),
        ..item()
    };
    let id = world.launch((1, 1), asked).await.unwrap().remove(0);
    assert_eq!(had(&world.by_id(&id).await.unwrap()), (vec!["10.0.1.9", "10.0.1.10"], vec![]));
    let shown = describe_instances(&world, &world.call, Default::default()).await.unwrap().reservations.remove(0).instances.remove(0);
    assert_eq!(shown.network_interfaces[0].private_ip_addresses.iter().map(|one| one.primary).collect::<Vec<_>>(), [true, false]);

    let counted = |count| InstanceNetworkInterfaceSpecification { secondary_private_ip_address_count: Some(count), ..item() };
    assert_eq!(code(world.launch((1, 1), counted(4)).await), "InvalidInterface.IpAddressLimitExceeded");
    for id in world.launch((2, 2), counted(3)).await.unwrap() {
        assert_eq!(had(&world.by_id(&id).await.unwrap()).0.len(), 4);
    }
    // Thirteen blocks at the most are free: not enough for five instances with three each.
    let prefixed = || InstanceNetworkInterfaceSpecification { ipv4_prefix_count: Some(3), ..item() };
    let launched = world.launch((1, 5), prefixed()).await.unwrap();
    assert!((1..=4).contains(&launched.len()));
    for id in &launched {
        assert_eq!(had(&world.by_id(id).await.unwrap()).1.len(), 3);
    }
    assert_eq!(code(world.launch((5, 5), prefixed()).await), "InsufficientCidrBlocks");
}
