//! Start, stop and terminate: all of the named instances, or none.

use multihome_core::{
    lifecycle::{self, InstanceCommand, InstanceStep},
    refusals, transition,
};
use multihome_messages::{Answer, InstanceAction, InstancesReply, InstancesRequest, StateChange};
use multihome_runtime::{Cas, now};
use multihome_types::{Instance, Interface, Refusal};
use sea_orm::DbErr;

use crate::{
    Attachment, Attempt,
    apply::{Note, apply_instance},
    gather::{gather_instances, gather_on_instance},
    settle,
};

impl Attachment {
    pub(crate) async fn instances(&self, request: InstancesRequest) -> Answer<InstancesReply> {
        settle(|| self.try_instances(&request)).await
    }

    async fn try_instances(&self, request: &InstancesRequest) -> Result<Attempt<Result<InstancesReply, Refusal>>, DbErr> {
        let conn = self.store.reader();
        let now = now();
        let found = gather_instances(conn, &request.instances).await?;
        let mut steps = Vec::with_capacity(request.instances.len());
        for id in &request.instances {
            let Some(instance) = found.iter().find(|found| found.id == *id && found.account == request.account && found.region == request.region)
            else {
                return Ok(Attempt::Done(Err(refusals::instance_not_found(*id))));
            };
            if steps.iter().any(|(known, _): &(&Instance, InstanceStep)| known.id == *id) {
                continue;
            }
            match lifecycle::admit(instance, command(request), now, &self.settings.deadlines) {
                Ok(step) => steps.push((instance, step)),
                Err(refusal) => return Ok(Attempt::Done(Err(refusal))),
            }
        }
        let why = match request.action {
            InstanceAction::Start => "a start was asked for",
            InstanceAction::Stop => "a stop was asked for",
            InstanceAction::Terminate => "a termination was asked for",
        };
        let mut changes = Vec::with_capacity(steps.len());
        let mut gathered = Vec::with_capacity(steps.len());
        for (instance, step) in steps {
            let on_it = if step.attachment_input().is_some() { gather_on_instance(conn, instance.id).await? } else { Vec::new() };
            let current = match &step {
                InstanceStep::Stay => instance.state,
                InstanceStep::Become { state, .. } => *state,
            };
            changes.push(StateChange { instance: instance.id, previous: instance.state, current });
            gathered.push((instance, step, on_it));
        }
        let mut txn = self.store.begin().await?;
        for (instance, step, on_it) in &gathered {
            let meant = self.meaning(instance, step, on_it, now);
            if apply_instance(&mut txn, instance, &meant, step, Note { now, why, who: "attachment" }).await? == Cas::Stale {
                txn.rollback().await?;
                return Ok(Attempt::Stale);
            }
        }
        txn.commit().await?;
        Ok(Attempt::Done(Ok(InstancesReply { changes })))
    }

    /// What an instance's step means to each interface on it.
    pub(crate) fn meaning<'a>(
        &self,
        instance: &Instance,
        step: &InstanceStep,
        on_it: &'a [Interface],
        now: multihome_types::Timestamp,
    ) -> Vec<(&'a Interface, transition::AttachmentStep)> {
        let Some(input) = step.attachment_input() else { return Vec::new() };
        on_it
            .iter()
            .filter_map(|interface| {
                let attachment = interface.attachment.as_ref()?;
                Some((interface, transition::transition(attachment, input, instance.state, now, &self.settings.deadlines)))
            })
            .collect()
    }
}

fn command(request: &InstancesRequest) -> InstanceCommand {
    match request.action {
        InstanceAction::Start => InstanceCommand::Start,
        InstanceAction::Stop => InstanceCommand::Stop { force: request.force },
        InstanceAction::Terminate => InstanceCommand::Terminate { force: request.force },
    }
}
