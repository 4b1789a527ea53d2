//! An instance's row with what a user changes of it.
//!
//! The row is locked before it is looked at: the attachment service, which changes the state in the same row, waits or finds that the
//! generation it read is over.

use multihome_core::{lifecycle, refusals};
use multihome_entities::instance::{Column, Entity, Model};
use multihome_runtime::Transaction;
use multihome_types::{EntityKind, Instance, InstanceId};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};

use crate::{call::Call, fault::Fault};

/// An instance of the caller, which stays as it is until the end of the transaction.
pub(super) async fn gather_and_lock(txn: &Transaction, call: &Call, id: InstanceId) -> Result<Instance, Fault> {
    let of_caller = Entity::find_by_id(id).filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region));
    let row = of_caller.lock(LockType::NoKeyUpdate).one(txn.conn()).await?;
    row.map(Instance::from).ok_or_else(|| refusals::instance_not_found(id).into())
}

/// As [`gather_and_lock`], of several: all of them, in the order of their ids, as everybody locks them.
pub(super) async fn gather_and_lock_all(txn: &Transaction, call: &Call, ids: &[InstanceId]) -> Result<Vec<Instance>, Fault> {
    let these = Entity::find().filter(Column::Id.is_in(ids.iter().copied()));
    let of_caller = these.filter(Column::Account.eq(call.account)).filter(Column::Region.eq(call.region));
    let rows = of_caller.order_by_asc(Column::Id).lock(LockType::NoKeyUpdate).all(txn.conn()).await?;
    let found: Vec<Instance> = rows.into_iter().map(Instance::from).collect();
    lifecycle::select(ids, &found)?;
    Ok(found)
}

/// Writes an instance that was locked. `why` is a sentence.
pub(super) async fn apply_revised(txn: &mut Transaction, call: &Call, revised: Instance, why: impl Into<String>) -> Result<(), Fault> {
    let revised = Instance { generation: revised.generation.next(), ..revised };
    let change = call.change((EntityKind::Instance, revised.id, revised.generation), "modified", why);
    Entity::update(Model::from(revised).into_active_model().reset_all()).exec(txn.conn()).await?;
    txn.record(vec![change]).await?;
    Ok(())
}
