//! Elastic addresses: public addresses that an account has until it releases them, and that belong to an interface while they are
//! associated, not to the instance.
//!
//! The dialect is that of EC2's accounts of today, which have VPCs only: an address is named by its allocation. Deliberately absent: which
//! address is free ([`crate::public_pool`]), and pools of one's own.

use multihome_types::{Address, AllocationId, ElasticAddress, Interface, Refusal, Region};

use crate::{admission::Caller, public_pool::PublicPool, refusals};

mod associate;
#[cfg(test)]
mod tests;

pub use associate::{Associate, AssociatePlan, AssociateSituation, TargetAsked, admit_associate, admit_disassociate, named_for_disassociate, target};

/// EC2's name of the pool that is the cloud's own.
pub const POOL: &str = "amazon";
/// The network that every address is for.
pub const DOMAIN: &str = "vpc";

/// An address that is asked for, as texts where EC2 has names.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllocateAsked<'a> {
    pub domain: Option<&'a str>,
    pub border_group: Option<&'a str>,
    pub pool: Option<&'a str>,
    pub customer_pool: Option<&'a str>,
    pub ipam_pool: Option<&'a str>,
    pub address: Option<Address>,
}

/// Whether such an address may be had. That the pool has it left is for the database to say.
pub fn admit_allocate(asked: &AllocateAsked<'_>, region: Region, pool: &PublicPool) -> Result<(), Refusal> {
    match asked.domain {
        None | Some(DOMAIN) => {}
        Some("standard") => return Err(refusals::unsupported("EC2-Classic has been retired: addresses are for use in a VPC.")),
        Some(other) => return Err(refusals::invalid_value(format!("Invalid value '{}' for domain. It is 'vpc'.", brief(other)))),
    }
    if let Some(group) = asked.border_group.filter(|group| *group != region.as_str()) {
        return Err(refusals::invalid_value(format!("Invalid value '{}' for networkBorderGroup. It is '{region}'.", brief(group))));
    }
    if let Some(other) = asked.pool.filter(|other| *other != POOL) {
        return Err(refusals::unsupported(format!("PublicIpv4Pool '{}': there are no pools but '{POOL}' here.", brief(other))));
    }
    for (name, given) in [("CustomerOwnedIpv4Pool", asked.customer_pool), ("IpamPoolId", asked.ipam_pool)] {
        if given.is_some() {
            return Err(refusals::unsupported(format!("{name}: there are no pools but '{POOL}' here.")));
        }
    }
    match asked.address {
        Some(address) if !pool.contains(address) => Err(refusals::public_address_not_found(&address.to_string())),
        Some(_) | None => Ok(()),
    }
}

/// The address, if the caller has it: every operation's first check. An automatic one is nobody's to name.
pub fn visible(caller: Caller, id: AllocationId, found: Option<&ElasticAddress>) -> Result<&ElasticAddress, Refusal> {
    let own = found.filter(|elastic| !elastic.automatic && caller.sees(elastic.account, elastic.region));
    own.ok_or_else(|| refusals::allocation_not_found(&id.to_string()))
}

/// Which address is to lead somewhere: in a VPC it is named by its allocation.
pub fn named_for_associate(allocation: Option<AllocationId>, public: Option<Address>) -> Result<AllocationId, Refusal> {
    named(allocation, public, || refusals::invalid_combination("You must specify an allocation id when mapping an address to a VPC instance"))
}

/// Which address is to be released: as [`named_for_associate`], and EC2 has another code.
pub fn named_for_release(allocation: Option<AllocationId>, public: Option<Address>) -> Result<AllocationId, Refusal> {
    named(allocation, public, || refusals::invalid_value("You must specify an allocation id when releasing a VPC elastic IP address"))
}

/// `by_itself`: what is said to a caller who names the address itself.
fn named(allocation: Option<AllocationId>, public: Option<Address>, by_itself: impl FnOnce() -> Refusal) -> Result<AllocationId, Refusal> {
    match (allocation, public) {
        (Some(_), Some(_)) => Err(refusals::invalid_combination("You may specify public IP or allocation id, but not both in the same call")),
        (Some(id), None) => Ok(id),
        (None, Some(_)) => Err(by_itself()),
        (None, None) => Err(refusals::missing_parameter("Either public IP or allocation id must be specified")),
    }
}

/// Whether an address may be given back: not while it leads somewhere. `holder` is the interface that it leads to.
pub fn admit_release(elastic: &ElasticAddress, holder: Option<&Interface>, border_group: Option<&str>) -> Result<(), Refusal> {
    if border_group.is_some_and(|group| group != elastic.region.as_str()) {
        return Err(refusals::public_address_not_found(&elastic.address.to_string()));
    }
    associate::check_kind(holder)?;
    if elastic.association.is_some() { Err(refusals::address_in_use(elastic.address)) } else { Ok(()) }
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}
