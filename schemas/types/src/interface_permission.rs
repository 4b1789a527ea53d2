//! What an interface's owner lets another account do with it.

use crate::{AccountId, Generation, InterfaceId, InterfacePermissionId, Region, Timestamp};

crate::text::text_enum! {
    /// What is permitted. EC2's names.
    pub enum InterfacePermissionKind {
        /// To attach it to an instance of the account's.
        InstanceAttach = "INSTANCE-ATTACH",
        /// To let a public address of the account's lead to it.
        EipAssociate = "EIP-ASSOCIATE",
    }
}

/// A permission: it is granted as long as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfacePermission {
    pub id: InterfacePermissionId,
    /// The interface's.
    pub account: AccountId,
    pub region: Region,
    pub interface: InterfaceId,
    pub grantee: AccountId,
    pub kind: InterfacePermissionKind,
    pub created: Timestamp,
    pub generation: Generation,
}
