//! Creating, changing and deleting interfaces (seed: resources belong to the interface).
//!
//! Where EC2 and Eucalyptus differ, EC2 wins: an unknown interface is refused by every operation, a subnet of another
//! account does not exist, a modify call changes exactly one attribute and says so when it is given more, and an
//! attachment id that is not the current one is refused instead of ignored.
//!
//! What it has besides its primary address is [`crate::assignment`]'s. Deliberately absent: which address is free ([`crate::allocation`]).

use multihome_types::{
    AccountId, Address, AttachmentId, Group, GroupId, Interface, InterfaceId, InterfaceStatus, QuotaName, Refusal, Region, Subnet, SubnetId, VpcId,
};

use crate::{
    admission::{Caller, check_manageable},
    allocation::check_address,
    assignment::{Assignment, Ipv6Assignment, check_assignment, check_slots},
    ipv6_assignment,
    quota::exceeded,
    refusals,
};

#[cfg(test)]
mod tests;

const DESCRIPTION_MAX: usize = 255;
/// The group that every VPC has and that interfaces get when they name none.
pub const DEFAULT_GROUP: &str = "default";

/// How many groups an interface may have, and so which answer a caller gets who names more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupLimit {
    OfInterface(usize),
    OfLaunch(usize),
}

impl GroupLimit {
    fn check(self, count: usize) -> Result<(), Refusal> {
        match self {
            Self::OfInterface(most) if count > most => Err(exceeded(QuotaName::GroupsPerInterface, most as u64)),
            Self::OfLaunch(most) if count > most => Err(refusals::too_many_groups_at_launch(most)),
            Self::OfInterface(_) | Self::OfLaunch(_) => Ok(()),
        }
    }
}

/// An interface that is asked for, and what there is.
#[derive(Clone, Debug)]
pub struct CreateSituation<'a> {
    pub account: AccountId,
    pub region: Region,
    pub subnet_id: SubnetId,
    pub subnet: Option<&'a Subnet>,
    /// Empty for the VPC's default group.
    pub group_ids: &'a [GroupId],
    /// The groups asked for, as far as they exist, and the default group of the subnet's VPC.
    pub groups: &'a [Group],
    /// The account's quota.
    pub most_groups: usize,
    pub address: Option<Address>,
    pub assignment: Assignment,
    pub ipv6: Ipv6Assignment,
    pub description: Option<String>,
}

/// An interface that may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePlan {
    /// In the order of their ids.
    pub groups: Vec<GroupId>,
    /// `None`: the first free one of [`crate::allocation::candidates`].
    pub address: Option<Address>,
    pub assignment: Assignment,
    pub ipv6: Ipv6Assignment,
    pub description: String,
    pub source_dest_check: bool,
}

pub fn admit_create(asked: &CreateSituation<'_>) -> Result<CreatePlan, Refusal> {
    let caller = Caller::of(asked.account, asked.region);
    let subnet =
        asked.subnet.filter(|subnet| caller.sees(subnet.account, subnet.region)).ok_or_else(|| refusals::subnet_not_found(asked.subnet_id))?;
    let description = asked.description.clone().unwrap_or_default();
    check_description(&description)?;
    let groups = resolve_groups(asked.group_ids, asked.groups, subnet, GroupLimit::OfInterface(asked.most_groups))?;
    if let Some(address) = asked.address {
        check_address(subnet.cidr, address)?;
    }
    check_assignment(&asked.assignment, asked.address, subnet)?;
    check_slots(asked.assignment.slots().saturating_add(1), None)?;
    let ipv6 = ipv6_assignment::on_creation(&asked.ipv6, subnet);
    ipv6_assignment::check_assignment(&ipv6, subnet)?;
    ipv6_assignment::check_slots(ipv6.slots(), None)?;
    Ok(CreatePlan { groups, address: asked.address, assignment: asked.assignment.clone(), ipv6, description, source_dest_check: true })
}

/// The groups of an interface in `subnet`, in the order of their ids: those asked for, each of which must be one of
/// `known` that the subnet's owner has, or the default group of the VPC.
pub fn resolve_groups(asked: &[GroupId], known: &[Group], subnet: &Subnet, limit: GroupLimit) -> Result<Vec<GroupId>, Refusal> {
    let owner = Caller::of(subnet.account, subnet.region);
    if asked.is_empty() {
        let default = known.iter().find(|group| group.vpc == subnet.vpc && group.name == DEFAULT_GROUP && owner.sees(group.account, group.region));
        return default.map(|group| vec![group.id]).ok_or_else(|| refusals::no_default_group(subnet.vpc));
    }
    let visible: Vec<&Group> = known.iter().filter(|group| owner.sees(group.account, group.region)).collect();
    check_groups(asked, &visible, subnet.vpc, subnet.id, limit)
}

fn check_groups(asked: &[GroupId], visible: &[&Group], vpc: VpcId, subnet: SubnetId, limit: GroupLimit) -> Result<Vec<GroupId>, Refusal> {
    let found: Vec<&Group> = asked
        .iter()
        .map(|id| visible.iter().copied().find(|group| group.id == *id).ok_or_else(|| refusals::group_not_found(*id)))
        .collect::<Result<_, _>>()?;
    let mut ids = asked.to_vec();
    ids.sort_unstable();
    ids.dedup();
    limit.check(ids.len())?;
    match found.iter().find(|group| group.vpc != vpc) {
        Some(group) => Err(refusals::group_in_another_network(group.id, subnet)),
        None => Ok(ids),
    }
}

/// EC2's limit on the description of an interface.
pub fn check_description(description: &str) -> Result<(), Refusal> {
    if description.chars().count() <= DESCRIPTION_MAX {
        Ok(())
    } else {
        Err(refusals::invalid_value(format!("The description is longer than {DESCRIPTION_MAX} characters")))
    }
}

/// The interface, if the caller has it: every operation's first check.
pub fn visible(caller: Caller, id: InterfaceId, interface: Option<&Interface>) -> Result<&Interface, Refusal> {
    interface.filter(|interface| caller.sees(interface.account, interface.region)).ok_or_else(|| refusals::interface_not_found(id))
}

/// Whether an interface may be deleted: not while it is in use, by an attachment in any state or by a NAT gateway.
pub fn admit_delete(caller: Caller, id: InterfaceId, interface: Option<&Interface>) -> Result<(), Refusal> {
    match visible(caller, id, interface)?.status() {
        InterfaceStatus::Available => Ok(()),
        InterfaceStatus::Attaching | InterfaceStatus::InUse | InterfaceStatus::Detaching => Err(refusals::interface_not_deletable(id)),
    }
}

/// An attribute that can be asked for by itself. EC2's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute {
    Description,
    GroupSet,
    SourceDestCheck,
    Attachment,
    AssociatePublicIpAddress,
}

/// The attribute that a caller names.
pub fn attribute(name: &str) -> Result<Attribute, Refusal> {
    match name {
        "description" => Ok(Attribute::Description),
        "groupSet" => Ok(Attribute::GroupSet),
        "sourceDestCheck" => Ok(Attribute::SourceDestCheck),
        "attachment" => Ok(Attribute::Attachment),
        "associatePublicIpAddress" => Ok(Attribute::AssociatePublicIpAddress),
        other => {
            let shown: String = other.chars().take(64).collect();
            Err(refusals::invalid_value(format!("Value ({shown}) for parameter attribute is invalid. Unknown network interface attribute")))
        }
    }
}

/// What a modify call names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModifyRequest {
    pub attachment: Option<AttachmentChange>,
    pub description: Option<String>,
    /// Empty where the call does not name groups.
    pub groups: Vec<GroupId>,
    pub source_dest_check: Option<bool>,
    pub associate_public_address: Option<bool>,
}

/// A change of what belongs to the attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachmentChange {
    pub id: AttachmentId,
    pub delete_on_termination: bool,
}

/// The one attribute that a modify call changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modification {
    Attachment(AttachmentChange),
    Description(String),
    /// In the order of their ids.
    Groups(Vec<GroupId>),
    SourceDestCheck(bool),
    /// The cloud is to give it a public address while its instance runs ([`crate::automatic`]).
    AssociatePublicAddress(bool),
}

/// The attribute a call is about: exactly one.
pub fn select_modification(request: ModifyRequest) -> Result<Modification, Refusal> {
    let ModifyRequest { attachment, description, groups, source_dest_check, associate_public_address } = request;
    let mut named: Vec<(&str, Modification)> = Vec::new();
    named.extend(attachment.map(|change| ("attachment", Modification::Attachment(change))));
    named.extend(description.map(|text| ("description", Modification::Description(text))));
    named.extend((!groups.is_empty()).then_some(("groupSet", Modification::Groups(groups))));
    named.extend(source_dest_check.map(|check| ("sourceDestCheck", Modification::SourceDestCheck(check))));
    named.extend(associate_public_address.map(|wanted| ("associatePublicIpAddress", Modification::AssociatePublicAddress(wanted))));
    let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
    let several = format!("Fields for multiple attribute types specified: {}", names.join(", "));
    match (named.pop(), named.is_empty()) {
        (Some((_, modification)), true) => Ok(modification),
        (Some(_), false) => Err(refusals::invalid_combination(several)),
        (None, _) => Err(refusals::missing_parameter("The request must contain exactly one attribute to modify")),
    }
}

/// An interface, and what is asked of it. `groups` are those the modification names, as far as they exist.
#[derive(Clone, Debug)]
pub struct ModifySituation<'a> {
    pub caller: Caller,
    pub interface_id: InterfaceId,
    pub interface: Option<&'a Interface>,
    pub groups: &'a [Group],
    /// The account's quota of groups.
    pub most_groups: usize,
}

/// Whether an interface may be changed so; the answer is the change to write.
pub fn admit_modify(asked: &ModifySituation<'_>, modification: Modification) -> Result<Modification, Refusal> {
    let interface = visible(asked.caller, asked.interface_id, asked.interface)?;
    check_manageable(interface.kind)?;
    match modification {
        Modification::Attachment(change) => {
            let current = interface.attachment.as_ref().is_some_and(|attachment| attachment.id == change.id);
            if current { Ok(Modification::Attachment(change)) } else { Err(refusals::attachment_not_found(change.id)) }
        }
        Modification::Description(description) => check_description(&description).map(|()| Modification::Description(description)),
        Modification::Groups(ids) => {
            let owner = Caller::of(interface.account, interface.region);
            let visible: Vec<&Group> = asked.groups.iter().filter(|group| owner.sees(group.account, group.region)).collect();
            check_groups(&ids, &visible, interface.vpc, interface.subnet, GroupLimit::OfInterface(asked.most_groups)).map(Modification::Groups)
        }
        own @ (Modification::SourceDestCheck(_) | Modification::AssociatePublicAddress(_)) => Ok(own),
    }
}
