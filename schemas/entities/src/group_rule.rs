//! Table `group_rules`.

use std::collections::HashMap;

use multihome_types::{AccountId, Cidr, Group, GroupId, GroupRule, GroupRuleId, Ipv6Cidr, Region, RulePeer};
use sea_orm::{IntoActiveModel, Iterable, QueryOrder, entity::prelude::*};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "group_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GroupRuleId,
    pub account: AccountId,
    pub region: Region,
    pub group_id: GroupId,
    pub egress: bool,
    pub protocol: i32,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub cidr: Option<Cidr>,
    pub cidr6: Option<Ipv6Cidr>,
    pub peer_group: Option<GroupId>,
    pub peer_account: Option<AccountId>,
    pub description: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for GroupRule {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let peer = match (row.cidr, row.cidr6, row.peer_group, row.peer_account) {
            (Some(cidr), None, None, _) => RulePeer::Cidr(cidr),
            (None, Some(cidr), None, _) => RulePeer::Ipv6Cidr(cidr),
            (None, None, Some(id), Some(account)) => RulePeer::Group { id, account },
            _ => return Err(unreadable("group_rules", row.id, "no peer")),
        };
        let Model { id, egress, protocol, from_port, to_port, description, .. } = row;
        Ok(Self { id, egress, protocol, from_port, to_port, peer, description })
    }
}

impl Model {
    /// A rule of a group.
    pub fn of(group: &Group, rule: &GroupRule) -> Self {
        let row = Self {
            id: rule.id,
            account: group.account,
            region: group.region,
            group_id: group.id,
            egress: rule.egress,
            protocol: rule.protocol,
            from_port: rule.from_port,
            to_port: rule.to_port,
            cidr: None,
            cidr6: None,
            peer_group: None,
            peer_account: None,
            description: rule.description.clone(),
        };
        match rule.peer {
            RulePeer::Cidr(cidr) => Self { cidr: Some(cidr), ..row },
            RulePeer::Ipv6Cidr(cidr) => Self { cidr6: Some(cidr), ..row },
            RulePeer::Group { id, account } => Self { peer_group: Some(id), peer_account: Some(account), ..row },
        }
    }
}

/// Writes the rules of a group that has none yet, or more of them.
pub async fn insert<C: ConnectionTrait>(conn: &C, group: &Group, rules: &[GroupRule]) -> Result<(), DbErr> {
    for some in rules.chunks(crate::interface::MAX_BOUND / Column::iter().count()) {
        let rows = some.iter().map(|rule| Model::of(group, rule).into_active_model());
        Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
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
