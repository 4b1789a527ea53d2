//! Writes a step that `core` decided on, with the generations it was decided upon. What it means to public addresses is in [`public`].

pub(crate) mod public;

use std::collections::BTreeSet;

use multihome_core::{
    lifecycle::{self, InstanceStep},
    public_pool::PublicPool,
    transition::{self, AttachmentStep},
};
use multihome_entities::{
    attachment, elastic_address, instance, interface, interface::MAX_BOUND, interface_group, interface_permission, ipv6_address, private_address, tag,
};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    Attachment, Change, ChangeId, ElasticAddress, EntityKind, Generation, Instance, InstanceId, Interface, InterfaceId, Timestamp,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryTrait, StatementBuilder,
    sea_query::{Expr, ExprTrait, InsertStatement, UpdateStatement},
};

/// When, why and on whose word something changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Note<'a> {
    pub now: Timestamp,
    pub why: &'a str,
    pub who: &'a str,
}

/// Counts an interface's generation up if it is still the one that was read. From then on its row is ours until the commit.
fn touching_interface(read: &Interface) -> UpdateStatement {
    interface::Entity::update_many()
        .col_expr(interface::Column::Generation, Expr::col(interface::Column::Generation).add(1))
        .filter(interface::Column::Id.eq(read.id))
        .filter(interface::Column::Generation.eq(read.generation))
        .into_query()
}

/// As [`touching_interface`], for an instance: whatever is counted against its limits goes through here.
fn touching_instance(read: &Instance) -> UpdateStatement {
    instance::Entity::update_many()
        .col_expr(instance::Column::Generation, Expr::col(instance::Column::Generation).add(1))
        .filter(instance::Column::Id.eq(read.id))
        .filter(instance::Column::Generation.eq(read.generation))
        .into_query()
}

pub(crate) async fn touch_interface(txn: &Transaction, read: &Interface) -> Result<Cas, DbErr> {
    Ok(Cas::from_rows(txn.conn().execute(&touching_interface(read)).await?.rows_affected()))
}

/// Touches interfaces, in the order given; returns those that are ours now.
async fn touch_interfaces(txn: &Transaction, read: impl Iterator<Item = &Interface>) -> Result<BTreeSet<InterfaceId>, DbErr> {
    let touching: Vec<UpdateStatement> = read.map(|read| touching_interface(read).returning_col(interface::Column::Id).take()).collect();
    let touching: Vec<&dyn StatementBuilder> = touching.iter().map(|touching| touching as &dyn StatementBuilder).collect();
    txn.query_together(&touching).await?.iter().map(|row| row.try_get_by_index(0)).collect()
}

pub(crate) async fn touch_instance(txn: &Transaction, read: &Instance) -> Result<Cas, DbErr> {
    Ok(Cas::from_rows(txn.conn().execute(&touching_instance(read)).await?.rows_affected()))
}

/// What a request is decided upon, and what keeps its answer: claimed together, before anything is numbered. The instance comes first, in
/// everybody's order. Stale means to roll back.
#[derive(Default)]
pub(crate) struct Claim<'a> {
    pub instance: Option<&'a Instance>,
    pub interface: Option<&'a Interface>,
    pub kept: Option<InsertStatement>,
}

impl Claim<'_> {
    pub async fn apply(self, txn: &Transaction) -> Result<Cas, DbErr> {
        let touching = [self.instance.map(touching_instance), self.interface.map(touching_interface)];
        let mut statements: Vec<&dyn StatementBuilder> = Vec::with_capacity(3);
        statements.extend(touching.iter().flatten().map(|touching| touching as &dyn StatementBuilder));
        statements.extend(self.kept.iter().map(|kept| kept as &dyn StatementBuilder));
        // Each changes one row, unless somebody else was first.
        let changed = txn.execute_together(&statements).await?;
        Ok(if usize::try_from(changed).is_ok_and(|changed| changed == statements.len()) { Cas::Updated } else { Cas::Stale })
    }
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
    let stale = apply_attachments(txn, &[(read, step)], note).await?;
    Ok(if stale.is_empty() { Cas::Updated } else { Cas::Stale })
}

/// The step of an attachment whose interface is claimed.
pub(crate) async fn apply_claimed(txn: &mut Transaction, read: &Interface, step: &AttachmentStep, note: Note<'_>) -> Result<(), DbErr> {
    let change = record(txn, step_changes(read, step, note)).await?;
    write_steps(txn, &[(read, step)], change, note.now).await
}

/// The steps of some attachments, each by itself: returns the interfaces that are stale, of which nothing was written.
pub(crate) async fn apply_attachments(
    txn: &mut Transaction,
    steps: &[(&Interface, &AttachmentStep)],
    note: Note<'_>,
) -> Result<Vec<InterfaceId>, DbErr> {
    let mut steps: Vec<_> = steps.iter().copied().filter(|(_, step)| **step != AttachmentStep::Stay).collect();
    // Everybody locks interfaces in this order, so that nobody waits for somebody who waits for them.
    steps.sort_by_key(|(read, _)| read.id);
    let touched = touch_interfaces(txn, steps.iter().map(|(read, _)| *read)).await?;
    let (ours, stale): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(read, _)| touched.contains(&read.id));
    let change = record(txn, ours.iter().flat_map(|(read, step)| step_changes(read, step, note)).collect()).await?;
    write_steps(txn, &ours, change, note.now).await?;
    Ok(stale.into_iter().map(|(read, _)| read.id).collect())
}

/// How many changes one statement may write: each binds ten values.
const CHANGES_TOGETHER: usize = MAX_BOUND / 10;

/// Numbers everything that a transaction changes, at its end: what has a number is not rolled back for being stale. The last
/// number stands for all: a broadcast covers a transaction whole or not at all.
async fn record(txn: &mut Transaction, mut changes: Vec<Change>) -> Result<ChangeId, DbErr> {
    let mut last = ChangeId(0);
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(CHANGES_TOGETHER));
        last = txn.record(changes).await?;
        changes = rest;
    }
    Ok(last)
}

/// What the log says of a step.
fn step_changes(read: &Interface, step: &AttachmentStep, note: Note<'_>) -> Vec<Change> {
    let (attachment_is, interface_is, why) = match step {
        AttachmentStep::Stay => return Vec::new(),
        AttachmentStep::Become { state, reason, .. } => (state.as_str(), state.as_str(), reason.as_deref()),
        AttachmentStep::Release { reason } => ("detached", "available", reason.as_deref()),
        AttachmentStep::ReleaseAndDelete => ("detached", "deleted", None),
    };
    let note = Note { why: why.unwrap_or(note.why), ..note };
    let attachment = read.attachment.as_ref().map(|old| attachment_change(old, old.generation.next(), attachment_is, note));
    let addresses = public::step_changes(read, step, note);
    attachment.into_iter().chain([interface_change(read, interface_is, note)]).chain(addresses).collect()
}

/// Writes the rows of some steps. The interfaces have been touched.
async fn write_steps(txn: &Transaction, steps: &[(&Interface, &AttachmentStep)], change: ChangeId, now: Timestamp) -> Result<(), DbErr> {
    let changed = steps.iter().filter(|(_, step)| **step != AttachmentStep::Stay);
    let changed = changed.filter_map(|(read, step)| read.attachment.as_ref().map(|old| (old, *step)));
    let writes: Vec<Box<dyn StatementBuilder + Send>> = changed.map(|(old, step)| writing_attachment(old, step, change, now)).collect();
    let writes: Vec<&dyn StatementBuilder> = writes.iter().map(|write| &**write as &dyn StatementBuilder).collect();
    if usize::try_from(txn.execute_together(&writes).await?) != Ok(writes.len()) {
        return Err(DbErr::Custom("an attachment changed without its interface".to_owned()));
    }
    for (read, step) in steps.iter().filter(|(read, _)| read.attachment.is_some()) {
        match step {
            AttachmentStep::Stay | AttachmentStep::Become { .. } => {}
            AttachmentStep::Release { .. } => public::release(txn, read).await?,
            AttachmentStep::ReleaseAndDelete => delete_interface(txn, read).await?,
        }
    }
    Ok(())
}

/// What a step makes of an attachment's row.
fn writing_attachment(old: &Attachment, step: &AttachmentStep, change: ChangeId, now: Timestamp) -> Box<dyn StatementBuilder + Send> {
    match transition::revised(old, step, change, now) {
        Some(new) => {
            let row = attachment::Model::from(Attachment { generation: old.generation.next(), ..new }).into_active_model().reset_all();
            let row = attachment::ActiveModel { id: ActiveValue::NotSet, ..row };
            Box::new(attachment::Entity::update_many().set(row).filter(attachment::Column::Id.eq(old.id)).into_query())
        }
        None => Box::new(attachment::Entity::delete_many().filter(attachment::Column::Id.eq(old.id)).into_query()),
    }
}

/// An interface goes with all that belongs to it.
async fn delete_interface(txn: &Transaction, read: &Interface) -> Result<(), DbErr> {
    private_address::release(txn.conn(), read.id).await?;
    ipv6_address::release(txn.conn(), read.id).await?;
    elastic_address::leave(txn.conn(), read.id).await?;
    interface_group::Entity::delete_many().filter(interface_group::Column::Interface.eq(read.id)).exec(txn.conn()).await?;
    interface_permission::forget(txn.conn(), read.id).await?;
    tag::Entity::delete_many().filter(tag::Column::Resource.eq(read.id.to_string())).exec(txn.conn()).await?;
    interface::Entity::delete_by_id(read.id).exec(txn.conn()).await?;
    Ok(())
}

/// The step of an instance, and what it means to each interface on it.
#[derive(Clone, Debug)]
pub(crate) struct Move<'a> {
    pub instance: &'a Instance,
    pub step: &'a InstanceStep,
    pub on_it: Vec<(&'a Interface, AttachmentStep)>,
    pub public: public::Public<'a>,
}

/// What became of moves that were to be made together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Moved {
    All,
    /// This instance, or an interface on it, changed meanwhile: roll back. No number was given out.
    Stale(InstanceId),
    /// There are not as many public addresses left as interfaces are to be given: roll back.
    NoPublicAddress,
}

/// Moves instances with what is on them. All are claimed before anything is numbered: the instances in the order of their
/// ids, then the interfaces in the order of theirs, as attach and detach do.
pub(crate) async fn apply_instances(txn: &mut Transaction, moves: &[Move<'_>], pool: &PublicPool, note: Note<'_>) -> Result<Moved, DbErr> {
    let mut moves: Vec<&Move<'_>> = moves.iter().filter(|one| *one.step != InstanceStep::Stay).collect();
    moves.sort_by_key(|one| one.instance.id);
    for one in &moves {
        if touch_instance(txn, one.instance).await? == Cas::Stale {
            return Ok(Moved::Stale(one.instance.id));
        }
    }
    let mut interfaces: Vec<(InstanceId, &Interface)> = Vec::new();
    for one in &moves {
        let changed = one.on_it.iter().filter(|(_, step)| *step != AttachmentStep::Stay);
        interfaces.extend(changed.map(|(interface, _)| *interface).chain(one.public.interfaces()).map(|interface| (one.instance.id, interface)));
    }
    interfaces.sort_by_key(|(_, interface)| interface.id);
    interfaces.dedup_by_key(|(_, interface)| interface.id);
    let touched = touch_interfaces(txn, interfaces.iter().map(|(_, interface)| *interface)).await?;
    if let Some((on, _)) = interfaces.iter().find(|(_, interface)| !touched.contains(&interface.id)) {
        return Ok(Moved::Stale(*on));
    }
    let Some(given) = public::apply(txn, moves.iter().map(|one| &one.public), pool).await? else { return Ok(Moved::NoPublicAddress) };
    let changes = moves.iter().flat_map(|one| move_changes(one, &given, note)).collect();
    let change = record(txn, changes).await?;
    for one in moves {
        let steps: Vec<_> = one.on_it.iter().map(|(interface, step)| (*interface, step)).collect();
        write_steps(txn, &steps, change, note.now).await?;
        let revised = lifecycle::revised(one.instance, one.step, change, note.now);
        let row = instance::Model::from(Instance { generation: one.instance.generation.next(), ..revised });
        instance::Entity::update(row.into_active_model().reset_all()).exec_without_returning(txn.conn()).await?;
    }
    Ok(Moved::All)
}

/// What the log says of a move: the interfaces first, the instance last.
fn move_changes(one: &Move<'_>, given: &[ElasticAddress], note: Note<'_>) -> Vec<Change> {
    let InstanceStep::Become { state, reason, .. } = one.step else { return Vec::new() };
    let note = Note { why: reason.as_ref().map_or(note.why, |reason| reason.message.as_str()), ..note };
    let on_it = one.on_it.iter().flat_map(|(interface, step)| step_changes(interface, step, note));
    let public = one.public.changes(given, note);
    on_it.chain(public).chain([instance_change(one.instance, state.as_str(), note)]).collect()
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
