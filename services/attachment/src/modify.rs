//! Delete-on-terminate: the one attribute that is the attachment's and not the interface's.

use multihome_core::{admission::Caller, refusals};
use multihome_entities::{attachment, interface};
use multihome_messages::{Answer, ModifyAttachmentReply, ModifyAttachmentRequest};
use multihome_runtime::{Cas, now};
use multihome_types::Refusal;
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use crate::{
    Attachment, Attempt,
    apply::{Note, attachment_change, interface_change, touch_interface},
    settle,
};

impl Attachment {
    pub(crate) async fn modify(&self, request: ModifyAttachmentRequest) -> Answer<ModifyAttachmentReply> {
        settle(|| self.try_modify(&request)).await
    }

    async fn try_modify(&self, request: &ModifyAttachmentRequest) -> Result<Attempt<Result<ModifyAttachmentReply, Refusal>>, DbErr> {
        let caller = Caller { account: request.account, region: request.region };
        let found = interface::find(self.store.reader(), request.interface).await?;
        let visible = found.filter(|interface| caller.sees(interface.account, interface.region));
        let Some(interface) = visible else {
            return Ok(Attempt::Done(Err(refusals::interface_not_found(request.interface))));
        };
        let Some(attachment) = interface.attachment.as_ref().filter(|attachment| attachment.id == request.attachment) else {
            return Ok(Attempt::Done(Err(refusals::attachment_not_found(request.attachment))));
        };
        let reply = ModifyAttachmentReply { delete_on_termination: request.delete_on_termination };
        if attachment.delete_on_termination == request.delete_on_termination {
            return Ok(Attempt::Done(Ok(reply)));
        }
        let mut txn = self.store.begin().await?;
        if touch_interface(&txn, &interface).await? == Cas::Stale {
            txn.rollback().await?;
            return Ok(Attempt::Stale);
        }
        attachment::Entity::update_many()
            .col_expr(attachment::Column::DeleteOnTermination, Expr::value(request.delete_on_termination))
            .col_expr(attachment::Column::Generation, Expr::col(attachment::Column::Generation).add(1))
            .filter(attachment::Column::Id.eq(attachment.id))
            .exec(txn.conn())
            .await?;
        let why = format!("deleteOnTermination is {}", request.delete_on_termination);
        let note = Note { now: now(), why: &why, who: "attachment" };
        txn.record(vec![
            attachment_change(attachment, attachment.generation.next(), "modified", note),
            interface_change(&interface, "modified", note),
        ])
        .await?;
        txn.commit().await?;
        Ok(Attempt::Done(Ok(reply)))
    }
}
