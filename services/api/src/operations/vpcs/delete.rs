//! DeleteVpc. What a VPC came with goes with it; anything else is named, and has to go first.
//!
//! The VPC is locked as by whoever puts something into it, so nothing comes to it while it goes.

use multihome_core::vpc as rules;
use multihome_ec2::{Return, vpc::DeleteVpc};
use multihome_entities::{group, group_rule, internet_gateway, network_acl, subnet, vpc, vpc_block, vpc_ipv6_block};
use multihome_runtime::Transaction;
use multihome_types::{Change, EntityKind, Group, NetworkAcl, RouteTable, SubnetId, VpcId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::gather_and_lock_vpc;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{network_acls, route_tables, tags::apply_untag},
};

pub(crate) async fn delete_vpc(api: &Api, call: &Call, request: DeleteVpc) -> Result<Return, Fault> {
    let id: VpcId = ids::parse(&request.vpc_id)?;
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, id).await?;
    let Parts { tables, groups, acls, others } = gather_parts(&transaction, id).await?;
    rules::admit_delete(id, &others)?;
    let mut changes = Vec::new();
    for table in &tables {
        changes.push(route_tables::apply_main_gone(&transaction, call, table).await?);
    }
    for acl in &acls {
        changes.push(network_acls::apply_death(&transaction, call, acl).await?);
    }
    for group in &groups {
        changes.push(apply_group_gone(&transaction, call, group).await?);
    }
    let conn = transaction.conn();
    vpc_block::Entity::delete_many().filter(vpc_block::Column::Vpc.eq(id)).exec(conn).await?;
    vpc_ipv6_block::Entity::delete_many().filter(vpc_ipv6_block::Column::Vpc.eq(id)).exec(conn).await?;
    apply_untag(&transaction, [id]).await?;
    vpc::Entity::delete_by_id(id).exec(conn).await?;
    changes.push(call.change((EntityKind::Vpc, id, vpc.generation.next()), "deleted", format!("VPC {id} was deleted.")));
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// What is in a VPC: what it came with, and the ids of everything else.
struct Parts {
    tables: Vec<RouteTable>,
    groups: Vec<Group>,
    acls: Vec<NetworkAcl>,
    others: Vec<String>,
}

/// Interfaces, NAT gateways and instances are in subnets, which are named for them.
async fn gather_parts(transaction: &Transaction, vpc: VpcId) -> Result<Parts, Fault> {
    let conn = transaction.conn();
    let subnets = subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc)).select_only().column(subnet::Column::Id);
    let subnets: Vec<SubnetId> = subnets.order_by_asc(subnet::Column::Id).into_tuple().all(conn).await?;
    let mut others: Vec<String> = subnets.iter().map(ToString::to_string).collect();
    others.extend(internet_gateway::of_vpc(conn, vpc).await?.map(|gateway| gateway.id.to_string()));
    let (tables, more): (Vec<_>, Vec<_>) =
        route_tables::gather_and_lock_of_vpc(transaction, vpc).await?.into_iter().partition(|table| table.main.is_some());
    others.extend(more.iter().map(|table| table.id.to_string()));
    let all = group::load(conn, Condition::all().add(group::Column::Vpc.eq(vpc))).await?;
    let (groups, more): (Vec<_>, Vec<_>) = all.into_iter().partition(|group| group.name == rules::DEFAULT_GROUP);
    others.extend(more.iter().map(|group| group.id.to_string()));
    let all = network_acl::load(conn, Condition::all().add(network_acl::Column::Vpc.eq(vpc))).await?;
    let (acls, more): (Vec<_>, Vec<_>) = all.into_iter().partition(|acl| acl.is_default);
    others.extend(more.iter().map(|acl| acl.id.to_string()));
    Ok(Parts { tables, groups, acls, others })
}

async fn apply_group_gone(transaction: &Transaction, call: &Call, group: &Group) -> Result<Change, Fault> {
    let conn = transaction.conn();
    group_rule::Entity::delete_many().filter(group_rule::Column::GroupId.eq(group.id)).exec(conn).await?;
    apply_untag(transaction, group.rules.iter().map(|rule| rule.id)).await?;
    apply_untag(transaction, [group.id]).await?;
    group::Entity::delete_by_id(group.id).exec(conn).await?;
    let why = format!("Security group {} went with VPC {}.", group.id, group.vpc);
    Ok(call.change((EntityKind::Group, group.id, group.generation.next()), "deleted", why))
}
