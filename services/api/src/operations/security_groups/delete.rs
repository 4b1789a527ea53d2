//! DeleteSecurityGroup.
//!
//! The group's row is locked against everybody who is about to refer to it: an interface that joins the group and a rule that names it
//! hold a share of that row, by the foreign keys of their tables. So what is looked for under the lock is all there is.

use multihome_core::vpc as rules;
use multihome_ec2::security_group::{DeleteSecurityGroup, DeleteSecurityGroupReply};
use multihome_entities::{group, group_rule, interface_group};
use multihome_types::{EntityKind, GroupId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};

use super::{apply_delete_rules, gather_and_lock, gather_target};
use crate::{Api, call::Call, fault::Fault, operations::tags::apply_untag};

pub(crate) async fn delete_security_group(api: &Api, call: &Call, request: DeleteSecurityGroup) -> Result<DeleteSecurityGroupReply, Fault> {
    let id = gather_target(api.store.reader(), call, request.group_id.as_deref(), request.group_name.as_deref()).await?;
    let mut transaction = api.store.begin().await?;
    let group = gather_and_lock(&transaction, call, id, LockType::Update).await?;
    rules::check_group_deletable(id, &group.name, &gather_users(transaction.conn(), id).await?)?;
    let rule_ids = group.rules.iter().map(|rule| rule.id);
    apply_delete_rules(&transaction, rule_ids.clone()).await?;
    apply_untag(&transaction, rule_ids).await?;
    apply_untag(&transaction, [id]).await?;
    group::Entity::delete_by_id(id).exec(transaction.conn()).await?;
    let why = format!("Security group {id} ({}) was deleted from VPC {}.", group.name, group.vpc);
    transaction.record(vec![call.change((EntityKind::Group, id, group.generation.next()), "deleted", why)]).await?;
    transaction.commit().await?;
    Ok(DeleteSecurityGroupReply { done: true, group_id: id.to_string() })
}

/// More of either kind than anybody is told of.
const MANY: u64 = 20;

/// The interfaces in the group, and the other groups with a rule that names it.
async fn gather_users<C: ConnectionTrait>(conn: &C, id: GroupId) -> Result<Vec<String>, DbErr> {
    let members = interface_group::Entity::find().filter(interface_group::Column::GroupId.eq(id)).limit(MANY).all(conn).await?;
    let rules = group_rule::Entity::find().filter(group_rule::Column::PeerGroup.eq(id)).filter(group_rule::Column::GroupId.ne(id));
    let rules = rules.select_only().column(group_rule::Column::GroupId).distinct().order_by_asc(group_rule::Column::GroupId).limit(MANY);
    let groups: Vec<GroupId> = rules.into_tuple().all(conn).await?;
    Ok(members.iter().map(|member| member.interface.to_string()).chain(groups.iter().map(ToString::to_string)).collect())
}
