//! What a document needs to know of an instance and of an interface.

use multihome_types::{
    AccountId, Address, Assigned, Attachment, AttachmentId, AttachmentState, ChangeId, ClusterName, DeviceIndex, Generation, GroupId, Instance,
    InstanceId, InstanceState, Interface, InterfaceKind, Mac, NodeName, SubnetId, VpcId,
};

/// An instance, without what no broadcast says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstanceSnapshot {
    pub account: AccountId,
    pub cluster: ClusterName,
    pub node: NodeName,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub state: InstanceState,
    pub change: ChangeId,
    pub generation: Generation,
}

impl InstanceSnapshot {
    pub(super) fn of(instance: &Instance) -> Self {
        Self {
            account: instance.account,
            cluster: instance.cluster,
            node: instance.node,
            vpc: instance.vpc,
            subnet: instance.subnet,
            state: instance.state,
            change: instance.change,
            generation: instance.generation,
        }
    }

    /// The cluster that has to be told of the change, where the instance's next step waits for that.
    pub(super) fn awaited(&self) -> Option<(ClusterName, ChangeId)> {
        match self.state {
            // A pending one too: it runs when the cluster says so at this revision or a later one, and the document that first listed it may
            // have covered less.
            InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown => Some((self.cluster, self.change)),
            InstanceState::Running | InstanceState::Stopped | InstanceState::Terminated => None,
        }
    }
}

/// An interface with its attachment, without what no broadcast says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceSnapshot {
    pub account: AccountId,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub kind: InterfaceKind,
    pub mac: Mac,
    pub address: Address,
    /// What leads to the private one.
    pub public_address: Option<Address>,
    pub source_dest_check: bool,
    /// It has secondary private addresses, IPv6 ones or prefixes. What leads to a secondary one goes with it.
    pub has_further_addresses: bool,
    /// In the order of their ids.
    pub groups: Box<[GroupId]>,
    pub attachment: Option<AttachmentSnapshot>,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachmentSnapshot {
    pub id: AttachmentId,
    pub instance: InstanceId,
    pub instance_account: AccountId,
    pub cluster: ClusterName,
    pub device_index: DeviceIndex,
    pub state: AttachmentState,
    pub change: ChangeId,
    pub generation: Generation,
}

impl AttachmentSnapshot {
    fn of(attachment: &Attachment) -> Self {
        Self {
            id: attachment.id,
            instance: attachment.instance,
            instance_account: attachment.instance_account,
            cluster: attachment.cluster,
            device_index: attachment.device_index,
            state: attachment.state,
            change: attachment.change,
            generation: attachment.generation,
        }
    }

    /// Whether the broadcast lists the interface: a detaching one disappears at once, which is what makes the cluster detach it.
    pub fn is_listed(&self) -> bool {
        match self.state {
            AttachmentState::Attaching | AttachmentState::Attached => true,
            AttachmentState::Detaching => false,
        }
    }

    /// The cluster that has to be told of the change, where the attachment's next step waits for that. An attaching one
    /// does not: it waits until the cluster reports it.
    pub(super) fn awaited(self) -> Option<(ClusterName, ChangeId)> {
        match self.state {
            AttachmentState::Detaching => Some((self.cluster, self.change)),
            AttachmentState::Attaching | AttachmentState::Attached => None,
        }
    }
}

impl InterfaceSnapshot {
    pub(super) fn of(interface: &Interface) -> Self {
        let mut groups = interface.groups.clone();
        groups.sort_unstable();
        groups.dedup();
        Self {
            account: interface.account,
            vpc: interface.vpc,
            subnet: interface.subnet,
            kind: interface.kind,
            mac: interface.mac,
            address: interface.address,
            public_address: interface.public_of(interface.address).map(|public| public.address),
            source_dest_check: interface.source_dest_check,
            has_further_addresses: interface.assigned != Assigned::default(),
            groups: groups.into_boxed_slice(),
            attachment: interface.attachment.as_ref().map(AttachmentSnapshot::of),
            generation: interface.generation,
        }
    }

    pub(super) fn is_older_than(&self, present: &Self) -> bool {
        if self.generation != present.generation {
            return self.generation < present.generation;
        }
        match (&self.attachment, &present.attachment) {
            (Some(incoming), Some(present)) if incoming.id == present.id => incoming.generation < present.generation,
            (Some(incoming), Some(present)) => incoming.change < present.change,
            (None, _) | (_, None) => false,
        }
    }
}
