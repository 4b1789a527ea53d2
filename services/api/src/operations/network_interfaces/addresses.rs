//! Which address a new interface gets.
//!
//! The primary key of `private_addresses` decides: an address that can be inserted was free, and one that cannot is somebody else's.
//! First a few candidates are tried without looking, which nearly always succeeds; only in a subnet that is nearly full is the set of
//! taken addresses read, once, and what it leaves is tried in turn. A transaction that waits for another one's address holds none itself
//! unless it takes several, and those stand in line per subnet ([`apply_turn`]), so nobody waits in a circle.

use std::collections::HashSet;

use multihome_core::{allocation::candidates, refusals};
use multihome_ec2::{Ec2Error, network_interface::PrivateIpAddressSpecification};
use multihome_entities::{private_address, subnet};
use multihome_runtime::random_bits;
use multihome_types::{Address, AddressOwner, InterfaceId, PrivateAddress, Subnet, SubnetId};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};

/// How many candidates an interface tries before anybody looks which are free.
pub(super) const BLIND: usize = 4;
/// How many rows of nine columns one statement writes.
const ROWS: usize = multihome_entities::interface::MAX_BOUND / 9;

/// The addresses that a request names, in either of the two ways there are: the primary one, and the others.
///
/// A listed address says whether it is the primary one. If none does, the first that does not say is.
///
/// # Errors
/// `InvalidParameterValue`, `InvalidParameterCombination` (two primary addresses).
pub(in crate::operations) fn addresses_asked(
    alone: Option<&str>,
    listed: &[PrivateIpAddressSpecification],
) -> Result<(Option<Address>, Vec<Address>), Ec2Error> {
    let parse = |text: &str| text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("privateIpAddress", text, &format!("{why}.")));
    let mut primary: Vec<Address> = alone.map(parse).transpose()?.into_iter().collect();
    let (mut unsaid, mut secondary) = (Vec::new(), Vec::new());
    for one in listed {
        let address = parse(&one.private_ip_address)?;
        match one.primary {
            Some(true) => primary.push(address),
            Some(false) => secondary.push(address),
            None => unsaid.push(address),
        }
    }
    if primary.is_empty() && !unsaid.is_empty() {
        primary.push(unsaid.remove(0));
    }
    // The one that stands alone may be listed too, and is the same one.
    primary.dedup();
    if primary.len() > 1 {
        return Err(refusals::invalid_combination("Only one primary private IP address can be specified.").into());
    }
    secondary.extend(unsaid);
    Ok((primary.pop(), secondary))
}

/// An address that an interface is to have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub interface: InterfaceId,
    pub primary: bool,
}

impl Place {
    fn row(self, subnet: &Subnet, address: Address) -> PrivateAddress {
        let Subnet { id, account, region, vpc, .. } = *subnet;
        let owner = AddressOwner::Interface(self.interface);
        PrivateAddress { account, region, vpc, subnet: id, address, primary: self.primary, prefix: None, owner }
    }
}

/// Takes one address, if nobody has it.
pub(super) async fn apply_take<C: ConnectionTrait>(conn: &C, subnet: &Subnet, address: Address, place: Place) -> Result<bool, DbErr> {
    private_address::take(conn, &place.row(subnet, address)).await
}

/// Takes an address for each of some places in one subnet, whichever is free. `None`: there are not so many, and the transaction must be
/// rolled back.
pub(super) async fn apply_take_any<C: ConnectionTrait>(conn: &C, subnet: &Subnet, places: &[Place]) -> Result<Option<Vec<Address>>, DbErr> {
    let bits = random_seed();
    let mut had: Vec<Option<Address>> = vec![None; places.len()];
    let mut blind = candidates(subnet.cidr, bits);
    for _ in 0..BLIND {
        apply_round(conn, subnet, places, &mut had, &mut blind).await?;
        if had.iter().all(Option::is_some) {
            return Ok(had.into_iter().collect());
        }
    }
    let taken: HashSet<Address> = private_address::taken(conn, subnet.id).await?.into_iter().collect();
    let mut free = candidates(subnet.cidr, bits).filter(|address| !taken.contains(address));
    while had.iter().any(Option::is_none) {
        if !apply_round(conn, subnet, places, &mut had, &mut free).await? {
            return Ok(None);
        }
    }
    Ok(had.into_iter().collect())
}

/// The next candidate for each place that has no address yet. False: there are fewer than it takes.
async fn apply_round<C: ConnectionTrait>(
    conn: &C,
    subnet: &Subnet,
    places: &[Place],
    had: &mut [Option<Address>],
    candidates: &mut impl Iterator<Item = Address>,
) -> Result<bool, DbErr> {
    let waiting: Vec<usize> = (0..had.len()).filter(|place| had[*place].is_none()).collect();
    let tries: Vec<(usize, Address)> = waiting.iter().copied().zip(candidates).collect();
    for some in tries.chunks(ROWS) {
        let rows: Vec<PrivateAddress> = some.iter().map(|(place, address)| places[*place].row(subnet, *address)).collect();
        let taken = private_address::take_free(conn, &rows).await?;
        for (place, address) in some {
            had[*place] = taken.contains(address).then_some(*address);
        }
    }
    Ok(tries.len() == waiting.len())
}

/// Transactions that take several addresses take turns in each subnet: two that each held what the other wants would wait for ever.
/// Those that take one do not stand in line. (SQLite has one writer at a time and no such lock.) `subnets` are those of all the addresses
/// that are to be taken, each as often as one is.
pub(super) async fn apply_turn<C: ConnectionTrait>(conn: &C, mut subnets: Vec<SubnetId>) -> Result<(), DbErr> {
    if subnets.len() < 2 {
        return Ok(());
    }
    subnets.sort_unstable();
    subnets.dedup();
    let in_order = subnet::Entity::find().filter(subnet::Column::Id.is_in(subnets)).order_by_asc(subnet::Column::Id);
    in_order.lock(LockType::NoKeyUpdate).all(conn).await.map(drop)
}

pub(super) fn random_seed() -> u64 {
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
        let asked = |alone, list: &[(Option<bool>, &str)]| {
            let (primary, secondary) = addresses_asked(alone, &listed(list)).unwrap();
            (primary.map(|address| address.to_string()), secondary.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        let primary = |text: &str| Some(text.to_owned());
        assert_eq!(asked(None, &[]), (None, String::new()));
        assert_eq!(asked(Some("10.0.0.5"), &[]), (primary("10.0.0.5"), String::new()));
        assert_eq!(asked(None, &[(Some(true), "10.0.0.5")]), (primary("10.0.0.5"), String::new()));
        assert_eq!(asked(None, &[(None, "10.0.0.5")]), (primary("10.0.0.5"), String::new()));
        assert_eq!(asked(Some("10.0.0.5"), &[(Some(true), "10.0.0.5"), (None, "10.0.0.6")]), (primary("10.0.0.5"), "10.0.0.6".to_owned()));
        assert_eq!(asked(None, &[(None, "10.0.0.6"), (Some(true), "10.0.0.5")]), (primary("10.0.0.5"), "10.0.0.6".to_owned()));
        assert_eq!(asked(None, &[(None, "10.0.0.5"), (None, "10.0.0.6")]), (primary("10.0.0.5"), "10.0.0.6".to_owned()));
        assert_eq!(asked(None, &[(Some(false), "10.0.0.5"), (Some(false), "10.0.0.6")]), (None, "10.0.0.5 10.0.0.6".to_owned()));
    }

    #[test]
    fn what_cannot_be_had_is_refused_and_not_ignored() {
        let code = |alone, list: &[(Option<bool>, &str)]| addresses_asked(alone, &listed(list)).unwrap_err().code;
        assert_eq!(code(Some("10.0.0"), &[]), "InvalidParameterValue");
        assert_eq!(code(None, &[(Some(false), "10.0.0.256")]), "InvalidParameterValue");
        assert_eq!(code(Some("10.0.0.5"), &[(Some(true), "10.0.0.6")]), "InvalidParameterCombination");
        assert_eq!(code(None, &[(Some(true), "10.0.0.5"), (Some(true), "10.0.0.6")]), "InvalidParameterCombination");
    }
}
