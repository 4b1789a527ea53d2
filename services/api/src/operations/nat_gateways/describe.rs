//! DescribeNatGateways, and how a gateway is shown.

use std::borrow::Cow;

use multihome_core::refusals;
use multihome_ec2::{
    Tag,
    nat_gateway::{DescribeNatGateways, DescribeNatGatewaysReply, NatGateway as Shown, NatGatewayAddress},
};
use multihome_entities::nat_gateway::{Column, Entity};
use multihome_types::{Connectivity, NatGateway, NatGatewayId, NatGatewayState};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_nat_gateways(api: &Api, call: &Call, request: DescribeNatGateways) -> Result<DescribeNatGatewaysReply, Fault> {
    let asked: Vec<NatGatewayId> = ids::parse_all(&request.nat_gateway_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeNatGateways",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("NatGatewayIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = of_caller(call);
    if !asked.is_empty() {
        matching = matching.add(Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, &matching, after, limit);
        let nat_gateways = page::gather_asked(&asked, &filters, |shown| &shown.nat_gateway_id, refusals::nat_gateway_not_found, load).await?;
        return Ok(DescribeNatGatewaysReply { nat_gateways, next_token: None });
    }
    for (name, column) in [("nat-gateway-id", Column::Id), ("state", Column::State), ("subnet-id", Column::Subnet), ("vpc-id", Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (nat_gateways, next_token) = page::gather(&page, &filters, |shown| &shown.nat_gateway_id, load).await?;
    Ok(DescribeNatGatewaysReply { nat_gateways, next_token })
}

fn of_caller(call: &Call) -> Condition {
    Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region))
}

/// One of the caller's.
pub(super) async fn gather_one(api: &Api, call: &Call, id: NatGatewayId) -> Result<Shown, Fault> {
    let found = load(api, &of_caller(call).add(Column::Id.eq(id)), None, 1).await?;
    Ok(found.into_iter().next().ok_or_else(|| refusals::nat_gateway_not_found(id))?)
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Column::Id.gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit as u64).all(conn).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    Ok(rows.into_iter().zip(ids).map(|(row, id)| show(&row.into(), tags.remove(&id).unwrap_or_default())).collect())
}

pub(super) fn show(gateway: &NatGateway, tags: Vec<Tag>) -> Shown {
    let failure = gateway.failure.as_ref();
    Shown {
        create_time: gateway.created.into(),
        delete_time: (gateway.state == NatGatewayState::Deleted).then(|| gateway.since.into()),
        failure_code: failure.map(|failure| failure.code.to_string()),
        failure_message: failure.map(|failure| failure.message.clone()),
        nat_gateway_addresses: vec![NatGatewayAddress {
            allocation_id: gateway.allocation.map(|id| id.to_string()),
            network_interface_id: gateway.interface.map(|interface| interface.id.to_string()),
            private_ip: gateway.interface.map(|interface| interface.address.to_string()),
            public_ip: gateway.public.map(|public| public.address.to_string()),
            association_id: gateway.public.map(|public| public.association.to_string()),
            is_primary: true,
            failure_message: failure.map(|failure| failure.message.clone()),
            status: address_status(gateway).to_owned(),
        }],
        nat_gateway_id: gateway.id.to_string(),
        state: gateway.state.to_string(),
        subnet_id: gateway.subnet.to_string(),
        vpc_id: gateway.vpc.to_string(),
        tags,
        connectivity_type: gateway.connectivity.to_string(),
        availability_mode: "zonal".to_owned(),
    }
}

/// What is under way with the address, or what came of it.
fn address_status(gateway: &NatGateway) -> &'static str {
    match (gateway.state, gateway.connectivity) {
        (NatGatewayState::Pending, Connectivity::Public) => "associating",
        (NatGatewayState::Pending, Connectivity::Private) => "assigning",
        (NatGatewayState::Failed, _) => "failed",
        (NatGatewayState::Deleting, Connectivity::Public) => "disassociating",
        (NatGatewayState::Deleting, Connectivity::Private) => "unassigning",
        (NatGatewayState::Available | NatGatewayState::Deleted, _) => "succeeded",
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "nat-gateway-id" => one(&self.nat_gateway_id),
            "state" => one(&self.state),
            "subnet-id" => one(&self.subnet_id),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
