//! Table `internet_gateways`. That a VPC has at most one is the schema's doing.

use multihome_types::{AccountId, Generation, InternetGateway, InternetGatewayId, Region, Timestamp, VpcId};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "internet_gateways")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InternetGatewayId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: Option<VpcId>,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for InternetGateway {
    fn from(row: Model) -> Self {
        let Model { id, account, region, vpc, created, generation } = row;
        Self { id, account, region, vpc, created, generation }
    }
}

impl From<InternetGateway> for Model {
    fn from(gateway: InternetGateway) -> Self {
        let InternetGateway { id, account, region, vpc, created, generation } = gateway;
        Self { id, account, region, vpc, created, generation }
    }
}

/// The gateway of a VPC.
pub async fn of_vpc<C: ConnectionTrait>(conn: &C, vpc: VpcId) -> Result<Option<InternetGateway>, DbErr> {
    Ok(Entity::find().filter(Column::Vpc.eq(vpc)).one(conn).await?.map(InternetGateway::from))
}
