//! Addresses that lead to interfaces: what is associated, what is shown, and what gives way.

use multihome_ec2::{
    address::{AssociateAddress, DisassociateAddress},
    instance::{InstanceNetworkInterfaceSpecification, RunInstances},
    internet_gateway::{AttachInternetGateway, CreateInternetGateway, DetachInternetGateway},
    network_interface::{DeleteNetworkInterface, NetworkInterface},
};
use multihome_entities::{attachment, instance};
use multihome_types::InstanceState;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::*;
use crate::operations::{
    attach_internet_gateway, create_internet_gateway, delete_network_interface, describe_instances, detach_internet_gateway,
    network_interfaces::world::{World, filters_of, refusal},
    run_instances,
};

const ZONE: &str = "us-east-1a";

impl World {
    /// Gives the VPC an internet gateway.
    pub(super) async fn open(&self) -> String {
        let made = create_internet_gateway(&self.api, &self.call, CreateInternetGateway::default()).await.unwrap();
        let internet_gateway_id = made.internet_gateway.internet_gateway_id;
        let request = AttachInternetGateway { internet_gateway_id: internet_gateway_id.clone(), vpc_id: self.vpc.clone(), dry_run: false };
        attach_internet_gateway(&self.api, &self.call, request).await.unwrap();
        internet_gateway_id
    }

    pub(super) async fn elastic(&self) -> AllocateAddressReply {
        allocate(&self.api, &self.call).await.unwrap()
    }

    pub(super) async fn associate(&self, request: AssociateAddress) -> Result<String, Fault> {
        Ok(associate_address(&self.api, &self.call, request).await?.association_id)
    }

    pub(super) async fn disassociate(&self, id: &str) -> Result<(), Fault> {
        let request = DisassociateAddress { association_id: Some(id.to_owned()), ..DisassociateAddress::default() };
        disassociate_address(&self.api, &self.call, request).await.map(drop)
    }

    pub(super) async fn address(&self, allocation: &str) -> Shown {
        let request = DescribeAddresses { allocation_ids: vec![allocation.to_owned()], ..DescribeAddresses::default() };
        describe(&self.api, &self.call, request).await.unwrap().remove(0)
    }

    /// An instance with one new interface in a subnet, as the attachment service makes it run.
    pub(super) async fn running(&self, subnet: &str, public: Option<bool>) -> String {
        let item = InstanceNetworkInterfaceSpecification {
            device_index: Some(0),
            subnet_id: Some(subnet.to_owned()),
            associate_public_ip_address: public,
            ..InstanceNetworkInterfaceSpecification::default()
        };
        let id = self.launched(vec![item]).await.unwrap();
        self.put(&id, InstanceState::Running).await;
        id
    }

    pub(super) async fn launched(&self, network_interfaces: Vec<InstanceNetworkInterfaceSpecification>) -> Result<String, Fault> {
        let request = RunInstances {
            image_id: "ami-00000001".to_owned(),
            instance_type: Some("m1.xlarge".to_owned()),
            min_count: 1,
            max_count: 1,
            network_interfaces,
            ..RunInstances::default()
        };
        Ok(run_instances(&self.api, &self.call, request).await?.instances.remove(0).instance_id)
    }

    pub(super) async fn put(&self, id: &str, state: InstanceState) {
        let txn = self.api.store.begin().await.unwrap();
        let update = instance::Entity::update_many().col_expr(instance::Column::State, Expr::value(state));
        update.filter(instance::Column::Id.eq(id)).exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub(super) async fn shown_instance(&self, id: &str) -> multihome_ec2::instance::Instance {
        let request = multihome_ec2::instance::DescribeInstances { instance_ids: vec![id.to_owned()], ..Default::default() };
        describe_instances(&self.api, &self.call, request).await.unwrap().reservations.remove(0).instances.remove(0)
    }

    async fn instances(&self, name: &str, value: &str) -> usize {
        let request = multihome_ec2::instance::DescribeInstances { filters: filters_of(&[(name, &[value])]), ..Default::default() };
        describe_instances(&self.api, &self.call, request).await.unwrap().reservations.len()
    }
}

pub(super) fn to_interface(elastic: &AllocateAddressReply, interface: &NetworkInterface) -> AssociateAddress {
    AssociateAddress {
        allocation_id: Some(elastic.allocation_id.clone()),
        network_interface_id: Some(interface.network_interface_id.clone()),
        ..AssociateAddress::default()
    }
}

fn to_instance(elastic: &AllocateAddressReply, instance: &str) -> AssociateAddress {
    AssociateAddress { allocation_id: Some(elastic.allocation_id.clone()), instance_id: Some(instance.to_owned()), ..AssociateAddress::default() }
}

#[tokio::test]
async fn an_address_leads_to_an_interface_and_is_shown_with_it() {
    let world = World::new().await;
    world.make_default().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (interface, elastic) = (world.interface(&subnet).await, world.elastic().await);
    assert!(interface.association.is_none());
    assert_eq!(code(world.associate(to_interface(&elastic, &interface)).await), "Gateway.NotAttached");
    world.open().await;
    let association = world.associate(to_interface(&elastic, &interface)).await.unwrap();
    let shown = world.address(&elastic.allocation_id).await;
    assert_eq!(shown.association_id.as_deref(), Some(&*association));
    assert_eq!(shown.network_interface_id.as_deref(), Some(&*interface.network_interface_id));
    assert_eq!(shown.network_interface_owner_id.as_deref(), Some("000000000001"));
    assert_eq!((shown.private_ip_address, shown.instance_id), (Some(interface.private_ip_address.clone()), None));
    let seen = world.by_id(&interface.network_interface_id).await.unwrap();
    let public = seen.association.unwrap();
    assert_eq!(seen.private_ip_addresses[0].association.as_ref(), Some(&public));
    assert_eq!((&*public.public_ip, &*public.ip_owner_id), (&*elastic.public_ip, "000000000001"));
    assert_eq!((public.allocation_id, public.association_id), (Some(elastic.allocation_id.clone()), Some(association.clone())));
    assert_eq!(public.public_dns_name, format!("ec2-{}.compute-1.amazonaws.com", elastic.public_ip.replace('.', "-")));
    for (name, value) in [
        ("association.public-ip", &*elastic.public_ip),
        ("association.allocation-id", &elastic.allocation_id),
        ("association.association-id", &association),
        ("association.ip-owner-id", "000000000001"),
        ("association.public-dns-name", "ec2-*"),
        ("addresses.association.public-ip", &elastic.public_ip),
        ("addresses.association.owner-id", "000000000001"),
    ] {
        assert_eq!(world.describe(&[(name, &[value])]).await.len(), 1, "{name}");
        assert_eq!(world.describe(&[(name, &["x"])]).await.len(), 0, "{name}");
    }
    for (name, value) in [("association-id", &*association), ("private-ip-address", &interface.private_ip_address)] {
        let request = DescribeAddresses { filters: vec![filter(name, &[value])], ..Default::default() };
        assert_eq!(describe(&world, &world.call, request).await.unwrap().len(), 1, "{name}");
    }
    world.disassociate(&association).await.unwrap();
    assert!(world.by_id(&interface.network_interface_id).await.unwrap().association.is_none());
    assert_eq!(world.address(&elastic.allocation_id).await.association_id, None);
    assert_eq!(code(world.disassociate(&association).await), "InvalidAssociationID.NotFound");
    assert_eq!(log_of(&world, &elastic.allocation_id).await, ["created", "associated", "disassociated"]);
    assert_eq!(log_of(&world, &interface.network_interface_id).await, ["created", "associated", "disassociated"]);
}

#[tokio::test]
async fn an_association_by_instance_is_with_its_one_interface() {
    let world = World::new().await;
    world.make_default().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let elastic = world.elastic().await;
    let one = world.running(&subnet, None).await;
    world.put(&one, InstanceState::Pending).await;
    assert_eq!(
        refusal(world.associate(to_instance(&elastic, &one)).await),
        format!("InvalidInstanceID: The pending instance '{one}' is not in a valid state for this operation.")
    );
    world.put(&one, InstanceState::Running).await;
    world.associate(to_instance(&elastic, &one)).await.unwrap();
    assert_eq!(world.address(&elastic.allocation_id).await.instance_id.as_deref(), Some(&*one));
    let shown = world.shown_instance(&one).await;
    assert_eq!(shown.ip_address.as_deref(), Some(&*elastic.public_ip));
    assert!(shown.dns_name.starts_with("ec2-"), "{}", shown.dns_name);
    let public = shown.network_interfaces[0].association.clone().unwrap();
    assert_eq!((&*public.public_ip, &*public.ip_owner_id), (&*elastic.public_ip, "000000000001"));
    assert_eq!(shown.network_interfaces[0].private_ip_addresses[0].association.as_ref(), Some(&public));
    for (name, value) in [
        ("ip-address", &*elastic.public_ip),
        ("dns-name", "ec2-*"),
        ("network-interface.association.public-ip", &elastic.public_ip),
        ("network-interface.association.allocation-id", &elastic.allocation_id),
        ("network-interface.association.association-id", "eipassoc-*"),
        ("network-interface.association.ip-owner-id", "000000000001"),
        ("network-interface.addresses.association.public-ip", &elastic.public_ip),
    ] {
        assert_eq!(world.instances(name, value).await, 1, "{name}");
        assert_eq!(world.instances(name, "x").await, 0, "{name}");
    }
    let request = DescribeAddresses { filters: vec![filter("instance-id", &[&one])], ..Default::default() };
    assert_eq!(describe(&world, &world.call, request).await.unwrap().len(), 1);
    let item = |index| InstanceNetworkInterfaceSpecification { device_index: Some(index), subnet_id: Some(subnet.clone()), ..Default::default() };
    let two = world.launched(vec![item(0), item(1)]).await.unwrap();
    world.put(&two, InstanceState::Running).await;
    let several = refusal(world.associate(to_instance(&world.elastic().await, &two)).await);
    assert_eq!(
        several,
        format!(
            "InvalidInstanceID: There are multiple interfaces attached to instance '{two}'. Please specify an interface ID for the operation instead."
        )
    );
    assert_eq!(code(world.associate(to_instance(&elastic, "i-00000000")).await), "InvalidInstanceID.NotFound");
}

#[tokio::test]
async fn the_association_belongs_to_the_interface_and_outlives_the_attachment() {
    let world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (interface, elastic) = (world.interface(&subnet).await, world.elastic().await);
    world.associate(to_interface(&elastic, &interface)).await.unwrap();
    let item = InstanceNetworkInterfaceSpecification {
        device_index: Some(0),
        network_interface_id: Some(interface.network_interface_id.clone()),
        ..InstanceNetworkInterfaceSpecification::default()
    };
    let instance = world.launched(vec![item]).await.unwrap();
    assert_eq!(world.address(&elastic.allocation_id).await.instance_id.as_deref(), Some(&*instance));
    // As the attachment service does when the instance terminates.
    let txn = world.api.store.begin().await.unwrap();
    attachment::Entity::delete_many().exec(txn.conn()).await.unwrap();
    txn.commit().await.unwrap();
    let shown = world.address(&elastic.allocation_id).await;
    assert_eq!((shown.instance_id, shown.network_interface_id), (None, Some(interface.network_interface_id)));
}

#[tokio::test]
async fn an_address_moves_when_that_is_allowed_and_what_led_there_gives_way() {
    let world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (one, two) = (world.interface(&subnet).await, world.interface(&subnet).await);
    let (first, second) = (world.elastic().await, world.elastic().await);
    let association = world.associate(to_interface(&first, &one)).await.unwrap();
    assert_eq!(world.associate(to_interface(&first, &one)).await.unwrap(), association);
    world.associate(to_interface(&second, &two)).await.unwrap();
    assert_eq!(
        refusal(world.associate(to_interface(&first, &two)).await),
        format!("Resource.AlreadyAssociated: resource {} is already associated with associate-id {association}", first.allocation_id)
    );
    let third = world.elastic().await;
    assert_eq!(
        refusal(world.associate(to_interface(&third, &one)).await),
        format!(
            "Resource.AlreadyAssociated: resource {} and {} is already associated with public address {}",
            one.network_interface_id, one.private_ip_address, first.public_ip
        )
    );
    let moved = world.associate(AssociateAddress { allow_reassociation: true, ..to_interface(&first, &two) }).await.unwrap();
    assert_ne!(moved, association);
    assert!(world.by_id(&one.network_interface_id).await.unwrap().association.is_none());
    let public = world.by_id(&two.network_interface_id).await.unwrap().association.unwrap();
    assert_eq!((public.public_ip, public.association_id), (first.public_ip.clone(), Some(moved)));
    // The other stays with its account, and leads nowhere.
    assert_eq!(world.address(&second.allocation_id).await.association_id, None);
    let named = AssociateAddress { private_ip_address: Some(one.private_ip_address.clone()), ..to_interface(&second, &one) };
    let by_address = AssociateAddress { allocation_id: None, public_ip: Some(second.public_ip.clone()), ..named.clone() };
    assert_eq!(
        refusal(world.associate(by_address).await),
        "InvalidParameterCombination: You must specify an allocation id when mapping an address to a VPC instance"
    );
    world.associate(named).await.unwrap();
    assert_eq!(world.by_id(&one.network_interface_id).await.unwrap().association.unwrap().public_ip, second.public_ip);
}

#[tokio::test]
async fn what_leads_somewhere_is_not_released_and_its_gateway_stays() {
    let world = World::new().await;
    let gateway = world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (interface, elastic) = (world.interface(&subnet).await, world.elastic().await);
    world.associate(to_interface(&elastic, &interface)).await.unwrap();
    assert_eq!(
        refusal(release(&world, &world.call, &elastic.allocation_id).await),
        format!("InvalidIPAddress.InUse: Address {} is in use.", elastic.public_ip)
    );
    let detach = || DetachInternetGateway { internet_gateway_id: gateway.clone(), vpc_id: world.vpc.clone(), dry_run: false };
    assert_eq!(code(detach_internet_gateway(&world.api, &world.call, detach()).await), "DependencyViolation");
    // An interface that goes leaves its addresses to their account.
    let deletion = DeleteNetworkInterface { network_interface_id: interface.network_interface_id, dry_run: false };
    delete_network_interface(&world.api, &world.call, deletion).await.unwrap();
    assert_eq!(world.address(&elastic.allocation_id).await.network_interface_id, None);
    assert_eq!(log_of(&world, &elastic.allocation_id).await, ["created", "associated", "disassociated"]);
    detach_internet_gateway(&world.api, &world.call, detach()).await.unwrap();
    release(&world, &world.call, &elastic.allocation_id).await.unwrap();
}

#[tokio::test]
async fn what_another_account_has_is_not_there() {
    let mut world = World::new().await;
    world.open().await;
    let subnet = world.subnet("10.0.1.0/24", ZONE).await;
    let (interface, elastic) = (world.interface(&subnet).await, world.elastic().await);
    let association = world.associate(to_interface(&elastic, &interface)).await.unwrap();
    world.call = call_of("000000000002");
    assert_eq!(code(world.associate(to_interface(&elastic, &interface)).await), "InvalidAllocationID.NotFound");
    let own = world.elastic().await;
    assert_eq!(code(world.associate(to_interface(&own, &interface)).await), "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(code(world.disassociate(&association).await), "InvalidAssociationID.NotFound");
}
