//! IPv6 addresses and prefixes of an interface.
//!
//! As with private addresses ([`crate::assignment`]), a request asks for one kind of thing in one way. All of them come out of the block of
//! the interface's subnet; there is no primary one, and none moves. A prefix has 80 bits. EC2 keeps the first four addresses of a block
//! and the last, and with them the blocks they are in. What one interface has is limited by the type of its instance by a number of
//! its own, in which addresses and prefixes count alike.
//!
//! Deliberately absent: which are free, which the database knows, and an IPv6 address that stays the first (`EnablePrimaryIpv6`).

use multihome_types::{Interface, InterfaceId, Ipv6Address, Ipv6Cidr, Refusal, Subnet};

use crate::{
    admission::{Caller, check_manageable},
    allocation::walk,
    assignment::{Ipv6Assignment, MOST_SLOTS},
    interface::visible,
    refusals,
};

/// How long a prefix is.
pub const PREFIX_BITS: u8 = 80;
const RESERVED_FIRST: u128 = 4;

fn is_reserved(block: Ipv6Cidr, address: Ipv6Address) -> bool {
    (0..RESERVED_FIRST).any(|offset| block.nth(offset) == Some(address)) || last(block) == Some(address)
}

fn last(block: Ipv6Cidr) -> Option<Ipv6Address> {
    block.nth(u128::MAX.checked_shr(u32::from(block.prefix())).unwrap_or(0))
}

/// Whether an interface may ask for this address.
pub fn check_address(block: Ipv6Cidr, address: Ipv6Address) -> Result<(), Refusal> {
    if !block.contains(address) {
        return Err(refusals::address_outside_subnet());
    }
    if is_reserved(block, address) { Err(refusals::address_reserved()) } else { Ok(()) }
}

/// Whether an interface may ask for this prefix.
pub fn check_prefix(block: Ipv6Cidr, prefix: Ipv6Cidr) -> Result<(), Refusal> {
    if prefix.prefix() != PREFIX_BITS || !block.contains_block(prefix) {
        return Err(refusals::ipv6_prefix_invalid(prefix));
    }
    let ends = [prefix.nth(0), last(prefix)];
    if ends.into_iter().flatten().any(|address| is_reserved(block, address)) { Err(refusals::address_reserved()) } else { Ok(()) }
}

/// The address of a block that random bits name; `None` where it is reserved.
pub fn address_at(block: Ipv6Cidr, bits: u128) -> Option<Ipv6Address> {
    let address = block.nth(bits & u128::MAX.checked_shr(u32::from(block.prefix())).unwrap_or(0))?;
    Some(address).filter(|address| !is_reserved(block, *address))
}

/// The block of the length of a prefix that an address is in.
pub fn block_of(block: Ipv6Cidr, address: Ipv6Address) -> Option<Ipv6Cidr> {
    let offset = u128::from(address.0).checked_sub(u128::from(block.network()))?;
    block.nth_block(PREFIX_BITS, offset >> (128 - PREFIX_BITS))
}

/// Every prefix of a block that can be had once, in an order that depends on `bits`.
pub fn prefix_candidates(block: Ipv6Cidr, bits: u64) -> impl Iterator<Item = Ipv6Cidr> {
    let count = u64::try_from(block.count_of(PREFIX_BITS)).unwrap_or(u64::MAX).saturating_sub(2);
    walk(count, bits).filter_map(move |offset| block.nth_block(PREFIX_BITS, u128::from(offset) + 1))
}

/// What a new interface gets: what it asks for, or one address where its subnet gives one to every interface. Who asks for a count of 0
/// asks for none.
pub fn on_creation(asked: &Ipv6Assignment, subnet: &Subnet) -> Ipv6Assignment {
    let gives = subnet.attributes.assign_ipv6_address_on_creation && subnet.ipv6.is_some();
    if gives && *asked == Ipv6Assignment::Nothing { Ipv6Assignment::AddressCount(1) } else { asked.clone() }
}

/// Whether an interface in a subnet may ask for this.
pub fn check_assignment(assignment: &Ipv6Assignment, subnet: &Subnet) -> Result<(), Refusal> {
    if assignment.slots() == 0 {
        return Ok(());
    }
    let block = subnet.ipv6.ok_or_else(|| refusals::subnet_without_ipv6(subnet.id))?.cidr;
    match assignment {
        Ipv6Assignment::Nothing | Ipv6Assignment::AddressCount(_) | Ipv6Assignment::PrefixCount(_) => Ok(()),
        Ipv6Assignment::Addresses(addresses) => addresses.iter().try_for_each(|address| check_address(block, *address)),
        Ipv6Assignment::Prefixes(prefixes) => prefixes.iter().try_for_each(|prefix| check_prefix(block, *prefix)),
    }
}

/// Whether an interface may have so much. `limit` is that of its instance's type.
pub fn check_slots(slots: usize, limit: Option<i32>) -> Result<(), Refusal> {
    let most = limit.map_or(MOST_SLOTS, |limit| usize::try_from(limit).unwrap_or(0));
    if slots <= most { Ok(()) } else { Err(refusals::ipv6_limit_exceeded()) }
}

/// An assignment that is asked for, and what there is.
#[derive(Clone, Copy, Debug)]
pub struct AssignSituation<'a> {
    pub caller: Caller,
    pub interface_id: InterfaceId,
    pub interface: Option<&'a Interface>,
    /// The interface's.
    pub subnet: Option<&'a Subnet>,
    /// How many the type of its instance gives an interface; `None` if it is on no instance.
    pub limit: Option<i32>,
}

/// Whether an interface may have more; the interface is the answer.
pub fn admit_assign<'a>(asked: &AssignSituation<'a>, assignment: &Ipv6Assignment) -> Result<&'a Interface, Refusal> {
    let interface = visible(asked.caller, asked.interface_id, asked.interface)?;
    check_manageable(interface.kind)?;
    let subnet = asked.subnet.ok_or_else(|| refusals::subnet_not_found(interface.subnet))?;
    if *assignment == Ipv6Assignment::Nothing {
        return Err(refusals::missing_parameter(
            "Either the IPv6 addresses, their count, the IPv6 prefixes or their count must be specified in the request",
        ));
    }
    check_assignment(assignment, subnet)?;
    check_slots(interface.ipv6_slots().saturating_add(assignment.slots()), asked.limit)?;
    Ok(interface)
}

/// Whether an interface may lose what a request names; the interface is the answer.
pub fn admit_unassign<'a>(
    caller: Caller,
    id: InterfaceId,
    interface: Option<&'a Interface>,
    (addresses, prefixes): (&[Ipv6Address], &[Ipv6Cidr]),
) -> Result<&'a Interface, Refusal> {
    let interface = visible(caller, id, interface)?;
    check_manageable(interface.kind)?;
    if addresses.is_empty() && prefixes.is_empty() {
        return Err(refusals::missing_parameter("Either the IPv6 addresses or the IPv6 prefixes must be specified in the request"));
    }
    let strange_addresses = addresses.iter().filter(|address| !interface.assigned.ipv6_addresses.contains(address)).map(ToString::to_string);
    let strange_prefixes = prefixes.iter().filter(|prefix| !interface.assigned.ipv6_prefixes.contains(prefix)).map(ToString::to_string);
    let strangers: Vec<String> = strange_addresses.chain(strange_prefixes).collect();
    if strangers.is_empty() { Ok(interface) } else { Err(refusals::some_not_assigned(&strangers, interface.id)) }
}

#[cfg(test)]
mod tests {
    use multihome_types::{SubnetAttributes, SubnetIpv6Block};

    use super::*;
    use crate::{
        assignment::Ipv6Asked,
        transition::sample::{account, id, interface, subnet, the},
    };

    fn with_block() -> Subnet {
        Subnet { ipv6: Some(SubnetIpv6Block { association: id(1), cidr: the("2001:db8:0:1::/64") }), ..subnet(1) }
    }

    fn caller() -> Caller {
        Caller::of(account(), the("region"))
    }

    #[test]
    fn what_is_named_lies_in_the_subnets_block_and_is_not_reserved() {
        let check = |text: &str| {
            let asked = match text.parse() {
                Ok(address) => Ipv6Asked { addresses: vec![address], ..Ipv6Asked::default() },
                Err(_) => Ipv6Asked { prefixes: vec![the(text)], ..Ipv6Asked::default() },
            };
            check_assignment(&asked.select().unwrap(), &with_block()).map_err(|refusal| refusal.code)
        };
        for good in ["2001:db8:0:1::4", "2001:db8:0:1:ffff:ffff:ffff:fffe", "2001:db8:0:1:1::/80", "2001:db8:0:1:fffe::/80"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for wrong in [
            "2001:db8:0:1::",
            "2001:db8:0:1::3",
            "2001:db8:0:1:ffff:ffff:ffff:ffff",
            "2001:db8:0:2::4",
            "2001:db8:0:1::/80",
            "2001:db8:0:1:ffff::/80",
            "2001:db8:0:2:1::/80",
            "2001:db8:0:1:1::/96",
            "2001:db8:0:1::/64",
        ] {
            assert_eq!(check(wrong).unwrap_err(), "InvalidParameterValue", "{wrong}");
        }
        let without = check_assignment(&Ipv6Assignment::AddressCount(1), &subnet(1)).unwrap_err();
        assert_eq!(without.to_string(), "InvalidParameterValue: The subnet 'subnet-00000001' does not have an IPv6 CIDR block");
    }

    #[test]
    fn a_subnet_that_gives_every_interface_one_gives_it_to_those_that_ask_for_nothing() {
        let giving = Subnet { attributes: SubnetAttributes { assign_ipv6_address_on_creation: true, ..SubnetAttributes::default() }, ..with_block() };
        assert_eq!(on_creation(&Ipv6Assignment::Nothing, &giving), Ipv6Assignment::AddressCount(1));
        assert_eq!(on_creation(&Ipv6Assignment::PrefixCount(2), &giving), Ipv6Assignment::PrefixCount(2));
        assert_eq!(on_creation(&Ipv6Assignment::AddressCount(0), &giving).slots(), 0);
        assert_eq!(check_assignment(&Ipv6Assignment::AddressCount(0), &subnet(1)), Ok(()));
        assert_eq!(on_creation(&Ipv6Assignment::Nothing, &with_block()), Ipv6Assignment::Nothing);
        assert_eq!(on_creation(&Ipv6Assignment::Nothing, &Subnet { ipv6: None, ..giving }), Ipv6Assignment::Nothing);
    }

    #[test]
    fn the_limit_is_the_types_own_for_ipv6() {
        let (subnet, mut own) = (with_block(), interface(7));
        own.assigned.ipv6_addresses = vec![the("2001:db8:0:1::4")];
        own.assigned.ipv6_prefixes = vec![the("2001:db8:0:1:1::/80")];
        let ask = |limit, assignment| {
            let asked = AssignSituation { caller: caller(), interface_id: own.id, interface: Some(&own), subnet: Some(&subnet), limit };
            admit_assign(&asked, &assignment).map(|interface| interface.id).map_err(|refusal| refusal.code)
        };
        assert_eq!(ask(Some(4), Ipv6Assignment::AddressCount(2)), Ok(own.id));
        assert_eq!(ask(Some(4), Ipv6Assignment::PrefixCount(3)).unwrap_err(), "PrivateIpAddressLimitExceeded");
        assert_eq!(ask(Some(0), Ipv6Assignment::AddressCount(1)).unwrap_err(), "PrivateIpAddressLimitExceeded");
        assert_eq!(ask(None, Ipv6Assignment::AddressCount(48)), Ok(own.id));
        assert_eq!(ask(None, Ipv6Assignment::Nothing).unwrap_err(), "MissingParameter");
    }

    #[test]
    fn only_its_own_is_taken_from_an_interface() {
        let mut own = interface(7);
        own.assigned.ipv6_addresses = vec![the("2001:db8:0:1::4")];
        let ask = |text: &str| admit_unassign(caller(), own.id, Some(&own), (&[the(text)], &[])).map(drop).map_err(|refusal| refusal.to_string());
        assert_eq!(ask("2001:db8:0:1:0::4"), Ok(()));
        let refused = "InvalidParameterValue: Some of [2001:db8:0:1::5] are not assigned to interface eni-00000007";
        assert_eq!(ask("2001:db8:0:1::5").unwrap_err(), refused);
        assert_eq!(admit_unassign(caller(), own.id, Some(&own), (&[], &[])).unwrap_err().code, "MissingParameter");
    }

    #[test]
    fn what_is_drawn_may_be_had() {
        let block: Ipv6Cidr = the("2001:db8:0:1::/64");
        for bits in [0, 3, u128::MAX, u128::from(u64::MAX)] {
            assert_eq!(address_at(block, bits), None, "{bits:x}");
        }
        let drawn = address_at(block, (7 << 64) | (9 << 48) | 11).unwrap();
        assert_eq!(drawn.to_string(), "2001:db8:0:1:9::b");
        assert_eq!(block_of(block, drawn), Some(the("2001:db8:0:1:9::/80")));
        let tried: Vec<Ipv6Cidr> = prefix_candidates(block, 12_345).collect();
        assert_eq!(tried.len(), 65_534);
        assert!(tried.iter().all(|prefix| check_prefix(block, *prefix).is_ok()));
    }
}
