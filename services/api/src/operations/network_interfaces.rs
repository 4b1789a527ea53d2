//! Network interfaces: create, delete, describe, modify, and the addresses they are assigned, of either kind.
//!
//! What is asked is decided by `core::interface`. An interface's address is taken in the transaction that makes the interface, and
//! that two of them never get the same one is the schema's doing (`addresses`). Launches make interfaces the same way (`birth`).
//! Deliberately absent: attachments, whose only writer is the attachment service.

mod addresses;
mod assign;
mod assigned;
mod association;
mod attribute;
mod birth;
mod create;
mod delete;
mod describe;
mod filters;
mod gather;
mod ipv6;
mod modify;
mod permissions;
mod shown;
#[cfg(test)]
mod tests;
mod unassign;
#[cfg(test)]
pub(crate) mod world;

pub(super) use addresses::addresses_asked;
pub(crate) use assign::assign_private_ip_addresses;
pub(super) use assigned::assignment_asked;
pub(crate) use attribute::{describe_network_interface_attribute, reset_network_interface_attribute};
pub(super) use birth::{Births, Wanted, apply_births, apply_touch, kind_asked};
pub(crate) use create::{Creates, create_network_interface};
pub(crate) use delete::delete_network_interface;
pub(crate) use describe::describe_network_interfaces;
pub(super) use gather::{attached_by, gather_groups, of_account};
pub(super) use ipv6::ipv6_asked;
pub(crate) use ipv6::{assign_ipv6_addresses, unassign_ipv6_addresses};
pub(crate) use modify::modify_network_interface_attribute;
use multihome_core::admission::Caller;
use multihome_ec2::Ec2Error;
use multihome_runtime::Transaction;
pub(crate) use permissions::{create_network_interface_permission, delete_network_interface_permission, describe_network_interface_permissions};
pub(super) use shown::{Surroundings, groups_shown, ipv6_prefixes_shown, ipv6_shown, kind_shown, prefixes_shown};
pub(crate) use unassign::unassign_private_ip_addresses;

use crate::{call::Call, fault::Fault};

/// How often a request looks, decides and writes again because somebody else was first.
pub(crate) const ATTEMPTS: usize = 16;

/// The answer to somebody who never was first: SDKs try again.
pub(crate) fn contended() -> Fault {
    Ec2Error::new("Unavailable", "Too many requests are changing this at the same time. Please try again.").into()
}

/// Ends a transaction as its work ended: `Some` is committed, anything else undone. `None` means that somebody else was first, and
/// that it is worth looking again; so is an id that turned out to be taken, a group or subnet that is gone by now, and
/// what the database undid to end a deadlock.
pub(super) async fn settle<T>(txn: Transaction, outcome: Result<Option<T>, Fault>) -> Result<Option<T>, Fault> {
    match outcome {
        Ok(Some(done)) => {
            txn.commit().await?;
            Ok(Some(done))
        }
        Ok(None) => {
            txn.rollback().await?;
            Ok(None)
        }
        Err(fault) => {
            txn.rollback().await?;
            if fault.is_taken() || fault.is_gone() || fault.is_undone() { Ok(None) } else { Err(fault) }
        }
    }
}

fn caller(call: &Call) -> Caller {
    Caller::of(call.account, call.region)
}
