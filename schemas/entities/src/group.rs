//! Table `groups`. A group is read together with its rules.

use multihome_types::{AccountId, Generation, Group, GroupId, GroupRule, Region, Timestamp, VpcId};
use sea_orm::{Condition, QueryOrder, entity::prelude::*};

use crate::group_rule;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "groups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GroupId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub name: String,
    pub description: String,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    /// The group, whose rules are these.
    pub fn with_rules(self, rules: Vec<GroupRule>) -> Group {
        let Self { id, account, region, vpc, name, description, created, generation } = self;
        Group { id, account, region, vpc, name, description, rules, created, generation }
    }
}

impl From<&Group> for Model {
    fn from(group: &Group) -> Self {
        let Group { id, account, region, vpc, ref name, ref description, rules: _, created, generation } = *group;
        Self { id, account, region, vpc, name: name.clone(), description: description.clone(), created, generation }
    }
}

/// The groups that match, with their rules, in the order of their ids. Two queries.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<Group>, DbErr> {
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?;
    let mut rules = group_rule::of_groups(conn, rows.iter().map(|row| row.id)).await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let of_row = rules.remove(&row.id).unwrap_or_default();
            row.with_rules(of_row)
        })
        .collect())
}
