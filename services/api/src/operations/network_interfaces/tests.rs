//! Interfaces against a database: one test for each promise that the schema and the transactions keep together.

mod assignment;
mod at_once;
mod attribute;
mod ipv6;
mod permissions;

use std::{collections::HashSet, net::Ipv4Addr, sync::Arc};

use multihome_ec2::{
    AttributeValue, Tag, TagSpecification,
    network_interface::{
        AttachmentChanges, CreateNetworkInterface, DeleteNetworkInterface, ModifyNetworkInterfaceAttribute, PrivateIpAddressSpecification,
    },
};
use multihome_entities::{change, interface, private_address, tag};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::{
    apply_touch,
    world::{World, code, refusal},
};
use crate::{
    fault::Fault,
    operations::{create_network_interface, delete_network_interface, modify_network_interface_attribute},
    testing,
};

fn request(subnet: &str) -> CreateNetworkInterface {
    CreateNetworkInterface { subnet_id: subnet.to_owned(), ..CreateNetworkInterface::default() }
}

fn deletion(id: &str) -> DeleteNetworkInterface {
    DeleteNetworkInterface { network_interface_id: id.to_owned(), dry_run: false }
}

async fn together<T: Send + 'static>(tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::new();
    for task in running {
        ended.push(task.await.unwrap());
    }
    ended
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subnet_is_filled_exactly_whoever_comes_at_once() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.0.16/28", "us-east-1a").await;
    let tasks = (0..64).map(|_| {
        let (world, subnet) = (world.clone(), subnet.clone());
        async move { world.create(request(&subnet)).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    let addresses: HashSet<Ipv4Addr> = made.into_iter().map(|made| made.unwrap().private_ip_address.parse().unwrap()).collect();
    let usable: HashSet<Ipv4Addr> = (20..=30).map(|last| Ipv4Addr::new(10, 0, 0, last)).collect();
    assert_eq!(addresses, usable);
    assert_eq!(refused.len(), 64 - 11);
    for outcome in refused {
        assert_eq!(code(outcome), "InsufficientFreeAddressesInSubnet");
    }
    // Nothing is left of those that were refused.
    assert_eq!(interface::Entity::find().count(world.store.reader()).await.unwrap(), 11);
    let created = change::Entity::find().filter(change::Column::Entity.eq("interface")).count(world.store.reader()).await.unwrap();
    assert_eq!(created, 11);
}

#[tokio::test]
async fn an_address_that_is_given_back_can_be_had_again() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.0.0/28", "us-east-1a").await;
    let mut last = String::new();
    for _ in 0..11 {
        last = world.interface(&subnet).await.network_interface_id;
    }
    assert_eq!(code(world.create(request(&subnet)).await), "InsufficientFreeAddressesInSubnet");
    let address = world.by_id(&last).await.unwrap().private_ip_address;
    delete_network_interface(&world, &world.call, deletion(&last)).await.unwrap();
    assert_eq!(world.interface(&subnet).await.private_ip_address, address);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_asked_for_is_had_by_one() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let tasks = (0..16).map(|_| {
        let world = world.clone();
        let asked = CreateNetworkInterface { private_ip_address: Some("10.0.1.77".to_owned()), ..request(&subnet) };
        async move { world.create(asked).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 15));
    for outcome in refused {
        assert_eq!(refusal(outcome), "InvalidIPAddress.InUse: Address 10.0.1.77 is in use.");
    }
    let listed = PrivateIpAddressSpecification { primary: Some(true), private_ip_address: "10.0.1.78".to_owned() };
    let made = world.create(CreateNetworkInterface { private_ip_addresses: vec![listed], ..request(&subnet) }).await.unwrap();
    assert_eq!(made.private_ip_address, "10.0.1.78");
}

#[tokio::test]
async fn no_address_outside_the_subnet_and_no_reserved_one() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    for address in ["10.0.1.0", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.255", "10.0.2.4", "10.0.0.255", "192.168.0.1"] {
        let asked = CreateNetworkInterface { private_ip_address: Some(address.to_owned()), ..request(&subnet) };
        assert_eq!(code(world.create(asked).await), "InvalidParameterValue", "{address}");
    }
    assert_eq!(private_address::Entity::find().count(world.store.reader()).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_created_is_what_is_described() {
    let world = World::new().await;
    world.make_default().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1b").await;
    let web = world.group("web").await;
    let tags = vec![Tag { key: "b".to_owned(), value: "2".to_owned() }, Tag { key: "a".to_owned(), value: "1".to_owned() }];
    let asked = CreateNetworkInterface {
        description: Some("front <door>".to_owned()),
        private_ip_address: Some("10.0.1.5".to_owned()),
        security_group_ids: vec![web.clone(), web.clone()],
        tag_specifications: vec![TagSpecification { resource_type: Some("network-interface".to_owned()), tags }],
        ..request(&subnet)
    };
    let made = world.create(asked).await.unwrap();
    assert_eq!(world.by_id(&made.network_interface_id).await.unwrap(), made);
    assert_eq!(made.private_dns_name.as_deref(), Some("ip-10-0-1-5.ec2.internal"));
    assert_eq!((&*made.status, &*made.interface_type, made.source_dest_check), ("available", "interface", true));
    assert_eq!((made.availability_zone.as_str(), made.availability_zone_id.as_deref()), ("us-east-1b", Some("use1-az2")));
    assert_eq!((made.groups.len(), &*made.groups[0].group_id, &*made.groups[0].group_name), (1, &*web, "web"));
    assert_eq!(made.tags.iter().map(|tag| &*tag.key).collect::<Vec<_>>(), ["a", "b"]);
    let digits = made.network_interface_id.strip_prefix("eni-").unwrap();
    assert_eq!(made.mac_address.replace(':', ""), format!("d00d{}", &digits[..8]));
    assert!(made.attachment.is_none() && made.association.is_none());
    // Without groups it is in the VPC's default group.
    assert_eq!(world.interface(&subnet).await.groups[0].group_name, "default");
}

#[tokio::test]
async fn what_belongs_to_another_account_does_not_exist() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let mine = world.interface(&subnet).await.network_interface_id;
    let stranger = testing::call_of("000000000002");
    let outcome = create_network_interface(&world, &stranger, request(&subnet)).await;
    assert_eq!(refusal(outcome), format!("InvalidSubnetID.NotFound: The subnet ID '{subnet}' does not exist"));
    let outcome = delete_network_interface(&world, &stranger, deletion(&mine)).await;
    assert_eq!(refusal(outcome), format!("InvalidNetworkInterfaceID.NotFound: The networkInterface ID '{mine}' does not exist"));
    let mut strange = world;
    strange.call = stranger;
    assert_eq!(code(strange.by_id(&mine).await), "InvalidNetworkInterfaceID.NotFound");
    assert!(strange.describe(&[]).await.is_empty());
    assert!(strange.describe(&[("subnet-id", &[&subnet])]).await.is_empty());
}

#[tokio::test]
async fn filters_find_what_is_shown() {
    let world = World::new().await;
    world.make_default().await;
    let (one, two) = (world.subnet("10.0.1.0/24", "us-east-1a").await, world.subnet("10.0.2.0/24", "us-east-1b").await);
    let web = world.group("web").await;
    let tags = vec![Tag { key: "Name".to_owned(), value: "front".to_owned() }];
    let asked = CreateNetworkInterface {
        description: Some("AWS Lambda VPC ENI-x".to_owned()),
        private_ip_address: Some("10.0.1.5".to_owned()),
        security_group_ids: vec![web.clone()],
        tag_specifications: vec![TagSpecification { resource_type: Some("network-interface".to_owned()), tags }],
        ..request(&one)
    };
    let front = world.create(asked).await.unwrap();
    let back = world.interface(&two).await;
    let (front_id, back_id) = (front.network_interface_id.as_str(), back.network_interface_id.as_str());
    for (name, values, found) in [
        ("network-interface-id", vec![front_id], vec![front_id]),
        ("subnet-id", vec![&*one], vec![front_id]),
        ("vpc-id", vec![&*world.vpc], vec![front_id, back_id]),
        ("status", vec!["available"], vec![front_id, back_id]),
        ("status", vec!["in-use"], vec![]),
        ("description", vec!["AWS Lambda VPC ENI*"], vec![front_id]),
        ("group-id", vec![&*web], vec![front_id]),
        ("group-name", vec!["web"], vec![front_id]),
        ("private-ip-address", vec!["10.0.1.5"], vec![front_id]),
        ("private-ip-address", vec!["*"], vec![front_id, back_id]),
        ("addresses.private-ip-address", vec!["10.0.1.?"], vec![front_id]),
        ("addresses.primary", vec!["true"], vec![front_id, back_id]),
        ("availability-zone", vec!["us-east-1b"], vec![back_id]),
        ("mac-address", vec![&*back.mac_address], vec![back_id]),
        ("owner-id", vec!["000000000001"], vec![front_id, back_id]),
        ("requester-managed", vec!["false"], vec![front_id, back_id]),
        ("operator.managed", vec!["false"], vec![front_id, back_id]),
        ("operator.principal", vec!["*"], vec![]),
        ("interface-type", vec!["interface"], vec![front_id, back_id]),
        ("source-dest-check", vec!["false"], vec![]),
        ("private-dns-name", vec!["ip-10-0-1-5*"], vec![front_id]),
        ("attachment.status", vec!["attached"], vec![]),
        ("attachment.instance-id", vec!["i-00000001"], vec![]),
        ("attachment.attachment-id", vec!["no id at all"], vec![]),
        ("tag:Name", vec!["fr*"], vec![front_id]),
        ("tag-key", vec!["Name"], vec![front_id]),
    ] {
        let expected: HashSet<&str> = found.into_iter().collect();
        let shown = world.describe(&[(name, &values)]).await;
        let ids: HashSet<&str> = shown.iter().map(|shown| &*shown.network_interface_id).collect();
        assert_eq!(ids, expected, "{name} {values:?}");
    }
    assert!(world.describe(&[("subnet-id", &[&one]), ("group-name", &["default"])]).await.is_empty());
    assert_eq!(world.describe(&[("subnet-id", &[&one, &two])]).await.len(), 2);
}

#[tokio::test]
async fn pages_together_are_the_whole() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    for _ in 0..23 {
        world.interface(&subnet).await;
    }
    for filters in [&[][..], &[("private-ip-address", &["10.0.1.*"] as &[&str])]] {
        let (mut seen, mut token, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = world.describe_page(filters, Some(10), token).await;
            assert!(page.network_interfaces.len() <= 10);
            seen.extend(page.network_interfaces.into_iter().map(|shown| shown.network_interface_id));
            pages += 1;
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
        let unique: HashSet<&String> = seen.iter().collect();
        assert_eq!((pages, seen.len(), unique.len()), (3, 23, 23));
    }
}

#[tokio::test]
async fn an_unknown_id_is_named() {
    let world = World::new().await;
    assert_eq!(
        refusal(world.by_id("eni-a2f151a8").await),
        "InvalidNetworkInterfaceID.NotFound: The networkInterface ID 'eni-a2f151a8' does not exist"
    );
    assert_eq!(code(world.by_id("eni-1").await), "InvalidNetworkInterfaceId.Malformed");
    assert_eq!(code(delete_network_interface(&world, &world.call, deletion("eni-a2f151a8")).await), "InvalidNetworkInterfaceID.NotFound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_token_makes_one_interface_whoever_is_first() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let with_token = |description: &str| CreateNetworkInterface {
        client_token: Some("once".to_owned()),
        description: Some(description.to_owned()),
        ..request(&subnet)
    };
    let tasks = (0..12).map(|_| {
        let (world, asked) = (world.clone(), with_token("same"));
        async move { world.create(asked).await.unwrap().network_interface_id }
    });
    let ids: HashSet<String> = together(tasks).await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.describe(&[]).await.len(), 1);
    assert_eq!(code(world.create(with_token("other")).await), "IdempotentParameterMismatch");
}

fn modification(id: &str) -> ModifyNetworkInterfaceAttribute {
    ModifyNetworkInterfaceAttribute { network_interface_id: id.to_owned(), ..ModifyNetworkInterfaceAttribute::default() }
}

#[tokio::test]
async fn one_attribute_is_modified_at_a_time() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let web = world.group("web").await;
    let id = world.interface(&subnet).await.network_interface_id;
    let modify = |request| modify_network_interface_attribute(&world, &world.call, request);
    let description = |text: &str| Some(AttributeValue { value: text.to_owned() });
    modify(ModifyNetworkInterfaceAttribute { description: description("new"), ..modification(&id) }).await.unwrap();
    modify(ModifyNetworkInterfaceAttribute { source_dest_check: Some(AttributeValue { value: false }), ..modification(&id) }).await.unwrap();
    modify(ModifyNetworkInterfaceAttribute { security_group_ids: vec![web.clone()], ..modification(&id) }).await.unwrap();
    let shown = world.by_id(&id).await.unwrap();
    assert_eq!((&*shown.description, shown.source_dest_check, &*shown.groups[0].group_name), ("new", false, "web"));
    // Each was one change of one generation.
    let changes = change::Entity::find().filter(change::Column::EntityId.eq(&id)).order_by_asc(change::Column::Id);
    let changes = changes.all(world.store.reader()).await.unwrap();
    let seen: Vec<(&str, i64)> = changes.iter().map(|row| (&*row.what, row.generation.0)).collect();
    assert_eq!(seen, [("created", 1), ("modified", 2), ("modified", 3), ("modified", 4)]);

    let both = ModifyNetworkInterfaceAttribute { security_group_ids: vec![web], description: description("x"), ..modification(&id) };
    assert_eq!(code(modify(both).await), "InvalidParameterCombination");
    assert_eq!(code(modify(modification(&id)).await), "MissingParameter");
    let unknown = ModifyNetworkInterfaceAttribute { security_group_ids: vec!["sg-00000000".to_owned()], ..modification(&id) };
    assert_eq!(code(modify(unknown).await), "InvalidGroup.NotFound");
    let missing = ModifyNetworkInterfaceAttribute { description: description("x"), ..modification("eni-00000000") };
    assert_eq!(code(modify(missing).await), "InvalidNetworkInterfaceID.NotFound");
    let attachment = AttachmentChanges { attachment_id: Some("eni-attach-00000000".to_owned()), delete_on_termination: Some(true) };
    let detached = ModifyNetworkInterfaceAttribute { attachment: Some(attachment), ..modification(&id) };
    assert_eq!(code(modify(detached).await), "InvalidAttachmentID.NotFound");
}

#[tokio::test]
async fn a_deleted_interface_leaves_nothing_behind() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let tags = vec![Tag { key: "Name".to_owned(), value: "front".to_owned() }];
    let specification = TagSpecification { resource_type: Some("network-interface".to_owned()), tags };
    let made = world.create(CreateNetworkInterface { tag_specifications: vec![specification], ..request(&subnet) }).await.unwrap();
    delete_network_interface(&world, &world.call, deletion(&made.network_interface_id)).await.unwrap();
    let conn = world.store.reader();
    assert_eq!(private_address::Entity::find().count(conn).await.unwrap(), 0);
    assert_eq!(tag::Entity::find().count(conn).await.unwrap(), 0);
    let last = change::Entity::find().order_by_desc(change::Column::Id).one(conn).await.unwrap().unwrap();
    assert_eq!((&*last.what, last.entity_id, last.generation.0), ("deleted", made.network_interface_id, 2));
}

#[tokio::test]
async fn a_delete_that_read_an_older_generation_looks_again() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let id = world.interface(&subnet).await.network_interface_id;
    let read = interface::find(world.store.reader(), id.parse().unwrap()).await.unwrap().unwrap();
    let txn = world.store.begin().await.unwrap();
    assert_eq!(apply_touch(&txn, &read).await.unwrap(), multihome_runtime::Cas::Updated);
    txn.commit().await.unwrap();
    let mut txn = world.store.begin().await.unwrap();
    assert!(super::delete::apply(&world.call, &mut txn, &read).await.unwrap().is_none());
    txn.rollback().await.unwrap();
    delete_network_interface(&world, &world.call, deletion(&id)).await.unwrap();
    assert_eq!(code(world.by_id(&id).await), "InvalidNetworkInterfaceID.NotFound");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletes_and_changes_that_race_end_in_one_deletion() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    for _ in 0..4 {
        let id = world.interface(&subnet).await.network_interface_id;
        let tasks = (0..8).map(|number| {
            let (world, id) = (world.clone(), id.clone());
            async move {
                if number % 2 == 0 {
                    delete_network_interface(&world, &world.call, deletion(&id)).await
                } else {
                    let description = Some(AttributeValue { value: number.to_string() });
                    let request = ModifyNetworkInterfaceAttribute { description, ..modification(&id) };
                    modify_network_interface_attribute(&world, &world.call, request).await
                }
            }
        });
        let mut deleted = 0;
        for (number, outcome) in together(tasks).await.into_iter().enumerate() {
            match outcome {
                Ok(_) => deleted += usize::from(number % 2 == 0),
                refused => assert_eq!(code(refused), "InvalidNetworkInterfaceID.NotFound"),
            }
        }
        assert_eq!(deleted, 1);
        assert_eq!(code(world.by_id(&id).await), "InvalidNetworkInterfaceID.NotFound");
    }
    assert_eq!(private_address::Entity::find().count(world.store.reader()).await.unwrap(), 0);
}

#[tokio::test]
async fn one_by_its_id_is_shown_as_it_is_among_all() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let (some, others) = (world.group("some").await, world.group("others").await);
    let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
    let tags = vec![tag("Name", "a \"quoted\", [bracketed] \\ {one}"), tag("🦀/é\n", "")];
    let specified = TagSpecification { resource_type: Some("network-interface".to_owned()), tags: tags.clone() };
    let asked = CreateNetworkInterface { security_group_ids: vec![some, others], tag_specifications: vec![specified], ..request(&subnet) };
    let rich = world.create(asked).await.unwrap();
    assert_eq!((rich.groups.len(), &rich.tags), (2, &tags));
    world.interface(&subnet).await;
    for named in [false, true] {
        if named {
            world.make_default().await;
        }
        let all = world.describe(&[]).await;
        assert_eq!(all.len(), 2);
        for shown in all {
            assert_eq!(shown.private_dns_name.is_some(), named);
            assert_eq!(world.by_id(&shown.network_interface_id).await.unwrap(), shown);
        }
    }
}

#[tokio::test]
async fn an_id_that_is_taken_is_drawn_again() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let taken = world.interface(&subnet).await;
    let found = super::gather::gather_site(world.store.reader(), subnet.parse().unwrap()).await.unwrap().unwrap().subnet;
    let txn = world.store.begin().await.unwrap();
    let wanted = super::Wanted {
        id: taken.network_interface_id.parse().unwrap(),
        kind: multihome_types::InterfaceKind::Interface,
        subnet: &found,
        address: None,
        assignment: multihome_core::assignment::Assignment::Nothing,
        ipv6: multihome_core::assignment::Ipv6Assignment::Nothing,
        groups: Vec::new(),
        description: String::new(),
        source_dest_check: true,
        automatic_public_address: false,
    };
    let births = super::apply_births(&txn, &[wanted], world.settings.mac_prefix, world.call.now).await.map(drop);
    assert!(matches!(&births, Err(fault) if fault.is_taken()));
    // Which is neither an answer nor a failure, but a reason to begin anew.
    let again: Result<Option<()>, Fault> = super::settle(txn, births.map(Some)).await;
    assert!(matches!(again, Ok(None)));
    assert_eq!(private_address::Entity::find().count(world.store.reader()).await.unwrap(), 1);
}

#[tokio::test]
async fn types_of_interfaces_that_are_not_made_here_are_refused() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", "us-east-1a").await;
    let of = |kind: &str| CreateNetworkInterface { interface_type: Some(kind.to_owned()), ..request(&subnet) };
    assert!(world.create(of("interface")).await.is_ok());
    let efa = world.create(of("efa")).await.unwrap();
    assert_eq!((&*efa.interface_type, &*efa.status), ("efa", "available"));
    let filters = vec![crate::testing::filter("interface-type", &["efa"])];
    let asked = multihome_ec2::network_interface::DescribeNetworkInterfaces { filters, ..Default::default() };
    let found = super::describe_network_interfaces(&world.api, &world.call, asked).await.unwrap().network_interfaces;
    assert_eq!(found.into_iter().map(|found| found.network_interface_id).collect::<Vec<_>>(), [efa.network_interface_id]);
    assert_eq!(code(world.create(of("trunk")).await), "UnsupportedOperation");
    assert_eq!(code(world.create(of("Interface")).await), "InvalidParameterValue");
    let elsewhere = TagSpecification { resource_type: Some("instance".to_owned()), tags: Vec::new() };
    assert!(world.create(CreateNetworkInterface { tag_specifications: vec![elsewhere], ..request(&subnet) }).await.is_err());
}
