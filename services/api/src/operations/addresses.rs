//! Elastic addresses.
//!
//! What is asked is decided by `core::elastic`. That no public address is given out twice in the whole cloud is the schema's doing. An
//! association belongs to the interface: whoever changes one counts the generation of every interface in question up first, as a delete,
//! an attach and a launch do, so one of two that race finds a generation it does not know, and looks again.

mod allocate;
mod associate;
mod attribute;
mod describe;
mod disassociate;
mod rearrange;
mod release;
#[cfg(test)]
mod tests;

pub(crate) use allocate::allocate_address;
pub(crate) use associate::associate_address;
pub(crate) use attribute::describe_addresses_attribute;
pub(crate) use describe::describe_addresses;
pub(crate) use disassociate::disassociate_address;
use multihome_core::refusals;
use multihome_ec2::Ec2Error;
use multihome_runtime::random_bits;
use multihome_types::Address;
pub(crate) use release::release_address;

/// Where a walk through the pool begins.
pub(super) fn seed() -> u64 {
    // The low half is as random as the whole.
    (random_bits() & u128::from(u64::MAX)) as u64
}

/// A public address that a request names.
///
/// # Errors
/// `InvalidAddress.Malformed`.
fn parse_address(text: &str) -> Result<Address, Ec2Error> {
    let shown: String = text.chars().take(64).collect();
    text.parse().map_err(|_| refusals::public_address_malformed(&shown).into())
}
