//! Reads gateways and what is around them, and finds those with something to do.

use std::time::Duration;

use multihome_core::nat_gateway::NatSituation;
use multihome_entities::{elastic_address, interface, internet_gateway, nat_gateway, route, subnet};
use multihome_types::{ElasticAddress, Interface, NatGateway, NatGatewayId, NatGatewayState, RouteTableId, RouteTarget, Subnet, Timestamp};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};

/// How many gateways one review looks at; the next one goes on.
const MOST: u64 = 1_000;

/// What there is of what a gateway needs and has.
#[derive(Debug)]
pub(crate) struct Around {
    pub subnet: Option<Subnet>,
    pub internet_gateway: bool,
    pub interface: Option<Interface>,
    pub elastic: Option<ElasticAddress>,
}

impl Around {
    pub(crate) fn situation(&self, shown: Duration, now: Timestamp) -> NatSituation<'_> {
        NatSituation {
            subnet: self.subnet.as_ref(),
            internet_gateway: self.internet_gateway,
            interface: self.interface.as_ref(),
            elastic: self.elastic.as_ref(),
            shown,
            now,
        }
    }
}

pub(crate) async fn gather_gateway<C: ConnectionTrait>(conn: &C, id: NatGatewayId) -> Result<Option<NatGateway>, DbErr> {
    Ok(nat_gateway::Entity::find_by_id(id).one(conn).await?.map(NatGateway::from))
}

/// Only what a gateway has still to get, or to give back, is looked for.
pub(crate) async fn gather_around<C: ConnectionTrait>(conn: &C, gateway: &NatGateway) -> Result<Around, DbErr> {
    let mut around = Around { subnet: None, internet_gateway: false, interface: None, elastic: None };
    let begins = match gateway.state {
        NatGatewayState::Pending => true,
        NatGatewayState::Failed | NatGatewayState::Deleting => false,
        NatGatewayState::Available | NatGatewayState::Deleted => return Ok(around),
    };
    if let Some(own) = gateway.interface {
        around.interface = interface::find(conn, own.id).await?;
    }
    if begins {
        around.subnet = subnet::Entity::find_by_id(gateway.subnet).one(conn).await?.map(Subnet::from);
        around.internet_gateway = internet_gateway::of_vpc(conn, gateway.vpc).await?.is_some();
        if let Some(allocation) = gateway.allocation {
            around.elastic = elastic_address::find(conn, allocation).await?;
        }
    }
    Ok(around)
}

/// Gateways that have to be set up, deleted or cleaned up after, and those that have been over since `over`.
pub(crate) async fn gather_due<C: ConnectionTrait>(conn: &C, over: Timestamp) -> Result<Vec<NatGatewayId>, DbErr> {
    let has_interface = Query::select()
        .column(interface::Column::Id)
        .from(interface::Entity)
        .and_where(Expr::col((interface::Entity, interface::Column::Id)).equals((nat_gateway::Entity, nat_gateway::Column::Interface)))
        .to_owned();
    let is = |state: NatGatewayState| nat_gateway::Column::State.eq(state);
    let due = Condition::any()
        .add(is(NatGatewayState::Pending))
        .add(is(NatGatewayState::Deleting))
        .add(Condition::all().add(is(NatGatewayState::Failed)).add(Expr::exists(has_interface)))
        .add(
            Condition::all()
                .add(nat_gateway::Column::State.is_in([NatGatewayState::Failed, NatGatewayState::Deleted]))
                .add(nat_gateway::Column::Since.lte(over)),
        );
    nat_gateway::Entity::find()
        .select_only()
        .column(nat_gateway::Column::Id)
        // In the words of the index, so that those at work cost nothing.
        .filter(Expr::cust("state <> 'available'"))
        .filter(due)
        .order_by_asc(nat_gateway::Column::Since)
        .limit(MOST)
        .into_tuple()
        .all(conn)
        .await
}

/// The tables with a route to a gateway.
pub(crate) async fn gather_led_to<C: ConnectionTrait>(conn: &C, id: NatGatewayId) -> Result<Vec<RouteTableId>, DbErr> {
    route::Entity::find()
        .select_only()
        .column(route::Column::RouteTable)
        .distinct()
        .filter(route::Column::Target.eq(RouteTarget::NatGateway(id)))
        .into_tuple()
        .all(conn)
        .await
}
