//! A public address in use: one that an account allocated, or one that the cloud gave an interface by itself.

use crate::{AccountId, Address, AddressAssociationId, AllocationId, Generation, InterfaceId, Region, Timestamp};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElasticAddress {
    pub id: AllocationId,
    /// Of an automatic one: the account whose interface has it. To users it belongs to the cloud.
    pub account: AccountId,
    pub region: Region,
    pub address: Address,
    /// Given by the cloud while an instance runs, and taken back. It has no allocation that users know, is in no list, and always has an
    /// association.
    pub automatic: bool,
    /// It belongs to the interface: it outlives every attachment.
    pub association: Option<AddressAssociation>,
    pub created: Timestamp,
    pub generation: Generation,
}

/// What a public address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressAssociation {
    pub id: AddressAssociationId,
    pub interface: InterfaceId,
    /// One of the interface's own.
    pub private_address: Address,
}
