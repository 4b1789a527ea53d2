//! Table `ipv6_addresses`: the IPv6 addresses and prefixes of interfaces.
//!
//! An address and a prefix must not overlap, which no key can say: whoever takes one holds the subnet's row until the end of the
//! transaction, and looks. Each row names the block of 80 bits that it is in, or is.

use std::collections::HashSet;

use multihome_types::{Assigned, InterfaceId, Ipv6Address, Ipv6Cidr, SubnetId};
use sea_orm::{DatabaseBackend, PaginatorTrait, QuerySelect, Statement, entity::prelude::*};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ipv6_addresses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub subnet: SubnetId,
    /// An address, or a prefix.
    #[sea_orm(primary_key, auto_increment = false)]
    pub value: String,
    pub block: Ipv6Cidr,
    pub interface: InterfaceId,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The IPv6 addresses and prefixes of an interface, in one text: to be selected with it. `interface` is what its id is called there.
pub(crate) fn listed(backend: DatabaseBackend, interface: &str) -> String {
    let together = match backend {
        DatabaseBackend::Sqlite => "group_concat(v.value, ',')",
        _ => "string_agg(v.value, ',')",
    };
    format!("(SELECT {together} FROM ipv6_addresses v WHERE v.interface = {interface})")
}

/// What [`listed`] selects, put to what an interface has.
pub(crate) fn read_listed(text: &str, assigned: &mut Assigned) -> Result<(), DbErr> {
    for one in text.split(',').filter(|one| !one.is_empty()) {
        if one.contains('/') {
            assigned.ipv6_prefixes.push(one.parse().map_err(|why| unreadable("ipv6_addresses", one, why))?);
        } else {
            assigned.ipv6_addresses.push(one.parse().map_err(|why| unreadable("ipv6_addresses", one, why))?);
        }
    }
    assigned.ipv6_addresses.sort_unstable();
    assigned.ipv6_prefixes.sort_unstable();
    Ok(())
}

/// Takes an address, which is in `block`. False: somebody has it, or the block. The subnet is held.
pub async fn take_address<C: ConnectionTrait>(
    conn: &C,
    subnet: SubnetId,
    (address, block): (Ipv6Address, Ipv6Cidr),
    interface: InterfaceId,
) -> Result<bool, DbErr> {
    if Entity::find_by_id((subnet, block.to_string())).count(conn).await? > 0 {
        return Ok(false);
    }
    take(conn, Model { subnet, value: address.to_string(), block, interface }).await
}

/// Takes a prefix. False: somebody has it, or an address of it. The subnet is held.
pub async fn take_prefix<C: ConnectionTrait>(conn: &C, subnet: SubnetId, prefix: Ipv6Cidr, interface: InterfaceId) -> Result<bool, DbErr> {
    if Entity::find().filter(Column::Subnet.eq(subnet)).filter(Column::Block.eq(prefix)).count(conn).await? > 0 {
        return Ok(false);
    }
    take(conn, Model { subnet, value: prefix.to_string(), block: prefix, interface }).await
}

async fn take<C: ConnectionTrait>(conn: &C, row: Model) -> Result<bool, DbErr> {
    let statement = Statement::from_sql_and_values(
        conn.get_database_backend(),
        "INSERT INTO ipv6_addresses (subnet, value, block, interface) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        [row.subnet.into(), row.value.into(), row.block.into(), row.interface.into()],
    );
    Ok(conn.execute_raw(statement).await?.rows_affected() == 1)
}

/// The blocks of a subnet in which something is taken.
pub async fn blocks<C: ConnectionTrait>(conn: &C, subnet: SubnetId) -> Result<HashSet<Ipv6Cidr>, DbErr> {
    let taken: Vec<Ipv6Cidr> =
        Entity::find().filter(Column::Subnet.eq(subnet)).select_only().column(Column::Block).distinct().into_tuple().all(conn).await?;
    Ok(taken.into_iter().collect())
}

/// Whether an interface has an address or a prefix of a subnet's block: then the block stays.
pub async fn any_in<C: ConnectionTrait>(conn: &C, subnet: SubnetId) -> Result<bool, DbErr> {
    Ok(Entity::find().filter(Column::Subnet.eq(subnet)).limit(1).one(conn).await?.is_some())
}

/// Gives back some addresses and prefixes of an interface.
pub async fn give_back<C: ConnectionTrait>(conn: &C, interface: InterfaceId, values: &[String]) -> Result<(), DbErr> {
    let these = Entity::delete_many().filter(Column::Interface.eq(interface)).filter(Column::Value.is_in(values.iter().map(String::as_str)));
    these.exec(conn).await.map(drop)
}

/// Gives back everything that an interface has.
pub async fn release<C: ConnectionTrait>(conn: &C, interface: InterfaceId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Interface.eq(interface)).exec(conn).await.map(drop)
}
