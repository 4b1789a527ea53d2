//! AssociateAddress and DisassociateAddress: which interface, which of its addresses, and whether.
//!
//! Named by an instance, an association is with the one interface that the instance has. An address that leads somewhere else moves only
//! when the caller allows it, and so does one that stands where it is to lead; what the cloud gave by itself always gives way. Interfaces of
//! NAT gateways are not the caller's to manage, in either direction.

use multihome_types::{
    Address, AddressAssociation, AddressAssociationId, ElasticAddress, Instance, InstanceId, InstanceState, Interface, InterfaceId, InterfaceKind,
    Refusal, VpcId,
};

use crate::{admission::Caller, interface::visible, refusals, route_table::sole_interface};

/// What a caller wants an address to lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetAsked {
    Interface(InterfaceId),
    Instance(InstanceId),
}

/// Of the two exactly one.
pub fn target(interface: Option<InterfaceId>, instance: Option<InstanceId>) -> Result<TargetAsked, Refusal> {
    match (interface, instance) {
        (Some(_), Some(_)) => {
            Err(refusals::invalid_combination("You may specify an instance ID or a network interface ID, but not both in the same call"))
        }
        (Some(id), None) => Ok(TargetAsked::Interface(id)),
        (None, Some(id)) => Ok(TargetAsked::Instance(id)),
        (None, None) => Err(refusals::missing_parameter("Either an instance ID or a network interface ID must be specified")),
    }
}

/// An association that is asked for, and what there is.
#[derive(Clone, Debug)]
pub struct AssociateSituation<'a> {
    pub caller: Caller,
    /// The interface's owner permits it to the caller's account ([`crate::interface_permission`]).
    pub permitted: bool,
    /// That the caller has.
    pub elastic: &'a ElasticAddress,
    /// The interface that has the address now.
    pub holder: Option<&'a Interface>,
    pub target: TargetAsked,
    /// The interface asked for, or all on the instance asked for.
    pub interfaces: &'a [Interface],
    /// The instance asked for, or the one that the interface is attached to.
    pub instance: Option<&'a Instance>,
    /// `None`: the primary one.
    pub private_address: Option<Address>,
    /// Of the VPCs of those interfaces the ones with an internet gateway.
    pub with_gateway: &'a [VpcId],
    pub allow_reassociation: bool,
}

/// What there is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssociatePlan<'a> {
    /// Nothing: it is so already.
    Stay(AddressAssociationId),
    Associate(Associate<'a>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Associate<'a> {
    pub interface: &'a Interface,
    pub private_address: Address,
    /// What led there until now, and has to leave.
    pub displaced: Option<&'a ElasticAddress>,
}

pub fn admit_associate<'a>(asked: &AssociateSituation<'a>) -> Result<AssociatePlan<'a>, Refusal> {
    let interface = find_interface(asked)?;
    check_kind(Some(interface))?;
    check_kind(asked.holder)?;
    let private_address = asked.private_address.unwrap_or(interface.address);
    if !interface.has(private_address) {
        return Err(refusals::not_assigned(private_address, interface.id));
    }
    if !asked.with_gateway.contains(&interface.vpc) {
        return Err(refusals::no_internet_gateway(interface.vpc));
    }
    if let Some(AddressAssociation { id, interface: holder, private_address: present }) = asked.elastic.association {
        if (holder, present) == (interface.id, private_address) {
            return Ok(AssociatePlan::Stay(id));
        }
        if !asked.allow_reassociation {
            return Err(refusals::already_associated(asked.elastic.id, id));
        }
    }
    let displaced = interface.public_of(private_address);
    if let Some(other) = displaced.filter(|other| !other.automatic && !asked.allow_reassociation) {
        return Err(refusals::already_reached(interface.id, private_address, other.address));
    }
    Ok(AssociatePlan::Associate(Associate { interface, private_address, displaced }))
}

fn find_interface<'a>(asked: &AssociateSituation<'a>) -> Result<&'a Interface, Refusal> {
    match asked.target {
        TargetAsked::Interface(id) => {
            let found = asked.interfaces.iter().find(|interface| interface.id == id);
            let crosses = |interface: &&Interface| asked.permitted && asked.caller.is_in(interface.region);
            let interface = found.filter(crosses).map_or_else(|| visible(asked.caller, id, found), Ok)?;
            match asked.instance.filter(|instance| !is_settled(instance.state)) {
                Some(instance) => Err(refusals::instance_not_in_state_for_address(instance.id, instance.state)),
                None => Ok(interface),
            }
        }
        TargetAsked::Instance(id) => {
            let instance = asked.instance.filter(|instance| instance.id == id && asked.caller.sees(instance.account, instance.region));
            let instance = instance.ok_or_else(|| refusals::instance_not_found(id))?;
            if !is_settled(instance.state) {
                return Err(refusals::instance_not_valid(id, instance.state));
            }
            let ids: Vec<InterfaceId> = asked.interfaces.iter().map(|interface| interface.id).collect();
            let sole = sole_interface(id, &ids)?;
            visible(asked.caller, sole, asked.interfaces.iter().find(|interface| interface.id == sole))
        }
    }
}

/// Whether an instance neither comes nor goes.
fn is_settled(state: InstanceState) -> bool {
    match state {
        InstanceState::Running | InstanceState::Stopped => true,
        InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => false,
    }
}

/// What a NAT gateway has is not its account's to move, nor to release.
pub(super) fn check_kind(interface: Option<&Interface>) -> Result<(), Refusal> {
    match interface.map(|interface| interface.kind) {
        None | Some(InterfaceKind::Interface | InterfaceKind::Efa) => Ok(()),
        Some(InterfaceKind::NatGateway) => Err(refusals::no_permission()),
    }
}

/// Which association is to end: in a VPC it is named by its id.
pub fn named_for_disassociate(association: Option<AddressAssociationId>, public: Option<Address>) -> Result<AddressAssociationId, Refusal> {
    match (association, public) {
        (Some(_), Some(_)) => Err(refusals::invalid_combination("You may specify public IP or association id, but not both in the same call")),
        (Some(id), None) => Ok(id),
        (None, Some(_)) => Err(refusals::invalid_value("You must specify an association id when unmapping an address from a VPC instance")),
        (None, None) => Err(refusals::missing_parameter("Either public IP or association id must be specified")),
    }
}

/// The address whose association may end. `found` is the one with that association, `holder` the interface that it leads to.
pub fn admit_disassociate<'a>(
    caller: Caller,
    id: AddressAssociationId,
    found: Option<&'a ElasticAddress>,
    holder: Option<&Interface>,
) -> Result<&'a ElasticAddress, Refusal> {
    let own = found.filter(|elastic| !elastic.automatic && caller.sees(elastic.account, elastic.region));
    let elastic = own.ok_or_else(|| refusals::association_not_found(&id.to_string()))?;
    check_kind(holder)?;
    Ok(elastic)
}

#[cfg(test)]
mod tests;
