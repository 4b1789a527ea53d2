//! Routes: create, replace, delete. The state that a new route begins with is decided by the same predicate that corrects it later.

use multihome_core::{
    route::review,
    route_table::{self as rules, DestinationsAsked},
    vpc as vpc_rules,
};
use multihome_ec2::{
    Return,
    route_table::{CreateRoute, DeleteRoute, ReplaceRoute},
};
use multihome_entities::{
    route::{Column, Entity, Model},
    route_table,
};
use multihome_runtime::Transaction;
use multihome_types::{Destination, EntityKind, QuotaName, Route, RouteOrigin, RouteTable, RouteTableId};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    apply_touch, gather_tables,
    targets::{self, Named},
};
use crate::{Api, call::Call, fault::Fault, ids, quotas};

/// What both requests with a target have of EC2's that is not here. They have the same names in both, and no type in common.
macro_rules! check_unsupported {
    ($request:ident) => {
        rules::check_unsupported(&[
            ("DestinationPrefixListId", $request.destination_prefix_list_id.is_some()),
            ("VpcEndpointId", $request.vpc_endpoint_id.is_some()),
            ("TransitGatewayId", $request.transit_gateway_id.is_some()),
            ("LocalGatewayId", $request.local_gateway_id.is_some()),
            ("CarrierGatewayId", $request.carrier_gateway_id.is_some()),
            ("CoreNetworkArn", $request.core_network_arn.is_some()),
            ("OdbNetworkArn", $request.odb_network_arn.is_some()),
            ("EgressOnlyInternetGatewayId", $request.egress_only_internet_gateway_id.is_some()),
            ("VpcPeeringConnectionId", $request.vpc_peering_connection_id.is_some()),
        ])
    };
}

macro_rules! named {
    ($request:ident) => {
        Named {
            gateway: $request.gateway_id.as_deref(),
            nat_gateway: $request.nat_gateway_id.as_deref(),
            instance: $request.instance_id.as_deref(),
            interface: $request.network_interface_id.as_deref(),
        }
    };
}

pub(crate) async fn create_route(api: &Api, call: &Call, request: CreateRoute) -> Result<Return, Fault> {
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    check_unsupported!(request)?;
    let destination = parse_destination(request.destination_cidr_block.as_deref(), request.destination_ipv6_cidr_block.as_deref())?;
    let asked = targets::select(named!(request))?;
    let transaction = api.store.begin().await?;
    let table = gather_and_lock(&transaction, call, table).await;
    let conn = transaction.conn();
    let found = targets::gather(conn, call, asked).await?;
    let table = table?;
    let most = quotas::limit_in_memory(api, conn, call, QuotaName::RoutesPerTable).await?;
    rules::check_new_route(&table, destination, &found, most)?;
    let right = review(table.vpc, targets::gather_facts(conn, &found).await?);
    let route = Route { destination, target: found.target(), origin: RouteOrigin::CreateRoute, state: right.state, instance: right.instance };
    let last: Option<Option<i32>> =
        Entity::find().filter(Column::RouteTable.eq(table.id)).select_only().column_as(Column::Position.max(), "last").into_tuple().one(conn).await?;
    let position = last.flatten().unwrap_or(0) + 1;
    Entity::insert(Model::of(table.id, position, &route).into_active_model()).exec_without_returning(conn).await?;
    let why = format!("A route to {destination} by {} was added to route table {}; it is {}.", route.target, table.id, route.state);
    apply_change(transaction, call, &table, ("route-created", why)).await
}

pub(crate) async fn replace_route(api: &Api, call: &Call, request: ReplaceRoute) -> Result<Return, Fault> {
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    check_unsupported!(request)?;
    rules::check_unsupported(&[("LocalTarget", request.local_target)])?;
    let destination = parse_destination(request.destination_cidr_block.as_deref(), request.destination_ipv6_cidr_block.as_deref())?;
    let asked = targets::select(named!(request))?;
    let transaction = api.store.begin().await?;
    let table = gather_and_lock(&transaction, call, table).await;
    let conn = transaction.conn();
    let found = targets::gather(conn, call, asked).await?;
    let table = table?;
    rules::check_replaced_route(&table, destination, &found)?;
    let right = review(table.vpc, targets::gather_facts(conn, &found).await?);
    let (instance, instance_account) = right.instance.unzip();
    Entity::update_many()
        .col_expr(Column::Target, Expr::value(found.target()))
        .col_expr(Column::State, Expr::value(right.state))
        .col_expr(Column::Instance, Expr::value(instance))
        .col_expr(Column::InstanceAccount, Expr::value(instance_account))
        .filter(Column::RouteTable.eq(table.id))
        .filter(Column::Destination.eq(destination))
        .exec(conn)
        .await?;
    let why = format!("The route to {destination} in route table {} leads to {} now; it is {}.", table.id, found.target(), right.state);
    apply_change(transaction, call, &table, ("route-replaced", why)).await
}

pub(crate) async fn delete_route(api: &Api, call: &Call, request: DeleteRoute) -> Result<Return, Fault> {
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    rules::check_unsupported(&[("DestinationPrefixListId", request.destination_prefix_list_id.is_some())])?;
    let destination = parse_destination(request.destination_cidr_block.as_deref(), request.destination_ipv6_cidr_block.as_deref())?;
    let transaction = api.store.begin().await?;
    let table = gather_and_lock(&transaction, call, table).await?;
    let route = rules::check_deleted_route(&table, destination)?;
    let of_table = Entity::delete_many().filter(Column::RouteTable.eq(table.id));
    of_table.filter(Column::Destination.eq(destination)).exec(transaction.conn()).await?;
    let why = format!("The route to {destination} by {} was deleted from route table {}.", route.target, table.id);
    apply_change(transaction, call, &table, ("route-deleted", why)).await
}

fn parse_destination(ipv4: Option<&str>, ipv6: Option<&str>) -> Result<Destination, Fault> {
    let ipv4 = ipv4.map(|text| ids::parse_block("DestinationCidrBlock", text)).transpose()?;
    let ipv6 = ipv6.map(|text| ids::parse_ipv6_block("DestinationIpv6CidrBlock", text)).transpose()?;
    Ok(rules::select_destination(DestinationsAsked { ipv4, ipv6 })?)
}

/// A table of the caller, which nobody else changes until the end of the transaction.
async fn gather_and_lock(transaction: &Transaction, call: &Call, id: RouteTableId) -> Result<RouteTable, Fault> {
    let conn = transaction.conn();
    let locked = route_table::Entity::find_by_id(id)
        .filter(route_table::Column::Account.eq(call.account))
        .filter(route_table::Column::Region.eq(call.region))
        .lock(LockType::NoKeyUpdate)
        .one(conn)
        .await?;
    let tables = if locked.is_some() { gather_tables(conn, &[id]).await? } else { Vec::new() };
    Ok(tables.into_iter().next().ok_or_else(|| vpc_rules::route_table_not_found(id))?)
}

/// A route that changes touches its table.
async fn apply_change(mut transaction: Transaction, call: &Call, table: &RouteTable, (what, why): (&str, String)) -> Result<Return, Fault> {
    let generation = apply_touch(&transaction, table).await?;
    transaction.record(vec![call.change((EntityKind::RouteTable, table.id, generation), what, why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}
