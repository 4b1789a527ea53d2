//! Which table a subnet has: associate, disassociate, replace; the last also for the association that makes a table the main one.
//!
//! Every change locks the VPC first and then the tables it is about, so that two of them in one VPC take turns. That a subnet has one
//! table of its own and a VPC one main table is the schema's doing.

use multihome_core::{refusals, route_table as rules, route_table::Association};
use multihome_ec2::{
    Ec2Error, Return,
    route_table::{
        AssociateRouteTable, AssociateRouteTableReply, DisassociateRouteTable, ReplaceRouteTableAssociation, ReplaceRouteTableAssociationReply,
    },
};
use multihome_entities::{
    route_table,
    route_table_association::{Column, Entity, Model},
    subnet,
};
use multihome_runtime::Transaction;
use multihome_types::{EntityKind, RouteTableAssociationId, RouteTableId, Subnet, SubnetId};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{LockType, Query},
};

use super::{apply_touch, describe::associated, gather_and_lock_tables};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{vpcs::gather_and_lock_vpc, with_fresh_ids},
};

pub(crate) async fn associate_route_table(api: &Api, call: &Call, request: AssociateRouteTable) -> Result<AssociateRouteTableReply, Fault> {
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    rules::check_unsupported(&[("GatewayId", request.gateway_id.is_some()), ("PublicIpv4Pool", request.public_ipv4_pool.is_some())])?;
    let subnet: SubnetId = ids::parse(request.subnet_id.as_deref().ok_or_else(|| Ec2Error::missing_parameter("SubnetId"))?)?;
    let association = with_fresh_ids(|| apply_association(api, call, (table, subnet), api.fresh())).await?;
    Ok(AssociateRouteTableReply { association_id: association.to_string(), association_state: associated() })
}

async fn apply_association(
    api: &Api,
    call: &Call,
    (table, subnet): (RouteTableId, SubnetId),
    id: RouteTableAssociationId,
) -> Result<RouteTableAssociationId, Fault> {
    let mut transaction = api.store.begin().await?;
    let table = gather_and_lock_tables(&transaction, call, &[table]).await?.remove(0);
    let subnet = gather_and_keep_subnet(&transaction, call, subnet).await?;
    let present = Entity::find().filter(Column::Subnet.eq(subnet.id)).one(transaction.conn()).await?;
    if let Association::Present(id) = rules::admit_association(&table, &subnet, present.map(|row| (row.id, row.route_table)))? {
        return Ok(id);
    }
    let row = Model { id, route_table: table.id, vpc: table.vpc, subnet: Some(subnet.id) };
    Entity::insert(row.into_active_model()).exec_without_returning(transaction.conn()).await?;
    let generation = apply_touch(&transaction, &table).await?;
    let why = format!("Subnet {} was given route table {}.", subnet.id, table.id);
    transaction.record(vec![call.change((EntityKind::RouteTable, table.id, generation), "associated", why)]).await?;
    transaction.commit().await?;
    Ok(id)
}

/// A subnet of the caller, which is not deleted before the end of the transaction.
async fn gather_and_keep_subnet(transaction: &Transaction, call: &Call, id: SubnetId) -> Result<Subnet, Fault> {
    let row = subnet::Entity::find_by_id(id)
        .filter(subnet::Column::Account.eq(call.account))
        .filter(subnet::Column::Region.eq(call.region))
        .lock(LockType::KeyShare)
        .one(transaction.conn())
        .await?;
    Ok(row.ok_or_else(|| refusals::subnet_not_found(id))?.into())
}

pub(crate) async fn disassociate_route_table(api: &Api, call: &Call, request: DisassociateRouteTable) -> Result<Return, Fault> {
    let id: RouteTableAssociationId = ids::parse(&request.association_id)?;
    let mut transaction = api.store.begin().await?;
    let association = gather_and_lock(&transaction, call, id).await?;
    rules::admit_disassociation(id, association.subnet.is_none())?;
    let table = gather_and_lock_tables(&transaction, call, &[association.route_table]).await?.remove(0);
    Entity::delete_by_id(id).exec(transaction.conn()).await?;
    let generation = apply_touch(&transaction, &table).await?;
    let why = format!("{} no longer has route table {}.", whose(&association), table.id);
    transaction.record(vec![call.change((EntityKind::RouteTable, table.id, generation), "disassociated", why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

pub(crate) async fn replace_route_table_association(
    api: &Api,
    call: &Call,
    request: ReplaceRouteTableAssociation,
) -> Result<ReplaceRouteTableAssociationReply, Fault> {
    let id: RouteTableAssociationId = ids::parse(&request.association_id)?;
    let table: RouteTableId = ids::parse(&request.route_table_id)?;
    let new = with_fresh_ids(|| apply_replacement(api, call, (id, table), api.fresh())).await?;
    Ok(ReplaceRouteTableAssociationReply { new_association_id: new.to_string(), association_state: associated() })
}

async fn apply_replacement(
    api: &Api,
    call: &Call,
    (id, table): (RouteTableAssociationId, RouteTableId),
    new: RouteTableAssociationId,
) -> Result<RouteTableAssociationId, Fault> {
    let mut transaction = api.store.begin().await?;
    let association = gather_and_lock(&transaction, call, id).await?;
    let tables = gather_and_lock_tables(&transaction, call, &[association.route_table, table]).await?;
    let [from, to] = tables.as_slice() else { return Err(Fault::Failed("two route tables were asked for".into())) };
    if let Association::Present(id) = rules::admit_replacement((id, from), to)? {
        return Ok(id);
    }
    let conn = transaction.conn();
    Entity::delete_by_id(id).exec(conn).await?;
    let row = Model { id: new, route_table: to.id, vpc: to.vpc, subnet: association.subnet };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    let generations = [apply_touch(&transaction, from).await?, apply_touch(&transaction, to).await?];
    let why = format!("{} was given route table {} instead of {}.", whose(&association), to.id, from.id);
    let changes = vec![
        call.change((EntityKind::RouteTable, from.id, generations[0]), "disassociated", why.clone()),
        call.change((EntityKind::RouteTable, to.id, generations[1]), "associated", why),
    ];
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(new)
}

/// An association of the caller. Its VPC is locked, so it stays as it is until the end of the transaction.
async fn gather_and_lock(transaction: &Transaction, call: &Call, id: RouteTableAssociationId) -> Result<Model, Fault> {
    let tables_of_caller = Query::select()
        .column(route_table::Column::Id)
        .from(route_table::Entity)
        .and_where(route_table::Column::Account.eq(call.account))
        .and_where(route_table::Column::Region.eq(call.region))
        .to_owned();
    let conn = transaction.conn();
    let find = || Entity::find_by_id(id).filter(Column::RouteTable.in_subquery(tables_of_caller.clone())).one(conn);
    let not_found = || refusals::route_table_association_not_found(id);
    let vpc = find().await?.ok_or_else(not_found)?.vpc;
    gather_and_lock_vpc(transaction, call, vpc).await?;
    // Somebody else may have replaced it until it was locked.
    Ok(find().await?.ok_or_else(not_found)?)
}

fn whose(association: &Model) -> String {
    match association.subnet {
        Some(subnet) => format!("Subnet {subnet}"),
        None => format!("VPC {}", association.vpc),
    }
}
