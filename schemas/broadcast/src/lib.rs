//! The network-information document that clusters read: the global network information of Eucalyptus, mode VPCMIDO, in its 4.4 form or,
//! by a setting, in that of 4.3 ([`Dialect`]).
//!
//! Data only: structs for what a document says, one writer, one reader, and the hash that is its version. Which entities
//! are listed, and in which order, is decided in `services/core`; the writer only knows in which order elements stand.
//! `network-data.xsd` beside this crate's manifest is the schema of what it writes.
//!
//! Deliberately absent: indentation, namespaces, a document type.

mod content;
mod dialect;
mod document;
mod mido;
mod read;
mod write;

#[cfg(test)]
mod sample;

/// The longest document that consumers take: controllers of Eucalyptus write it in Base64 into 52,428,799 characters, and cut off the rest
/// in silence.
pub const LONGEST: usize = 39_321_599;

pub use content::{ContentHash, ContentHasher, FragmentHash};
pub use dialect::Dialect;
pub use document::{
    AclEntry, AddressRange, AppliedVersion, Cluster, Configuration, DhcpOptionSet, Document, Instance, InternetGateway, NatGateway, NetworkAcl,
    NetworkInterface, Node, Route, RouteTable, Rule, RulePeer, SecurityGroup, Subnet, Vpc,
};
pub use mido::{Mido, MidoGateway};
pub use read::{Problem, ReadError, read};
pub use write::{
    Content, Sink, write_configuration, write_dhcp_option_set, write_document, write_instance, write_internet_gateway, write_security_group,
    write_vpc,
};
