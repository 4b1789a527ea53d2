//! Table `private_addresses`: what makes handing out an address twice impossible is its primary key.

use std::collections::HashSet;

use multihome_types::{AccountId, Address, AddressOwner, InstanceId, InterfaceId, PrivateAddress, Region, SubnetId, VpcId};
use sea_orm::{DatabaseBackend, PaginatorTrait, QuerySelect, Statement, entity::prelude::*};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "private_addresses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subnet: SubnetId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub address: Address,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub is_primary: bool,
    pub interface: Option<InterfaceId>,
    pub instance: Option<InstanceId>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for PrivateAddress {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let owner = match (row.interface, row.instance) {
            (Some(interface), None) => AddressOwner::Interface(interface),
            (None, Some(instance)) => AddressOwner::Instance(instance),
            _ => return Err(unreadable("private_addresses", row.address, "not exactly one owner")),
        };
        Ok(Self { account: row.account, region: row.region, vpc: row.vpc, subnet: row.subnet, address: row.address, primary: row.is_primary, owner })
    }
}

impl From<&PrivateAddress> for Model {
    fn from(taken: &PrivateAddress) -> Self {
        let (interface, instance) = match taken.owner {
            AddressOwner::Interface(id) => (Some(id), None),
            AddressOwner::Instance(id) => (None, Some(id)),
        };
        Self {
            subnet: taken.subnet,
            address: taken.address,
            account: taken.account,
            region: taken.region,
            vpc: taken.vpc,
            is_primary: taken.primary,
            interface,
            instance,
        }
    }
}

/// Takes the address if nobody has it; a taken one is an answer and spoils no transaction.
pub async fn take<C: ConnectionTrait>(conn: &C, wanted: &PrivateAddress) -> Result<bool, DbErr> {
    let row = Model::from(wanted);
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        "INSERT INTO private_addresses (subnet, address, account, region, vpc, is_primary, interface, instance) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        [
            row.subnet.into(),
            row.address.into(),
            row.account.into(),
            row.region.into(),
            row.vpc.into(),
            row.is_primary.into(),
            row.interface.into(),
            row.instance.into(),
        ],
    );
    Ok(conn.execute_raw(statement).await?.rows_affected() == 1)
}

/// How many candidates are tried before anybody looks which are free.
const BLIND: usize = 4;

/// Takes the first of the candidates that nobody has: `None` if there is none. Only when the first few are all taken is the set of taken
/// ones read, once.
pub async fn take_any<C: ConnectionTrait>(
    conn: &C,
    wanted: &PrivateAddress,
    mut candidates: impl Iterator<Item = Address>,
) -> Result<Option<Address>, DbErr> {
    for address in candidates.by_ref().take(BLIND) {
        if take(conn, &PrivateAddress { address, ..wanted.clone() }).await? {
            return Ok(Some(address));
        }
    }
    let present: HashSet<Address> = taken(conn, wanted.subnet).await?.into_iter().collect();
    for address in candidates.filter(|address| !present.contains(address)) {
        if take(conn, &PrivateAddress { address, ..wanted.clone() }).await? {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

/// Every taken address of a subnet.
pub async fn taken<C: ConnectionTrait>(conn: &C, subnet: SubnetId) -> Result<Vec<Address>, DbErr> {
    Entity::find().filter(Column::Subnet.eq(subnet)).select_only().column(Column::Address).into_tuple().all(conn).await
}

/// How many addresses of a subnet are taken.
pub async fn count<C: ConnectionTrait>(conn: &C, subnet: SubnetId) -> Result<u64, DbErr> {
    Entity::find().filter(Column::Subnet.eq(subnet)).count(conn).await
}

/// How many addresses are taken in each of some subnets; a subnet without any is left out. One query.
pub async fn counts<C: ConnectionTrait>(conn: &C, subnets: &[SubnetId]) -> Result<Vec<(SubnetId, i64)>, DbErr> {
    debug_assert!(matches!(conn.get_database_backend(), DatabaseBackend::Sqlite | DatabaseBackend::Postgres));
    Entity::find()
        .select_only()
        .column(Column::Subnet)
        .column_as(Column::Address.count(), "taken")
        .filter(Column::Subnet.is_in(subnets.iter().copied()))
        .group_by(Column::Subnet)
        .into_tuple()
        .all(conn)
        .await
}

/// Gives back every address of an interface.
pub async fn release<C: ConnectionTrait>(conn: &C, interface: InterfaceId) -> Result<u64, DbErr> {
    Ok(Entity::delete_many().filter(Column::Interface.eq(interface)).exec(conn).await?.rows_affected)
}
