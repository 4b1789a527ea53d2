//! Which address a new interface gets.
//!
//! The primary key of `private_addresses` decides: an address that can be inserted was free, and one that cannot is somebody else's.
//! First a few candidates are tried without looking, which nearly always succeeds; only in a subnet that is nearly full is the set of
//! taken addresses read, once, and what it leaves is tried in turn. A transaction that waits for another one's address holds none itself
//! unless it takes several, and those stand in line per subnet ([`apply_turn`]), so nobody waits in a circle.

use std::collections::HashSet;

use multihome_core::{allocation::candidates, refusals};
use multihome_ec2::{Ec2Error, network_interface::PrivateIpAddressSpecification};
use multihome_entities::{
    private_address::{self, Column, Entity, Model},
    subnet,
};
use multihome_runtime::random_bits;
use multihome_types::{Address, AddressOwner, InterfaceId, PrivateAddress, Subnet, SubnetId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{LockType, OnConflict},
};

use crate::fault::Fault;

/// How many candidates an interface tries before anybody looks which are free.
const BLIND: usize = 4;
/// How many rows of eight columns one statement writes.
const ROWS: usize = multihome_entities::interface::MAX_BOUND / 8;

/// The one address that a request asks for, in either of the two ways there are.
///
/// # Errors
/// `InvalidParameterValue`, `InvalidParameterCombination` (two primary addresses), `UnsupportedOperation` (secondary ones).
pub(in crate::operations) fn address_asked(alone: Option<&str>, listed: &[PrivateIpAddressSpecification]) -> Result<Option<Address>, Ec2Error> {
    if listed.iter().any(|one| one.primary == Some(false)) || listed.iter().filter(|one| one.primary.is_none()).count() > 1 {
        return Err(refusals::unsupported("Secondary private IP addresses are not supported yet.").into());
    }
    let mut asked = alone.into_iter().chain(listed.iter().map(|one| &*one.private_ip_address));
    let first = asked.next();
    if asked.next().is_some() {
        return Err(refusals::invalid_combination("Only one primary private IP address can be specified.").into());
    }
    let parse = |text: &str| text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("privateIpAddress", text, &format!("{why}.")));
    first.map(parse).transpose()
}

/// Whether addresses were had.
pub(super) enum Had {
    /// Each interface's, in the order they were asked for.
    All(Vec<Address>),
    SubnetFull,
}

/// Takes one address: the one asked for, or nothing.
pub(super) async fn apply_take<C: ConnectionTrait>(conn: &C, subnet: &Subnet, address: Address, interface: InterfaceId) -> Result<(), Fault> {
    if private_address::take(conn, &owned(subnet, address, interface)).await? {
        return Ok(());
    }
    Err(refusals::address_in_use(address).into())
}

/// Takes an address for each of some interfaces in one subnet, whichever is free.
pub(super) async fn apply_take_any<C: ConnectionTrait>(conn: &C, subnet: &Subnet, interfaces: &[InterfaceId]) -> Result<Had, Fault> {
    let bits = random_seed();
    let mut had: Vec<Option<Address>> = vec![None; interfaces.len()];
    let mut blind = candidates(subnet.cidr, bits);
    for _ in 0..BLIND {
        apply_round(conn, subnet, interfaces, &mut had, &mut blind).await?;
        if had.iter().all(Option::is_some) {
            return Ok(all(had));
        }
    }
    let taken: HashSet<Address> = private_address::taken(conn, subnet.id).await?.into_iter().collect();
    let mut free = candidates(subnet.cidr, bits).filter(|address| !taken.contains(address));
    while had.iter().any(Option::is_none) {
        if !apply_round(conn, subnet, interfaces, &mut had, &mut free).await? {
            return Ok(Had::SubnetFull);
        }
    }
    Ok(all(had))
}

fn all(had: Vec<Option<Address>>) -> Had {
    Had::All(had.into_iter().flatten().collect())
}

/// The next candidate for each interface that has no address yet. False: there are fewer than it takes.
async fn apply_round<C: ConnectionTrait>(
    conn: &C,
    subnet: &Subnet,
    interfaces: &[InterfaceId],
    had: &mut [Option<Address>],
    candidates: &mut impl Iterator<Item = Address>,
) -> Result<bool, DbErr> {
    let waiting: Vec<usize> = (0..had.len()).filter(|place| had[*place].is_none()).collect();
    let tries: Vec<(usize, Address)> = waiting.iter().copied().zip(candidates).collect();
    for some in tries.chunks(ROWS) {
        let rows: Vec<PrivateAddress> = some.iter().map(|(place, address)| owned(subnet, *address, interfaces[*place])).collect();
        let taken = insert_free(conn, &rows).await?;
        for (place, address) in some {
            had[*place] = taken.contains(address).then_some(*address);
        }
    }
    Ok(tries.len() == waiting.len())
}

/// Which of some addresses could be taken.
async fn insert_free<C: ConnectionTrait>(conn: &C, rows: &[PrivateAddress]) -> Result<HashSet<Address>, DbErr> {
    if let [only] = rows {
        return Ok(private_address::take(conn, only).await?.then_some(only.address).into_iter().collect());
    }
    let mut insert = Entity::insert_many(rows.iter().map(|row| Model::from(row).into_active_model()))
        .on_conflict(OnConflict::columns([Column::Subnet, Column::Address]).do_nothing().to_owned())
        .into_query();
    insert.returning_col(Column::Address);
    conn.query_all(&insert).await?.iter().map(|row| row.try_get("", "address")).collect()
}

/// Transactions that take several addresses take turns in each subnet: two that each held what the other wants would wait for ever.
/// Those that take one do not stand in line. (SQLite has one writer at a time and no such lock.)
pub(super) async fn apply_turn<C: ConnectionTrait>(conn: &C, mut subnets: Vec<SubnetId>) -> Result<(), DbErr> {
    if subnets.len() < 2 {
        return Ok(());
    }
    subnets.sort_unstable();
    subnets.dedup();
    let in_order = subnet::Entity::find().filter(subnet::Column::Id.is_in(subnets)).order_by_asc(subnet::Column::Id);
    in_order.lock(LockType::NoKeyUpdate).all(conn).await.map(drop)
}

fn owned(subnet: &Subnet, address: Address, interface: InterfaceId) -> PrivateAddress {
    let Subnet { id, account, region, vpc, .. } = *subnet;
    PrivateAddress { account, region, vpc, subnet: id, address, primary: true, owner: AddressOwner::Interface(interface) }
}

fn random_seed() -> u64 {
    // The low half is as random as the whole.
    (random_bits() & u128::from(u64::MAX)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(list: &[(Option<bool>, &str)]) -> Vec<PrivateIpAddressSpecification> {
        list.iter().map(|(primary, text)| PrivateIpAddressSpecification { primary: *primary, private_ip_address: (*text).to_owned() }).collect()
    }

    #[test]
    fn an_address_is_asked_for_in_either_of_two_ways() {
        let five: Address = "10.0.0.5".parse().unwrap();
        assert_eq!(address_asked(None, &[]), Ok(None));
        assert_eq!(address_asked(Some("10.0.0.5"), &[]), Ok(Some(five)));
        assert_eq!(address_asked(None, &listed(&[(Some(true), "10.0.0.5")])), Ok(Some(five)));
        assert_eq!(address_asked(None, &listed(&[(None, "10.0.0.5")])), Ok(Some(five)));
    }

    #[test]
    fn what_cannot_be_had_is_refused_and_not_ignored() {
        let code = |alone, list: &[(Option<bool>, &str)]| address_asked(alone, &listed(list)).unwrap_err().code;
        assert_eq!(code(Some("10.0.0"), &[]), "InvalidParameterValue");
        assert_eq!(code(Some("10.0.0.5"), &[(Some(true), "10.0.0.6")]), "InvalidParameterCombination");
        assert_eq!(code(None, &[(Some(true), "10.0.0.5"), (Some(true), "10.0.0.6")]), "InvalidParameterCombination");
        assert_eq!(code(None, &[(Some(true), "10.0.0.5"), (Some(false), "10.0.0.6")]), "UnsupportedOperation");
        assert_eq!(code(None, &[(None, "10.0.0.5"), (None, "10.0.0.6")]), "UnsupportedOperation");
    }
}
