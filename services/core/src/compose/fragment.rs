//! One instance: its element, what it uses, and what had to be left out.

use multihome_broadcast::{self as broadcast, Dialect};
use multihome_types::{ClusterName, DeviceIndex, GroupId, IdLength, InstanceId, InterfaceId, InterfaceKind, NodeName, ResourceId, VpcId};

use super::{Omission, Scope};
use crate::world::{AttachmentSnapshot, InstanceWithInterfaces, InterfaceSnapshot, World};

/// Something that is listed because an instance has an interface in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    Vpc(VpcId),
    Group(GroupId),
    /// The world does not know the group yet; when it comes, the instance is judged again.
    MissingGroup(GroupId),
}

/// What is the same for every instance of a document.
#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) scope: Scope,
    pub(super) most_secondaries: usize,
    pub(super) dialect: Dialect,
}

/// Whether consumers have room for an id.
pub(super) fn fits(dialect: Dialect, id: impl ResourceId) -> bool {
    dialect.has_room_for_long_ids() || id.digits().length() == IdLength::Short
}

pub(super) struct Judged {
    /// `None` if the instance is omitted.
    pub(super) element: Option<broadcast::Instance>,
    pub(super) omissions: Vec<Omission>,
    /// Its listed interfaces that have addresses for which the document has no words.
    pub(super) with_further: Vec<InterfaceId>,
    /// Without repetitions.
    pub(super) uses: Vec<Use>,
    /// Where the instance is meant to run.
    pub(super) node: Option<(ClusterName, NodeName)>,
}

/// What the document says of an instance; `None` if it is none of its business: torn down, or of another cluster.
pub(super) fn judge(world: &World, rules: Rules, instance_id: InstanceId, view: InstanceWithInterfaces<'_>) -> Option<Judged> {
    let instance = view.instance;
    if instance.state.is_torn_down() || !rules.scope.includes(instance.cluster) {
        return None;
    }
    let mut uses = Vec::new();
    let mut omissions = Vec::new();
    // A detaching interface still needs its VPC and its groups, until it is gone.
    let mut listed: Vec<broadcast::NetworkInterface> = Vec::new();
    let mut with_further = Vec::new();
    for (id, interface, attachment) in view.interfaces() {
        uses.push(Use::Vpc(interface.vpc));
        let mut groups = known_groups(world, interface, &mut uses);
        groups.retain(|group| fits(rules.dialect, *group));
        if !attachment.is_listed() || interface.kind == InterfaceKind::NatGateway {
            continue;
        }
        if fits(rules.dialect, id)
            && fits(rules.dialect, attachment.id)
            && fits(rules.dialect, interface.vpc)
            && fits(rules.dialect, interface.subnet)
        {
            listed.push(element(id, interface, attachment, groups));
            with_further.extend(interface.has_further_addresses.then_some(id));
        } else {
            omissions.push(Omission::InterfaceIdTooLong { instance: instance_id, interface: id });
        }
    }
    drop_excess((instance_id, rules.most_secondaries), &mut listed, &mut omissions);

    let element = match listed.iter().find(|interface| interface.device_index == DeviceIndex::PRIMARY) {
        _ if !fits(rules.dialect, instance_id) => Err(Omission::InstanceIdTooLong(instance_id)),
        None => Err(Omission::NoPrimaryInterface(instance_id)),
        Some(primary) if primary.groups.is_empty() => Err(Omission::NoSecurityGroup(instance_id)),
        Some(primary) => Ok(broadcast::Instance {
            id: instance_id,
            owner: instance.account,
            mac: primary.mac,
            public_address: primary.public_address,
            private_address: primary.private_address,
            vpc: instance.vpc,
            subnet: instance.subnet,
            groups: primary.groups.clone(),
            interfaces: listed,
        }),
    };
    uses.sort_unstable();
    uses.dedup();
    let node = (element.is_ok() && instance.state.is_placed()).then_some((instance.cluster, instance.node));
    let element = match element {
        Ok(element) => {
            with_further.retain(|id| element.interfaces.iter().any(|interface| interface.id == *id));
            Some(element)
        }
        Err(omission) => {
            omissions.push(omission);
            uses.retain(|used| matches!(used, Use::MissingGroup(_)));
            with_further.clear();
            None
        }
    };
    Some(Judged { element, omissions, with_further, uses, node })
}

/// The groups of an interface that exist, and what it uses.
fn known_groups(world: &World, interface: &InterfaceSnapshot, uses: &mut Vec<Use>) -> Vec<GroupId> {
    let mut groups = Vec::with_capacity(interface.groups.len());
    for group in &interface.groups {
        if world.group(*group).is_some() {
            groups.push(*group);
            uses.push(Use::Group(*group));
        } else {
            uses.push(Use::MissingGroup(*group));
        }
    }
    groups
}

fn element(id: InterfaceId, interface: &InterfaceSnapshot, attachment: &AttachmentSnapshot, groups: Vec<GroupId>) -> broadcast::NetworkInterface {
    broadcast::NetworkInterface {
        id,
        owner: interface.account,
        device_index: attachment.device_index,
        attachment: attachment.id,
        mac: interface.mac,
        private_address: interface.address,
        public_address: interface.public_address,
        source_dest_check: interface.source_dest_check,
        vpc: interface.vpc,
        subnet: interface.subnet,
        groups,
    }
}

/// Leaves one interface at each device index, and of the secondaries the first ones by device index, as many as a node can hold.
fn drop_excess((instance, most): (InstanceId, usize), listed: &mut Vec<broadcast::NetworkInterface>, omissions: &mut Vec<Omission>) {
    listed.sort_unstable_by_key(|interface| (interface.device_index, interface.id));
    let (mut last, mut secondaries) = (None, 0);
    listed.retain(|interface| {
        let (interface, device_index) = (interface.id, interface.device_index);
        if last.replace(device_index) == Some(device_index) {
            omissions.push(Omission::DeviceIndexTaken { instance, interface, device_index });
            return false;
        }
        secondaries += usize::from(device_index != DeviceIndex::PRIMARY);
        if secondaries > most {
            omissions.push(Omission::TooManySecondaries { instance, interface, most });
        }
        secondaries <= most
    });
    listed.sort_unstable_by_key(|interface| interface.id);
}
