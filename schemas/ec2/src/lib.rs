//! The EC2 Query protocol: what users' SDKs and the AWS CLI speak (API version 2016-11-15).
//!
//! A request is a form of dotted names ([`Parameters`]), decoded into a plain struct per operation; a reply is a plain struct
//! written as XML ([`encode_reply`]); an answer of "no" is an [`Ec2Error`]. Names on the wire are said once, in the serde
//! attributes of those structs, and the name of an action once, in the list of [`operation`].
//!
//! Data only: no rule, no I/O. Ids, addresses and CIDRs stay text here, because what is wrong with one is answered with a code of
//! its own (`InvalidSubnetID.NotFound`, `InvalidNetworkInterfaceId.Malformed`), which is a rule and not this crate's business.
//! Deliberately absent: parameters that cannot have an effect yet. They are refused by name ([`unsupported`]), as unknown ones are, and never
//! ignored, so a client learns at once what it cannot have.
//!
//! To add an operation: write its request (with `dry_run`) and its reply in the file of its resource, and add one line to the
//! list in `operation.rs`.

pub mod absent;
pub mod account_attribute;
pub mod address;
pub mod availability_zone;
pub mod dhcp_options;
mod error;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod interface_address;
pub mod interface_ipv6;
pub mod internet_gateway;
pub mod key_pair;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_interface;
pub mod network_interface_attribute;
pub mod network_interface_permission;
pub mod operation;
mod parts;
mod query;
pub mod region;
pub mod route_table;
pub mod security_group;
pub mod security_group_rule;
pub mod sts;
pub mod subnet;
pub mod tag;
mod unsupported;
pub mod vpc;
mod xml;

pub use error::Ec2Error;
pub use operation::{Operation, Request, Return, encode_reply};
pub use parts::{AttributeValue, Filter, Moment, Operator, Tag, TagSpecification};
pub use query::Parameters;
pub use xml::EncodeError;
