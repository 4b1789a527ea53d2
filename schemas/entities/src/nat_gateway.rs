//! Table `nat_gateways`.

use multihome_types::{
    AccountId, Address, AddressAssociationId, AllocationId, Connectivity, Generation, InterfaceId, NatGateway, NatGatewayId, NatGatewayState,
    NatInterface, NatPublicAddress, Refusal, Region, SubnetId, Timestamp, VpcId, Zone,
};
use sea_orm::{Condition, IntoActiveModel, QueryOrder, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "nat_gateways")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NatGatewayId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub connectivity: Connectivity,
    pub allocation: Option<AllocationId>,
    pub wanted_address: Option<Address>,
    pub state: NatGatewayState,
    pub interface: Option<InterfaceId>,
    pub private_address: Option<Address>,
    pub association: Option<AddressAssociationId>,
    pub public_address: Option<Address>,
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    pub since: Timestamp,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for NatGateway {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            account: row.account,
            region: row.region,
            zone: row.zone,
            vpc: row.vpc,
            subnet: row.subnet,
            connectivity: row.connectivity,
            allocation: row.allocation,
            wanted: row.wanted_address,
            state: row.state,
            interface: row.interface.zip(row.private_address).map(|(id, address)| NatInterface { id, address }),
            public: row.association.zip(row.public_address).map(|(association, address)| NatPublicAddress { association, address }),
            failure: row.failure_code.zip(row.failure_message).map(|(code, message)| Refusal { code: code.into(), message }),
            since: row.since,
            created: row.created,
            generation: row.generation,
        }
    }
}

impl From<&NatGateway> for Model {
    fn from(gateway: &NatGateway) -> Self {
        Self {
            id: gateway.id,
            account: gateway.account,
            region: gateway.region,
            zone: gateway.zone,
            vpc: gateway.vpc,
            subnet: gateway.subnet,
            connectivity: gateway.connectivity,
            allocation: gateway.allocation,
            wanted_address: gateway.wanted,
            state: gateway.state,
            interface: gateway.interface.map(|interface| interface.id),
            private_address: gateway.interface.map(|interface| interface.address),
            association: gateway.public.map(|public| public.association),
            public_address: gateway.public.map(|public| public.address),
            failure_code: gateway.failure.as_ref().map(|failure| failure.code.clone().into_owned()),
            failure_message: gateway.failure.as_ref().map(|failure| failure.message.clone()),
            since: gateway.since,
            created: gateway.created,
            generation: gateway.generation,
        }
    }
}

/// The gateways that match, in the order of their ids.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<NatGateway>, DbErr> {
    Ok(Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?.into_iter().map(NatGateway::from).collect())
}

/// Writes a gateway anew if it is still the one that was read: how many rows that is.
pub async fn update<C: ConnectionTrait>(conn: &C, read: &NatGateway, revised: &NatGateway) -> Result<u64, DbErr> {
    let row = Model::from(revised).into_active_model().reset_all();
    let these = Entity::update_many().set(row).filter(Column::Id.eq(read.id)).filter(Column::Generation.eq(read.generation));
    Ok(these.exec(conn).await?.rows_affected)
}
