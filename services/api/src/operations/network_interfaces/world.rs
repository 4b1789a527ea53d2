//! What tests of interfaces and instances stand on: an api with instance types, a VPC whose hosts have names, and subnets in it.

use std::{collections::HashMap, fmt::Debug, ops::Deref};

use multihome_core::instance_types::PREDEFINED;
use multihome_ec2::{
    Filter,
    network_interface::{CreateNetworkInterface, DescribeNetworkInterfaces, DescribeNetworkInterfacesReply, NetworkInterface},
    security_group::CreateSecurityGroup,
    subnet::CreateSubnet,
    vpc::CreateVpc,
};
use multihome_entities::{instance_type, subnet, vpc};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{create_network_interface, create_security_group, create_subnet, create_vpc, describe_network_interfaces},
    testing::{self, TestApi},
};

pub(crate) struct World {
    pub api: TestApi,
    pub call: Call,
    pub vpc: String,
}

impl Deref for World {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl World {
    /// A VPC, 10.0.0.0/16, without a subnet.
    pub async fn new() -> Self {
        let api = testing::api().await;
        let call = testing::call();
        let txn = api.store.begin().await.unwrap();
        let types = PREDEFINED.iter().map(|kind| instance_type::Model::from(kind.instance_type()).into_active_model());
        instance_type::Entity::insert_many(types).exec_without_returning(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
        let made = create_vpc(&api, &call, CreateVpc { cidr_block: "10.0.0.0/16".to_owned(), ..CreateVpc::default() }).await.unwrap();
        Self { api, call, vpc: made.vpc.vpc_id }
    }

    /// Makes the VPC the default one and a subnet of it that of each zone, and names its hosts.
    pub async fn make_default(&self) {
        let txn = self.api.store.begin().await.unwrap();
        vpc::Entity::update_many()
            .col_expr(vpc::Column::IsDefault, Expr::value(true))
            .col_expr(vpc::Column::DnsHostnames, Expr::value(true))
            .filter(vpc::Column::Account.eq(self.call.account))
            .exec(txn.conn())
            .await
            .unwrap();
        let rows = subnet::Entity::find().filter(subnet::Column::Account.eq(self.call.account)).all(txn.conn()).await.unwrap();
        let of_zones: HashMap<_, _> = rows.into_iter().map(|row| (row.zone, row.id)).collect();
        let these = subnet::Entity::update_many().filter(subnet::Column::Id.is_in(of_zones.into_values()));
        these.col_expr(subnet::Column::DefaultForZone, Expr::value(true)).exec(txn.conn()).await.unwrap();
        txn.commit().await.unwrap();
    }

    pub async fn subnet(&self, cidr: &str, zone: &str) -> String {
        let request = CreateSubnet {
            vpc_id: self.vpc.clone(),
            cidr_block: cidr.to_owned(),
            availability_zone: Some(zone.to_owned()),
            ..CreateSubnet::default()
        };
        create_subnet(&self.api, &self.call, request).await.unwrap().subnet.subnet_id
    }

    pub async fn group(&self, name: &str) -> String {
        let request = CreateSecurityGroup {
            group_name: name.to_owned(),
            group_description: name.to_owned(),
            vpc_id: Some(self.vpc.clone()),
            ..CreateSecurityGroup::default()
        };
        create_security_group(&self.api, &self.call, request).await.unwrap().group_id
    }

    pub async fn create(&self, request: CreateNetworkInterface) -> Result<NetworkInterface, Fault> {
        Ok(create_network_interface(&self.api, &self.call, request).await?.network_interface)
    }

    pub async fn interface(&self, subnet: &str) -> NetworkInterface {
        self.create(CreateNetworkInterface { subnet_id: subnet.to_owned(), ..CreateNetworkInterface::default() }).await.unwrap()
    }

    pub async fn describe(&self, filters: &[(&str, &[&str])]) -> Vec<NetworkInterface> {
        self.describe_page(filters, None, None).await.network_interfaces
    }

    pub async fn describe_page(
        &self,
        filters: &[(&str, &[&str])],
        max_results: Option<u32>,
        next_token: Option<String>,
    ) -> DescribeNetworkInterfacesReply {
        let request = DescribeNetworkInterfaces { filters: filters_of(filters), max_results, next_token, ..Default::default() };
        describe_network_interfaces(&self.api, &self.call, request).await.unwrap()
    }

    pub async fn by_id(&self, id: &str) -> Result<NetworkInterface, Fault> {
        let request = DescribeNetworkInterfaces { network_interface_ids: vec![id.to_owned()], ..Default::default() };
        Ok(describe_network_interfaces(&self.api, &self.call, request).await?.network_interfaces.remove(0))
    }
}

pub(in crate::operations) fn filters_of(filters: &[(&str, &[&str])]) -> Vec<Filter> {
    let of = |(name, values): &(&str, &[&str])| Filter { name: (*name).to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() };
    filters.iter().map(of).collect()
}

/// What was refused, as `code: message`.
#[track_caller]
pub(in crate::operations) fn refusal<T: Debug>(outcome: Result<T, Fault>) -> String {
    match outcome {
        Err(Fault::Refused(error)) => error.to_string(),
        other => panic!("not refused: {other:?}"),
    }
}

/// The code of what was refused.
#[track_caller]
pub(in crate::operations) fn code<T: Debug>(outcome: Result<T, Fault>) -> String {
    match outcome {
        Err(Fault::Refused(error)) => error.code.into_owned(),
        other => panic!("not refused: {other:?}"),
    }
}
