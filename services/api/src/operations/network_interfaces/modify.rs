//! ModifyNetworkInterfaceAttribute.
//!
//! Whether an interface is deleted with its instance belongs to the attachment, which only the attachment service writes: that one is asked
//! over the bus. The other attributes are the interface's own.

mod public;

use multihome_core::interface::{AttachmentChange, Modification, ModifyRequest, ModifySituation, admit_modify, select_modification, visible};
use multihome_ec2::{
    Ec2Error, Return,
    network_interface::{AttachmentChanges, ModifyNetworkInterfaceAttribute},
};
use multihome_entities::{
    interface::{self, Column, Entity},
    interface_group,
};
use multihome_messages::{Answer, ModifyAttachmentReply, ModifyAttachmentRequest, RequestName, Subject};
use multihome_runtime::{Cas, Transaction, bus::REQUEST_TIMEOUT};
use multihome_types::{EntityKind, Interface, InterfaceId};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

use super::{ATTEMPTS, birth::apply_groups, caller, contended, gather::gather_groups, settle};
use crate::{Api, call::Call, fault::Fault, ids, quotas};

pub(crate) async fn modify_network_interface_attribute(api: &Api, call: &Call, request: ModifyNetworkInterfaceAttribute) -> Result<Return, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    let asked = select_modification(ModifyRequest {
        attachment: request.attachment.map(attachment_change).transpose()?,
        description: request.description.map(|description| description.value),
        groups: ids::parse_all(&request.security_group_ids)?,
        source_dest_check: request.source_dest_check.map(|check| check.value),
        associate_public_address: request.associate_public_ip_address,
    })?;
    modify(api, call, id, asked).await
}

pub(super) async fn modify(api: &Api, call: &Call, id: InterfaceId, asked: Modification) -> Result<Return, Fault> {
    for _ in 0..ATTEMPTS {
        let (read, modification) = gather(api, call, id, asked.clone()).await?;
        let done = match modification {
            Modification::Attachment(change) => return modify_attachment(api, call, id, change).await,
            Modification::AssociatePublicAddress(wanted) => public::choose(api, call, &read, wanted).await?,
            other => {
                let mut txn = api.store.begin().await?;
                let outcome = apply(call, &mut txn, &read, other).await;
                settle(txn, outcome).await?
            }
        };
        if done.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}

fn attachment_change(asked: AttachmentChanges) -> Result<AttachmentChange, Ec2Error> {
    let id = asked.attachment_id.ok_or_else(|| Ec2Error::missing_parameter("Attachment.AttachmentId"))?;
    let delete_on_termination = asked.delete_on_termination.ok_or_else(|| Ec2Error::missing_parameter("Attachment.DeleteOnTermination"))?;
    Ok(AttachmentChange { id: ids::parse(&id)?, delete_on_termination })
}

/// The interface, and what may be changed of it.
async fn gather(api: &Api, call: &Call, id: InterfaceId, asked: Modification) -> Result<(Interface, Modification), Fault> {
    let conn = api.store.reader();
    let named = match &asked {
        Modification::Groups(ids) => ids.as_slice(),
        Modification::Attachment(_) | Modification::Description(_) | Modification::SourceDestCheck(_) | Modification::AssociatePublicAddress(_) => {
            &[]
        }
    };
    let (found, groups, most_groups) =
        tokio::try_join!(interface::find(conn, id), gather_groups(conn, named, &[]), quotas::most_groups(api, conn, call, named.len()))?;
    let caller = caller(call);
    let situation = ModifySituation { caller, interface_id: id, interface: found.as_ref(), groups: &groups, most_groups };
    let modification = admit_modify(&situation, asked)?;
    Ok((visible(caller, id, found.as_ref())?.clone(), modification))
}

async fn modify_attachment(api: &Api, call: &Call, interface: InterfaceId, change: AttachmentChange) -> Result<Return, Fault> {
    let AttachmentChange { id: attachment, delete_on_termination } = change;
    let request = ModifyAttachmentRequest { interface, attachment, delete_on_termination, account: Some(call.account), region: Some(call.region) };
    let subject = Subject::Request(RequestName::ModifyAttachment);
    let answer: Answer<ModifyAttachmentReply> = api.bus.request(&subject, &request, REQUEST_TIMEOUT).await?;
    answer.into_result()?;
    Ok(Return::DONE)
}

async fn apply(call: &Call, txn: &mut Transaction, read: &Interface, modification: Modification) -> Result<Option<()>, Fault> {
    let update = Entity::update_many()
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
        .filter(Column::Id.eq(read.id))
        .filter(Column::Generation.eq(read.generation));
    let (update, groups, why) = match modification {
        Modification::Description(text) => (update.col_expr(Column::Description, Expr::value(text)), None, "Its description was changed.".to_owned()),
        Modification::SourceDestCheck(check) => {
            (update.col_expr(Column::SourceDestCheck, Expr::value(check)), None, format!("Its sourceDestCheck was set to {check}."))
        }
        Modification::Groups(ids) => {
            let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
            (update, Some(ids), format!("Its groups were set to {}.", texts.join(", ")))
        }
        // Not written here, and not given.
        Modification::Attachment(_) | Modification::AssociatePublicAddress(_) => return Ok(None),
    };
    if Cas::from_rows(update.exec(txn.conn()).await?.rows_affected) == Cas::Stale {
        return Ok(None);
    }
    if let Some(groups) = groups {
        interface_group::Entity::delete_many().filter(interface_group::Column::Interface.eq(read.id)).exec(txn.conn()).await?;
        let groups: Vec<_> = groups.into_iter().map(|group| (read.id, group)).collect();
        apply_groups(txn, &groups).await?;
    }
    txn.record(vec![call.change((EntityKind::Interface, read.id, read.generation.next()), "modified", why)]).await?;
    Ok(Some(()))
}
