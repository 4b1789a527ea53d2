//! NAT gateways: what may be asked for, and how one comes and goes.
//!
//! ```text
//!                    CreateNatGateway (api)
//!                            │
//!                            ▼    its interface, then its public address
//!                         pending ─────────────────────────────────────► available
//!                          │   │                                             │
//!     something is missing │   │ DeleteNatGateway (api)                      │ DeleteNatGateway (api)
//!                          ▼   └───────────────────────────────────────┐     │
//!                        failed ──────── DeleteNatGateway ───────────► deleting ──────────► deleted
//!                          │  gives back what it has                          gives back        │
//!                          └─────────────────── removed an hour later ──────────────────────────┘
//! ```
//!
//! Each step is one transaction, and what the next one is follows from what there is. So a step that was interrupted has not happened, one
//! that is repeated finds nothing to do, and whoever goes on needs to know nothing of whoever began. The interface is the system's own:
//! users see it and cannot manage it ([`crate::admission::check_manageable`]).
//!
//! Deliberately absent: secondary addresses, gateways of a whole region, and what a gateway does to routes, which is [`crate::route`]'s.

use std::time::Duration;

use multihome_types::{
    Address, AllocationId, Connectivity, ElasticAddress, Interface, InterfaceId, NatGateway, NatGatewayId, NatGatewayState, Refusal, Subnet,
    Timestamp,
};

use crate::{admission::Caller, allocation::check_address, refusals};

#[cfg(test)]
mod tests;

/// The alias under which the cloud itself makes interfaces, and has them.
pub const REQUESTER: &str = "amazon-aws";

/// What users read on a gateway's interface.
pub fn interface_description(id: NatGatewayId) -> String {
    format!("Interface for NAT Gateway {id}")
}

/// The attachment that a gateway's interface is shown with. It is no row: it is there as long as the interface is.
pub fn shown_attachment(interface: InterfaceId) -> String {
    let text = interface.to_string();
    let digits = text.rsplit_once('-').map_or("", |(_, digits)| digits);
    format!("{}{digits}", refusals::ELASTIC_ATTACHMENT_PREFIX)
}

/// A gateway that is asked for, as texts where EC2 has names.
#[derive(Clone, Copy, Debug, Default)]
pub struct CreateAsked<'a> {
    pub connectivity: Option<&'a str>,
    pub availability_mode: Option<&'a str>,
    pub allocation: Option<AllocationId>,
    pub address: Option<Address>,
}

/// What the request says by itself. That what it names can be had is found out later, and shown as the reason of a failure, as EC2 does.
pub fn check_asked(asked: &CreateAsked<'_>) -> Result<Connectivity, Refusal> {
    match asked.availability_mode {
        None | Some("zonal") => {}
        Some("regional") => return Err(refusals::unsupported("AvailabilityMode 'regional' is not supported: a NAT gateway is in one subnet.")),
        Some(other) => {
            return Err(refusals::invalid_value(format!("Invalid value '{}' for AvailabilityMode. It is 'zonal' or 'regional'.", brief(other))));
        }
    }
    let connectivity = match asked.connectivity {
        None => Connectivity::Public,
        Some(text) => text.parse().map_err(|_: String| {
            refusals::invalid_value(format!("Invalid value '{}' for ConnectivityType. It is 'public' or 'private'.", brief(text)))
        })?,
    };
    match (connectivity, asked.allocation) {
        (Connectivity::Public, None) => Err(refusals::missing_parameter("The request must contain the parameter AllocationId")),
        (Connectivity::Private, Some(_)) => {
            Err(refusals::invalid_combination("The parameter AllocationId cannot be used with the connectivity type 'private'"))
        }
        (Connectivity::Public, Some(_)) | (Connectivity::Private, None) => Ok(connectivity),
    }
}

/// Whether a gateway with such an address may be in the subnet.
pub fn admit_create(subnet: &Subnet, address: Option<Address>) -> Result<(), Refusal> {
    address.map_or(Ok(()), |address| check_address(subnet.cidr, address))
}

/// The gateway, if the caller has it: every operation's first check.
pub fn visible(caller: Caller, id: NatGatewayId, found: Option<NatGateway>) -> Result<NatGateway, Refusal> {
    found.filter(|gateway| caller.sees(gateway.account, gateway.region)).ok_or_else(|| refusals::nat_gateway_not_found(id))
}

/// What there is around a gateway.
#[derive(Clone, Copy, Debug)]
pub struct NatSituation<'a> {
    pub subnet: Option<&'a Subnet>,
    /// Whether the VPC has an internet gateway.
    pub internet_gateway: bool,
    /// Its own, if it is there.
    pub interface: Option<&'a Interface>,
    /// The address that it is to have, if there is such a one, whose ever it is.
    pub elastic: Option<&'a ElasticAddress>,
    /// For how long one that is over is shown.
    pub shown: Duration,
    pub now: Timestamp,
}

/// What happens to a gateway.
#[derive(Clone, Copy, Debug)]
pub enum NatInput<'a> {
    /// Somebody looks at it, on a hint or on a timer.
    Look(&'a NatSituation<'a>),
    /// What the last step wanted was not to be had.
    Refused(&'a Refusal),
    /// Its account wants it to go.
    Delete,
}

/// The next step of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NatStep {
    Stay,
    /// It gets an interface in its subnet.
    SetUpInterface,
    /// The elastic address leads to its interface from now on, and it serves.
    Associate,
    /// It serves.
    Serve,
    Fail(Refusal),
    BeginDeletion,
    /// It gives back its interface and its addresses.
    CleanUp,
    /// It gives back what it has, and is deleted.
    Release,
    /// It is forgotten.
    Remove,
}

pub fn transition(gateway: &NatGateway, input: NatInput<'_>) -> NatStep {
    use NatGatewayState::{Available, Deleted, Deleting, Failed, Pending};
    match (gateway.state, input) {
        (Pending, NatInput::Look(around)) => set_up(gateway, around).unwrap_or_else(NatStep::Fail),
        (Pending, NatInput::Refused(refusal)) => NatStep::Fail(refusal.clone()),
        (Available, NatInput::Look(_)) => NatStep::Stay,
        (Failed, NatInput::Look(around)) if around.interface.is_some() => NatStep::CleanUp,
        (Deleting, NatInput::Look(_)) => NatStep::Release,
        (Failed | Deleted, NatInput::Look(around)) if around.now.since(gateway.since) >= around.shown => NatStep::Remove,
        (Failed | Deleted, NatInput::Look(_)) => NatStep::Stay,
        (Pending | Available | Failed, NatInput::Delete) => NatStep::BeginDeletion,
        (Deleting | Deleted, NatInput::Delete) | (Available | Failed | Deleting | Deleted, NatInput::Refused(_)) => NatStep::Stay,
    }
}

/// The next step towards serving, or why there is none. Everything is looked at each time, because the world moves between two steps.
fn set_up(gateway: &NatGateway, around: &NatSituation<'_>) -> Result<NatStep, Refusal> {
    if gateway.connectivity == Connectivity::Public {
        check_public(gateway, around)?;
    }
    if around.subnet.is_none() {
        return Err(refusals::subnet_not_found(gateway.subnet));
    }
    Ok(match (around.interface, gateway.interface, gateway.connectivity) {
        (None, None, Connectivity::Public | Connectivity::Private) => NatStep::SetUpInterface,
        (None, Some(lost), Connectivity::Public | Connectivity::Private) => return Err(interface_lost(lost.id)),
        (Some(_), _, Connectivity::Public) => NatStep::Associate,
        (Some(_), _, Connectivity::Private) => NatStep::Serve,
    })
}

fn check_public(gateway: &NatGateway, around: &NatSituation<'_>) -> Result<(), Refusal> {
    if !around.internet_gateway {
        return Err(refusals::gateway_not_attached(format!("Network {} has no Internet gateway attached", gateway.vpc)));
    }
    let owner = Caller::of(gateway.account, gateway.region);
    let usable = around.elastic.filter(|elastic| !elastic.automatic && owner.sees(elastic.account, elastic.region));
    match (usable, gateway.allocation) {
        (Some(elastic), _) if elastic.association.is_none() => Ok(()),
        (Some(elastic), _) => Err(Refusal::new("Resource.AlreadyAssociated", format!("Elastic IP address {} is already associated", elastic.id))),
        (None, allocation) => {
            let allocation = allocation.map_or_else(String::new, |id| format!("{id} "));
            let message = format!("Elastic IP address {allocation}could not be associated with this NAT gateway");
            Err(Refusal::new("InvalidAllocationID.NotFound", message))
        }
    }
}

/// The reason of a gateway's failure that finds no address in its subnet.
pub fn subnet_full() -> Refusal {
    Refusal::new("InsufficientFreeAddressesInSubnet", "Subnet has insufficient free addresses to create this NAT gateway")
}

fn interface_lost(id: InterfaceId) -> Refusal {
    let message = format!("Network interface {id}, created and used internally by this NAT gateway is in an invalid state. Please try again.");
    Refusal::new("InternalError", message)
}

/// The row after a step, of which the caller fills in what was made: `None` if there is none any more.
pub fn revised(gateway: &NatGateway, step: &NatStep, now: Timestamp) -> Option<NatGateway> {
    let state = match step {
        NatStep::Stay | NatStep::SetUpInterface | NatStep::CleanUp => gateway.state,
        NatStep::Associate | NatStep::Serve => NatGatewayState::Available,
        NatStep::Fail(_) => NatGatewayState::Failed,
        NatStep::BeginDeletion => NatGatewayState::Deleting,
        NatStep::Release => NatGatewayState::Deleted,
        NatStep::Remove => return None,
    };
    let failure = match step {
        NatStep::Fail(refusal) => Some(refusal.clone()),
        NatStep::Stay
        | NatStep::SetUpInterface
        | NatStep::Associate
        | NatStep::Serve
        | NatStep::BeginDeletion
        | NatStep::CleanUp
        | NatStep::Release
        | NatStep::Remove => gateway.failure.clone(),
    };
    let since = if state == gateway.state { gateway.since } else { now };
    let generation = if *step == NatStep::Stay { gateway.generation } else { gateway.generation.next() };
    Some(NatGateway { state, failure, since, generation, ..gateway.clone() })
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}
