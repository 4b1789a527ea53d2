//! Table `private_addresses`: what makes handing out an address twice impossible is its primary key.

use std::collections::HashSet;

use multihome_types::{AccountId, Address, AddressOwner, Assigned, Cidr, InstanceId, InterfaceId, PrivateAddress, Region, SubnetId, VpcId};
use sea_orm::{
    Condition, DatabaseBackend, IntoActiveModel, PaginatorTrait, QuerySelect, QueryTrait, Statement,
    entity::prelude::*,
    sea_query::{Expr, OnConflict},
};

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
    pub prefix: Option<Cidr>,
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
        let Model { subnet, address, account, region, vpc, is_primary: primary, interface: _, instance: _, prefix } = row;
        Ok(Self { account, region, vpc, subnet, address, primary, prefix, owner })
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
            prefix: taken.prefix,
        }
    }
}

/// Takes the address if nobody has it; a taken one is an answer and spoils no transaction.
pub async fn take<C: ConnectionTrait>(conn: &C, wanted: &PrivateAddress) -> Result<bool, DbErr> {
    let row = Model::from(wanted);
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        "INSERT INTO private_addresses (subnet, address, account, region, vpc, is_primary, interface, instance, prefix) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
        [
            row.subnet.into(),
            row.address.into(),
            row.account.into(),
            row.region.into(),
            row.vpc.into(),
            row.is_primary.into(),
            row.interface.into(),
            row.instance.into(),
            row.prefix.into(),
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

/// Which of some addresses could be taken. They must fit into one statement.
pub async fn take_free<C: ConnectionTrait>(conn: &C, wanted: &[PrivateAddress]) -> Result<HashSet<Address>, DbErr> {
    if let [only] = wanted {
        return Ok(take(conn, only).await?.then_some(only.address).into_iter().collect());
    }
    let mut insert = Entity::insert_many(wanted.iter().map(|row| Model::from(row).into_active_model()))
        .on_conflict(OnConflict::columns([Column::Subnet, Column::Address]).do_nothing().to_owned())
        .into_query();
    insert.returning_col(Column::Address);
    conn.query_all(&insert).await?.iter().map(|row| row.try_get("", "address")).collect()
}

/// The secondary addresses and the prefixes of an interface, in one text: to be selected with it. `interface` is what its id is called there.
pub(crate) fn listed(backend: DatabaseBackend, interface: &str) -> String {
    // SQLite lists what is distinct with commas and nothing else.
    let together = match backend {
        DatabaseBackend::Sqlite => "group_concat(DISTINCT COALESCE(p.prefix, p.address))",
        _ => "string_agg(DISTINCT COALESCE(p.prefix, p.address), ',')",
    };
    format!("(SELECT {together} FROM private_addresses p WHERE p.interface = {interface} AND NOT p.is_primary)")
}

/// What [`listed`] selects.
pub(crate) fn read_listed(text: &str) -> Result<Assigned, DbErr> {
    let mut assigned = Assigned::default();
    for one in text.split(',').filter(|one| !one.is_empty()) {
        if one.contains('/') {
            assigned.prefixes.push(one.parse().map_err(|why| unreadable("private_addresses", one, why))?);
        } else {
            assigned.addresses.push(one.parse().map_err(|why| unreadable("private_addresses", one, why))?);
        }
    }
    assigned.addresses.sort_unstable();
    assigned.prefixes.sort_unstable();
    Ok(assigned)
}

/// The interfaces that have some addresses of a subnet.
pub async fn holders<C: ConnectionTrait>(conn: &C, subnet: SubnetId, addresses: &[Address]) -> Result<Vec<InterfaceId>, DbErr> {
    let held = Entity::find().filter(Column::Subnet.eq(subnet)).filter(Column::Address.is_in(addresses.iter().copied()));
    let held = held.filter(Column::Interface.is_not_null()).select_only().column(Column::Interface).distinct();
    held.into_tuple().all(conn).await
}

/// Gives a secondary address of one interface to another: how many rows that is.
pub async fn move_to<C: ConnectionTrait>(conn: &C, (subnet, address): (SubnetId, Address), from: InterfaceId, to: InterfaceId) -> Result<u64, DbErr> {
    let moved = Entity::update_many()
        .col_expr(Column::Interface, Expr::value(to))
        .filter(Column::Subnet.eq(subnet))
        .filter(Column::Address.eq(address))
        .filter(Column::Interface.eq(from))
        .filter(Column::IsPrimary.eq(false))
        .filter(Column::Prefix.is_null());
    Ok(moved.exec(conn).await?.rows_affected)
}

/// Gives back some secondary addresses and some prefixes of an interface.
pub async fn give_back<C: ConnectionTrait>(conn: &C, interface: InterfaceId, addresses: &[Address], prefixes: &[Cidr]) -> Result<(), DbErr> {
    let which = Condition::any()
        .add(Condition::all().add(Column::Prefix.is_null()).add(Column::Address.is_in(addresses.iter().copied())))
        .add(Column::Prefix.is_in(prefixes.iter().copied()));
    let these = Entity::delete_many().filter(Column::Interface.eq(interface)).filter(Column::IsPrimary.eq(false)).filter(which);
    these.exec(conn).await.map(drop)
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
