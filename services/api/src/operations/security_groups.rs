//! Security groups and their rules.
//!
//! A group is read together with its rules, and a rule changes nothing but its group: whoever adds or takes one locks the group's row,
//! counts its generation up and writes a change of the group, because broadcasts carry rules inside of it. What rules may say is
//! `core::group_rules`'.

mod asked;
mod authorize;
mod create;
mod delete;
mod describe;
mod describe_rules;
mod descriptions;
mod for_vpc;
mod modify;
mod revoke;
mod shown;
#[cfg(test)]
mod tests;

use std::fmt::Display;

pub(crate) use authorize::{authorize_security_group_egress, authorize_security_group_ingress};
pub(crate) use create::create_security_group;
pub(crate) use delete::delete_security_group;
pub(crate) use describe::describe_security_groups;
pub(crate) use describe_rules::describe_security_group_rules;
pub(crate) use descriptions::{update_security_group_rule_descriptions_egress, update_security_group_rule_descriptions_ingress};
pub(crate) use for_vpc::get_security_groups_for_vpc;
pub(crate) use modify::modify_security_group_rules;
use multihome_core::refusals;
use multihome_entities::{group, group_rule, interface::MAX_BOUND};
use multihome_runtime::Transaction;
use multihome_types::{Change, EntityKind, Group, GroupId, GroupRule, GroupRuleId, Refusal};
pub(crate) use revoke::{revoke_security_group_egress, revoke_security_group_ingress};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockType},
};

use super::vpcs::gather_default_vpc;
use crate::{call::Call, fault::Fault, ids};

/// The group a request is about: by id, or by name in the default VPC.
async fn gather_target<C: ConnectionTrait>(conn: &C, call: &Call, id: Option<&str>, name: Option<&str>) -> Result<GroupId, Fault> {
    match (id, name) {
        (Some(_), Some(_)) => Err(refusals::invalid_combination("The parameter GroupName cannot be used with the parameter GroupId").into()),
        (Some(id), None) => Ok(ids::parse(id)?),
        (None, Some(name)) => Ok(gather_named(conn, call, std::slice::from_ref(&name)).await?.pop().ok_or_else(refusals::no_default_vpc)?),
        (None, None) => Err(refusals::missing_parameter("The request must contain the parameter groupName or groupId").into()),
    }
}

/// Groups by name, in the order of the names: of the default VPC, as in EC2.
async fn gather_named<C: ConnectionTrait, N: AsRef<str>>(conn: &C, call: &Call, names: &[N]) -> Result<Vec<GroupId>, Fault> {
    let vpc = gather_default_vpc(conn, call).await?.ok_or_else(refusals::no_default_vpc)?;
    let found: Vec<(GroupId, String)> = group::Entity::find()
        .filter(group::Column::Vpc.eq(vpc))
        .filter(group::Column::Name.is_in(names.iter().map(AsRef::as_ref)))
        .select_only()
        .columns([group::Column::Id, group::Column::Name])
        .into_tuple()
        .all(conn)
        .await?;
    let find = |name: &N| {
        let known = found.iter().find(|(_, known)| known == name.as_ref());
        known.map(|(id, _)| *id).ok_or_else(|| {
            let shown: String = name.as_ref().chars().take(255).collect();
            Refusal::new("InvalidGroup.NotFound", format!("The security group '{shown}' does not exist in default VPC '{vpc}'"))
        })
    };
    Ok(names.iter().map(find).collect::<Result<_, _>>()?)
}

/// A group of the caller with its rules, which stay as they are until the end of the transaction.
async fn gather_and_lock(transaction: &Transaction, call: &Call, id: GroupId, lock: LockType) -> Result<Group, Fault> {
    let conn = transaction.conn();
    let row = group::Entity::find_by_id(id)
        .filter(group::Column::Account.eq(call.account))
        .filter(group::Column::Region.eq(call.region))
        .lock(lock)
        .one(conn)
        .await?
        .ok_or_else(|| refusals::group_not_found(id))?;
    let rules = group_rule::Entity::find().filter(group_rule::Column::GroupId.eq(id)).order_by_asc(group_rule::Column::Id).all(conn).await?;
    Ok(row.with_rules(rules.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?))
}

/// Takes rules away, but not their tags: those whose ids come back with other words keep them.
async fn apply_delete_rules(transaction: &Transaction, rules: impl IntoIterator<Item = GroupRuleId>) -> Result<(), Fault> {
    let rules: Vec<GroupRuleId> = rules.into_iter().collect();
    for some in rules.chunks(MAX_BOUND) {
        group_rule::Entity::delete_many().filter(group_rule::Column::Id.is_in(some.iter().copied())).exec(transaction.conn()).await?;
    }
    Ok(())
}

/// Counts the generation of a locked group up, and says what happened to its rules.
async fn apply_changed(transaction: &mut Transaction, call: &Call, group: &Group, what: &str, why: String) -> Result<(), Fault> {
    group::Entity::update_many()
        .col_expr(group::Column::Generation, Expr::col(group::Column::Generation).add(1))
        .filter(group::Column::Id.eq(group.id))
        .exec(transaction.conn())
        .await?;
    let change: Change = call.change((EntityKind::Group, group.id, group.generation.next()), what, why);
    transaction.record(vec![change]).await?;
    Ok(())
}

fn direction(egress: bool) -> &'static str {
    if egress { "egress" } else { "ingress" }
}

/// Ids in a sentence, and no more than a sentence holds.
fn listed<T: Display>(things: impl ExactSizeIterator<Item = T>) -> String {
    const SOME: usize = 5;
    let count = things.len();
    let some: Vec<String> = things.take(SOME).map(|thing| thing.to_string()).collect();
    let more = if count > SOME { format!(" and {} more", count - SOME) } else { String::new() };
    some.join(", ") + &more
}

fn ids_of(rules: &[GroupRule]) -> String {
    listed(rules.iter().map(|rule| rule.id))
}
