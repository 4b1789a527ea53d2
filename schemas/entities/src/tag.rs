//! Table `tags`.

use std::collections::HashMap;

use multihome_types::{AccountId, Region, Tag};
use sea_orm::{QueryOrder, entity::prelude::*};

use crate::interface::MAX_BOUND;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "tags")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub resource: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub value: String,
    pub account: AccountId,
    pub region: Region,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Tag {
    fn from(row: Model) -> Self {
        let Model { resource, key, value, account, region } = row;
        Self { account, region, resource, key, value }
    }
}

/// The tags of some resources, each one's by key.
pub async fn of_resources<C: ConnectionTrait>(conn: &C, resources: &[String]) -> Result<HashMap<String, Vec<Tag>>, DbErr> {
    let mut found: HashMap<String, Vec<Tag>> = HashMap::new();
    for some in resources.chunks(MAX_BOUND) {
        let rows = Entity::find().filter(Column::Resource.is_in(some.iter().map(String::as_str))).order_by_asc(Column::Key).all(conn).await?;
        for row in rows {
            found.entry(row.resource.clone()).or_default().push(row.into());
        }
    }
    Ok(found)
}
