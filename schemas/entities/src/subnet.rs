//! Table `subnets`.

use multihome_types::{AccountId, Cidr, Generation, Region, Subnet, SubnetId, Timestamp, VpcId, Zone};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "subnets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SubnetId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub cidr: Cidr,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Subnet {
    fn from(row: Model) -> Self {
        let Model { id, account, region, zone, vpc, cidr, created, generation } = row;
        Self { id, account, region, zone, vpc, cidr, created, generation }
    }
}

impl From<Subnet> for Model {
    fn from(subnet: Subnet) -> Self {
        let Subnet { id, account, region, zone, vpc, cidr, created, generation } = subnet;
        Self { id, account, region, zone, vpc, cidr, created, generation }
    }
}
