//! Who may attach and detach, and when (design, section 6, step 2).
//!
//! Attachment changes are forbidden for a pending instance: its configuration is on its way to a node, and an attach would
//! race it. Everything else follows EC2: the checks run in a fixed order, so that one wrong request always gets the same
//! answer, and the checks that need the least come first. The instance's state is checked last, as EC2 does: a pending
//! instance with an occupied index reports the index.
//!
//! What belongs to another account or region does not exist, for interfaces and instances alike, but for an interface whose owner permits the
//! caller's account to attach it ([`crate::interface_permission`]): that goes to an instance of the caller's, and either of
//! the two accounts may detach it. An interface need not be in its instance's VPC, only in its zone, as in EC2 since October 2023.
//!
//! An Elastic Fabric Adapter is attached and detached while its instance is stopped, because its driver does not take it at any other time.
//!
//! Deliberately absent: IAM, and several network cards.
//! Uniqueness of a device index and of an attachment per interface is the schema's: two requests that are both admitted
//! from the same reading cannot both commit.

use std::ops::RangeInclusive;

use multihome_types::{
    AccountId, Attachment, AttachmentId, AttachmentState, DeviceIndex, Instance, InstanceId, InstanceState, Interface, InterfaceId, InterfaceKind,
    Refusal, Region, Timestamp,
};

use crate::{
    assignment::check_slots,
    deadlines::Deadlines,
    instance_types::{Feature, predefined},
    interface::visible,
    ipv6_assignment, refusals,
    transition::{AttachmentInput, AttachmentStep, transition},
};

#[cfg(test)]
mod tests;

/// Where interfaces can be attached: index 0 is the primary's, which comes with its instance.
pub const ATTACHABLE_INDEXES: RangeInclusive<i64> = 1..=31;

/// On whose behalf something is asked. Either is `None` where another service asks on NATS without naming it; then it is
/// that of the interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    pub account: Option<AccountId>,
    pub region: Option<Region>,
}

impl Caller {
    pub fn of(account: AccountId, region: Region) -> Self {
        Self { account: Some(account), region: Some(region) }
    }

    /// Whether something of this account and region exists for the caller.
    pub fn sees(self, account: AccountId, region: Region) -> bool {
        self.account.is_none_or(|own| own == account) && self.is_in(region)
    }

    /// Whether the caller is, or may be, in a region.
    pub fn is_in(self, region: Region) -> bool {
        self.region.is_none_or(|own| own == region)
    }
}

/// An attach that is asked for, and what there is.
#[derive(Clone, Debug)]
pub struct AttachSituation<'a> {
    pub caller: Caller,
    /// The interface's owner permits the caller's account to attach it.
    pub permitted: bool,
    pub interface_id: InterfaceId,
    pub instance_id: InstanceId,
    pub device_index: i64,
    pub network_card_index: i64,
    pub interface: Option<&'a Interface>,
    pub instance: Option<&'a Instance>,
    /// The device indexes of the instance's attachments, in whatever state those are.
    pub occupied: &'a [DeviceIndex],
    /// How many of those are of Elastic Fabric Adapters.
    pub efas: usize,
    pub limits: Limits,
}

/// What the instance's type allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many interfaces, the primary included.
    pub interfaces: i32,
    /// How many private addresses and prefixes on each.
    pub addresses: i32,
    /// How many IPv6 addresses and prefixes on each.
    pub ipv6_addresses: i32,
}

/// An attach that is admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachPlan {
    pub state: AttachmentState,
    pub deadline: Option<Timestamp>,
    pub device_index: DeviceIndex,
    /// For the change log.
    pub why: String,
}

/// Whether an interface may be attached, and what its attachment begins as: `attaching` on a running instance until the
/// cluster reports it, `attached` at once on a stopped one, whose cluster learns of it when it starts.
pub fn admit_attach(asked: &AttachSituation<'_>, now: Timestamp, deadlines: &Deadlines) -> Result<AttachPlan, Refusal> {
    let guest = asked.caller.account.filter(|_| asked.permitted);
    let found = asked.interface.ok_or_else(|| refusals::interface_not_found(asked.interface_id))?;
    let crosses = guest.is_some_and(|guest| guest != found.account && asked.caller.is_in(found.region));
    let interface = if crosses { found } else { visible(asked.caller, asked.interface_id, Some(found))? };
    let account = guest.filter(|_| crosses).unwrap_or(interface.account);
    let owner = Caller::of(account, interface.region);
    let instance = asked
        .instance
        .filter(|instance| owner.sees(instance.account, instance.region))
        .ok_or_else(|| refusals::instance_not_found(asked.instance_id))?;
    check_manageable(interface.kind)?;
    if interface.attachment.is_some() {
        return Err(refusals::interface_in_use(interface.id));
    }
    let device_index = free_index(asked, instance)?;
    if interface.zone != instance.zone {
        return Err(refusals::zones_differ());
    }
    check_limit(asked.occupied.len() + 1, asked.limits.interfaces, &instance.instance_type)?;
    if interface.kind == InterfaceKind::Efa {
        check_efas(asked.efas + 1, &instance.instance_type)?;
    }
    check_slots(interface.slots(), Some(asked.limits.addresses))?;
    ipv6_assignment::check_slots(interface.ipv6_slots(), Some(asked.limits.ipv6_addresses))?;
    check_stopped(interface.kind, instance.id, instance.state)?;
    let (state, deadline) = initial(instance, now, deadlines)?;
    let why = format!("attach of {} to {} instance {} at device index {device_index}", interface.id, instance.state, instance.id);
    Ok(AttachPlan { state, deadline, device_index, why })
}

/// NAT gateways' interfaces are the system's to manage.
pub fn check_manageable(kind: InterfaceKind) -> Result<(), Refusal> {
    match kind {
        InterfaceKind::Interface | InterfaceKind::Efa => Ok(()),
        InterfaceKind::NatGateway => Err(refusals::requester_managed()),
    }
}

/// An instance has at most as many interfaces as its type allows, in whatever state.
pub fn check_limit(count: usize, limit: i32, instance_type: &str) -> Result<(), Refusal> {
    if usize::try_from(limit).is_ok_and(|limit| count <= limit) { Ok(()) } else { Err(refusals::interface_limit_exceeded(count, instance_type)) }
}

/// An instance has one Elastic Fabric Adapter for each network card, which is one, if its type has any.
pub fn check_efas(count: usize, instance_type: &str) -> Result<(), Refusal> {
    let most = usize::from(predefined(instance_type).is_some_and(|known| known.has(Feature::Efa)));
    if count <= most { Ok(()) } else { Err(refusals::efa_limit_exceeded(count, instance_type)) }
}

/// What cannot be done while the instance runs.
fn check_stopped(kind: InterfaceKind, instance: InstanceId, state: InstanceState) -> Result<(), Refusal> {
    if kind != InterfaceKind::Efa || state == InstanceState::Stopped { Ok(()) } else { Err(refusals::efa_needs_stopped(instance)) }
}

fn free_index(asked: &AttachSituation<'_>, instance: &Instance) -> Result<DeviceIndex, Refusal> {
    if asked.network_card_index != 0 {
        return Err(refusals::network_card_out_of_range(asked.network_card_index, &instance.instance_type));
    }
    let index = u8::try_from(asked.device_index)
        .ok()
        .filter(|_| ATTACHABLE_INDEXES.contains(&asked.device_index))
        .map(DeviceIndex)
        .ok_or_else(|| refusals::device_index_out_of_range(asked.device_index))?;
    // One that is detaching still has its index: the cluster may still have the interface there.
    if asked.occupied.contains(&index) {
        return Err(refusals::device_index_occupied(instance.id, index));
    }
    Ok(index)
}

fn initial(instance: &Instance, now: Timestamp, deadlines: &Deadlines) -> Result<(AttachmentState, Option<Timestamp>), Refusal> {
    match instance.state {
        InstanceState::Running => Ok((AttachmentState::Attaching, Some(now + deadlines.attach))),
        InstanceState::Stopped => Ok((AttachmentState::Attached, None)),
        InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
            Err(refusals::instance_not_attachable(instance.id))
        }
    }
}

/// A detach that is asked for, and what there is.
#[derive(Clone, Debug)]
pub struct DetachSituation<'a> {
    pub caller: Caller,
    pub attachment_id: AttachmentId,
    pub attachment: Option<&'a Attachment>,
    /// What the attachment's interface is for.
    pub kind: InterfaceKind,
    /// The state of the attachment's instance.
    pub instance: InstanceState,
    pub force: bool,
}

/// Whether an attachment may be detached, and its next step ([`transition`]); [`AttachmentStep::Stay`] is a success.
pub fn admit_detach(asked: &DetachSituation<'_>, now: Timestamp, deadlines: &Deadlines) -> Result<AttachmentStep, Refusal> {
    let attachment = asked
        .attachment
        .filter(|attachment| [attachment.account, attachment.instance_account].iter().any(|account| asked.caller.sees(*account, attachment.region)))
        .ok_or_else(|| refusals::attachment_not_found(asked.attachment_id))?;
    check_manageable(asked.kind)?;
    if attachment.device_index == DeviceIndex::PRIMARY {
        return Err(refusals::primary_cannot_be_detached());
    }
    match attachment.state {
        AttachmentState::Attaching | AttachmentState::Attached if asked.instance == InstanceState::Pending => {
            return Err(refusals::instance_pending(attachment.instance));
        }
        AttachmentState::Attaching | AttachmentState::Attached => check_stopped(asked.kind, attachment.instance, asked.instance)?,
        AttachmentState::Detaching => {}
    }
    Ok(transition(attachment, AttachmentInput::Detach { force: asked.force, instance: asked.instance }, now, deadlines))
}
