mod associations;
mod targets;

use multihome_ec2::route_table::{CreateRoute, DescribeRouteTables, RouteTable as Shown};
use multihome_entities::{attachment, instance, instance_type, interface};
use multihome_types::{
    Attachment, AttachmentId, AttachmentState, ChangeId, DeviceIndex, Instance, InstanceId, InstanceState, Interface, InterfaceId, InterfaceKind,
    Mac, MacPrefix, ResourceId,
};

use super::*;
use crate::testing::{self, call, call_of, code, filter, log_of, tagged};

struct World {
    api: testing::TestApi,
    vpc: String,
    table: String,
    subnet: String,
}

async fn world() -> World {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
    let table = create_route_table(&api, &call(), create(&vpc, None)).await.unwrap().route_table.route_table_id;
    World { api, vpc, table, subnet }
}

fn create(vpc: &str, token: Option<&str>) -> CreateRouteTable {
    CreateRouteTable { vpc_id: vpc.to_owned(), client_token: token.map(str::to_owned), ..CreateRouteTable::default() }
}

impl World {
    /// An interface with this number, in the world's VPC.
    async fn interface(&self, number: u128) -> InterfaceId {
        let Call { account, region, now, .. } = call();
        let id = InterfaceId::from_bits(number, multihome_types::IdLength::Short);
        let interface = Interface {
            id,
            account,
            region,
            zone: "us-east-1a".parse().unwrap(),
            vpc: self.vpc.parse().unwrap(),
            subnet: self.subnet.parse().unwrap(),
            kind: InterfaceKind::Interface,
            mac: Mac::of(id, MacPrefix::default()),
            address: "10.0.0.9".parse().unwrap(),
            description: String::new(),
            source_dest_check: true,
            groups: Vec::new(),
            attachment: None,
            assigned: multihome_types::Assigned::default(),
            public: Vec::new(),
            automatic_public_address: false,
            created: now,
            generation: Generation::FIRST,
        };
        let transaction = self.api.store.begin().await.unwrap();
        let row = interface::Model::from(&interface).into_active_model();
        interface::Entity::insert(row).exec_without_returning(transaction.conn()).await.unwrap();
        transaction.commit().await.unwrap();
        id
    }

    /// An instance with these interfaces attached.
    async fn instance(&self, state: InstanceState, interfaces: &[InterfaceId]) -> InstanceId {
        let Call { account, region, now, .. } = call();
        let instance = Instance {
            id: self.api.fresh(),
            account,
            region,
            zone: "us-east-1a".parse().unwrap(),
            cluster: "one".parse().unwrap(),
            node: "node-1".parse().unwrap(),
            reservation: self.api.fresh(),
            launch_index: 0,
            image: self.api.fresh(),
            instance_type: "m1.small".to_owned(),
            key_name: None,
            user_data: None,
            client_token: None,
            attributes: multihome_types::InstanceAttributes::default(),
            vpc: self.vpc.parse().unwrap(),
            subnet: self.subnet.parse().unwrap(),
            state,
            reason: None,
            launched_at: now,
            since: now,
            deadline: None,
            change: ChangeId(0),
            generation: Generation::FIRST,
        };
        let transaction = self.api.store.begin().await.unwrap();
        let conn = transaction.conn();
        let kind = multihome_core::instance_types::predefined("m1.small").unwrap().instance_type();
        let kind = instance_type::Model::from(kind).into_active_model();
        instance_type::Entity::insert(kind).on_conflict_do_nothing().exec_without_returning(conn).await.unwrap();
        let row = instance::Model::from(instance.clone()).into_active_model();
        instance::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        for (index, interface) in (0..).zip(interfaces) {
            let attached = Attachment {
                id: self.api.fresh::<AttachmentId>(),
                account,
                region,
                interface: *interface,
                instance: instance.id,
                instance_account: account,
                cluster: instance.cluster,
                device_index: DeviceIndex(index),
                state: AttachmentState::Attached,
                delete_on_termination: false,
                attached_at: now,
                since: now,
                deadline: None,
                reason: None,
                change: ChangeId(0),
                generation: Generation::FIRST,
            };
            let row = attachment::Model::from(attached).into_active_model();
            attachment::Entity::insert(row).exec_without_returning(conn).await.unwrap();
        }
        transaction.commit().await.unwrap();
        instance.id
    }

    fn route(&self, destination: &str) -> CreateRoute {
        CreateRoute { route_table_id: self.table.clone(), destination_cidr_block: Some(destination.to_owned()), ..CreateRoute::default() }
    }

    async fn add(&self, request: CreateRoute) -> Result<Return, Fault> {
        create_route(&self.api, &call(), request).await
    }

    async fn shown(&self) -> Shown {
        let request = DescribeRouteTables { route_table_ids: vec![self.table.clone()], ..DescribeRouteTables::default() };
        describe_route_tables(&self.api, &call(), request).await.unwrap().route_tables.remove(0)
    }
}

#[tokio::test]
async fn a_client_token_makes_one_table_however_often_and_at_once() {
    let World { api, vpc, .. } = world().await;
    let call = call();
    let tries = (0..8).map(|_| create_route_table(&api, &call, create(&vpc, Some("again"))));
    let made: Vec<_> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|reply| *reply == made[0]), "{made:?}");
    let all = describe_route_tables(&api, &call, DescribeRouteTables::default()).await.unwrap().route_tables;
    assert_eq!(all.len(), 3, "the main one, the world's one, and one for eight calls");
    let other = CreateRouteTable { tag_specifications: tagged("route-table", &[("a", "b")]), ..create(&vpc, Some("again")) };
    assert_eq!(code(create_route_table(&api, &call, other).await), "IdempotentParameterMismatch");
    let stranger = call_of("000000000002");
    assert_eq!(code(create_route_table(&api, &stranger, create(&vpc, Some("again"))).await), "InvalidVpcID.NotFound");
    assert_eq!(code(create_route_table(&api, &call, create(&vpc, Some(&"t".repeat(65)))).await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_route_is_active_while_its_interface_is_on_a_running_instance() {
    let world = world().await;
    let [free, running, stopped] = [world.interface(1).await, world.interface(2).await, world.interface(3).await];
    let instance = world.instance(InstanceState::Running, &[running]).await;
    world.instance(InstanceState::Stopped, &[stopped]).await;
    for (destination, interface) in [("10.1.0.0/16", free), ("10.2.0.0/16", running), ("10.3.0.0/16", stopped)] {
        let request = CreateRoute { network_interface_id: Some(interface.to_string()), ..world.route(destination) };
        assert_eq!(world.add(request).await.unwrap(), Return::DONE);
    }
    let by_instance = CreateRoute { instance_id: Some(instance.to_string()), ..world.route("10.4.0.0/16") };
    world.add(by_instance).await.unwrap();
    let shown = world.shown().await;
    let states: Vec<&str> = shown.routes.iter().map(|route| route.state.as_str()).collect();
    assert_eq!(states, ["active", "blackhole", "active", "blackhole", "active"], "in the order they were made");
    assert_eq!(shown.routes[1].instance_id, None);
    assert_eq!(shown.routes[4].network_interface_id, Some(running.to_string()));
    assert_eq!(shown.routes[4].instance_id, Some(instance.to_string()));
    assert_eq!(log_of(&world.api, &world.table).await, ["created", "route-created", "route-created", "route-created", "route-created"]);
    let row = route_table::Entity::find_by_id(world.table.parse::<RouteTableId>().unwrap()).one(world.api.store.reader()).await.unwrap().unwrap();
    assert_eq!(row.generation.0, 5, "a route touches its table");
    let blackholes = DescribeRouteTables { filters: vec![filter("route.state", &["blackhole"])], ..DescribeRouteTables::default() };
    assert_eq!(describe_route_tables(&world.api, &call(), blackholes).await.unwrap().route_tables, [shown]);
}

#[tokio::test]
async fn wrong_routes_are_refused() {
    let world = world().await;
    let interface = world.interface(1).await;
    let two = [world.interface(2).await, world.interface(3).await];
    let instance = world.instance(InstanceState::Running, &two).await;
    let to = |destination: &str| CreateRoute { network_interface_id: Some(interface.to_string()), ..world.route(destination) };
    world.add(to("10.1.0.0/16")).await.unwrap();
    for (request, expected) in [
        (to("10.1.0.0/16"), "RouteAlreadyExists"),
        (to("10.0.0.0/16"), "RouteAlreadyExists"),
        (to("10.1.0.0"), "InvalidParameterValue"),
        (CreateRoute { destination_cidr_block: None, ..to("10.2.0.0/16") }, "MissingParameter"),
        (world.route("10.2.0.0/16"), "MissingParameter"),
        (CreateRoute { instance_id: Some(instance.to_string()), ..world.route("10.2.0.0/16") }, "InvalidInstanceID"),
        (CreateRoute { instance_id: Some("i-00000000".to_owned()), ..world.route("10.2.0.0/16") }, "InvalidInstanceID.NotFound"),
        (CreateRoute { instance_id: Some(instance.to_string()), ..to("10.2.0.0/16") }, "InvalidParameterCombination"),
        (CreateRoute { gateway_id: Some("igw-00000000".to_owned()), ..world.route("0.0.0.0/0") }, "InvalidInternetGatewayID.NotFound"),
        (CreateRoute { nat_gateway_id: Some("nat-00000000".to_owned()), ..world.route("0.0.0.0/0") }, "InvalidNatGatewayID.NotFound"),
        (CreateRoute { nat_gateway_id: Some("nat-1".to_owned()), ..world.route("0.0.0.0/0") }, "NatGatewayMalformed"),
        (CreateRoute { gateway_id: Some("igw-1".to_owned()), ..world.route("0.0.0.0/0") }, "InvalidInternetGatewayId.Malformed"),
        (CreateRoute { transit_gateway_id: Some("tgw-00000000".to_owned()), ..world.route("0.0.0.0/0") }, "UnsupportedOperation"),
        (CreateRoute { destination_ipv6_cidr_block: Some("::/0".to_owned()), ..to("10.2.0.0/16") }, "InvalidParameterCombination"),
        (
            CreateRoute { destination_cidr_block: None, destination_ipv6_cidr_block: Some("10.2.0.0/16".to_owned()), ..to("") },
            "InvalidParameterValue",
        ),
        (CreateRoute { network_interface_id: Some("eni-00000000".to_owned()), ..world.route("0.0.0.0/0") }, "InvalidNetworkInterfaceID.NotFound"),
        (CreateRoute { route_table_id: "rtb-00000000".to_owned(), ..to("0.0.0.0/0") }, "InvalidRouteTableID.NotFound"),
    ] {
        assert_eq!(code(world.add(request.clone()).await), expected, "{request:?}");
    }
    let stranger = create_route(&world.api, &call_of("000000000002"), to("10.2.0.0/16")).await;
    assert_eq!(code(stranger), "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(world.shown().await.routes.len(), 2);
}

#[tokio::test]
async fn a_table_is_full_at_fifty_routes_even_for_calls_at_once() {
    let world = world().await;
    let interface = world.interface(1).await;
    let tries = (1..=60).map(|number| {
        let to = CreateRoute { network_interface_id: Some(interface.to_string()), ..world.route(&format!("10.{number}.0.0/16")) };
        world.add(to)
    });
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 49);
    for refused in done.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "RouteLimitExceeded");
    }
}
