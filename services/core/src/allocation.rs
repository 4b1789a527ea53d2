//! Which addresses and blocks may be used (design, section 4: never outside the subnet, never a reserved address, never
//! twice).
//!
//! EC2 keeps five addresses of every subnet: the first four and the last. Which of the others is free is known only to
//! the database, whose uniqueness of (subnet, address) is the truth under any concurrency; what is decided here is the
//! order in which they are tried. Two allocators that walk in the same order would collide at every step, so
//! [`candidates`] is a walk of its own for every `bits`: from a pseudo-random start in pseudo-random strides that have no
//! divisor in common with the number of addresses, and hence visits each exactly once without remembering any.
//!
//! A prefix, sixteen addresses that an interface has together, is handed out in the same manner. Which blocks a VPC may have beside its
//! first is [`crate::vpc_blocks`]'s. Deliberately absent: IPv6.

use std::{iter, ops::Range};

use multihome_types::{Address, Cidr, Refusal};

use crate::{assignment::PREFIX_BITS, refusals};

#[cfg(test)]
mod tests;

const RESERVED_FIRST: u64 = 4;
const RESERVED_LAST: u64 = 1;

/// Blocks no VPC may touch: this host, loopback, link-local (the metadata service lives there), multicast.
const FORBIDDEN: [([u8; 4], u8); 4] = [([0, 0, 0, 0], 8), ([127, 0, 0, 0], 8), ([169, 254, 0, 0], 16), ([224, 0, 0, 0], 4)];

/// The offsets in a subnet's block that interfaces may have.
fn usable(cidr: Cidr) -> Range<u64> {
    RESERVED_FIRST..cidr.size().saturating_sub(RESERVED_LAST).max(RESERVED_FIRST)
}

/// How many addresses of a subnet interfaces may have, taken ones included.
pub fn usable_count(cidr: Cidr) -> u64 {
    let range = usable(cidr);
    range.end - range.start
}

/// EC2's `availableIpAddressCount`, with so many taken.
pub fn available_count(cidr: Cidr, taken: u64) -> u64 {
    usable_count(cidr).saturating_sub(taken)
}

/// Whether an interface may ask for this address. Whether it is free is for [`first_free`] or the database to say.
pub fn check_address(cidr: Cidr, address: Address) -> Result<(), Refusal> {
    let offset = cidr.offset(address).ok_or_else(refusals::address_outside_subnet)?;
    if usable(cidr).contains(&offset) { Ok(()) } else { Err(refusals::address_reserved()) }
}

/// Every usable address of a subnet once, in an order that depends on `bits`.
pub fn candidates(cidr: Cidr, bits: u64) -> impl Iterator<Item = Address> {
    let count = usable_count(cidr);
    let first = usable(cidr).start;
    walk(count, bits).filter_map(move |offset| cidr.nth(first + offset))
}

/// Whether an interface may ask for this prefix: a whole block of the subnet that has none of its reserved addresses.
pub fn check_prefix(cidr: Cidr, prefix: Cidr) -> Result<(), Refusal> {
    if prefix.prefix() != PREFIX_BITS {
        return Err(refusals::prefix_length_invalid(prefix));
    }
    if !cidr.contains_block(prefix) {
        return Err(refusals::prefix_outside_subnet(prefix));
    }
    let ends = [prefix.nth(0), prefix.nth(prefix.size() - 1)];
    ends.into_iter().flatten().try_for_each(|address| check_address(cidr, address))
}

/// Every prefix of a subnet that can be had once, in an order that depends on `bits`. The first block and the last have the reserved
/// addresses.
pub fn prefix_candidates(cidr: Cidr, bits: u64) -> impl Iterator<Item = Cidr> {
    let count = cidr.count_of(PREFIX_BITS).saturating_sub(2);
    walk(count, bits).filter_map(move |offset| cidr.nth_block(PREFIX_BITS, offset + 1))
}

/// The first candidate that is not taken; [`refusals::subnet_full`] if all are.
pub fn first_free(cidr: Cidr, bits: u64, mut taken: impl FnMut(Address) -> bool) -> Result<Address, Refusal> {
    candidates(cidr, bits).find(|address| !taken(*address)).ok_or_else(refusals::subnet_full)
}

/// `0..count` in strides: each once, because the stride and the count have no common divisor.
pub(crate) fn walk(count: u64, bits: u64) -> impl Iterator<Item = u64> {
    let modulus = count.max(1);
    let start = bits % modulus;
    let stride = (bits.rotate_left(32) % modulus..).find(|stride| coprime(*stride, modulus)).unwrap_or(1);
    iter::successors(Some(start), move |offset| Some((offset + stride) % modulus)).take(usize::try_from(count).unwrap_or(usize::MAX))
}

fn coprime(mut a: u64, mut b: u64) -> bool {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}

fn is_sized(cidr: Cidr) -> bool {
    (16..=28).contains(&cidr.prefix())
}

/// CreateVpc: `/16` to `/28`, and nowhere that means something else.
pub fn check_vpc_block(cidr: Cidr) -> Result<(), Refusal> {
    let forbidden = FORBIDDEN.iter().any(|(network, prefix)| shares_prefix(cidr, *network, *prefix));
    if is_sized(cidr) && !forbidden { Ok(()) } else { Err(refusals::vpc_block_invalid(cidr)) }
}

/// Whether a block of at least `/16` begins inside a forbidden one, which has a shorter or the same prefix.
fn shares_prefix(cidr: Cidr, network: [u8; 4], prefix: u8) -> bool {
    let mask = u32::MAX << (32 - u32::from(prefix));
    u32::from(cidr.network()) & mask == u32::from_be_bytes(network)
}

/// CreateSubnet: `/16` to `/28`, inside one of its VPC's blocks, beside its siblings.
pub fn check_subnet_block(cidr: Cidr, of_vpc: &[Cidr], siblings: impl IntoIterator<Item = Cidr>) -> Result<(), Refusal> {
    if !is_sized(cidr) || !of_vpc.iter().any(|block| block.contains_block(cidr)) {
        return Err(refusals::subnet_block_invalid(cidr));
    }
    if siblings.into_iter().any(|sibling| sibling.overlaps(cidr)) {
        return Err(refusals::subnet_block_conflicts(cidr));
    }
    Ok(())
}
