//! What a route is to lead to: found in the caller's account, and what is known about it.

use multihome_core::{
    refusals,
    route::{AttachedTo, TargetFacts},
    route_table::{self as rules, TargetAsked, TargetFound, TargetsAsked},
};
use multihome_entities::{attachment, instance, interface, internet_gateway, nat_gateway};
use multihome_types::{InstanceId, Interface, InterfaceId, InternetGatewayId, NatGatewayState};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::{call::Call, fault::Fault, ids};

/// The parameters that name a target, of which there are as many in each request with one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'r> {
    pub gateway: Option<&'r str>,
    pub nat_gateway: Option<&'r str>,
    pub instance: Option<&'r str>,
    pub interface: Option<&'r str>,
}

/// The one target that is named.
pub(super) fn select(named: Named<'_>) -> Result<TargetAsked, Fault> {
    if let Some(text) = named.gateway.filter(|text| text.starts_with("igw-")) {
        ids::parse::<InternetGatewayId>(text)?;
    }
    let asked = TargetsAsked {
        gateway: named.gateway,
        nat_gateway: named.nat_gateway.map(ids::parse).transpose()?,
        instance: named.instance.map(ids::parse).transpose()?,
        interface: named.interface.map(ids::parse).transpose()?,
    };
    Ok(rules::select_target(&asked)?)
}

/// The target, if it is the caller's.
pub(super) async fn gather<C: ConnectionTrait>(conn: &C, call: &Call, asked: TargetAsked) -> Result<TargetFound, Fault> {
    Ok(match asked {
        TargetAsked::InternetGateway(id) => {
            let row = internet_gateway::Entity::find_by_id(id)
                .filter(internet_gateway::Column::Account.eq(call.account))
                .filter(internet_gateway::Column::Region.eq(call.region))
                .one(conn)
                .await?;
            TargetFound::InternetGateway(row.ok_or_else(|| refusals::internet_gateway_not_found(id))?.into())
        }
        TargetAsked::NatGateway(id) => {
            let row = nat_gateway::Entity::find_by_id(id)
                .filter(nat_gateway::Column::Account.eq(call.account))
                .filter(nat_gateway::Column::Region.eq(call.region))
                .one(conn)
                .await?;
            TargetFound::NatGateway(Box::new(rules::usable_nat_gateway(id, row.map(Into::into))?))
        }
        TargetAsked::Interface(id) => TargetFound::Interface(Box::new(gather_interface(conn, call, id).await?)),
        TargetAsked::Instance(id) => {
            let sole = gather_sole_interface(conn, call, id).await?;
            TargetFound::Interface(Box::new(gather_interface(conn, call, sole).await?))
        }
    })
}

async fn gather_interface<C: ConnectionTrait>(conn: &C, call: &Call, id: InterfaceId) -> Result<Interface, Fault> {
    let found = interface::find(conn, id).await?;
    let own = found.filter(|found| found.account == call.account && found.region == call.region);
    Ok(own.ok_or_else(|| refusals::interface_not_found(id))?)
}

async fn gather_sole_interface<C: ConnectionTrait>(conn: &C, call: &Call, id: InstanceId) -> Result<InterfaceId, Fault> {
    instance::Entity::find_by_id(id)
        .filter(instance::Column::Account.eq(call.account))
        .filter(instance::Column::Region.eq(call.region))
        .one(conn)
        .await?
        .ok_or_else(|| refusals::instance_not_found(id))?;
    let attached: Vec<InterfaceId> = attachment::of_instance(conn, id).await?.into_iter().map(|attachment| attachment.interface).collect();
    Ok(rules::sole_interface(id, &attached)?)
}

/// What the state of a route by this target follows from.
pub(super) async fn gather_facts<C: ConnectionTrait>(conn: &C, found: &TargetFound) -> Result<TargetFacts, Fault> {
    Ok(match found {
        TargetFound::InternetGateway(gateway) => TargetFacts::InternetGateway(gateway.vpc),
        TargetFound::NatGateway(gateway) => TargetFacts::NatGateway { available: gateway.state == NatGatewayState::Available },
        TargetFound::Interface(interface) => TargetFacts::Interface(gather_attached_to(conn, interface).await?),
    })
}

async fn gather_attached_to<C: ConnectionTrait>(conn: &C, interface: &Interface) -> Result<Option<AttachedTo>, Fault> {
    let Some(attachment) = &interface.attachment else { return Ok(None) };
    let row = instance::Entity::find_by_id(attachment.instance).one(conn).await?;
    Ok(Some(AttachedTo { instance: attachment.instance, account: attachment.instance_account, state: row.map(|row| row.state) }))
}
