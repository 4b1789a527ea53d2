//! Elastic addresses.
//!
//! What is asked is decided by `core::elastic`. That no public address is given out twice in the whole cloud is the schema's doing.

mod allocate;
mod describe;
mod release;
#[cfg(test)]
mod tests;

pub(crate) use allocate::allocate_address;
pub(crate) use describe::describe_addresses;
use multihome_core::refusals;
use multihome_ec2::Ec2Error;
use multihome_types::Address;
pub(crate) use release::release_address;

/// A public address that a request names.
///
/// # Errors
/// `InvalidAddress.Malformed`.
fn parse_address(text: &str) -> Result<Address, Ec2Error> {
    let shown: String = text.chars().take(64).collect();
    text.parse().map_err(|_| refusals::public_address_malformed(&shown).into())
}
