//! A NAT gateway: what instances without public addresses of their own reach others by.

use crate::{
    AccountId, Address, AddressAssociationId, AllocationId, Generation, InterfaceId, NatGatewayId, Refusal, Region, SubnetId, Timestamp, VpcId, Zone,
};

crate::text::text_enum! {
    /// Where a NAT gateway is.
    pub enum NatGatewayState {
        /// It is being set up.
        Pending = "pending",
        /// It could not be set up. What it has is given back, and it is shown for a while.
        Failed = "failed",
        Available = "available",
        /// It has to give back what it has.
        Deleting = "deleting",
        /// It has nothing left, and is shown for a while.
        Deleted = "deleted",
    }
}

crate::text::text_enum! {
    /// Whom a NAT gateway reaches.
    pub enum Connectivity {
        /// The internet, by an elastic address.
        Public = "public",
        /// Other private networks.
        Private = "private",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGateway {
    pub id: NatGatewayId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub connectivity: Connectivity,
    /// The elastic address that a public one is to have.
    pub allocation: Option<AllocationId>,
    /// The private address that was asked for.
    pub wanted: Option<Address>,
    pub state: NatGatewayState,
    /// Its interface, once it has been made; named also after it has gone.
    pub interface: Option<NatInterface>,
    /// Its public address, once it has been associated; named also after it was taken away.
    pub public: Option<NatPublicAddress>,
    /// Why it failed.
    pub failure: Option<Refusal>,
    /// When it came into its present state.
    pub since: Timestamp,
    pub created: Timestamp,
    pub generation: Generation,
}

/// The interface of a NAT gateway: in its subnet, and nobody's to manage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatInterface {
    pub id: InterfaceId,
    pub address: Address,
}

/// The public address of a NAT gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NatPublicAddress {
    pub association: AddressAssociationId,
    pub address: Address,
}
