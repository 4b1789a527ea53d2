use futures_util::future::join_all;
use multihome_ec2::{
    AttributeValue,
    address::{AllocateAddress, AssociateAddress, DisassociateAddress, ReleaseAddress},
    nat_gateway::{DescribeNatGateways, NatGateway as Shown},
    network_interface::{DeleteNetworkInterface, DescribeNetworkInterfaces, ModifyNetworkInterfaceAttribute},
};
use multihome_entities::{elastic_address, interface};
use multihome_types::{AddressAssociation, Interface, InterfaceKind, Mac, MacPrefix};

use super::*;
use crate::{
    operations::{
        allocate_address, associate_address, delete_network_interface, describe_network_interfaces, disassociate_address,
        modify_network_interface_attribute, release_address,
    },
    testing::{self, TestApi, call, call_of, code, filter, log_of, tag, tagged},
};

struct World {
    api: TestApi,
    vpc: String,
    subnet: String,
}

async fn world() -> World {
    let api = testing::api().await;
    let vpc = testing::vpc(&api).await;
    let subnet = testing::subnet(&api, &vpc, "10.0.3.0/24").await;
    World { api, vpc, subnet }
}

impl World {
    fn private(&self) -> CreateNatGateway {
        CreateNatGateway { subnet_id: self.subnet.clone(), connectivity_type: Some("private".to_owned()), ..CreateNatGateway::default() }
    }

    async fn create(&self, request: CreateNatGateway) -> Result<Shown, Fault> {
        Ok(create_nat_gateway(&self.api, &call(), request).await?.nat_gateway)
    }

    async fn delete(&self, id: &str) -> Result<String, Fault> {
        let request = DeleteNatGateway { nat_gateway_id: id.to_owned(), dry_run: false };
        Ok(delete_nat_gateway(&self.api, &call(), request).await?.nat_gateway_id)
    }

    async fn describe(&self, filters: &[(&str, &[&str])]) -> Vec<Shown> {
        let filters = filters.iter().map(|(name, values)| filter(name, values)).collect();
        describe_nat_gateways(&self.api, &call(), DescribeNatGateways { filters, ..DescribeNatGateways::default() }).await.unwrap().nat_gateways
    }

    async fn by_id(&self, id: &str) -> Result<Shown, Fault> {
        let request = DescribeNatGateways { nat_gateway_ids: vec![id.to_owned()], ..DescribeNatGateways::default() };
        Ok(describe_nat_gateways(&self.api, &call(), request).await?.nat_gateways.remove(0))
    }

    /// What the workflow makes of a gateway.
    async fn becomes(&self, id: &str, change: impl FnOnce(&mut NatGateway)) {
        let id: NatGatewayId = id.parse().unwrap();
        let transaction = self.api.store.begin().await.unwrap();
        let read = NatGateway::from(nat_gateway::Entity::find_by_id(id).one(transaction.conn()).await.unwrap().unwrap());
        let mut revised = NatGateway { generation: read.generation.next(), ..read.clone() };
        change(&mut revised);
        assert_eq!(nat_gateway::update(transaction.conn(), &read, &revised).await.unwrap(), 1);
        transaction.commit().await.unwrap();
    }

    /// The interface that the workflow makes for a gateway.
    async fn interface(&self) -> Interface {
        let Call { account, region, now, .. } = call();
        let id = self.api.fresh();
        let interface = Interface {
            id,
            account,
            region,
            zone: "us-east-1a".parse().unwrap(),
            vpc: self.vpc.parse().unwrap(),
            subnet: self.subnet.parse().unwrap(),
            kind: InterfaceKind::NatGateway,
            mac: Mac::of(id, MacPrefix::default()),
            address: "10.0.3.9".parse().unwrap(),
            description: rules::interface_description("nat-00000001".parse().unwrap()),
            source_dest_check: false,
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
        interface
    }
}

#[tokio::test]
async fn a_gateway_is_pending_until_the_workflow_has_set_it_up() {
    let world = world().await;
    let allocation = allocate_address(&world.api, &call(), AllocateAddress::default()).await.unwrap().allocation_id;
    let request = CreateNatGateway {
        subnet_id: world.subnet.clone(),
        allocation_id: Some(allocation.clone()),
        private_ip_address: Some("10.0.3.9".to_owned()),
        tag_specifications: tagged("natgateway", &[("Name", "way out")]),
        ..CreateNatGateway::default()
    };
    let made = world.create(request).await.unwrap();
    assert_eq!((&*made.state, &*made.connectivity_type, &*made.availability_mode), ("pending", "public", "zonal"));
    assert_eq!((&made.subnet_id, &made.vpc_id, &made.tags), (&world.subnet, &world.vpc, &vec![tag("Name", "way out")]));
    assert_eq!((made.delete_time, made.failure_code.clone()), (None, None));
    let [address] = made.nat_gateway_addresses.as_slice() else { panic!("{made:?}") };
    assert_eq!((&address.allocation_id, &address.network_interface_id, &*address.status), (&Some(allocation), &None, "associating"));
    assert_eq!(world.by_id(&made.nat_gateway_id).await.unwrap(), made);

    let id = made.nat_gateway_id;
    world
        .becomes(&id, |gateway| {
            gateway.state = NatGatewayState::Failed;
            gateway.failure = Some(rules::subnet_full());
        })
        .await;
    let failed = world.by_id(&id).await.unwrap();
    assert_eq!((&*failed.state, failed.failure_code.as_deref()), ("failed", Some("InsufficientFreeAddressesInSubnet")));
    assert_eq!(failed.nat_gateway_addresses[0].failure_message, failed.failure_message);
    assert_eq!(log_of(&world.api, &id).await, ["created"]);
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_name() {
    let world = world().await;
    let allocation = Some("eipalloc-00000001".to_owned());
    let public = CreateNatGateway { subnet_id: world.subnet.clone(), allocation_id: allocation.clone(), ..CreateNatGateway::default() };
    for (request, expected) in [
        (CreateNatGateway { allocation_id: None, ..public.clone() }, "MissingParameter"),
        (CreateNatGateway { allocation_id: Some("eipalloc-1".to_owned()), ..public.clone() }, "InvalidAllocationID.NotFound"),
        (CreateNatGateway { allocation_id: allocation, ..world.private() }, "InvalidParameterCombination"),
        (CreateNatGateway { connectivity_type: Some("x".to_owned()), ..public.clone() }, "InvalidParameterValue"),
        (CreateNatGateway { availability_mode: Some("regional".to_owned()), ..public.clone() }, "UnsupportedOperation"),
        (CreateNatGateway { vpc_id: Some(world.vpc.clone()), ..public.clone() }, "UnsupportedOperation"),
        (CreateNatGateway { secondary_allocation_ids: vec!["eipalloc-00000002".to_owned()], ..public.clone() }, "UnsupportedOperation"),
        (CreateNatGateway { secondary_private_ip_addresses: vec!["10.0.3.8".to_owned()], ..public.clone() }, "UnsupportedOperation"),
        (CreateNatGateway { secondary_private_ip_address_count: Some(1), ..public.clone() }, "UnsupportedOperation"),
        (CreateNatGateway { private_ip_address: Some("10.0.4.9".to_owned()), ..public.clone() }, "InvalidParameterValue"),
        (CreateNatGateway { private_ip_address: Some("10.0.3.1".to_owned()), ..public.clone() }, "InvalidParameterValue"),
        (CreateNatGateway { private_ip_address: Some("here".to_owned()), ..public.clone() }, "InvalidParameterValue"),
        (CreateNatGateway { subnet_id: "subnet-00000000".to_owned(), ..public.clone() }, "InvalidSubnetID.NotFound"),
        (CreateNatGateway { subnet_id: "subnet-1".to_owned(), ..public.clone() }, "InvalidSubnetID.Malformed"),
        (CreateNatGateway { tag_specifications: tagged("subnet", &[("Name", "x")]), ..public }, "InvalidParameterValue"),
    ] {
        assert_eq!(code(world.create(request.clone()).await), expected, "{request:?}");
    }
    let stranger = create_nat_gateway(&world.api, &call_of("000000000002"), world.private()).await;
    assert_eq!(code(stranger), "InvalidSubnetID.NotFound");
    assert!(world.describe(&[]).await.is_empty());
}

#[tokio::test]
async fn the_same_token_makes_one_gateway_even_for_calls_at_once() {
    let world = world().await;
    let with_token = || CreateNatGateway { client_token: Some("once".to_owned()), ..world.private() };
    let made = join_all((0..6).map(|_| world.create(with_token()))).await;
    let ids: std::collections::BTreeSet<String> = made.into_iter().map(|made| made.unwrap().nat_gateway_id).collect();
    assert_eq!((ids.len(), world.describe(&[]).await.len()), (1, 1));
    let other = CreateNatGateway { private_ip_address: Some("10.0.3.9".to_owned()), ..with_token() };
    assert_eq!(code(world.create(other).await), "IdempotentParameterMismatch");
}

#[tokio::test]
async fn gateways_are_found_by_filter_and_come_in_pages() {
    let world = world().await;
    let mut made = Vec::new();
    for _ in 0..7 {
        made.push(world.create(world.private()).await.unwrap().nat_gateway_id);
    }
    made.sort();
    world.becomes(&made[2], |gateway| gateway.state = NatGatewayState::Deleted).await;
    for (name, values, count) in [
        ("nat-gateway-id", vec![&*made[0], &*made[1]], 2),
        ("state", vec!["pending"], 6),
        ("state", vec!["del*"], 1),
        ("subnet-id", vec![&*world.subnet], 7),
        ("subnet-id", vec!["subnet-00000000"], 0),
        ("vpc-id", vec![&*world.vpc], 7),
        ("tag-key", vec!["Name"], 0),
    ] {
        assert_eq!(world.describe(&[(name, &values)]).await.len(), count, "{name} {values:?}");
    }
    let first = DescribeNatGateways { max_results: Some(5), ..DescribeNatGateways::default() };
    let first = describe_nat_gateways(&world.api, &call(), first).await.unwrap();
    let rest = DescribeNatGateways { next_token: first.next_token, ..DescribeNatGateways::default() };
    let rest = describe_nat_gateways(&world.api, &call(), rest).await.unwrap();
    let seen: Vec<String> = first.nat_gateways.into_iter().chain(rest.nat_gateways).map(|gateway| gateway.nat_gateway_id).collect();
    assert_eq!((seen, rest.next_token), (made.clone(), None));
    let stranger = DescribeNatGateways { nat_gateway_ids: vec![made[0].clone()], ..DescribeNatGateways::default() };
    assert_eq!(code(describe_nat_gateways(&world.api, &call_of("000000000002"), stranger).await), "NatGatewayNotFound");
    let unknown = DescribeNatGateways { filters: vec![filter("colour", &["red"])], ..DescribeNatGateways::default() };
    assert_eq!(code(describe_nat_gateways(&world.api, &call(), unknown).await), "InvalidParameterValue");
}

#[tokio::test]
async fn a_delete_is_said_once_and_may_be_said_again() {
    let world = world().await;
    let id = world.create(world.private()).await.unwrap().nat_gateway_id;
    let deleted = join_all((0..4).map(|_| world.delete(&id))).await;
    assert!(deleted.into_iter().all(|deleted| deleted.unwrap() == id));
    assert_eq!(world.by_id(&id).await.unwrap().state, "deleting");
    assert_eq!(log_of(&world.api, &id).await, ["created", "deleting"]);
    world.becomes(&id, |gateway| gateway.state = NatGatewayState::Deleted).await;
    let gone = world.by_id(&id).await.unwrap();
    assert_eq!((&*gone.state, gone.delete_time.is_some()), ("deleted", true));
    world.delete(&id).await.unwrap();
    assert_eq!(world.by_id(&id).await.unwrap().state, "deleted");
    for (unknown, expected) in [("nat-00000000", "NatGatewayNotFound"), ("nat-1", "NatGatewayMalformed")] {
        assert_eq!(code(world.delete(unknown).await), expected);
    }
    let request = DeleteNatGateway { nat_gateway_id: id, dry_run: false };
    assert_eq!(code(delete_nat_gateway(&world.api, &call_of("000000000002"), request).await), "NatGatewayNotFound");
}

#[tokio::test]
async fn its_interface_is_shown_and_not_the_users_to_manage() {
    let world = world().await;
    let World { api, .. } = &world;
    let interface = world.interface().await;
    let id = interface.id.to_string();
    let request = DescribeNetworkInterfaces { filters: vec![filter("interface-type", &["nat_gateway"])], ..DescribeNetworkInterfaces::default() };
    let shown = describe_network_interfaces(api, &call(), request).await.unwrap().network_interfaces.remove(0);
    assert_eq!((&*shown.interface_type, shown.requester_managed, shown.requester_id.as_deref()), ("nat_gateway", true, Some("amazon-aws")));
    assert_eq!((&*shown.description, &*shown.status, shown.source_dest_check), ("Interface for NAT Gateway nat-00000001", "in-use", false));
    let attachment = shown.attachment.unwrap();
    assert_eq!(attachment.attachment_id, id.replace("eni-", "ela-attach-"));
    assert_eq!((attachment.instance_id, &*attachment.instance_owner_id, &*attachment.status), (None, "amazon-aws", "attached"));

    let delete = DeleteNetworkInterface { network_interface_id: id.clone(), dry_run: false };
    assert_eq!(code(delete_network_interface(api, &call(), delete).await), "InvalidParameterValue");
    let modify = ModifyNetworkInterfaceAttribute {
        network_interface_id: id.clone(),
        description: Some(AttributeValue { value: "mine".to_owned() }),
        ..ModifyNetworkInterfaceAttribute::default()
    };
    assert_eq!(code(modify_network_interface_attribute(api, &call(), modify).await), "OperationNotPermitted");
    let allocation = allocate_address(api, &call(), AllocateAddress::default()).await.unwrap().allocation_id;
    let associate =
        AssociateAddress { allocation_id: Some(allocation.clone()), network_interface_id: Some(id.clone()), ..AssociateAddress::default() };
    assert_eq!(code(associate_address(api, &call(), associate).await), "AuthFailure");

    // As the workflow leads the address to it.
    let transaction = api.store.begin().await.unwrap();
    let elastic = elastic_address::find(transaction.conn(), allocation.parse().unwrap()).await.unwrap().unwrap();
    let association = AddressAssociation { id: api.fresh(), interface: interface.id, private_address: interface.address };
    assert_eq!(elastic_address::associate(transaction.conn(), &elastic, Some(association)).await.unwrap(), 1);
    transaction.commit().await.unwrap();
    let disassociate = DisassociateAddress { association_id: Some(association.id.to_string()), ..DisassociateAddress::default() };
    assert_eq!(code(disassociate_address(api, &call(), disassociate).await), "AuthFailure");
    let release = ReleaseAddress { allocation_id: Some(allocation), ..ReleaseAddress::default() };
    assert_eq!(code(release_address(api, &call(), release).await), "AuthFailure");
}
