//! Attach: gather, `core::admission`, apply, answer.

use multihome_core::admission::{self, AttachPlan, Caller, Limits};
use multihome_entities::{attachment, interface};
use multihome_messages::{Answer, AttachReply, AttachRequest, RequestId};
use multihome_runtime::{Cas, now, random_bits};
use multihome_types::{Attachment as Row, AttachmentId, Generation, Instance, Interface, Refusal, ResourceId, Timestamp};
use sea_orm::{DbErr, EntityTrait, IntoActiveModel};

use crate::{
    Attachment, Attempt,
    apply::{Claim, Note, attachment_change, interface_change},
    gather::{Target, gather_efas, gather_permitted, gather_target},
    requests::{Named, is_too_late, lost_the_race, outrun, refuse, too_late},
    settle,
};

impl Attachment {
    pub(crate) async fn attach(&self, request: AttachRequest, header_id: Option<RequestId>, expires: Option<Timestamp>) -> Answer<AttachReply> {
        let named = request.request_id.clone().or(header_id).map(|id| {
            let asked = format!("attach {} {} {}", request.interface, request.instance, request.device_index);
            Named::new(request.account, id, asked)
        });
        settle(|| self.try_attach(&request, named.as_ref(), expires)).await
    }

    async fn try_attach(
        &self,
        request: &AttachRequest,
        named: Option<&Named>,
        expires: Option<Timestamp>,
    ) -> Result<Attempt<Result<AttachReply, Refusal>>, DbErr> {
        if is_too_late(expires, now()) {
            return refuse(&self.store, named, too_late(), now()).await;
        }
        let conn = self.store.reader();
        let target = gather_target(conn, request.instance).await?;
        let (instance, occupied, limits) = match &target {
            Some(Target { instance, occupied, limits }) => (Some(instance), occupied.as_slice(), *limits),
            None => (None, [].as_slice(), Limits { interfaces: 0, addresses: 0, ipv6_addresses: 0 }),
        };
        // Last: that the interface is in use is the first thing to be refused for, whatever else changed meanwhile.
        let interface = interface::find(conn, request.interface).await?;
        // After the interface, whose generation a permission that is taken away counts up.
        let permitted = gather_permitted(conn, interface.as_ref(), request.account).await?;
        let now = now();
        let situation = admission::AttachSituation {
            interface_id: request.interface,
            instance_id: request.instance,
            device_index: request.device_index,
            network_card_index: 0,
            permitted,
            caller: Caller { account: request.account, region: request.region },
            interface: interface.as_ref(),
            instance,
            occupied,
            efas: gather_efas(conn, interface.as_ref(), request.instance).await?,
            limits,
        };
        let plan = match (admission::admit_attach(&situation, now, &self.settings.deadlines), interface.as_ref(), instance) {
            (Ok(plan), Some(interface), Some(instance)) => (plan, interface, instance),
            (Err(refusal), _, _) => return refuse(&self.store, named, refusal, now).await,
            (Ok(_), _, _) => return Err(DbErr::Custom("an attach was admitted without its interface or instance".to_owned())),
        };
        match self.apply_attach(plan, named, now).await {
            Err(why) if lost_the_race(&why) => outrun(&self.store, named).await,
            done => done,
        }
    }

    async fn apply_attach(
        &self,
        (plan, interface, instance): (AttachPlan, &Interface, &Instance),
        named: Option<&Named>,
        now: Timestamp,
    ) -> Result<Attempt<Result<AttachReply, Refusal>>, DbErr> {
        let mut row = Row {
            id: AttachmentId::from_bits(random_bits(), self.settings.id_length),
            account: interface.account,
            region: interface.region,
            interface: interface.id,
            instance: instance.id,
            instance_account: instance.account,
            cluster: instance.cluster,
            device_index: plan.device_index,
            state: plan.state,
            delete_on_termination: false,
            attached_at: now,
            since: now,
            deadline: plan.deadline,
            reason: None,
            change: multihome_types::ChangeId(0),
            generation: Generation::FIRST,
        };
        let reply = AttachReply { attachment_id: row.id, state: row.state };
        let kept = named.map(|named| named.keep(&Answer::Done(reply.clone()), now)).transpose()?;
        let mut txn = self.store.begin().await?;
        // The instance's generation guards the limit and the state that the plan relies on.
        if (Claim { instance: Some(instance), interface: Some(interface), kept }).apply(&txn).await? == Cas::Stale {
            txn.rollback().await?;
            return Ok(Attempt::Stale);
        }
        let why = format!("{} as {}", plan.why, row.id);
        let note = Note { now, why: &why, who: "attachment" };
        let changes = vec![attachment_change(&row, row.generation, row.state.as_str(), note), interface_change(interface, row.state.as_str(), note)];
        row.change = txn.record(changes).await?;
        attachment::Entity::insert(attachment::Model::from(row).into_active_model()).exec_without_returning(txn.conn()).await?;
        txn.commit().await?;
        tracing::info!(interface.id = %interface.id, instance.id = %instance.id, attachment.id = %reply.attachment_id, "Interface is {}", reply.state);
        Ok(Attempt::Done(Ok(reply)))
    }
}
