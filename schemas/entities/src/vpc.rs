//! Table `vpcs`.

use multihome_types::{AccountId, Cidr, Generation, Region, Timestamp, Vpc, VpcId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "vpcs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: VpcId,
    pub account: AccountId,
    pub region: Region,
    pub cidr: Cidr,
    pub is_default: bool,
    pub dns_hostnames: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Vpc {
    fn from(row: Model) -> Self {
        let Model { id, account, region, cidr, is_default, dns_hostnames, created, generation } = row;
        Self { id, account, region, cidr, is_default, dns_hostnames, created, generation }
    }
}

impl From<Vpc> for Model {
    fn from(vpc: Vpc) -> Self {
        let Vpc { id, account, region, cidr, is_default, dns_hostnames, created, generation } = vpc;
        Self { id, account, region, cidr, is_default, dns_hostnames, created, generation }
    }
}
