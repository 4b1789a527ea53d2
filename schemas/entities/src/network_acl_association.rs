//! Table `network_acl_associations`. That a subnet has one ACL and no more is the uniqueness of `subnet`.

use multihome_types::{NetworkAclAssociationId, NetworkAclId, SubnetId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "network_acl_associations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NetworkAclAssociationId,
    pub acl: NetworkAclId,
    pub subnet: SubnetId,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
