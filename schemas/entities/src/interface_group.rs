//! Table `interface_groups`: which groups an interface is in.

use multihome_types::{GroupId, InterfaceId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interface_groups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub interface: InterfaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub group_id: GroupId,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
