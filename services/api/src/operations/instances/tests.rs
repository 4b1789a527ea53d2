//! Launches against a database, and what they made as DescribeInstances shows it.

mod always;
mod attribute;
mod credits;
mod metadata_options;
mod names;

use std::{collections::HashSet, sync::Arc};

use multihome_ec2::{
    Tag, TagSpecification,
    instance::{
        DescribeInstances, DescribeInstancesReply, Instance, InstanceNetworkInterfaceSpecification, MetadataOptionsRequest, PlacementSpecification,
        Reservation, RunInstances, StopInstances, TerminateInstances,
    },
    network_interface::DeleteNetworkInterface,
};
use multihome_entities::{attachment, change, instance, interface, private_address};
use multihome_types::{DeviceIndex, EntityKind, InstanceState, Timestamp};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    fault::Fault,
    operations::{
        delete_network_interface, describe_instances,
        network_interfaces::world::{World, code, filters_of, refusal},
        run_instances, stop_instances, terminate_instances,
    },
    testing,
};

const ZONE: &str = "us-east-1a";

fn request() -> RunInstances {
    RunInstances {
        image_id: "ami-00000001".to_owned(),
        instance_type: Some("m1.xlarge".to_owned()),
        min_count: 1,
        max_count: 1,
        ..RunInstances::default()
    }
}

fn on(subnet: &str) -> RunInstances {
    RunInstances { subnet_id: Some(subnet.to_owned()), ..request() }
}

fn fresh(index: u32, subnet: &str) -> InstanceNetworkInterfaceSpecification {
    InstanceNetworkInterfaceSpecification { device_index: Some(index), subnet_id: Some(subnet.to_owned()), ..Default::default() }
}

fn existing(index: u32, id: &str) -> InstanceNetworkInterfaceSpecification {
    InstanceNetworkInterfaceSpecification { device_index: Some(index), network_interface_id: Some(id.to_owned()), ..Default::default() }
}

fn with(interfaces: Vec<InstanceNetworkInterfaceSpecification>) -> RunInstances {
    RunInstances { network_interfaces: interfaces, ..request() }
}

impl World {
    async fn run(&self, request: RunInstances) -> Result<Reservation, Fault> {
        run_instances(&self.api, &self.call, request).await
    }

    async fn list(&self, filters: &[(&str, &[&str])], max_results: Option<u32>, next_token: Option<String>) -> DescribeInstancesReply {
        let request = DescribeInstances { filters: filters_of(filters), max_results, next_token, ..DescribeInstances::default() };
        describe_instances(&self.api, &self.call, request).await.unwrap()
    }

    async fn found(&self, filters: &[(&str, &[&str])]) -> HashSet<String> {
        let reply = self.list(filters, None, None).await;
        reply.reservations.into_iter().flat_map(|reservation| reservation.instances).map(|instance| instance.instance_id).collect()
    }

    async fn instance(&self, id: &str) -> Result<Instance, Fault> {
        let request = DescribeInstances { instance_ids: vec![id.to_owned()], ..DescribeInstances::default() };
        Ok(describe_instances(&self.api, &self.call, request).await?.reservations.remove(0).instances.remove(0))
    }

    /// How many instances, attachments, interfaces and addresses there are.
    async fn counts(&self) -> [u64; 4] {
        let conn = self.api.store.reader();
        [
            instance::Entity::find().count(conn).await.unwrap(),
            attachment::Entity::find().count(conn).await.unwrap(),
            interface::Entity::find().count(conn).await.unwrap(),
            private_address::Entity::find().count(conn).await.unwrap(),
        ]
    }
}

async fn together<T: Send + 'static>(tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>) -> Vec<T> {
    let running: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::new();
    for task in running {
        ended.push(task.await.unwrap());
    }
    ended
}

#[tokio::test]
async fn a_launch_gives_an_instance_the_interfaces_it_names() {
    let world = World::new().await;
    let (one, two) = (world.subnet("10.0.1.0/24", ZONE).await, world.subnet("10.0.2.0/24", ZONE).await);
    let web = world.group("web").await;
    let kept = world.interface(&two).await;
    let primary = InstanceNetworkInterfaceSpecification {
        private_ip_address: Some("10.0.1.10".to_owned()),
        security_group_ids: vec![web],
        description: Some("first".to_owned()),
        ..fresh(0, &one)
    };
    let items = vec![fresh(3, &two), existing(1, &kept.network_interface_id), primary];
    let tags =
        |kind: &str| TagSpecification { resource_type: Some(kind.to_owned()), tags: vec![Tag { key: "of".to_owned(), value: kind.to_owned() }] };
    let asked =
        RunInstances { user_data: Some("aGVsbG8=".to_owned()), tag_specifications: vec![tags("instance"), tags("network-interface")], ..with(items) };
    let reservation = world.run(asked).await.unwrap();
    assert_eq!((reservation.instances.len(), &*reservation.owner_id), (1, "000000000001"));
    let shown = &reservation.instances[0];
    assert_eq!(world.instance(&shown.instance_id).await.unwrap(), *shown);
    assert_eq!((shown.instance_state.code, &*shown.instance_state.name), (0, "pending"));
    assert_eq!((shown.private_ip_address.as_deref(), shown.subnet_id.as_deref()), (Some("10.0.1.10"), Some(&*one)));
    assert_eq!((&*shown.groups[0].group_name, shown.source_dest_check), ("web", Some(true)));
    assert_eq!(shown.tags.as_deref().map(|tags| tags[0].value.as_str()), Some("instance"));
    let on_it: Vec<_> = shown.network_interfaces.iter().map(|item| (item.attachment.device_index, item.attachment.delete_on_termination)).collect();
    // An interface that existed outlives its instance, one made with it does not.
    assert_eq!(on_it, [(0, true), (1, false), (3, true)]);
    assert_eq!(shown.network_interfaces[1].network_interface_id, kept.network_interface_id);
    assert!(shown.network_interfaces.iter().all(|item| item.attachment.status == "attaching" && item.status == "in-use"));
    assert_eq!((&*shown.network_interfaces[0].description, &*shown.network_interfaces[2].groups[0].group_name), ("first", "default"));
    // Tags of the request are for what it made.
    assert!(world.by_id(&kept.network_interface_id).await.unwrap().tags.is_empty());
    assert_eq!(world.describe(&[("tag:of", &["network-interface"])]).await.len(), 2);
    assert_eq!(world.describe(&[("attachment.instance-id", &[&shown.instance_id])]).await.len(), 3);
}

#[tokio::test]
async fn a_launch_leaves_rows_that_the_attachment_service_can_take_over() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let kept = world.interface(&subnet).await;
    let reservation = world.run(with(vec![fresh(0, &subnet), existing(1, &kept.network_interface_id)])).await.unwrap();
    let conn = world.api.store.reader();
    let id = reservation.instances[0].instance_id.parse().unwrap();
    let row = instance::Entity::find_by_id::<multihome_types::InstanceId>(id).one(conn).await.unwrap().unwrap();
    assert_eq!((row.state, row.cluster.as_str(), row.node.as_str()), (InstanceState::Pending, "one", "node-1"));
    assert!(row.deadline.is_some_and(|deadline| deadline > world.call.now));
    let attachments = attachment::of_instance(conn, id).await.unwrap();
    assert_eq!(attachments.iter().map(|row| row.device_index).collect::<Vec<_>>(), [DeviceIndex(0), DeviceIndex(1)]);
    // The primary ends with its instance's `pending`.
    assert_eq!((attachments[0].deadline, attachments[1].deadline > row.deadline), (None, true));
    let changes = change::Entity::find().order_by_asc(change::Column::Id).all(conn).await.unwrap();
    let last = changes.last().unwrap().id;
    assert!(row.change.0 == last && attachments.iter().all(|row| row.change.0 == last));
    let seen = |kind: EntityKind| -> Vec<(String, i64)> {
        changes.iter().filter(|row| row.entity == kind).map(|row| (row.what.clone(), row.generation.0)).collect()
    };
    assert_eq!(seen(EntityKind::Instance), [("pending".to_owned(), 1)]);
    assert_eq!(seen(EntityKind::Attachment), [("attaching".to_owned(), 1), ("attaching".to_owned(), 1)]);
    let of_kept: Vec<_> = changes.iter().filter(|row| row.entity_id == kept.network_interface_id).map(|row| (&*row.what, row.generation.0)).collect();
    assert_eq!(of_kept, [("created", 1), ("attaching", 2)]);
    let deletion = DeleteNetworkInterface { network_interface_id: kept.network_interface_id.clone(), dry_run: false };
    let refused = refusal(delete_network_interface(&world.api, &world.call, deletion).await);
    assert_eq!(refused, format!("InvalidParameterValue: Network interface '{}' is currently in use.", kept.network_interface_id));
}

#[tokio::test]
async fn a_launch_is_all_or_nothing() {
    let world = World::new().await;
    let (one, small) = (world.subnet("10.0.1.0/24", ZONE).await, world.subnet("10.0.2.0/28", ZONE).await);
    let elsewhere = world.subnet("10.0.3.0/24", "us-east-1b").await;
    let used = world.interface(&one).await;
    world.run(with(vec![existing(0, &used.network_interface_id)])).await.unwrap();
    for _ in 0..11 {
        world.interface(&small).await;
    }
    let before = world.counts().await;
    let taken = InstanceNetworkInterfaceSpecification { private_ip_address: Some(used.private_ip_address.clone()), ..fresh(1, &one) };
    for (items, expected) in [
        (vec![fresh(0, &one), fresh(1, &small)], "InsufficientFreeAddressesInSubnet"),
        (vec![fresh(0, &one), taken], "InvalidIPAddress.InUse"),
        (vec![fresh(0, &one), existing(1, &used.network_interface_id)], "InvalidNetworkInterface.InUse"),
        (vec![fresh(0, &one), existing(1, "eni-00000000")], "InvalidNetworkInterfaceID.NotFound"),
        (vec![fresh(0, &one), fresh(1, &elsewhere)], "InvalidParameterCombination"),
        (vec![fresh(1, &one)], "InvalidParameterCombination"),
        ((0..5).map(|index| fresh(index, &one)).collect(), "AttachmentLimitExceeded"),
    ] {
        assert_eq!(code(world.run(with(items)).await), expected);
    }
    let unknown = RunInstances { instance_type: Some("x9.huge".to_owned()), ..on(&one) };
    assert_eq!(code(world.run(unknown).await), "InvalidParameterValue");
    assert_eq!(world.counts().await, before);
}

#[tokio::test]
async fn as_many_instances_as_there_are_addresses_for() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/28", ZONE).await;
    let between = |min_count, max_count| RunInstances { min_count, max_count, ..with(vec![fresh(0, &subnet), fresh(1, &subnet)]) };
    assert_eq!(code(world.run(between(6, 6)).await), "InsufficientFreeAddressesInSubnet");
    assert_eq!(code(world.run(between(6, 9)).await), "InsufficientFreeAddressesInSubnet");
    let made = world.run(between(2, 9)).await.unwrap();
    assert_eq!(made.instances.len(), 5);
    assert_eq!(made.instances.iter().map(|shown| shown.ami_launch_index).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    assert_eq!(world.counts().await, [5, 10, 10, 10]);
}

#[tokio::test]
async fn many_instances_at_once_are_one_transaction() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.16.0/20", ZONE).await;
    let asked = RunInstances { min_count: 1000, max_count: 1000, ..with(vec![fresh(0, &subnet), fresh(1, &subnet)]) };
    assert_eq!(world.run(asked).await.unwrap().instances.len(), 1000);
    assert_eq!(world.counts().await, [1000, 2000, 2000, 2000]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn launches_that_want_several_addresses_do_not_wait_in_a_circle() {
    let world = Arc::new(World::new().await);
    let (one, two) = (world.subnet("10.0.1.0/28", ZONE).await, world.subnet("10.0.2.0/28", ZONE).await);
    let tasks = (0..24).map(|number| {
        let (world, mut subnets) = (world.clone(), [one.clone(), two.clone()]);
        if number % 2 == 0 {
            subnets.reverse();
        }
        let items = vec![fresh(0, &subnets[0]), fresh(1, &subnets[1]), fresh(2, &subnets[0])];
        async move { world.run(with(items)).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    for outcome in refused {
        assert_eq!(code(outcome), "InsufficientFreeAddressesInSubnet");
    }
    let made = u64::try_from(made.len()).unwrap();
    assert!((5..=7).contains(&made), "{made}");
    assert_eq!(world.counts().await, [made, 3 * made, 3 * made, 3 * made]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_interface_is_launched_with_one_instance() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let wanted = world.interface(&subnet).await.network_interface_id;
    let tasks = (0..8).map(|_| {
        let (world, items) = (world.clone(), vec![fresh(0, &subnet), existing(1, &wanted)]);
        async move { world.run(with(items)).await }
    });
    let (made, refused): (Vec<_>, Vec<_>) = together(tasks).await.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    for outcome in refused {
        assert_eq!(refusal(outcome), format!("InvalidNetworkInterface.InUse: Interface: [{wanted}] in use."));
    }
    assert_eq!(world.counts().await, [1, 2, 2, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_token_launches_once_whoever_is_first() {
    let world = Arc::new(World::new().await);
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let once = |max_count| RunInstances { client_token: Some("once".to_owned()), max_count, ..on(&subnet) };
    let tasks = (0..8).map(|_| {
        let (world, asked) = (world.clone(), once(2));
        async move { world.run(asked).await.unwrap() }
    });
    let replies = together(tasks).await;
    assert!(replies.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(replies[0].instances[0].client_token.as_deref(), Some("once"));
    assert_eq!(world.counts().await, [2, 2, 2, 2]);
    assert_eq!(code(world.run(once(3)).await), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn without_a_subnet_it_is_one_of_the_default_vpc() {
    let world = World::new().await;
    assert_eq!(code(world.run(request()).await), "VPCIdNotSpecified");
    world.subnet("10.0.1.0/24", ZONE).await;
    let there = world.subnet("10.0.2.0/24", "us-east-1b").await;
    world.make_default().await;
    let web = world.group("web").await;
    let placement = Some(PlacementSpecification { availability_zone: Some("us-east-1b".to_owned()), ..PlacementSpecification::default() });
    let asked = RunInstances { placement, security_groups: vec!["web".to_owned()], ..request() };
    let made = world.run(asked).await.unwrap().instances.remove(0);
    assert_eq!((made.subnet_id, &*made.placement.availability_zone, &*made.groups[0].group_id), (Some(there), "us-east-1b", &*web));
    let address = made.private_ip_address.unwrap().replace('.', "-");
    assert_eq!(made.private_dns_name, format!("ip-{address}.ec2.internal"));
    let unknown = RunInstances { security_groups: vec!["nobody".to_owned()], ..request() };
    assert_eq!(code(world.run(unknown).await), "InvalidGroup.NotFound");
    for zone in ["us-east-1z", "eu-west-1a"] {
        let placement = Some(PlacementSpecification { availability_zone: Some(zone.to_owned()), ..PlacementSpecification::default() });
        let refused = refusal(world.run(RunInstances { placement, ..request() }).await);
        assert_eq!(refused, format!("InvalidParameterValue: Invalid availability zone: [{zone}]"));
    }
}

#[tokio::test]
async fn filters_find_what_is_shown() {
    let world = World::new().await;
    world.make_default().await;
    let (here, there) = (world.subnet("10.0.1.0/24", ZONE).await, world.subnet("10.0.2.0/24", "us-east-1b").await);
    let tags =
        vec![TagSpecification { resource_type: Some("instance".to_owned()), tags: vec![Tag { key: "Name".to_owned(), value: "front".to_owned() }] }];
    let asked = RunInstances { tag_specifications: tags, private_ip_address: Some("10.0.1.9".to_owned()), ..on(&here) };
    let front = world.run(asked).await.unwrap();
    let strict = MetadataOptionsRequest { http_tokens: Some("required".to_owned()), ..MetadataOptionsRequest::default() };
    let asked = RunInstances {
        instance_type: Some("t3.micro".to_owned()),
        metadata_options: Some(strict),
        tag_specifications: testing::tagged("network-interface", &[("of", "back")]),
        ..on(&there)
    };
    let back = world.run(asked).await.unwrap();
    let (one, two) = (front.instances[0].instance_id.as_str(), back.instances[0].instance_id.as_str());
    let interface = &front.instances[0].network_interfaces[0];
    for (name, values, found) in [
        ("instance-id", vec![one], vec![one]),
        ("instance-state-name", vec!["pending", "running"], vec![one, two]),
        ("instance-state-name", vec!["run*"], vec![]),
        ("instance-state-code", vec!["0"], vec![one, two]),
        ("vpc-id", vec![&*world.vpc], vec![one, two]),
        ("subnet-id", vec![&*there], vec![two]),
        ("private-ip-address", vec!["10.0.1.9"], vec![one]),
        ("private-dns-name", vec!["ip-10-0-1-9.ec2.internal"], vec![one]),
        ("tag:Name", vec!["front"], vec![one]),
        ("tag-key", vec!["Name"], vec![one]),
        ("image-id", vec!["ami-00000001"], vec![one, two]),
        ("instance-type", vec!["t3.*"], vec![two]),
        ("availability-zone", vec![ZONE], vec![one]),
        ("reservation-id", vec![&*back.reservation_id], vec![two]),
        ("owner-id", vec!["000000000002"], vec![]),
        ("network-interface.network-interface-id", vec![&*interface.network_interface_id], vec![one]),
        ("network-interface.attachment.attachment-id", vec![&*interface.attachment.attachment_id], vec![one]),
        ("network-interface.attachment.device-index", vec!["0"], vec![one, two]),
        ("network-interface.addresses.private-ip-address", vec!["10.0.1.9"], vec![one]),
        ("network-interface.attachment.status", vec!["attached"], vec![]),
        ("network-interface.attachment.instance-id", vec![two], vec![two]),
        ("network-interface.attachment.network-card-index", vec!["0"], vec![one, two]),
        ("network-interface.availability-zone", vec!["us-east-1b"], vec![two]),
        ("network-interface.private-ip-address", vec!["10.0.1.9"], vec![one]),
        ("network-interface.requester-managed", vec!["false"], vec![one, two]),
        ("network-interface.tag-key", vec!["of"], vec![two]),
        ("network-interface.tag-value", vec!["back"], vec![two]),
        ("availability-zone-id", vec!["use1-az*"], vec![one, two]),
        ("ebs-optimized", vec!["false"], vec![one, two]),
        ("ena-support", vec!["true"], vec![one, two]),
        ("metadata-options.http-tokens", vec!["required"], vec![two]),
        ("metadata-options.http-put-response-hop-limit", vec!["1"], vec![one, two]),
        ("metadata-options.http-endpoint", vec!["disabled"], vec![]),
        ("metadata-options.instance-metadata-tags", vec!["disabled"], vec![one, two]),
        ("metadata-options.state", vec!["applied"], vec![one, two]),
        ("platform-details", vec!["Linux*"], vec![one, two]),
        ("usage-operation", vec!["RunInstances"], vec![one, two]),
        ("hibernation-options.configured", vec!["true"], vec![]),
        ("instance-lifecycle", vec!["spot"], vec![]),
        ("iam-instance-profile.arn", vec!["*"], vec![]),
        ("block-device-mapping.volume-id", vec!["*"], vec![]),
    ] {
        let expected: HashSet<String> = found.into_iter().map(str::to_owned).collect();
        assert_eq!(world.found(&[(name, &values)]).await, expected, "{name} {values:?}");
    }
}

#[tokio::test]
async fn pages_together_are_the_whole_and_reservations_hold_their_instances() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    for _ in 0..3 {
        world.run(RunInstances { max_count: 4, ..on(&subnet) }).await.unwrap();
    }
    let whole = world.list(&[], None, None).await;
    assert_eq!(whole.reservations.iter().map(|reservation| reservation.instances.len()).collect::<Vec<_>>(), [4, 4, 4]);
    let (mut seen, mut token, mut pages) = (HashSet::new(), None, 0);
    loop {
        let page = world.list(&[], Some(5), token).await;
        seen.extend(page.reservations.into_iter().flat_map(|reservation| reservation.instances).map(|shown| shown.instance_id));
        pages += 1;
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!((pages, seen.len()), (3, 12));
}

#[tokio::test]
async fn a_terminated_instance_is_shown_without_a_network() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    // As the attachment service leaves it.
    let txn = world.api.store.begin().await.unwrap();
    attachment::Entity::delete_many().exec(txn.conn()).await.unwrap();
    instance::Entity::update_many()
        .col_expr(instance::Column::State, Expr::value(InstanceState::Terminated))
        .col_expr(instance::Column::Deadline, Expr::value(None::<Timestamp>))
        .filter(instance::Column::Id.eq(&id))
        .exec(txn.conn())
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let shown = world.instance(&id).await.unwrap();
    assert_eq!((shown.instance_state.code, shown.network_interfaces.len()), (48, 0));
    assert!(shown.vpc_id.is_none() && shown.subnet_id.is_none() && shown.private_ip_address.is_none());
    assert!(world.found(&[("vpc-id", &[&world.vpc])]).await.is_empty());
    assert_eq!(world.found(&[("instance-state-name", &["terminated"])]).await.len(), 1);
}

#[tokio::test]
async fn instances_of_another_account_do_not_exist() {
    let mut world = World::new().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let id = world.run(on(&subnet)).await.unwrap().instances.remove(0).instance_id;
    world.call = testing::call_of("000000000002");
    assert_eq!(refusal(world.instance(&id).await), format!("InvalidInstanceID.NotFound: The instance ID '{id}' does not exist"));
    let several = DescribeInstances { instance_ids: vec!["i-ffffffff".to_owned(), id.clone()], ..DescribeInstances::default() };
    assert_eq!(
        refusal(describe_instances(&world.api, &world.call, several).await),
        format!("InvalidInstanceID.NotFound: The instance IDs 'i-ffffffff, {id}' do not exist")
    );
    assert!(world.found(&[]).await.is_empty());
    assert_eq!(code(world.run(on(&subnet)).await), "InvalidSubnetID.NotFound");
}

#[tokio::test]
async fn what_cannot_be_asked_of_an_instance_never_reaches_the_bus() {
    let world = World::new().await;
    let hibernate = StopInstances { instance_ids: vec!["i-00000001".to_owned()], hibernate: true, ..StopInstances::default() };
    assert_eq!(code(stop_instances(&world.api, &world.call, hibernate).await), "UnsupportedOperation");
    let nothing = TerminateInstances::default();
    assert_eq!(code(terminate_instances(&world.api, &world.call, nothing).await), "MissingParameter");
    let malformed = TerminateInstances { instance_ids: vec!["i-1".to_owned()], ..TerminateInstances::default() };
    assert_eq!(code(terminate_instances(&world.api, &world.call, malformed).await), "InvalidInstanceID.Malformed");
}

#[tokio::test]
async fn a_launch_that_is_only_tried_is_checked_whole_and_leaves_nothing() {
    let world = World::new().await;
    let subnet = world.subnet("10.0.1.0/28", ZONE).await;
    let before = world.counts().await;
    let tried = |request: RunInstances| RunInstances { dry_run: true, client_token: Some("once".to_owned()), ..request };
    for (request, expected) in [
        (on(&subnet), "DryRunOperation"),
        (RunInstances { min_count: 2, max_count: 1, ..on(&subnet) }, "InvalidParameterValue"),
        (on("subnet-00000000"), "InvalidSubnetID.NotFound"),
        (RunInstances { instance_type: Some("no.such".to_owned()), ..on(&subnet) }, "InvalidParameterValue"),
        (RunInstances { min_count: 12, max_count: 12, ..on(&subnet) }, "InsufficientFreeAddressesInSubnet"),
    ] {
        assert_eq!(code(world.run(tried(request)).await), expected);
    }
    assert_eq!(world.counts().await, before);
    // The token stands for the launch, which has not been yet.
    let real = RunInstances { dry_run: false, ..tried(on(&subnet)) };
    let made = world.run(real.clone()).await.unwrap();
    assert_eq!(code(world.run(tried(real.clone())).await), "DryRunOperation");
    assert_eq!(world.run(real).await.unwrap(), made);
}
