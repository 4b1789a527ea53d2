//! Table `group_rules`.

use std::collections::HashMap;

use multihome_types::{AccountId, Cidr, GroupId, GroupRule, GroupRuleId, RulePeer};
use sea_orm::{QueryOrder, entity::prelude::*};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "group_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GroupRuleId,
    pub group_id: GroupId,
    pub egress: bool,
    pub protocol: i32,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr: Option<Cidr>,
    pub peer_group: Option<GroupId>,
    pub peer_account: Option<AccountId>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for GroupRule {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let peer = match (row.cidr, row.peer_group, row.peer_account) {
            (Some(cidr), None, _) => RulePeer::Cidr(cidr),
            (None, Some(id), Some(account)) => RulePeer::Group { id, account },
            _ => return Err(unreadable("group_rules", row.id, "no peer")),
        };
        Ok(Self { id: row.id, egress: row.egress, protocol: row.protocol, from_port: row.from_port, to_port: row.to_port, peer })
    }
}

impl Model {
    pub fn of(group: GroupId, rule: &GroupRule) -> Self {
        let (cidr, peer_group, peer_account) = match rule.peer {
            RulePeer::Cidr(cidr) => (Some(cidr), None, None),
            RulePeer::Group { id, account } => (None, Some(id), Some(account)),
        };
        Self {
            id: rule.id,
            group_id: group,
            egress: rule.egress,
            protocol: rule.protocol,
            from_port: rule.from_port,
            to_port: rule.to_port,
            cidr,
            peer_group,
            peer_account,
        }
    }
}

/// The rules of some groups, each group's in the order of their ids.
pub(crate) async fn of_groups<C: ConnectionTrait>(
    conn: &C,
    groups: impl Iterator<Item = GroupId>,
) -> Result<HashMap<GroupId, Vec<GroupRule>>, DbErr> {
    let mut found: HashMap<GroupId, Vec<GroupRule>> = HashMap::new();
    let groups: Vec<GroupId> = groups.collect();
    for some in groups.chunks(crate::interface::MAX_BOUND) {
        for row in Entity::find().filter(Column::GroupId.is_in(some.iter().copied())).order_by_asc(Column::Id).all(conn).await? {
            found.entry(row.group_id).or_default().push(row.try_into()?);
        }
    }
    Ok(found)
}
