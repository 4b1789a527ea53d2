//! IPv6 addresses and prefixes of interfaces, taken and given back.
//!
//! Whoever takes one holds the subnet until the end of the transaction: an address must not lie in a prefix, nor in a block that the
//! subnet loses meanwhile. In a block of 2⁶⁴ addresses one that is drawn is free.

use multihome_core::{
    assignment::{Ipv6Asked, Ipv6Assignment},
    ipv6_assignment::{AssignSituation, address_at, admit_assign, admit_unassign, block_of, prefix_candidates},
    refusals,
};
use multihome_ec2::{
    Ec2Error,
    interface_ipv6::{AssignIpv6Addresses, AssignIpv6AddressesReply, UnassignIpv6Addresses, UnassignIpv6AddressesReply},
    network_interface::{Ipv6AddressSpecification, Ipv6PrefixSpecification},
};
use multihome_entities::{interface, ipv6_address, subnet};
use multihome_runtime::{Cas, Transaction, random_bits};
use multihome_types::{EntityKind, Interface, InterfaceId, Ipv6Address, Ipv6Cidr, Refusal, Subnet};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

use super::{
    ATTEMPTS,
    addresses::{apply_turn, random_seed},
    assign::{On, apply_hold, gather_on},
    birth::apply_touch,
    caller, contended, settle,
};
use crate::{Api, call::Call, fault::Fault, ids};

/// Addresses and prefixes, each in the order of their values.
pub(super) type Had = (Vec<Ipv6Address>, Vec<Ipv6Cidr>);

/// How often an address is drawn before the block is said to be full.
const DRAWS: usize = 64;

pub(in crate::operations) fn parse_ipv6_address(text: &str) -> Result<Ipv6Address, Ec2Error> {
    text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("ipv6Address", text, &format!("{why}.")))
}

fn parse_prefix(text: &str) -> Result<Ipv6Cidr, Ec2Error> {
    text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("ipv6Prefix", text, &format!("{why}.")))
}

/// What a create or a launch asks for.
pub(in crate::operations) fn ipv6_asked(
    addresses: &[Ipv6AddressSpecification],
    address_count: Option<u32>,
    prefixes: &[Ipv6PrefixSpecification],
    prefix_count: Option<u32>,
) -> Result<Ipv6Assignment, Ec2Error> {
    if addresses.is_empty() && prefixes.is_empty() && address_count == Some(0) && prefix_count.is_none() {
        // None, whatever the subnet gives to others.
        return Ok(Ipv6Assignment::AddressCount(0));
    }
    let asked = Ipv6Asked {
        addresses: addresses.iter().map(|one| parse_ipv6_address(&one.ipv6_address)).collect::<Result<_, _>>()?,
        // Some clients say that they want none.
        address_count: address_count.filter(|count| *count > 0).map(i64::from),
        prefixes: prefixes.iter().map(|one| parse_prefix(&one.ipv6_prefix)).collect::<Result<_, _>>()?,
        prefix_count: prefix_count.filter(|count| *count > 0).map(i64::from),
    };
    Ok(asked.select()?)
}

/// Takes what an assignment asks for. The subnet is held ([`apply_turn`]). The refusal is of the first thing that cannot be had; then the
/// transaction must be rolled back.
pub(super) async fn apply_ipv6<C: ConnectionTrait>(
    conn: &C,
    read: &Subnet,
    interface: InterfaceId,
    assignment: &Ipv6Assignment,
) -> Result<Result<Had, Refusal>, DbErr> {
    let (mut addresses, mut prefixes) = (Vec::new(), Vec::new());
    if assignment.slots() == 0 {
        return Ok(Ok((addresses, prefixes)));
    }
    let now = subnet::Entity::find_by_id(read.id).one(conn).await?.and_then(|row| row.ipv6_cidr);
    let Some(block) = now.filter(|now| read.ipv6.is_some_and(|block| block.cidr == *now)) else {
        return Ok(Err(refusals::subnet_without_ipv6(read.id)));
    };
    let take = async |address: Ipv6Address| match block_of(block, address) {
        Some(within) => ipv6_address::take_address(conn, read.id, (address, within), interface).await,
        None => Ok(false),
    };
    match assignment {
        Ipv6Assignment::Nothing => {}
        Ipv6Assignment::Addresses(named) => {
            for address in named {
                if !take(*address).await? {
                    return Ok(Err(refusals::ipv6_in_use(&address.to_string())));
                }
                addresses.push(*address);
            }
        }
        Ipv6Assignment::AddressCount(count) => {
            for _ in 0..count.saturating_add(DRAWS) {
                if addresses.len() < *count
                    && let Some(address) = address_at(block, random_bits())
                    && take(address).await?
                {
                    addresses.push(address);
                }
            }
            if addresses.len() < *count {
                return Ok(Err(refusals::subnet_full()));
            }
        }
        Ipv6Assignment::Prefixes(named) => {
            for prefix in named {
                if !ipv6_address::take_prefix(conn, read.id, *prefix, interface).await? {
                    return Ok(Err(refusals::ipv6_in_use(&prefix.to_string())));
                }
                prefixes.push(*prefix);
            }
        }
        Ipv6Assignment::PrefixCount(count) => {
            let taken = ipv6_address::blocks(conn, read.id).await?;
            let free: Vec<Ipv6Cidr> = prefix_candidates(block, random_seed()).filter(|prefix| !taken.contains(prefix)).take(*count).collect();
            for prefix in free {
                if ipv6_address::take_prefix(conn, read.id, prefix, interface).await? {
                    prefixes.push(prefix);
                }
            }
            if prefixes.len() < *count {
                return Ok(Err(refusals::no_free_prefix()));
            }
        }
    }
    addresses.sort_unstable();
    prefixes.sort_unstable();
    Ok(Ok((addresses, prefixes)))
}

pub(crate) async fn assign_ipv6_addresses(api: &Api, call: &Call, request: AssignIpv6Addresses) -> Result<AssignIpv6AddressesReply, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let asked = Ipv6Asked {
        addresses: request.ipv6_addresses.iter().map(|text| parse_ipv6_address(text)).collect::<Result<_, _>>()?,
        address_count: request.ipv6_address_count.map(i64::from),
        prefixes: request.ipv6_prefixes.iter().map(|text| parse_prefix(text)).collect::<Result<_, _>>()?,
        prefix_count: request.ipv6_prefix_count.map(i64::from),
    };
    let assignment = asked.select()?;
    for _ in 0..ATTEMPTS {
        let conn = api.store.reader();
        let found = interface::find(conn, id).await?;
        let (subnet, on) = match &found {
            Some(interface) => {
                let subnet = subnet::Entity::find_by_id(interface.subnet).one(conn).await?.map(Subnet::from);
                (subnet, gather_on(conn, interface).await?)
            }
            None => (None, None),
        };
        let situation = AssignSituation {
            caller: caller(call),
            interface_id: id,
            interface: found.as_ref(),
            subnet: subnet.as_ref(),
            limit: on.as_ref().map(|on| on.ipv6_limit),
        };
        let read = admit_assign(&situation, &assignment)?;
        let Some(subnet) = &subnet else { continue };
        let mut txn = api.store.begin().await?;
        let outcome = apply_assign(call, &mut txn, (read, subnet, on.as_ref()), &assignment).await;
        if let Some((addresses, prefixes)) = settle(txn, outcome).await? {
            return Ok(AssignIpv6AddressesReply {
                ipv6_addresses: addresses.iter().map(ToString::to_string).collect(),
                ipv6_prefixes: prefixes.iter().map(ToString::to_string).collect(),
                network_interface_id: id.to_string(),
            });
        }
    }
    Err(contended())
}

async fn apply_assign(
    call: &Call,
    txn: &mut Transaction,
    (read, subnet, on): (&Interface, &Subnet, Option<&On>),
    assignment: &Ipv6Assignment,
) -> Result<Option<Had>, Fault> {
    if let Some(On { instance, .. }) = on
        && !apply_hold(txn, instance).await?
    {
        return Ok(None);
    }
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    apply_turn(txn.conn(), vec![subnet.id; 2]).await?;
    let (addresses, prefixes) = apply_ipv6(txn.conn(), subnet, read.id, assignment).await??;
    let new: Vec<String> = addresses.iter().map(ToString::to_string).chain(prefixes.iter().map(ToString::to_string)).collect();
    let why = format!("Network interface {} was assigned {}.", read.id, new.join(", "));
    txn.record(vec![call.change((EntityKind::Interface, read.id, read.generation.next()), "assigned", why)]).await?;
    Ok(Some((addresses, prefixes)))
}

pub(crate) async fn unassign_ipv6_addresses(api: &Api, call: &Call, request: UnassignIpv6Addresses) -> Result<UnassignIpv6AddressesReply, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let addresses: Vec<Ipv6Address> = request.ipv6_addresses.iter().map(|text| parse_ipv6_address(text)).collect::<Result<_, _>>()?;
    let prefixes: Vec<Ipv6Cidr> = request.ipv6_prefixes.iter().map(|text| parse_prefix(text)).collect::<Result<_, _>>()?;
    let [shown_addresses, shown_prefixes]: [Vec<String>; 2] =
        [addresses.iter().map(ToString::to_string).collect(), prefixes.iter().map(ToString::to_string).collect()];
    let values: Vec<String> = shown_addresses.iter().chain(&shown_prefixes).cloned().collect();
    for _ in 0..ATTEMPTS {
        let found = interface::find(api.store.reader(), id).await?;
        let read = admit_unassign(caller(call), id, found.as_ref(), (&addresses, &prefixes))?;
        let mut txn = api.store.begin().await?;
        let outcome = apply_unassign(call, &mut txn, read, &values).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(UnassignIpv6AddressesReply {
                network_interface_id: id.to_string(),
                ipv6_addresses: shown_addresses,
                ipv6_prefixes: shown_prefixes,
            });
        }
    }
    Err(contended())
}

async fn apply_unassign(call: &Call, txn: &mut Transaction, read: &Interface, values: &[String]) -> Result<Option<()>, Fault> {
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    ipv6_address::give_back(txn.conn(), read.id, values).await?;
    let why = format!("{} of network interface {} went back to subnet {}.", values.join(", "), read.id, read.subnet);
    txn.record(vec![call.change((EntityKind::Interface, read.id, read.generation.next()), "unassigned", why)]).await?;
    Ok(Some(()))
}
