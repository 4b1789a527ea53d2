//! Route tables: create and delete. Describing them is in [`describe`], which subnets have them in [`associations`], and their routes are
//! in [`routes`].

mod associations;
mod describe;
mod routes;
mod targets;
#[cfg(test)]
mod tests;

use multihome_core::{route_table as rules, vpc as vpc_rules};
use multihome_ec2::{
    Return, Tag,
    route_table::{CreateRouteTable, CreateRouteTableReply, DeleteRouteTable},
};
use multihome_entities::{route, route_table, route_table_association};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Change, Destination, EntityKind, Generation, QuotaName, RouteTable, RouteTableId, Subnet, VpcId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    tags::{apply_tags, apply_untag, specified},
    vpcs::{blocks::gather_blocks, gather_and_lock_vpc},
    with_fresh_ids,
};
use crate::{Api, call::Call, client_token::ClientToken, fault::Fault, ids, quotas};
pub(crate) use associations::{associate_route_table, disassociate_route_table, replace_route_table_association};
pub(crate) use describe::describe_route_tables;
pub(crate) use routes::{create_route, delete_route, replace_route};

pub(crate) async fn create_route_table(api: &Api, call: &Call, mut request: CreateRouteTable) -> Result<CreateRouteTableReply, Fault> {
    let client_token = request.client_token.take();
    let token = ClientToken::parse(call, "CreateRouteTable", client_token.as_deref(), &request)?;
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let tags = specified(&request.tag_specifications, "route-table")?;
    let mut made = token.gather(api.store.reader()).await?;
    if made.is_none() {
        made = with_fresh_ids(|| apply_create(api, call, (vpc, api.fresh(), &tags), &token)).await?;
    }
    let id = match made {
        Some(id) => id,
        // Another call with this token was first: its table is there now.
        None => token.gather(api.store.reader()).await?.ok_or_else(|| Fault::Failed("a claimed client token is not there".into()))?,
    };
    let only = Condition::all().add(route_table::Column::Id.eq(&id));
    let shown = describe::load_whole(api, only).await?.pop();
    let route_table = match (shown, id.parse()) {
        (Some(shown), _) => shown,
        (None, Ok(id)) => return Err(vpc_rules::route_table_not_found(id).into()),
        (None, Err(why)) => return Err(Fault::Failed(Box::new(why))),
    };
    Ok(CreateRouteTableReply { route_table, client_token })
}

/// The id of the new table; `None` if the client token was claimed by another call meanwhile.
async fn apply_create(api: &Api, call: &Call, (vpc, id, tags): (VpcId, RouteTableId, &[Tag]), token: &ClientToken) -> Result<Option<String>, Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?;
    if !token.apply(&transaction, &id.to_string()).await? {
        transaction.rollback().await?;
        return Ok(None);
    }
    let of_vpc = route_table::Entity::find().filter(route_table::Column::Vpc.eq(vpc.id));
    quotas::admit_locked(api, &transaction, call, (QuotaName::RouteTablesPerVpc, of_vpc)).await?;
    let generation = Generation::FIRST;
    let table = route_table::Model { id, account: call.account, region: call.region, vpc: vpc.id, created: call.now, generation };
    let blocks = gather_blocks(transaction.conn(), &vpc).await?;
    let local = blocks.destinations().zip(0..).map(|(block, position)| route::Model::of(id, position, &vpc_rules::local_route(block)));
    route_table::Entity::insert(table.into_active_model()).exec_without_returning(transaction.conn()).await?;
    route::Entity::insert_many(local.map(IntoActiveModel::into_active_model)).exec_without_returning(transaction.conn()).await?;
    apply_tags(&transaction, call, &id.to_string(), tags).await?;
    let why = format!("Route table {id} was created in VPC {}.", vpc.id);
    transaction.record(vec![call.change((EntityKind::RouteTable, id, generation), "created", why)]).await?;
    transaction.commit().await?;
    Ok(Some(id.to_string()))
}

pub(crate) async fn delete_route_table(api: &Api, call: &Call, request: DeleteRouteTable) -> Result<Return, Fault> {
    let id: RouteTableId = ids::parse(&request.route_table_id)?;
    let mut transaction = api.store.begin().await?;
    let table = gather_and_lock_tables(&transaction, call, &[id]).await?.remove(0);
    rules::admit_delete(&table)?;
    let change = apply_death(&transaction, call, &table).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// Tables of the caller in the order in which they are named, for a request that changes which subnets have them. Until the end of the
/// transaction nobody else changes them, or which subnets of their VPCs have which table.
async fn gather_and_lock_tables(transaction: &Transaction, call: &Call, named: &[RouteTableId]) -> Result<Vec<RouteTable>, Fault> {
    let conn = transaction.conn();
    let of_caller = || {
        let these = route_table::Entity::find().filter(route_table::Column::Id.is_in(named.iter().copied()));
        these.filter(route_table::Column::Account.eq(call.account)).filter(route_table::Column::Region.eq(call.region))
    };
    let found: Vec<(RouteTableId, VpcId)> =
        of_caller().select_only().columns([route_table::Column::Id, route_table::Column::Vpc]).into_tuple().all(conn).await?;
    check_found(named, |id| found.iter().any(|(known, _)| *known == id))?;
    let mut vpcs: Vec<VpcId> = found.into_iter().map(|(_, vpc)| vpc).collect();
    vpcs.sort_unstable();
    vpcs.dedup();
    for vpc in vpcs {
        gather_and_lock_vpc(transaction, call, vpc).await?;
    }
    of_caller().order_by_asc(route_table::Column::Id).lock(LockType::NoKeyUpdate).all(conn).await?;
    let tables = gather_tables(conn, named).await?;
    // One may have been deleted before its VPC could be locked.
    check_found(named, |id| tables.iter().any(|table| table.id == id))?;
    Ok(named.iter().filter_map(|id| tables.iter().find(|table| table.id == *id).cloned()).collect())
}

fn check_found(named: &[RouteTableId], is_found: impl Fn(RouteTableId) -> bool) -> Result<(), Fault> {
    match named.iter().find(|id| !is_found(**id)) {
        Some(missing) => Err(vpc_rules::route_table_not_found(*missing).into()),
        None => Ok(()),
    }
}

async fn gather_tables<C: ConnectionTrait>(conn: &C, ids: &[RouteTableId]) -> Result<Vec<RouteTable>, Fault> {
    Ok(route_table::load(conn, Condition::all().add(route_table::Column::Id.is_in(ids.iter().copied()))).await?)
}

/// All tables of a locked VPC, which nobody else changes until the end of the transaction.
pub(super) async fn gather_and_lock_of_vpc(transaction: &Transaction, vpc: VpcId) -> Result<Vec<RouteTable>, Fault> {
    let conn = transaction.conn();
    let of_vpc = Condition::all().add(route_table::Column::Vpc.eq(vpc));
    let these = route_table::Entity::find().filter(of_vpc.clone());
    these.order_by_asc(route_table::Column::Id).lock(LockType::NoKeyUpdate).all(conn).await?;
    Ok(route_table::load(conn, of_vpc).await?)
}

/// Gives each of the VPC's locked tables a local route to a new block of it.
pub(super) async fn apply_local_route(
    transaction: &Transaction,
    call: &Call,
    tables: &[RouteTable],
    block: Destination,
) -> Result<Vec<Change>, Fault> {
    let mut changes = Vec::with_capacity(tables.len());
    for table in tables {
        let of_table = route::Entity::find().filter(route::Column::RouteTable.eq(table.id));
        let last = of_table.order_by_desc(route::Column::Position).one(transaction.conn()).await?.map_or(-1, |row| row.position);
        let row = route::Model::of(table.id, last + 1, &vpc_rules::local_route(block));
        route::Entity::insert(row.into_active_model()).exec_without_returning(transaction.conn()).await?;
        let generation = apply_touch(transaction, table).await?;
        let why = format!("Route table {} was given a local route to {block}, a new block of VPC {}.", table.id, table.vpc);
        changes.push(call.change((EntityKind::RouteTable, table.id, generation), "route-created", why));
    }
    Ok(changes)
}

/// Takes the local route to a block away that the VPC no longer has.
pub(super) async fn apply_no_local_route(
    transaction: &Transaction,
    call: &Call,
    tables: &[RouteTable],
    block: Destination,
) -> Result<Vec<Change>, Fault> {
    let mut changes = Vec::with_capacity(tables.len());
    for table in tables {
        route::Entity::delete_by_id((table.id, block)).exec(transaction.conn()).await?;
        let generation = apply_touch(transaction, table).await?;
        let why = format!("Route table {} lost the local route to {block}, which is no block of VPC {} any more.", table.id, table.vpc);
        changes.push(call.change((EntityKind::RouteTable, table.id, generation), "route-deleted", why));
    }
    Ok(changes)
}

/// Counts a locked table's generation up: broadcasts know tables by it, and what belongs to a table changes with it.
pub(super) async fn apply_touch(transaction: &Transaction, table: &RouteTable) -> Result<Generation, Fault> {
    let generation = table.generation.next();
    let touched = route_table::Entity::update_many()
        .col_expr(route_table::Column::Generation, Expr::value(generation))
        .filter(route_table::Column::Id.eq(table.id))
        .filter(route_table::Column::Generation.eq(table.generation))
        .exec(transaction.conn())
        .await?;
    match Cas::from_rows(touched.rows_affected) {
        Cas::Updated => Ok(generation),
        Cas::Stale => Err(Fault::Failed(format!("the locked row of route table {} was changed by somebody else", table.id).into())),
    }
}

/// Takes the association of a subnet that goes away; its VPC is locked.
pub(super) async fn apply_subnet_gone(transaction: &Transaction, call: &Call, subnet: &Subnet) -> Result<Vec<Change>, Fault> {
    let mut changes = Vec::new();
    for table in gather_and_lock_of_vpc(transaction, subnet.vpc).await? {
        for (association, _) in table.subnets.iter().filter(|(_, of)| *of == subnet.id) {
            route_table_association::Entity::delete_by_id(*association).exec(transaction.conn()).await?;
            let generation = apply_touch(transaction, &table).await?;
            let why = format!("Subnet {}, which had route table {}, goes.", subnet.id, table.id);
            changes.push(call.change((EntityKind::RouteTable, table.id, generation), "disassociated", why));
        }
    }
    Ok(changes)
}

/// Takes away the main table of a VPC that goes.
pub(super) async fn apply_main_gone(transaction: &Transaction, call: &Call, table: &RouteTable) -> Result<Change, Fault> {
    let conn = transaction.conn();
    route_table_association::Entity::delete_many().filter(route_table_association::Column::RouteTable.eq(table.id)).exec(conn).await?;
    apply_death(transaction, call, table).await
}

/// Takes away a table that no subnet has.
async fn apply_death(transaction: &Transaction, call: &Call, table: &RouteTable) -> Result<Change, Fault> {
    let (conn, id) = (transaction.conn(), table.id);
    route::Entity::delete_many().filter(route::Column::RouteTable.eq(id)).exec(conn).await?;
    apply_untag(transaction, [id]).await?;
    route_table::Entity::delete_by_id(id).exec(conn).await?;
    let why = format!("Route table {id} of VPC {} was deleted.", table.vpc);
    Ok(call.change((EntityKind::RouteTable, id, table.generation.next()), "deleted", why))
}
