//! Reads what the rules ask for.

use multihome_core::admission::Limits;
use multihome_entities::{
    attachment, instance,
    instance::{Allowed, Room},
    interface, interface_permission,
};
use multihome_types::{AccountId, AttachmentId, DeviceIndex, Instance, InstanceId, Interface, InterfaceKind, InterfacePermissionKind};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

/// The interface that has an attachment, with it.
pub(crate) async fn gather_attached<C: ConnectionTrait>(conn: &C, id: AttachmentId) -> Result<Option<Interface>, DbErr> {
    Ok(gather_all_attached(conn, &[id]).await?.pop())
}

/// The interfaces that have some attachments.
pub(crate) async fn gather_all_attached<C: ConnectionTrait>(conn: &C, ids: &[AttachmentId]) -> Result<Vec<Interface>, DbErr> {
    interface::load(conn, interface::whose_attachment(attachment::Column::Id.is_in(ids.iter().copied())), None).await
}

/// The interfaces on an instance.
pub(crate) async fn gather_on_instance<C: ConnectionTrait>(conn: &C, id: InstanceId) -> Result<Vec<Interface>, DbErr> {
    interface::load(conn, interface::whose_attachment(attachment::Column::Instance.eq(id)), None).await
}

pub(crate) async fn gather_instance<C: ConnectionTrait>(conn: &C, id: InstanceId) -> Result<Option<Instance>, DbErr> {
    Ok(instance::Entity::find_by_id(id).one(conn).await?.map(Instance::from))
}

pub(crate) async fn gather_instances<C: ConnectionTrait>(conn: &C, ids: &[InstanceId]) -> Result<Vec<Instance>, DbErr> {
    let rows = instance::Entity::find().filter(instance::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(Instance::from).collect())
}

/// An instance that something is to be attached to.
pub(crate) struct Target {
    pub instance: Instance,
    pub limits: Limits,
    pub occupied: Vec<DeviceIndex>,
}

pub(crate) async fn gather_target<C: ConnectionTrait>(conn: &C, id: InstanceId) -> Result<Option<Target>, DbErr> {
    let found = instance::find_with_room(conn, id).await?;
    Ok(found.map(|(instance, Room { allowed, occupied })| {
        let limits = allowed.map(|Allowed { interfaces, addresses, ipv6_addresses }| Limits { interfaces, addresses, ipv6_addresses });
        // A type without a row has Eucalyptus's fallback: the primary interface and no other.
        Target { instance, limits: limits.unwrap_or(Limits { interfaces: 1, addresses: 1, ipv6_addresses: 0 }), occupied }
    }))
}

/// How many Elastic Fabric Adapters are on an instance, for one that is to come beside them.
pub(crate) async fn gather_efas<C: ConnectionTrait>(conn: &C, to_come: Option<&Interface>, instance: InstanceId) -> Result<usize, DbErr> {
    if to_come.is_none_or(|interface| interface.kind != InterfaceKind::Efa) {
        return Ok(0);
    }
    Ok(gather_on_instance(conn, instance).await?.iter().filter(|interface| interface.kind == InterfaceKind::Efa).count())
}

/// Whether an account may attach an interface that is not its own.
pub(crate) async fn gather_permitted<C: ConnectionTrait>(conn: &C, interface: Option<&Interface>, account: Option<AccountId>) -> Result<bool, DbErr> {
    match interface.zip(account) {
        Some((interface, account)) if interface.account != account => {
            interface_permission::is_granted(conn, interface.id, account, InterfacePermissionKind::InstanceAttach).await
        }
        _ => Ok(false),
    }
}
