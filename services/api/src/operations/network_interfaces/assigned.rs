//! What interfaces get besides their primary addresses, taken: addresses and prefixes, by name or whichever are free.
//!
//! A prefix is taken by taking its sixteen addresses. If one of them is somebody else's, those that could be had are given back at once.

use std::collections::HashSet;

use multihome_core::{
    allocation::prefix_candidates,
    assignment::{Assignment, AssignmentAsked, PREFIX_SIZE},
    refusals,
};
use multihome_ec2::{Ec2Error, network_interface::Ipv4PrefixSpecification};
use multihome_entities::private_address;
use multihome_types::{Address, AddressOwner, Assigned, Cidr, InterfaceId, PrivateAddress, Refusal, Subnet};
use sea_orm::{ConnectionTrait, DbErr};

use super::addresses::{BLIND, Place, apply_take, apply_take_any, random_seed};
use crate::ids::parse_block;

/// What a request says besides the addresses it names.
pub(in crate::operations) fn assignment_asked(
    addresses: Vec<Address>,
    address_count: Option<u32>,
    prefixes: &[Ipv4PrefixSpecification],
    prefix_count: Option<u32>,
) -> Result<Assignment, Ec2Error> {
    let prefixes = prefixes.iter().map(|one| parse_block("ipv4Prefix", &one.ipv4_prefix)).collect::<Result<_, _>>()?;
    let counts = [address_count, prefix_count].map(|count| count.map(i64::from));
    Ok(AssignmentAsked { addresses, address_count: counts[0], prefixes, prefix_count: counts[1] }.select()?)
}

/// Takes what an assignment names. The refusal is of the first thing that somebody else has; then the transaction must be rolled back.
pub(super) async fn apply_named<C: ConnectionTrait>(
    conn: &C,
    subnet: &Subnet,
    interface: InterfaceId,
    assignment: &Assignment,
) -> Result<Result<Assigned, Refusal>, DbErr> {
    let mut assigned = Assigned::default();
    match assignment {
        Assignment::Addresses(addresses) => {
            for address in addresses {
                if !apply_take(conn, subnet, *address, Place { interface, primary: false }).await? {
                    return Ok(Err(refusals::address_in_use(*address)));
                }
            }
            assigned.addresses.clone_from(addresses);
            assigned.addresses.sort_unstable();
        }
        Assignment::Prefixes(prefixes) => {
            for prefix in prefixes {
                if !apply_take_prefix(conn, subnet, *prefix, interface).await? {
                    return Ok(Err(refusals::prefix_in_use(*prefix)));
                }
            }
            assigned.prefixes.clone_from(prefixes);
            assigned.prefixes.sort_unstable();
        }
        Assignment::Nothing | Assignment::AddressCount(_) | Assignment::PrefixCount(_) => {}
    }
    Ok(Ok(assigned))
}

/// Takes as many as an assignment counts. The refusal: there are not so many, and the transaction must be rolled back.
pub(super) async fn apply_counted<C: ConnectionTrait>(
    conn: &C,
    subnet: &Subnet,
    interface: InterfaceId,
    assignment: &Assignment,
) -> Result<Result<Assigned, Refusal>, DbErr> {
    let mut assigned = Assigned::default();
    match assignment {
        Assignment::AddressCount(count) => {
            let places = vec![Place { interface, primary: false }; *count];
            let Some(addresses) = apply_take_any(conn, subnet, &places).await? else { return Ok(Err(refusals::subnet_full())) };
            assigned.addresses = addresses;
            assigned.addresses.sort_unstable();
        }
        Assignment::PrefixCount(count) => {
            let Some(prefixes) = apply_take_any_prefixes(conn, subnet, interface, *count).await? else { return Ok(Err(refusals::no_free_prefix())) };
            assigned.prefixes = prefixes;
        }
        Assignment::Nothing | Assignment::Addresses(_) | Assignment::Prefixes(_) => {}
    }
    Ok(Ok(assigned))
}

/// Takes prefixes, whichever are free, in the order of their addresses. `None`: there are not so many.
pub(super) async fn apply_take_any_prefixes<C: ConnectionTrait>(
    conn: &C,
    subnet: &Subnet,
    interface: InterfaceId,
    count: usize,
) -> Result<Option<Vec<Cidr>>, DbErr> {
    let bits = random_seed();
    let mut had = Vec::with_capacity(count);
    for prefix in prefix_candidates(subnet.cidr, bits).take(count.saturating_add(BLIND)) {
        if had.len() < count && apply_take_prefix(conn, subnet, prefix, interface).await? {
            had.push(prefix);
        }
    }
    if had.len() < count {
        let taken: HashSet<Address> = private_address::taken(conn, subnet.id).await?.into_iter().collect();
        let is_free = |prefix: &Cidr| addresses_of(*prefix).all(|address| !taken.contains(&address));
        for prefix in prefix_candidates(subnet.cidr, bits).filter(is_free) {
            if had.len() < count && apply_take_prefix(conn, subnet, prefix, interface).await? {
                had.push(prefix);
            }
        }
    }
    had.sort_unstable();
    Ok((had.len() == count).then_some(had))
}

fn addresses_of(prefix: Cidr) -> impl Iterator<Item = Address> {
    (0..prefix.size()).filter_map(move |offset| prefix.nth(offset))
}

async fn apply_take_prefix<C: ConnectionTrait>(conn: &C, subnet: &Subnet, prefix: Cidr, interface: InterfaceId) -> Result<bool, DbErr> {
    let Subnet { id, account, region, vpc, .. } = *subnet;
    let owner = AddressOwner::Interface(interface);
    let row = |address| PrivateAddress { account, region, vpc, subnet: id, address, primary: false, prefix: Some(prefix), owner };
    let rows: Vec<PrivateAddress> = addresses_of(prefix).map(row).collect();
    let taken = private_address::take_free(conn, &rows).await?.len();
    if taken > 0 && taken < PREFIX_SIZE {
        private_address::give_back(conn, interface, &[], &[prefix]).await?;
    }
    Ok(taken == PREFIX_SIZE)
}
