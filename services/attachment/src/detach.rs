//! Detach: gather, `core::admission` and `core::transition`, apply, answer.

use multihome_core::{
    admission::{self, Caller, DetachSituation},
    transition::AttachmentStep,
};
use multihome_messages::{Answer, DetachReply, DetachRequest, RequestId};
use multihome_runtime::{Cas, now};
use multihome_types::{Instance, InstanceState, Interface, InterfaceKind, Refusal, Timestamp};
use sea_orm::DbErr;

use crate::{
    Attachment, Attempt,
    apply::{Claim, Note, apply_claimed},
    gather::{gather_attached, gather_instance},
    requests::{Named, is_too_late, lost_the_race, outrun, refuse, too_late},
    settle,
};

impl Attachment {
    pub(crate) async fn detach(&self, request: DetachRequest, header_id: Option<RequestId>, expires: Option<Timestamp>) -> Answer<DetachReply> {
        let named = request.request_id.clone().or(header_id).map(|id| {
            let asked = format!("detach {} {}", request.attachment, request.force);
            Named::new(request.account, id, asked)
        });
        settle(|| self.try_detach(&request, named.as_ref(), expires)).await
    }

    async fn try_detach(
        &self,
        request: &DetachRequest,
        named: Option<&Named>,
        expires: Option<Timestamp>,
    ) -> Result<Attempt<Result<DetachReply, Refusal>>, DbErr> {
        if is_too_late(expires, now()) {
            return refuse(&self.store, named, too_late(), now()).await;
        }
        let conn = self.store.reader();
        let interface = gather_attached(conn, request.attachment).await?;
        let instance = match interface.as_ref().and_then(|interface| interface.attachment.as_ref()) {
            Some(attachment) => gather_instance(conn, attachment.instance).await?,
            None => None,
        };
        let now = now();
        let situation = DetachSituation {
            attachment_id: request.attachment,
            caller: Caller { account: request.account, region: request.region },
            force: request.force,
            attachment: interface.as_ref().and_then(|interface| interface.attachment.as_ref()),
            kind: interface.as_ref().map_or(InterfaceKind::Interface, |interface| interface.kind),
            instance: instance.as_ref().map_or(InstanceState::Terminated, |instance| instance.state),
        };
        let planned = match (admission::admit_detach(&situation, now, &self.settings.deadlines), interface.as_ref()) {
            (Ok(step), Some(interface)) => Planned { step, interface, instance: instance.as_ref() },
            (Err(refusal), _) => return refuse(&self.store, named, refusal, now).await,
            (Ok(_), None) => return Err(DbErr::Custom("a detach was admitted without its interface".to_owned())),
        };
        match self.apply_detach(request, planned, named, now).await {
            Err(why) if lost_the_race(&why) => outrun(&self.store, named).await,
            done => done,
        }
    }

    async fn apply_detach(
        &self,
        request: &DetachRequest,
        planned: Planned<'_>,
        named: Option<&Named>,
        now: Timestamp,
    ) -> Result<Attempt<Result<DetachReply, Refusal>>, DbErr> {
        let Planned { step, interface, instance } = planned;
        let reply = DetachReply { attachment_id: request.attachment, state: state_after(interface, &step) };
        let kept = named.map(|named| named.keep(&Answer::Done(reply.clone()), now)).transpose()?;
        let claim = match step {
            AttachmentStep::Stay => Claim { kept, ..Claim::default() },
            // The step relies on the instance's state.
            AttachmentStep::Become { .. } | AttachmentStep::Release { .. } | AttachmentStep::ReleaseAndDelete => {
                Claim { instance, interface: Some(interface), kept }
            }
        };
        let mut txn = self.store.begin().await?;
        if claim.apply(&txn).await? == Cas::Stale {
            txn.rollback().await?;
            return Ok(Attempt::Stale);
        }
        let why = if request.force { "a forced detach was asked for" } else { "a detach was asked for" };
        apply_claimed(&mut txn, interface, &step, Note { now, why, who: "attachment" }).await?;
        txn.commit().await?;
        Ok(Attempt::Done(Ok(reply)))
    }
}

/// A detach that was admitted, and what it was decided upon.
struct Planned<'a> {
    step: AttachmentStep,
    interface: &'a Interface,
    /// None where its row is gone already, so that nothing is left to guard.
    instance: Option<&'a Instance>,
}

/// What the attachment's state is after the step; none where it is gone.
fn state_after(interface: &Interface, step: &AttachmentStep) -> Option<multihome_types::AttachmentState> {
    match step {
        AttachmentStep::Stay => interface.attachment.as_ref().map(|attachment| attachment.state),
        AttachmentStep::Become { state, .. } => Some(*state),
        AttachmentStep::Release { .. } | AttachmentStep::ReleaseAndDelete => None,
    }
}
