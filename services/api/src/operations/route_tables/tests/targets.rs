//! What routes lead to, and what is shown and found of them.

use multihome_ec2::{
    internet_gateway::{AttachInternetGateway, CreateInternetGateway},
    route_table::{DeleteRoute, ReplaceRoute},
};
use multihome_entities::nat_gateway;
use multihome_types::{Connectivity, NatGateway, NatGatewayId, NatGatewayState, NatInterface};

use super::*;
use crate::operations::{attach_internet_gateway, create_internet_gateway};

impl World {
    async fn internet_gateway(&self, vpc: Option<&str>) -> String {
        let made = create_internet_gateway(&self.api, &call(), CreateInternetGateway::default()).await.unwrap();
        let internet_gateway_id = made.internet_gateway.internet_gateway_id;
        if let Some(vpc) = vpc {
            let request = AttachInternetGateway { internet_gateway_id: internet_gateway_id.clone(), vpc_id: vpc.to_owned(), dry_run: false };
            attach_internet_gateway(&self.api, &call(), request).await.unwrap();
        }
        internet_gateway_id
    }

    async fn nat_gateway(&self, state: NatGatewayState) -> NatGatewayId {
        let Call { account, region, now, .. } = call();
        let gateway = NatGateway {
            id: self.api.fresh(),
            account,
            region,
            zone: "us-east-1a".parse().unwrap(),
            vpc: self.vpc.parse().unwrap(),
            subnet: self.subnet.parse().unwrap(),
            connectivity: Connectivity::Private,
            allocation: None,
            wanted: None,
            state,
            interface: Some(NatInterface { id: self.api.fresh(), address: "10.0.0.9".parse().unwrap() }),
            public: None,
            failure: None,
            since: now,
            created: now,
            generation: Generation::FIRST,
        };
        let transaction = self.api.store.begin().await.unwrap();
        let row = nat_gateway::Model::from(&gateway).into_active_model();
        nat_gateway::Entity::insert(row).exec_without_returning(transaction.conn()).await.unwrap();
        transaction.commit().await.unwrap();
        gateway.id
    }

    fn replacement(&self, destination: &str) -> ReplaceRoute {
        ReplaceRoute { route_table_id: self.table.clone(), destination_cidr_block: Some(destination.to_owned()), ..ReplaceRoute::default() }
    }

    fn deletion(&self, destination: &str) -> DeleteRoute {
        DeleteRoute { route_table_id: self.table.clone(), destination_cidr_block: Some(destination.to_owned()), ..DeleteRoute::default() }
    }
}

#[tokio::test]
async fn a_route_leads_to_each_kind_of_target_and_to_ipv6() {
    let world = world().await;
    let internet = world.internet_gateway(Some(&world.vpc)).await;
    let available = world.nat_gateway(NatGatewayState::Available).await.to_string();
    let pending = world.nat_gateway(NatGatewayState::Pending).await.to_string();
    let interface = world.interface(1).await;
    world.instance(InstanceState::Running, &[interface]).await;
    for request in [
        CreateRoute { gateway_id: Some(internet.clone()), ..world.route("0.0.0.0/0") },
        CreateRoute { nat_gateway_id: Some(available.clone()), ..world.route("10.1.0.0/16") },
        CreateRoute { nat_gateway_id: Some(pending.clone()), ..world.route("10.2.0.0/16") },
        CreateRoute { network_interface_id: Some(interface.to_string()), ..world.route("10.3.0.0/16") },
        CreateRoute {
            gateway_id: Some(internet.clone()),
            destination_cidr_block: None,
            destination_ipv6_cidr_block: Some("::/0".to_owned()),
            ..world.route("")
        },
    ] {
        world.add(request).await.unwrap();
    }
    let shown = world.shown().await;
    let states: Vec<&str> = shown.routes.iter().map(|route| route.state.as_str()).collect();
    assert_eq!(states, ["active", "active", "active", "blackhole", "active", "active"]);
    assert_eq!(shown.routes[0].gateway_id.as_deref(), Some("local"));
    assert_eq!((&shown.routes[1].gateway_id, &shown.routes[2].nat_gateway_id), (&Some(internet.clone()), &Some(available.clone())));
    assert_eq!((&shown.routes[5].destination_cidr_block, shown.routes[5].destination_ipv6_cidr_block.as_deref()), (&None, Some("::/0")));
    for (name, value) in
        [("route.gateway-id", &internet), ("route.nat-gateway-id", &available), ("route.destination-ipv6-cidr-block", &"::/0".into())]
    {
        let request = DescribeRouteTables { filters: vec![filter(name, &[value])], ..DescribeRouteTables::default() };
        assert_eq!(describe_route_tables(&world.api, &call(), request).await.unwrap().route_tables, std::slice::from_ref(&shown), "{name}");
    }
}

#[tokio::test]
async fn a_target_of_another_network_is_refused() {
    let world = world().await;
    let elsewhere = testing::vpc(&world.api).await;
    for gateway in [world.internet_gateway(None).await, world.internet_gateway(Some(&elsewhere)).await] {
        let request = CreateRoute { gateway_id: Some(gateway.clone()), ..world.route("0.0.0.0/0") };
        assert_eq!(code(world.add(request).await), "InvalidParameterValue", "{gateway}");
    }
    let gone = world.nat_gateway(NatGatewayState::Deleted).await;
    let request = CreateRoute { nat_gateway_id: Some(gone.to_string()), ..world.route("0.0.0.0/0") };
    assert_eq!(code(world.add(request).await), "InvalidNatGatewayID.NotFound");
}

#[tokio::test]
async fn a_route_is_replaced_in_its_place_and_deleted() {
    let world = world().await;
    let World { api, table, .. } = &world;
    let internet = world.internet_gateway(Some(&world.vpc)).await;
    let [first, second] = [world.interface(1).await, world.interface(2).await];
    let instance = world.instance(InstanceState::Running, &[second]).await;
    for destination in ["10.1.0.0/16", "10.2.0.0/16"] {
        world.add(CreateRoute { network_interface_id: Some(first.to_string()), ..world.route(destination) }).await.unwrap();
    }
    let by_instance = ReplaceRoute { instance_id: Some(instance.to_string()), ..world.replacement("10.1.0.0/16") };
    replace_route(api, &call(), by_instance).await.unwrap();
    let shown = world.shown().await;
    let route = &shown.routes[1];
    assert_eq!((&route.network_interface_id, &route.instance_id), (&Some(second.to_string()), &Some(instance.to_string())));
    assert_eq!((&*route.state, &*route.origin, route.destination_cidr_block.as_deref()), ("active", "CreateRoute", Some("10.1.0.0/16")));

    let by_gateway = ReplaceRoute { gateway_id: Some(internet.clone()), ..world.replacement("10.1.0.0/16") };
    replace_route(api, &call(), by_gateway).await.unwrap();
    let route = world.shown().await.routes.remove(1);
    assert_eq!((route.gateway_id, route.network_interface_id, route.instance_id), (Some(internet.clone()), None, None));

    delete_route(api, &call(), world.deletion("10.1.0.0/16")).await.unwrap();
    assert_eq!(world.shown().await.routes.len(), 2);
    for (refused, expected) in [
        (delete_route(api, &call(), world.deletion("10.1.0.0/16")).await, "InvalidRoute.NotFound"),
        (delete_route(api, &call(), world.deletion("10.0.0.0/16")).await, "InvalidParameterValue"),
        (delete_route(api, &call_of("000000000002"), world.deletion("10.2.0.0/16")).await, "InvalidRouteTableID.NotFound"),
        (replace_route(api, &call(), ReplaceRoute { gateway_id: Some(internet), ..world.replacement("10.9.0.0/16") }).await, "InvalidParameterValue"),
        (replace_route(api, &call(), ReplaceRoute { local_target: true, ..world.replacement("10.2.0.0/16") }).await, "UnsupportedOperation"),
        (replace_route(api, &call(), world.replacement("10.2.0.0/16")).await, "MissingParameter"),
    ] {
        assert_eq!(code(refused), expected);
    }
    assert_eq!(log_of(api, table).await, ["created", "route-created", "route-created", "route-replaced", "route-replaced", "route-deleted"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_deletes_at_once_one_deletes() {
    let world = world().await;
    let interface = world.interface(1).await;
    world.add(CreateRoute { network_interface_id: Some(interface.to_string()), ..world.route("10.1.0.0/16") }).await.unwrap();
    let call = call();
    let tries = (0..6).map(|_| delete_route(&world.api, &call, world.deletion("10.1.0.0/16")));
    let done = futures_util::future::join_all(tries).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1);
    for refused in done.into_iter().filter(Result::is_err) {
        assert_eq!(code(refused), "InvalidRoute.NotFound");
    }
}
