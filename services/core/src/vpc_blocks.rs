//! The blocks of VPCs and subnets: which a VPC may have beside its first, which IPv6 block it is given, and when one may go.
//!
//! Whether a block is one that a VPC or subnet may have at all is [`crate::allocation`]'s. EC2 keeps the private ranges (RFC 1918) apart: a
//! VPC whose first block is of one of them has no block of another. IPv6 blocks are not asked for but given: a /56 out of one
//! range, which no other VPC has, of which subnets take /64s. Deliberately absent: blocks that callers bring along.

use multihome_types::{Cidr, CidrAssociationId, Ipv6Cidr, Refusal, RouteTable, SubnetCidrAssociationId, SubnetId, VpcId};

use crate::allocation;

#[cfg(test)]
mod tests;

/// EC2's quota: blocks of a VPC, of IPv4 and of IPv6 apart, the first one included.
pub const MOST_BLOCKS: usize = 5;

/// Where IPv6 blocks come from: addresses that mean nothing outside (RFC 4193).
const IPV6_RANGE: &str = "fd4d:6d68::/32";
const OF_VPC: u8 = 56;
const OF_SUBNET: u8 = 64;

/// What EC2 calls the range that it gives blocks out of.
pub const IPV6_POOL: &str = "Amazon";

/// A range that blocks of one VPC do not leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Private {
    Ten,
    OneSevenTwo,
    OneNineTwo,
    /// For tests of network devices (RFC 2544): EC2 adds no block of it.
    Benchmark,
}

fn range_of(cidr: Cidr) -> Option<Private> {
    match cidr.network().octets() {
        [10, ..] => Some(Private::Ten),
        [172, 16..=31, ..] => Some(Private::OneSevenTwo),
        [192, 168, ..] => Some(Private::OneNineTwo),
        [198, 19, ..] => Some(Private::Benchmark),
        _ => None,
    }
}

/// AssociateVpcCidrBlock, of a VPC with these blocks, its first one first, and these route tables.
pub fn admit_block(vpc: VpcId, present: &[Cidr], new: Cidr, tables: &[RouteTable]) -> Result<(), Refusal> {
    allocation::check_vpc_block(new)?;
    let range = range_of(new);
    let restricted = range == Some(Private::Benchmark) || range.is_some() && range != present.first().and_then(|first| range_of(*first));
    if restricted {
        let message = format!(
            "The CIDR '{new}' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a \
             publicly-routable CIDR. For additional restrictions, see the VPC documentation."
        );
        return Err(Refusal::new("InvalidVpc.Range", message));
    }
    if let Some(other) = present.iter().find(|block| block.overlaps(new)) {
        return Err(conflict(new, format!("the block {other} of {vpc}")));
    }
    let routed =
        |table: &&RouteTable| table.routes.iter().any(|route| route.destination.ipv4().is_some_and(|destination| new.contains_block(destination)));
    if let Some(table) = tables.iter().find(routed) {
        return Err(conflict(new, format!("a route in {}", table.id)));
    }
    check_count(vpc, present.len())
}

fn conflict(new: Cidr, with: String) -> Refusal {
    Refusal::new("CidrConflict", format!("The CIDR '{new}' conflicts with {with}"))
}

/// Whether a VPC that has so many blocks of IPv6 may have one more.
pub fn admit_ipv6_block(vpc: VpcId, present: usize) -> Result<(), Refusal> {
    check_count(vpc, present)
}

fn check_count(vpc: VpcId, present: usize) -> Result<(), Refusal> {
    if present < MOST_BLOCKS {
        return Ok(());
    }
    Err(limit_exceeded(format!("This network '{vpc}' has met its maximum number of allowed CIDRs: {MOST_BLOCKS}")))
}

fn limit_exceeded(message: String) -> Refusal {
    Refusal::new("CidrLimitExceeded", message)
}

/// An IPv6 block for a VPC, out of random bits. That no other VPC has it is for the schema to say.
pub fn ipv6_block(bits: u128) -> Ipv6Cidr {
    let range: Ipv6Cidr = IPV6_RANGE.parse().unwrap_or_else(|_| Ipv6Cidr::everything());
    range.nth_block(OF_VPC, bits % range.count_of(OF_VPC).max(1)).unwrap_or(range)
}

pub fn vpc_association_not_found(id: CidrAssociationId) -> Refusal {
    Refusal::new("InvalidVpcCidrBlockAssociationID.NotFound", format!("The vpc CIDR block association ID '{id}' does not exist"))
}

pub fn subnet_association_not_found(id: SubnetCidrAssociationId) -> Refusal {
    Refusal::new("InvalidSubnetCidrBlockAssociationID.NotFound", format!("The subnet CIDR block association ID '{id}' does not exist"))
}

/// DisassociateVpcCidrBlock: not the first block, and not while a subnet lies in it. `inside` is such a subnet.
pub fn admit_block_removal(id: CidrAssociationId, is_first: bool, inside: Option<SubnetId>) -> Result<(), Refusal> {
    if is_first {
        let message = format!("The vpc CIDR block with association ID {id} may not be disassociated. It is the primary IPv4 CIDR block of the VPC");
        return Err(Refusal::new("OperationNotPermitted", message));
    }
    match inside {
        Some(subnet) => {
            let message = format!("The vpc CIDR block with association ID {id} may not be disassociated. The subnet {subnet} lies in it");
            Err(Refusal::new("InvalidCidr.InUse", message))
        }
        None => Ok(()),
    }
}

/// The IPv6 block of a subnet: a /64 inside one of its VPC's blocks, beside its siblings'.
pub fn check_subnet_ipv6_block(new: Ipv6Cidr, of_vpc: &[Ipv6Cidr], siblings: impl IntoIterator<Item = Ipv6Cidr>) -> Result<(), Refusal> {
    if new.prefix() != OF_SUBNET || !of_vpc.iter().any(|block| block.contains_block(new)) {
        return Err(Refusal::new("InvalidSubnet.Range", format!("The CIDR '{new}' is invalid.")));
    }
    if siblings.into_iter().any(|sibling| sibling.overlaps(new)) {
        return Err(Refusal::new("InvalidSubnet.Conflict", format!("The CIDR '{new}' conflicts with another subnet")));
    }
    Ok(())
}

/// AssociateSubnetCidrBlock: a subnet has one IPv6 block at most.
pub fn admit_subnet_block(subnet: SubnetId, has_one: bool) -> Result<(), Refusal> {
    if has_one {
        return Err(limit_exceeded(format!("This subnet '{subnet}' has met its maximum number of allowed CIDRs: 1")));
    }
    Ok(())
}

/// DisassociateSubnetCidrBlock: not while new interfaces would get addresses of it.
pub fn admit_subnet_block_removal(id: SubnetCidrAssociationId, assigns: bool) -> Result<(), Refusal> {
    if assigns {
        let message =
            format!("The subnet CIDR block with association ID {id} may not be disassociated while the subnet has AssignIpv6AddressOnCreation set");
        return Err(Refusal::new("OperationNotPermitted", message));
    }
    Ok(())
}
