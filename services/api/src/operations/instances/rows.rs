//! The rows of a launch: instances, and attachments in the state that the attachment service takes over.

use multihome_core::{
    deadlines::Deadlines,
    launch::{InterfaceSource, LaunchPlan, PlannedInterface},
    placement::place,
};
use multihome_types::{
    Attachment, AttachmentState, ChangeId, Cluster, Generation, Instance, InstanceAttributes, InstanceId, InstanceState, Interface, InterfaceId,
    Refusal, ReservationId, Subnet,
};

use super::asked::Asked;
use crate::{Api, call::Call, operations::network_interfaces::Wanted};

/// A launch whose ids are drawn and whose addresses are not taken yet.
pub(super) struct Draft<'p> {
    pub reservation: ReservationId,
    pub instances: Vec<Instance>,
    /// Every interface of every instance: the primary of an instance before its others.
    pub slots: Vec<Slot<'p>>,
    pub wanted: Vec<Wanted<'p>>,
}

/// One interface on one instance.
pub(super) struct Slot<'p> {
    /// Where the instance is in [`Draft::instances`].
    pub instance: usize,
    pub interface: InterfaceId,
    pub planned: &'p PlannedInterface,
}

/// What is the same for every instance of a launch.
pub(super) struct Launch<'p> {
    pub asked: &'p Asked,
    pub plan: &'p LaunchPlan,
    pub subnets: &'p [Subnet],
    pub clusters: &'p [Cluster],
    pub client_token: Option<&'p str>,
    pub attributes: InstanceAttributes,
    pub deadlines: Deadlines,
}

impl<'p> Launch<'p> {
    /// The first `count` of the planned instances, placed.
    pub(super) fn draft(&self, api: &Api, call: &Call, count: usize) -> Result<Draft<'p>, Refusal> {
        let mut draft = Draft { reservation: api.fresh(), instances: Vec::with_capacity(count), slots: Vec::new(), wanted: Vec::new() };
        for planned in self.plan.instances.iter().take(count) {
            let instance = self.instance(call, (api.fresh(), draft.reservation), planned.index)?;
            for interface in &planned.interfaces {
                let id = match &interface.source {
                    InterfaceSource::Existing(id) => *id,
                    InterfaceSource::New { kind, subnet, address, assignment, ipv6, groups, description } => {
                        let subnet = self.subnets.iter().find(|known| known.id == *subnet);
                        let subnet = subnet.ok_or_else(|| multihome_core::refusals::subnet_not_found(self.plan.subnet))?;
                        let (groups, description) = (groups.clone(), description.clone());
                        draft.wanted.push(Wanted {
                            id: api.fresh(),
                            kind: *kind,
                            subnet,
                            address: *address,
                            assignment: assignment.clone(),
                            ipv6: ipv6.clone(),
                            groups,
                            description,
                            source_dest_check: true,
                            automatic_public_address: interface.public_address,
                        });
                        draft.wanted[draft.wanted.len() - 1].id
                    }
                };
                draft.slots.push(Slot { instance: draft.instances.len(), interface: id, planned: interface });
            }
            draft.instances.push(instance);
        }
        Ok(draft)
    }

    fn instance(&self, call: &Call, (id, reservation): (InstanceId, ReservationId), launch_index: i32) -> Result<Instance, Refusal> {
        let instance_type = &self.asked.launch.instance_type;
        let place = place(id, instance_type, call.region, self.plan.zone, self.clusters)?;
        Ok(Instance {
            id,
            account: call.account,
            region: call.region,
            zone: self.plan.zone,
            cluster: place.cluster,
            node: place.node,
            reservation,
            launch_index,
            image: self.asked.image,
            instance_type: instance_type.clone(),
            key_name: self.asked.key_name.clone(),
            user_data: self.asked.user_data.clone(),
            client_token: self.client_token.map(str::to_owned),
            attributes: self.attributes.clone(),
            vpc: self.plan.vpc,
            subnet: self.plan.subnet,
            state: InstanceState::Pending,
            reason: None,
            launched_at: call.now,
            since: call.now,
            deadline: Some(call.now + self.deadlines.launch),
            change: ChangeId::default(),
            generation: Generation::FIRST,
        })
    }

    /// The attachment that a launch begins with.
    pub(super) fn attachment(
        &self,
        api: &Api,
        call: &Call,
        instance: &Instance,
        (interface, planned): (&Interface, &PlannedInterface),
    ) -> Attachment {
        Attachment {
            id: api.fresh(),
            account: interface.account,
            region: interface.region,
            interface: interface.id,
            instance: instance.id,
            instance_account: instance.account,
            cluster: instance.cluster,
            device_index: planned.device_index,
            state: AttachmentState::Attaching,
            delete_on_termination: planned.delete_on_termination,
            attached_at: call.now,
            since: call.now,
            deadline: self.deadlines.attach_at_launch(planned.device_index, call.now),
            reason: None,
            change: ChangeId::default(),
            generation: Generation::FIRST,
        }
    }
}
