//! The network-information document that clusters read: the Eucalyptus 4.4 form of the global network information, mode VPCMIDO.
//!
//! Data only: structs for what a document says, one writer, one reader, and the hash that is its version. Which entities
//! are listed, and in which order, is decided in `services/core`; the writer only knows in which order elements stand. The
//! wrappers of things that Multihome has no entities for yet (`dhcpOptionSets`, `networkAcls`, …) are always written, empty,
//! because the schema has them.
//!
//! Deliberately absent: indentation, namespaces, a document type, and the `rules` text of 4.3, which 4.4 dropped.

mod content;
mod document;
mod read;
mod write;

#[cfg(test)]
mod sample;

pub use content::{ContentHash, ContentHasher, FragmentHash};
pub use document::{
    AppliedVersion, Cluster, Configuration, Document, Instance, NetworkInterface, Node, Route, RouteTable, Rule, SecurityGroup, Subnet, Vpc,
};
pub use read::{Problem, ReadError, read};
pub use write::{Content, Sink, write_configuration, write_document, write_instance, write_security_group, write_vpc};
