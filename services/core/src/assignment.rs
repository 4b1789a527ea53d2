//! Private addresses and prefixes that an interface has besides its primary address.
//!
//! A request asks for one kind of thing in one way: addresses or prefixes, by name or by number. A prefix is a /28 block of the subnet
//! that belongs to the interface whole. By the measure of instance types, which limit what one interface has, an address and a prefix
//! count alike, and the primary address counts too; an interface that is attached to nothing has the limit of the largest type.
//!
//! A secondary address can move from one interface to another of its subnet, and then takes along the public address that leads to it.
//! When it is unassigned, the public address leads nowhere.
//!
//! Deliberately absent: which addresses are free, which the database knows ([`crate::allocation`]), and the rules of IPv6
//! ([`crate::ipv6_assignment`]), for which is asked in the same ways.

use std::collections::HashSet;

use multihome_types::{Address, Cidr, ElasticAddress, Interface, InterfaceId, Ipv6Address, Ipv6Cidr, Refusal, Subnet};

use crate::{
    admission::{Caller, check_manageable},
    allocation::{check_address, check_prefix},
    interface::visible,
    refusals,
};

#[cfg(test)]
mod tests;

/// How long a prefix is.
pub const PREFIX_BITS: u8 = 28;
/// How many addresses it has.
pub const PREFIX_SIZE: usize = 16;
/// How many addresses and prefixes an interface may have that is attached to nothing: as many as on the largest types there are.
pub const MOST_SLOTS: usize = 50;

/// What a request says, in all the ways there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedOf<A, P> {
    pub addresses: Vec<A>,
    pub address_count: Option<i64>,
    pub prefixes: Vec<P>,
    pub prefix_count: Option<i64>,
}

/// What an interface is to have besides its primary address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AssignmentOf<A, P> {
    #[default]
    Nothing,
    /// Each once.
    Addresses(Vec<A>),
    AddressCount(usize),
    /// Each once.
    Prefixes(Vec<P>),
    PrefixCount(usize),
}

pub type AssignmentAsked = AskedOf<Address, Cidr>;
pub type Assignment = AssignmentOf<Address, Cidr>;
pub type Ipv6Asked = AskedOf<Ipv6Address, Ipv6Cidr>;
pub type Ipv6Assignment = AssignmentOf<Ipv6Address, Ipv6Cidr>;

/// What a value has that an assignment can name.
pub trait Named: Copy + Eq + std::hash::Hash + std::fmt::Display {}
impl<T: Copy + Eq + std::hash::Hash + std::fmt::Display> Named for T {}

impl<A, P> Default for AskedOf<A, P> {
    fn default() -> Self {
        Self { addresses: Vec::new(), address_count: None, prefixes: Vec::new(), prefix_count: None }
    }
}

impl AssignmentAsked {
    /// The one thing that is asked for, or [`Assignment::Nothing`].
    pub fn select(self) -> Result<Assignment, Refusal> {
        self.select_named(["privateIpAddresses", "secondaryPrivateIpAddressCount", "ipv4Prefixes", "ipv4PrefixCount"])
    }
}

impl Ipv6Asked {
    /// The one thing that is asked for, or [`Ipv6Assignment::Nothing`].
    pub fn select(self) -> Result<Ipv6Assignment, Refusal> {
        self.select_named(["ipv6Addresses", "ipv6AddressCount", "ipv6Prefixes", "ipv6PrefixCount"])
    }
}

impl<A: Named, P: Named> AskedOf<A, P> {
    fn select_named(self, [of_addresses, of_address_count, of_prefixes, of_prefix_count]: [&str; 4]) -> Result<AssignmentOf<A, P>, Refusal> {
        let Self { addresses, address_count, prefixes, prefix_count } = self;
        let mut named: Vec<(&str, AssignmentOf<A, P>)> = Vec::new();
        if !addresses.is_empty() {
            check_distinct(&addresses)?;
            named.push((of_addresses, AssignmentOf::Addresses(addresses)));
        }
        if let Some(count) = address_count {
            named.push((of_address_count, AssignmentOf::AddressCount(counted(of_address_count, count)?)));
        }
        if !prefixes.is_empty() {
            check_distinct(&prefixes)?;
            named.push((of_prefixes, AssignmentOf::Prefixes(prefixes)));
        }
        if let Some(count) = prefix_count {
            named.push((of_prefix_count, AssignmentOf::PrefixCount(counted(of_prefix_count, count)?)));
        }
        let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
        let several = format!("You may specify only one of the parameters {}", names.join(", "));
        match (named.pop(), named.is_empty()) {
            (None, _) => Ok(AssignmentOf::Nothing),
            (Some((_, assignment)), true) => Ok(assignment),
            (Some(_), false) => Err(refusals::invalid_combination(several)),
        }
    }
}

fn check_distinct<T: Named>(values: &[T]) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    match values.iter().find(|value| !seen.insert(**value)) {
        Some(twice) => Err(refusals::invalid_value(format!("{twice} is specified more than once."))),
        None => Ok(()),
    }
}

fn counted(parameter: &str, count: i64) -> Result<usize, Refusal> {
    let count = usize::try_from(count).ok().filter(|count| *count > 0).ok_or(count);
    count.map_err(|count| refusals::invalid_value(format!("Value ({count}) for parameter {parameter} is invalid. It must be at least 1.")))
}

impl<A, P> AssignmentOf<A, P> {
    /// How much it is by the measure of instance types.
    pub fn slots(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Addresses(addresses) => addresses.len(),
            Self::Prefixes(prefixes) => prefixes.len(),
            Self::AddressCount(count) | Self::PrefixCount(count) => *count,
        }
    }

    /// Whether it names what it wants, which only one interface can have.
    pub fn is_named(&self) -> bool {
        match self {
            Self::Addresses(_) | Self::Prefixes(_) => true,
            Self::Nothing | Self::AddressCount(_) | Self::PrefixCount(_) => false,
        }
    }
}

impl Assignment {
    /// How many addresses of the subnet it takes.
    pub fn taken(&self) -> usize {
        match self {
            Self::Nothing | Self::Addresses(_) | Self::AddressCount(_) => self.slots(),
            Self::Prefixes(_) | Self::PrefixCount(_) => self.slots().saturating_mul(PREFIX_SIZE),
        }
    }
}

/// Whether an interface in a subnet may ask for this, with this primary address if it names one.
pub fn check_assignment(assignment: &Assignment, primary: Option<Address>, subnet: &Subnet) -> Result<(), Refusal> {
    match assignment {
        Assignment::Nothing | Assignment::AddressCount(_) | Assignment::PrefixCount(_) => Ok(()),
        Assignment::Addresses(addresses) => {
            if let Some(primary) = primary.filter(|primary| addresses.contains(primary)) {
                return Err(refusals::invalid_value(format!("{primary} is specified more than once.")));
            }
            addresses.iter().try_for_each(|address| check_address(subnet.cidr, *address))
        }
        Assignment::Prefixes(prefixes) => {
            if let Some(primary) = primary.filter(|primary| prefixes.iter().any(|prefix| prefix.contains(*primary))) {
                return Err(refusals::address_in_use(primary));
            }
            prefixes.iter().try_for_each(|prefix| check_prefix(subnet.cidr, *prefix))
        }
    }
}

/// Whether an interface may have so much. `limit` is that of its instance's type.
pub fn check_slots(slots: usize, limit: Option<i32>) -> Result<(), Refusal> {
    let most = limit.map_or(MOST_SLOTS, |limit| usize::try_from(limit).unwrap_or(0));
    if slots <= most { Ok(()) } else { Err(refusals::address_limit_exceeded()) }
}

/// An assignment that is asked for, and what there is.
#[derive(Clone, Debug)]
pub struct AssignSituation<'a> {
    pub caller: Caller,
    pub interface_id: InterfaceId,
    pub interface: Option<&'a Interface>,
    /// The interface's.
    pub subnet: Option<&'a Subnet>,
    /// How many addresses the type of its instance gives an interface; `None` if it is on no instance.
    pub limit: Option<i32>,
    /// Those that have one of the addresses it names.
    pub holders: &'a [Interface],
    pub allow_reassignment: bool,
}

/// What is to be done for an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssignPlan<'a> {
    /// What nobody has, as far as is known.
    pub new: Assignment,
    /// What comes from other interfaces.
    pub moves: Vec<Move<'a>>,
}

/// A secondary address that comes from another interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move<'a> {
    pub address: Address,
    pub from: &'a Interface,
    /// What leads to it, and comes along.
    pub public: Option<&'a ElasticAddress>,
}

/// Whether an interface may have more, and what is new of it.
pub fn admit_assign<'a>(asked: &AssignSituation<'a>, assignment: Assignment) -> Result<AssignPlan<'a>, Refusal> {
    let interface = visible(asked.caller, asked.interface_id, asked.interface)?;
    check_manageable(interface.kind)?;
    let subnet = asked.subnet.ok_or_else(|| refusals::subnet_not_found(interface.subnet))?;
    if assignment == Assignment::Nothing {
        return Err(refusals::missing_parameter(
            "Either the private IP addresses, their count, the IPv4 prefixes or their count must be specified in the request",
        ));
    }
    check_assignment(&assignment, None, subnet)?;
    let mut moves = Vec::new();
    let new = match assignment {
        Assignment::Addresses(addresses) => {
            let mut new = Vec::with_capacity(addresses.len());
            for address in addresses {
                match holder(asked, interface, address)? {
                    Held::Nobody => new.push(address),
                    Held::Itself => {}
                    Held::Another(moved) => moves.push(moved),
                }
            }
            if new.is_empty() { Assignment::Nothing } else { Assignment::Addresses(new) }
        }
        other @ (Assignment::Nothing | Assignment::AddressCount(_) | Assignment::Prefixes(_) | Assignment::PrefixCount(_)) => other,
    };
    check_slots(interface.slots().saturating_add(new.slots()).saturating_add(moves.len()), asked.limit)?;
    Ok(AssignPlan { new, moves })
}

/// Who has an address.
enum Held<'a> {
    Nobody,
    Itself,
    Another(Move<'a>),
}

fn holder<'a>(asked: &AssignSituation<'a>, interface: &Interface, address: Address) -> Result<Held<'a>, Refusal> {
    let taken = || Err(refusals::already_assigned(address));
    if interface.has(address) {
        // A primary address is nobody's to assign.
        return if asked.allow_reassignment && interface.address != address { Ok(Held::Itself) } else { taken() };
    }
    let Some(from) = asked.holders.iter().find(|holder| holder.subnet == interface.subnet && holder.id != interface.id && holder.has(address)) else {
        let in_prefix =
            |holder: &Interface| holder.subnet == interface.subnet && holder.assigned.prefixes.iter().any(|prefix| prefix.contains(address));
        return if asked.holders.iter().any(in_prefix) || in_prefix(interface) { taken() } else { Ok(Held::Nobody) };
    };
    let movable = asked.allow_reassignment && from.address != address && check_manageable(from.kind).is_ok();
    if movable { Ok(Held::Another(Move { address, from, public: from.public_of(address) })) } else { taken() }
}

/// What is to be taken from an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnassignRequest {
    pub addresses: Vec<Address>,
    pub prefixes: Vec<Cidr>,
}

/// Whether an interface may lose what a request names; the interface is the answer.
pub fn admit_unassign<'a>(
    caller: Caller,
    id: InterfaceId,
    interface: Option<&'a Interface>,
    asked: &UnassignRequest,
) -> Result<&'a Interface, Refusal> {
    let interface = visible(caller, id, interface)?;
    check_manageable(interface.kind)?;
    if asked.addresses.is_empty() && asked.prefixes.is_empty() {
        return Err(refusals::missing_parameter("Either the private IP addresses or the IPv4 prefixes must be specified in the request"));
    }
    if asked.addresses.contains(&interface.address) {
        return Err(refusals::primary_not_unassignable(interface.address));
    }
    let strangers: Vec<String> = asked.addresses.iter().filter(|address| !interface.has(**address)).map(ToString::to_string).collect();
    let foreign = asked.prefixes.iter().filter(|prefix| !interface.assigned.prefixes.contains(prefix)).map(ToString::to_string);
    let strangers: Vec<String> = strangers.into_iter().chain(foreign).collect();
    if !strangers.is_empty() {
        return Err(refusals::some_not_assigned(&strangers, interface.id));
    }
    Ok(interface)
}
