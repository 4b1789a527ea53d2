//! Table `route_table_associations`. The one without a subnet makes its table the VPC's main one.

use multihome_types::{RouteTableAssociationId, RouteTableId, SubnetId, VpcId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "route_table_associations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RouteTableAssociationId,
    pub route_table: RouteTableId,
    pub vpc: VpcId,
    pub subnet: Option<SubnetId>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
