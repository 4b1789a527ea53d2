//! Table `vpc_ipv6_blocks`. What makes handing out a block twice impossible is the uniqueness of `cidr`.

use std::collections::HashMap;

use multihome_types::{CidrAssociationId, Ipv6Cidr, Timestamp, VpcId, VpcIpv6Block};
use sea_orm::{QueryOrder, entity::prelude::*};

use crate::interface::MAX_BOUND;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vpc_ipv6_blocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CidrAssociationId,
    pub vpc: VpcId,
    pub cidr: Ipv6Cidr,
    pub created: Timestamp,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for VpcIpv6Block {
    fn from(row: Model) -> Self {
        let Model { id, vpc, cidr, created } = row;
        Self { id, vpc, cidr, created }
    }
}

impl From<VpcIpv6Block> for Model {
    fn from(block: VpcIpv6Block) -> Self {
        let VpcIpv6Block { id, vpc, cidr, created } = block;
        Self { id, vpc, cidr, created }
    }
}

/// The blocks of some VPCs, each one's in the order in which they came.
pub async fn of_vpcs<C: ConnectionTrait>(conn: &C, vpcs: &[VpcId]) -> Result<HashMap<VpcId, Vec<VpcIpv6Block>>, DbErr> {
    let mut found: HashMap<VpcId, Vec<VpcIpv6Block>> = HashMap::new();
    for some in vpcs.chunks(MAX_BOUND) {
        let of_some = Entity::find().filter(Column::Vpc.is_in(some.iter().copied()));
        for row in of_some.order_by_asc(Column::Created).order_by_asc(Column::Id).all(conn).await? {
            found.entry(row.vpc).or_default().push(row.into());
        }
    }
    Ok(found)
}
