//! Reads what is awaited of a cluster: the few rows in transition, through partial indexes.

use std::collections::HashMap;

use futures_util::future::try_join3;
use multihome_core::poll::{Awaited, AwaitedAttachment, AwaitedInstance};
use multihome_entities::{attachment, cluster, instance, interface::MAX_BOUND};
use multihome_types::{AttachmentId, AttachmentState, ChangeId, Cluster, ClusterName, InstanceId, InstanceState};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

/// `None` for a cluster that is not registered.
pub(crate) async fn gather_awaited<C: ConnectionTrait>(conn: &C, name: ClusterName) -> Result<Option<Awaited>, DbErr> {
    let attachments = attachment::Entity::find()
        .select_only()
        .columns([attachment::Column::Id, attachment::Column::Instance, attachment::Column::State, attachment::Column::Change])
        .filter(attachment::Column::Cluster.eq(name))
        .filter(attachment::Column::State.ne(AttachmentState::Attached))
        .into_tuple::<(AttachmentId, InstanceId, AttachmentState, ChangeId)>();
    let instances = instance::Entity::find()
        .select_only()
        .columns([instance::Column::Id, instance::Column::State, instance::Column::Change])
        .filter(instance::Column::Cluster.eq(name))
        .filter(instance::Column::State.is_in([InstanceState::Pending, InstanceState::Stopping, InstanceState::ShuttingDown]))
        .into_tuple::<(InstanceId, InstanceState, ChangeId)>();
    // All at the same time: an attach waits for this.
    let (row, attachments, instances) = try_join3(cluster::Entity::find_by_id(name).one(conn), attachments.all(conn), instances.all(conn)).await?;
    let Some(row) = row else { return Ok(None) };
    let Cluster { applied, reported_at, .. } = row.try_into()?;
    let primaries = gather_primaries(conn, &instances).await?;
    Ok(Some(Awaited {
        attachments: attachments.into_iter().map(|(id, instance, state, change)| AwaitedAttachment { id, instance, state, change }).collect(),
        instances: instances
            .into_iter()
            .map(|(id, state, change)| AwaitedInstance { id, state, change, primary: primaries.get(&id).copied() })
            .collect(),
        applied,
        reported_at,
    }))
}

/// The primary attachments of pending instances.
async fn gather_primaries<C: ConnectionTrait>(
    conn: &C,
    instances: &[(InstanceId, InstanceState, ChangeId)],
) -> Result<HashMap<InstanceId, AttachmentId>, DbErr> {
    let pending: Vec<InstanceId> = instances.iter().filter(|(_, state, _)| *state == InstanceState::Pending).map(|(id, _, _)| *id).collect();
    let mut primaries = HashMap::with_capacity(pending.len());
    for some in pending.chunks(MAX_BOUND) {
        let found: Vec<(InstanceId, AttachmentId)> = attachment::Entity::find()
            .select_only()
            .columns([attachment::Column::Instance, attachment::Column::Id])
            .filter(attachment::Column::Instance.is_in(some.iter().copied()))
            .filter(attachment::Column::DeviceIndex.eq(0))
            .into_tuple()
            .all(conn)
            .await?;
        primaries.extend(found);
    }
    Ok(primaries)
}

/// Every registered cluster.
pub(crate) async fn gather_clusters<C: ConnectionTrait>(conn: &C) -> Result<Vec<ClusterName>, DbErr> {
    cluster::Entity::find().select_only().column(cluster::Column::Name).into_tuple().all(conn).await
}
