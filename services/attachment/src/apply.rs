//! Writes a step that `core` decided on, with the generations it was decided upon.

use multihome_core::{
    lifecycle::{self, InstanceStep},
    transition::{self, AttachmentStep},
};
use multihome_entities::{attachment, instance, interface, interface_group, private_address, tag};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Attachment, Change, ChangeId, EntityKind, Generation, Instance, Interface, Timestamp};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// When, why and on whose word something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<'a> {
    pub now: Timestamp,
    pub why: &'a str,
    pub who: &'a str,
}

/// Counts an interface's generation up if it is still the one that was read. From here on its row is ours until the commit.
pub(crate) async fn touch_interface(txn: &Transaction, read: &Interface) -> Result<Cas, DbErr> {
    let touched = interface::Entity::update_many()
        .col_expr(interface::Column::Generation, Expr::col(interface::Column::Generation).add(1))
        .filter(interface::Column::Id.eq(read.id))
        .filter(interface::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    Ok(Cas::from_rows(touched.rows_affected))
}

/// As [`touch_interface`], for an instance: whatever is counted against its limits goes through here.
pub(crate) async fn touch_instance(txn: &Transaction, read: &Instance) -> Result<Cas, DbErr> {
    let touched = instance::Entity::update_many()
        .col_expr(instance::Column::Generation, Expr::col(instance::Column::Generation).add(1))
        .filter(instance::Column::Id.eq(read.id))
        .filter(instance::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    Ok(Cas::from_rows(touched.rows_affected))
}

pub(crate) fn interface_change(read: &Interface, what: &str, note: Note<'_>) -> Change {
    Change {
        id: ChangeId(0),
        entity: EntityKind::Interface,
        entity_id: read.id.to_string(),
        generation: read.generation.next(),
        account: read.account,
        region: read.region,
        what: what.to_owned(),
        why: note.why.to_owned(),
        at: note.now,
        who: note.who.to_owned(),
    }
}

pub(crate) fn attachment_change(of: &Attachment, generation: Generation, what: &str, note: Note<'_>) -> Change {
    Change {
        id: ChangeId(0),
        entity: EntityKind::Attachment,
        entity_id: of.id.to_string(),
        generation,
        account: of.account,
        region: of.region,
        what: what.to_owned(),
        why: note.why.to_owned(),
        at: note.now,
        who: note.who.to_owned(),
    }
}

fn instance_change(read: &Instance, what: &str, note: Note<'_>) -> Change {
    Change {
        id: ChangeId(0),
        entity: EntityKind::Instance,
        entity_id: read.id.to_string(),
        generation: read.generation.next(),
        account: read.account,
        region: read.region,
        what: what.to_owned(),
        why: note.why.to_owned(),
        at: note.now,
        who: note.who.to_owned(),
    }
}

/// The step of one attachment. Stale means that nothing was written.
pub(crate) async fn apply_attachment(txn: &mut Transaction, read: &Interface, step: &AttachmentStep, note: Note<'_>) -> Result<Cas, DbErr> {
    let Some(old) = &read.attachment else { return Ok(Cas::Stale) };
    if *step == AttachmentStep::Stay {
        return Ok(Cas::Updated);
    }
    if touch_interface(txn, read).await? == Cas::Stale {
        return Ok(Cas::Stale);
    }
    let generation = old.generation.next();
    let why = match step {
        AttachmentStep::Become { reason: Some(reason), .. } | AttachmentStep::Release { reason: Some(reason) } => reason.as_str(),
        AttachmentStep::Become { .. } | AttachmentStep::Release { .. } | AttachmentStep::ReleaseAndDelete | AttachmentStep::Stay => note.why,
    };
    let note = Note { why, ..note };
    let (attachment_is, interface_is) = match step {
        AttachmentStep::Become { state, .. } => (state.as_str(), state.as_str()),
        AttachmentStep::Release { .. } => ("detached", "available"),
        AttachmentStep::ReleaseAndDelete => ("detached", "deleted"),
        AttachmentStep::Stay => return Ok(Cas::Updated),
    };
    let change = txn.record(vec![attachment_change(old, generation, attachment_is, note), interface_change(read, interface_is, note)]).await?;
    match transition::revised(old, step, change, note.now) {
        Some(new) => {
            let row = attachment::Model::from(Attachment { generation, ..new });
            attachment::Entity::update(row.into_active_model().reset_all()).exec(txn.conn()).await?;
        }
        None => {
            attachment::Entity::delete_by_id(old.id).exec(txn.conn()).await?;
        }
    }
    if *step == AttachmentStep::ReleaseAndDelete {
        delete_interface(txn, read).await?;
    }
    Ok(Cas::Updated)
}

/// An interface goes with all that belongs to it.
async fn delete_interface(txn: &Transaction, read: &Interface) -> Result<(), DbErr> {
    private_address::release(txn.conn(), read.id).await?;
    interface_group::Entity::delete_many().filter(interface_group::Column::Interface.eq(read.id)).exec(txn.conn()).await?;
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(read.id.to_string())).exec(txn.conn()).await?;
    interface::Entity::delete_by_id(read.id).exec(txn.conn()).await?;
    Ok(())
}

/// The step of an instance, and what it means to each interface on it. Stale means: roll back and read again.
pub(crate) async fn apply_instance(
    txn: &mut Transaction,
    read: &Instance,
    on_it: &[(&Interface, AttachmentStep)],
    step: &InstanceStep,
    note: Note<'_>,
) -> Result<Cas, DbErr> {
    let InstanceStep::Become { state, reason, .. } = step else { return Ok(Cas::Updated) };
    if touch_instance(txn, read).await? == Cas::Stale {
        return Ok(Cas::Stale);
    }
    let why = reason.as_ref().map_or(note.why, |reason| reason.message.as_str());
    for (interface, step) in on_it {
        if apply_attachment(txn, interface, step, Note { why, ..note }).await? == Cas::Stale {
            return Ok(Cas::Stale);
        }
    }
    let change = txn.record(vec![instance_change(read, state.as_str(), Note { why, ..note })]).await?;
    let new = Instance { generation: read.generation.next(), ..lifecycle::revised(read, step, change, note.now) };
    instance::Entity::update(instance::Model::from(new).into_active_model().reset_all()).exec(txn.conn()).await?;
    Ok(Cas::Updated)
}

/// Forgets an instance that was terminated long ago.
pub(crate) async fn apply_forget(txn: &mut Transaction, read: &Instance, note: Note<'_>) -> Result<Cas, DbErr> {
    if touch_instance(txn, read).await? == Cas::Stale {
        return Ok(Cas::Stale);
    }
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(read.id.to_string())).exec(txn.conn()).await?;
    instance::Entity::delete_by_id(read.id).exec(txn.conn()).await?;
    txn.record(vec![instance_change(read, "deleted", note)]).await?;
    Ok(Cas::Updated)
}
