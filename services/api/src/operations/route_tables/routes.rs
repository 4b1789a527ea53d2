//! Routes: create.

use multihome_core::{
    refusals,
    route::{AttachedTo, TargetFacts, review},
    vpc::{self as rules, TargetAsked, TargetsAsked},
};
use multihome_ec2::{Ec2Error, Return, route_table::CreateRoute};
use multihome_entities::{attachment, instance, interface, route, route_table};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{EntityKind, Interface, InterfaceId, Route, RouteOrigin, RouteTable, RouteTableId, RouteTarget};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn create_route(api: &Api, call: &Call, request: CreateRoute) -> Result<Return, Fault> {
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    let destination = request.destination_cidr_block.as_deref().ok_or_else(|| Ec2Error::missing_parameter("DestinationCidrBlock"))?;
    let destination = ids::parse_block("DestinationCidrBlock", destination)?.into();
    let target = rules::select_target(&TargetsAsked {
        gateway: request.gateway_id.as_deref(),
        nat_gateway: request.nat_gateway_id.as_deref(),
        instance: request.instance_id.as_deref().map(ids::parse).transpose()?,
        interface: request.network_interface_id.as_deref().map(ids::parse).transpose()?,
    })?;
    let transaction = api.store.begin().await?;
    let table = gather_and_lock_table(&transaction, call, table).await?;
    let target = match target {
        TargetAsked::Interface(id) => id,
        TargetAsked::Instance(_) => gather_sole_interface(transaction.conn(), call, target).await?,
    };
    let target = interface::find(transaction.conn(), target)
        .await?
        .filter(|found| found.account == call.account && found.region == call.region)
        .ok_or_else(|| refusals::interface_not_found(target))?;
    rules::check_route(&table, destination, &target)?;
    let attached = gather_attached_to(transaction.conn(), &target).await?;
    let reviewed = review(table.vpc, TargetFacts::Interface(attached));
    let route = Route {
        destination,
        target: RouteTarget::Interface(target.id),
        origin: RouteOrigin::CreateRoute,
        state: reviewed.state,
        instance: reviewed.instance,
    };
    apply(transaction, call, &table, &route).await?;
    Ok(Return::DONE)
}

/// A table of the caller, which nobody else changes until the end of the transaction.
async fn gather_and_lock_table(transaction: &Transaction, call: &Call, id: RouteTableId) -> Result<RouteTable, Fault> {
    let conn = transaction.conn();
    let locked = route_table::Entity::find_by_id(id)
        .filter(route_table::Column::Account.eq(call.account))
        .filter(route_table::Column::Region.eq(call.region))
        .lock(LockType::NoKeyUpdate)
        .one(conn)
        .await?;
    if locked.is_none() {
        return Err(rules::route_table_not_found(id).into());
    }
    let table = route_table::load(conn, Condition::all().add(route_table::Column::Id.eq(id))).await?.pop();
    table.ok_or_else(|| rules::route_table_not_found(id).into())
}

async fn gather_sole_interface<C: ConnectionTrait>(conn: &C, call: &Call, target: TargetAsked) -> Result<InterfaceId, Fault> {
    let id = match target {
        TargetAsked::Interface(id) => return Ok(id),
        TargetAsked::Instance(id) => id,
    };
    instance::Entity::find_by_id(id)
        .filter(instance::Column::Account.eq(call.account))
        .filter(instance::Column::Region.eq(call.region))
        .one(conn)
        .await?
        .ok_or_else(|| refusals::instance_not_found(id))?;
    let attached: Vec<InterfaceId> = attachment::of_instance(conn, id).await?.into_iter().map(|attachment| attachment.interface).collect();
    Ok(rules::sole_interface(id, &attached)?)
}

async fn gather_attached_to<C: ConnectionTrait>(conn: &C, interface: &Interface) -> Result<Option<AttachedTo>, Fault> {
    let Some(attachment) = &interface.attachment else { return Ok(None) };
    let row = instance::Entity::find_by_id(attachment.instance).one(conn).await?;
    Ok(Some(AttachedTo { instance: attachment.instance, account: attachment.instance_account, state: row.map(|row| row.state) }))
}

/// A route added touches its table: broadcasts know tables by their generation.
async fn apply(mut transaction: Transaction, call: &Call, table: &RouteTable, route: &Route) -> Result<(), Fault> {
    let generation = table.generation.next();
    let touched = route_table::Entity::update_many()
        .col_expr(route_table::Column::Generation, Expr::value(generation))
        .filter(route_table::Column::Id.eq(table.id))
        .filter(route_table::Column::Generation.eq(table.generation))
        .exec(transaction.conn())
        .await?;
    if Cas::from_rows(touched.rows_affected) == Cas::Stale {
        return Err(Fault::Failed(format!("the locked row of route table {} was changed by somebody else", table.id).into()));
    }
    let last: Option<Option<i32>> = route::Entity::find()
        .filter(route::Column::RouteTable.eq(table.id))
        .select_only()
        .column_as(route::Column::Position.max(), "last")
        .into_tuple()
        .one(transaction.conn())
        .await?;
    let position = last.flatten().unwrap_or(0) + 1;
    route::Entity::insert(route::Model::of(table.id, position, route).into_active_model()).exec_without_returning(transaction.conn()).await?;
    let why = format!("A route to {} by {} was added to route table {}; it is {}.", route.destination, route.target, table.id, route.state);
    transaction.record(vec![call.change((EntityKind::RouteTable, table.id, generation), "route-created", why)]).await?;
    transaction.commit().await?;
    Ok(())
}
