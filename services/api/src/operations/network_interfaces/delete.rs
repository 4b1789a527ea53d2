//! DeleteNetworkInterface.
//!
//! The interface's generation is counted up first, under the condition that it is the one that was read. An attach or a change that races
//! does the same, so one of them finds a generation it does not know, and looks again.

use multihome_core::interface::{admit_delete, visible};
use multihome_ec2::{Return, network_interface::DeleteNetworkInterface};
use multihome_entities::{elastic_address, interface, interface_group, interface_permission, ipv6_address, private_address};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Change, ElasticAddress, EntityKind, Interface, InterfaceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{ATTEMPTS, birth::apply_touch, caller, contended, settle};
use crate::{Api, call::Call, fault::Fault, ids, operations::tags::apply_untag};

pub(crate) async fn delete_network_interface(api: &Api, call: &Call, request: DeleteNetworkInterface) -> Result<Return, Fault> {
    let id: InterfaceId = ids::parse(&request.network_interface_id)?;
    for _ in 0..ATTEMPTS {
        let found = interface::find(api.store.reader(), id).await?;
        admit_delete(caller(call), id, found.as_ref())?;
        let read = visible(caller(call), id, found.as_ref())?;
        let mut txn = api.store.begin().await?;
        let outcome = apply(call, &mut txn, read).await;
        if settle(txn, outcome).await?.is_some() {
            return Ok(Return::DONE);
        }
    }
    Err(contended())
}

pub(super) async fn apply(call: &Call, txn: &mut Transaction, read: &Interface) -> Result<Option<()>, Fault> {
    if apply_touch(txn, read).await? == Cas::Stale {
        return Ok(None);
    }
    let conn = txn.conn();
    private_address::release(conn, read.id).await?;
    ipv6_address::release(conn, read.id).await?;
    elastic_address::leave(conn, read.id).await?;
    interface_group::Entity::delete_many().filter(interface_group::Column::Interface.eq(read.id)).exec(conn).await?;
    interface_permission::forget(conn, read.id).await?;
    apply_untag(txn, [read.id]).await?;
    interface::Entity::delete_by_id(read.id).exec(conn).await?;
    let why = format!("Network interface {} was deleted, and its address {} given back to subnet {}.", read.id, read.address, read.subnet);
    let mut changes: Vec<Change> = read.public.iter().filter(|public| !public.automatic).map(|public| left(call, public, read.id)).collect();
    changes.push(call.change((EntityKind::Interface, read.id, read.generation.next()), "deleted", why));
    txn.record(changes).await?;
    Ok(Some(()))
}

fn left(call: &Call, public: &ElasticAddress, interface: InterfaceId) -> Change {
    let why = format!("The public address {} leads nowhere: network interface {interface} was deleted.", public.address);
    call.change_of(public.account, (EntityKind::ElasticAddress, public.id, public.generation.next()), "disassociated", why)
}
