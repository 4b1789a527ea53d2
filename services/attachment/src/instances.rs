//! Start, stop and terminate: all of the named instances, or none.

use multihome_core::{
    automatic,
    lifecycle::{self, InstanceCommand, InstanceStep},
    refusals, transition,
};
use multihome_messages::{Answer, InstanceAction, InstancesReply, InstancesRequest, StateChange};
use multihome_runtime::{now, random_bits};
use multihome_types::{Instance, Interface, Refusal, ResourceId, Timestamp};
use sea_orm::DbErr;

use crate::{
    Attachment, Attempt,
    apply::{Move, Moved, Note, apply_instances, public::Public},
    gather::{gather_instances, gather_on_instance},
    requests::lost_the_race,
    settle,
};

impl Attachment {
    pub(crate) async fn instances(&self, request: InstancesRequest) -> Answer<InstancesReply> {
        settle(|| self.try_instances(&request)).await
    }

    async fn try_instances(&self, request: &InstancesRequest) -> Result<Attempt<Result<InstancesReply, Refusal>>, DbErr> {
        let conn = self.store.reader();
        let now = now();
        let mut found = gather_instances(conn, &request.instances).await?;
        found.retain(|instance| instance.account == request.account && instance.region == request.region);
        let selected = match lifecycle::select(&request.instances, &found) {
            Ok(selected) => selected,
            Err(refusal) => return Ok(Attempt::Done(Err(refusal))),
        };
        let mut steps = Vec::with_capacity(selected.len());
        for instance in selected {
            if steps.iter().any(|(known, _): &(&Instance, InstanceStep)| known.id == instance.id) {
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
            let on_it = if step.concerns_interfaces() { gather_on_instance(conn, instance.id).await? } else { Vec::new() };
            let current = match &step {
                InstanceStep::Stay => instance.state,
                InstanceStep::Become { state, .. } => *state,
            };
            changes.push(StateChange { instance: instance.id, previous: instance.state, current });
            gathered.push((instance, step, on_it));
        }
        let moves: Vec<Move<'_>> = gathered.iter().map(|(instance, step, on_it)| self.planned(instance, step, on_it, now)).collect();
        let mut txn = self.store.begin().await?;
        match apply_instances(&mut txn, &moves, &self.settings.public_addresses, Note { now, why, who: "attachment" }).await {
            Ok(Moved::All) => txn.commit().await.map(|()| Attempt::Done(Ok(InstancesReply { changes }))),
            Ok(Moved::Stale(_)) => txn.rollback().await.map(|()| Attempt::Stale),
            Ok(Moved::NoPublicAddress) => txn.rollback().await.map(|()| Attempt::Done(Err(refusals::public_addresses_exhausted()))),
            Err(why) if lost_the_race(&why) => txn.rollback().await.map(|()| Attempt::Stale),
            Err(why) => Err(why),
        }
    }

    /// An instance's step, with what it means to each interface on it.
    pub(crate) fn planned<'a>(&self, instance: &'a Instance, step: &'a InstanceStep, on_it: &'a [Interface], now: Timestamp) -> Move<'a> {
        let meant = step.attachment_input().into_iter().flat_map(|input| {
            on_it.iter().filter_map(move |interface| {
                let attachment = interface.attachment.as_ref()?;
                Some((interface, transition::transition(attachment, input, now, &self.settings.deadlines)))
            })
        });
        let on_it_meant = meant.collect();
        Move { instance, step, on_it: on_it_meant, public: self.public(step, on_it, now) }
    }

    fn public<'a>(&self, step: &InstanceStep, on_it: &'a [Interface], now: Timestamp) -> Public<'a> {
        let mut public = Public::default();
        if let InstanceStep::Become { state, .. } = step {
            for interface in on_it {
                let row = || automatic::given(interface, (self.fresh(), self.fresh()), now);
                public.add(interface, automatic::on_instance(*state, interface, on_it.len()), row);
            }
        }
        public
    }

    fn fresh<T: ResourceId>(&self) -> T {
        T::from_bits(random_bits(), self.settings.id_length)
    }
}

fn command(request: &InstancesRequest) -> InstanceCommand {
    match request.action {
        InstanceAction::Start => InstanceCommand::Start,
        InstanceAction::Stop => InstanceCommand::Stop { force: request.force },
        InstanceAction::Terminate => InstanceCommand::Terminate { force: request.force },
    }
}
