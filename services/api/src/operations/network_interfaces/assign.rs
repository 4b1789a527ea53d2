//! AssignPrivateIpAddresses.
//!
//! Everybody locks in the same order: the instance, interfaces by their ids, the subnet, addresses.

use multihome_core::{
    assignment::{AssignPlan, AssignSituation, Assignment, AssignmentAsked, Move, admit_assign},
    interface::visible,
};
use multihome_ec2::{
    Ec2Error,
    interface_address::{AssignPrivateIpAddresses, AssignPrivateIpAddressesReply, AssignedPrivateIpAddress},
    network_interface::Ipv4Prefix,
};
use multihome_entities::{elastic_address, instance, instance_type, interface, private_address, subnet};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Address, AddressAssociation, Assigned, Change, EntityKind, Instance, Interface, InterfaceId, Subnet};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::LockType};

use super::{
    ATTEMPTS,
    addresses::apply_turn,
    assigned::{apply_counted, apply_named},
    birth::apply_touch,
    caller, contended, settle,
};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn assign_private_ip_addresses(
    api: &Api,
    call: &Call,
    request: AssignPrivateIpAddresses,
) -> Result<AssignPrivateIpAddressesReply, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let asked = AssignmentAsked {
        addresses: request.private_ip_addresses.iter().map(|text| parse_address(text)).collect::<Result<_, _>>()?,
        address_count: request.secondary_private_ip_address_count.map(i64::from),
        prefixes: request.ipv4_prefixes.iter().map(|text| ids::parse_block("ipv4Prefix", text)).collect::<Result<_, _>>()?,
        prefix_count: request.ipv4_prefix_count.map(i64::from),
    };
    let assignment = asked.select()?;
    for _ in 0..ATTEMPTS {
        if let Some(Assigned { addresses, prefixes, .. }) = attempt(api, call, (id, request.allow_reassignment), &assignment).await? {
            let shown = |address: Address| AssignedPrivateIpAddress { private_ip_address: address.to_string() };
            return Ok(AssignPrivateIpAddressesReply {
                network_interface_id: id.to_string(),
                private_ip_addresses: Some(addresses.into_iter().map(shown).collect()).filter(|list: &Vec<_>| !list.is_empty()),
                ipv4_prefixes: Some(prefixes.iter().map(|prefix| Ipv4Prefix { ipv4_prefix: prefix.to_string() }).collect())
                    .filter(|list: &Vec<_>| !list.is_empty()),
            });
        }
    }
    Err(contended())
}

pub(super) fn parse_address(text: &str) -> Result<Address, Ec2Error> {
    text.parse().map_err(|why: String| Ec2Error::invalid_parameter_value("privateIpAddress", text, &format!("{why}.")))
}

/// What there is of what a request names.
struct Facts {
    interface: Option<Interface>,
    subnet: Option<Subnet>,
    on: Option<On>,
    holders: Vec<Interface>,
}

/// The instance that an interface is on, and how many addresses of either kind its type gives an interface.
pub(super) struct On {
    pub instance: Instance,
    pub limit: i32,
    pub ipv6_limit: i32,
}

async fn gather<C: ConnectionTrait>(conn: &C, id: InterfaceId, assignment: &Assignment) -> Result<Facts, DbErr> {
    let Some(interface) = interface::find(conn, id).await? else {
        return Ok(Facts { interface: None, subnet: None, on: None, holders: Vec::new() });
    };
    let subnet = subnet::Entity::find_by_id(interface.subnet).one(conn).await?.map(Subnet::from);
    let on = gather_on(conn, &interface).await?;
    let holders = match assignment {
        Assignment::Addresses(addresses) => {
            let ids = private_address::holders(conn, interface.subnet, addresses).await?;
            interface::find_all(conn, &ids).await?
        }
        Assignment::Nothing | Assignment::AddressCount(_) | Assignment::Prefixes(_) | Assignment::PrefixCount(_) => Vec::new(),
    };
    Ok(Facts { interface: Some(interface), subnet, on, holders })
}

pub(super) async fn gather_on<C: ConnectionTrait>(conn: &C, interface: &Interface) -> Result<Option<On>, DbErr> {
    let Some(attachment) = &interface.attachment else { return Ok(None) };
    let Some(row) = instance::Entity::find_by_id(attachment.instance).one(conn).await? else { return Ok(None) };
    let kind = instance_type::Entity::find_by_id(&row.instance_type).one(conn).await?;
    let (limit, ipv6_limit) = kind.map_or((1, 0), |row| (row.addresses_per_interface, row.ipv6_addresses_per_interface));
    Ok(Some(On { instance: row.into(), limit, ipv6_limit }))
}

/// What is new. `None`: somebody else was first.
async fn attempt(api: &Api, call: &Call, (id, allow_reassignment): (InterfaceId, bool), assignment: &Assignment) -> Result<Option<Assigned>, Fault> {
    let facts = gather(api.store.reader(), id, assignment).await?;
    let situation = AssignSituation {
        caller: caller(call),
        interface_id: id,
        interface: facts.interface.as_ref(),
        subnet: facts.subnet.as_ref(),
        limit: facts.on.as_ref().map(|on| on.limit),
        holders: &facts.holders,
        allow_reassignment,
    };
    let plan = admit_assign(&situation, assignment.clone())?;
    let interface = visible(caller(call), id, facts.interface.as_ref())?;
    let Some(subnet) = &facts.subnet else { return Ok(None) };
    if plan.new == Assignment::Nothing && plan.moves.is_empty() {
        return Ok(Some(Assigned::default()));
    }
    let mut txn = api.store.begin().await?;
    let outcome = apply(call, &mut txn, (interface, subnet, facts.on.as_ref()), &plan).await;
    settle(txn, outcome).await
}

async fn apply(
    call: &Call,
    txn: &mut Transaction,
    (interface, subnet, on): (&Interface, &Subnet, Option<&On>),
    plan: &AssignPlan<'_>,
) -> Result<Option<Assigned>, Fault> {
    if !apply_claims(txn, interface, on, &plan.moves).await? {
        return Ok(None);
    }
    let conn = txn.conn();
    apply_turn(conn, vec![subnet.id; plan.new.taken()]).await?;
    let mut assigned = match apply_named(conn, subnet, interface.id, &plan.new).await? {
        Ok(assigned) => assigned,
        // Whoever has it now is seen by the next look.
        Err(_) if matches!(plan.new, Assignment::Addresses(_)) => return Ok(None),
        Err(refusal) => return Err(refusal.into()),
    };
    let counted = apply_counted(conn, subnet, interface.id, &plan.new).await??;
    assigned.addresses.extend(counted.addresses);
    assigned.prefixes.extend(counted.prefixes);
    for one in &plan.moves {
        if !apply_move(txn, interface, one).await? {
            return Ok(None);
        }
        assigned.addresses.push(one.address);
    }
    assigned.addresses.sort_unstable();
    txn.record(changes(call, interface, plan, &assigned)).await?;
    Ok(Some(assigned))
}

/// What was read is still so, and stays so until the end of the transaction. False: it is not.
async fn apply_claims(txn: &Transaction, interface: &Interface, on: Option<&On>, moves: &[Move<'_>]) -> Result<bool, DbErr> {
    if let Some(On { instance, .. }) = on
        && !apply_hold(txn, instance).await?
    {
        return Ok(false);
    }
    let mut interfaces: Vec<&Interface> = moves.iter().map(|one| one.from).chain([interface]).collect();
    interfaces.sort_unstable_by_key(|interface| interface.id);
    interfaces.dedup_by_key(|interface| interface.id);
    for read in interfaces {
        if apply_touch(txn, read).await? == Cas::Stale {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The instance has the type that its limit was read of, and keeps it until the end of the transaction.
pub(super) async fn apply_hold(txn: &Transaction, read: &Instance) -> Result<bool, DbErr> {
    let same = instance::Entity::find_by_id(read.id).filter(instance::Column::InstanceType.eq(&read.instance_type));
    let held = same.select_only().column(instance::Column::Id).lock(LockType::Share).into_tuple::<String>().one(txn.conn()).await?;
    Ok(held.is_some())
}

async fn apply_move(txn: &Transaction, interface: &Interface, one: &Move<'_>) -> Result<bool, DbErr> {
    let conn = txn.conn();
    if private_address::move_to(conn, (interface.subnet, one.address), one.from.id, interface.id).await? != 1 {
        return Ok(false);
    }
    let Some((public, association)) = one.public.and_then(|public| Some((public, public.association?))) else { return Ok(true) };
    let to = AddressAssociation { interface: interface.id, ..association };
    Ok(elastic_address::associate(conn, public, Some(to)).await? == 1)
}

fn changes(call: &Call, interface: &Interface, plan: &AssignPlan<'_>, assigned: &Assigned) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut left: Vec<InterfaceId> = Vec::new();
    for Move { address, from, public } in &plan.moves {
        let why = format!("The private address {address} went from {} to {}.", from.id, interface.id);
        if !left.contains(&from.id) {
            left.push(from.id);
            changes.push(call.change_of(from.account, (EntityKind::Interface, from.id, from.generation.next()), "unassigned", why.clone()));
        }
        if let Some(public) = public {
            let why = format!("{why} The public address {} went along.", public.address);
            changes.push(call.change_of(public.account, (EntityKind::ElasticAddress, public.id, public.generation.next()), "associated", why));
        }
    }
    let new: Vec<String> = assigned.addresses.iter().map(ToString::to_string).chain(assigned.prefixes.iter().map(ToString::to_string)).collect();
    let why = format!("Network interface {} was assigned {}.", interface.id, new.join(", "));
    changes.push(call.change((EntityKind::Interface, interface.id, interface.generation.next()), "assigned", why));
    changes
}
