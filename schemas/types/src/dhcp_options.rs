//! DHCP options: what the instances of a VPC are told with their addresses.

use std::collections::BTreeMap;

use crate::{AccountId, DhcpOptionsId, Generation, Region, Timestamp};

crate::text::text_enum! {
    /// What a set of options can speak of, as EC2 and clusters spell it.
    pub enum DhcpOption {
        DomainName = "domain-name",
        DomainNameServers = "domain-name-servers",
        NtpServers = "ntp-servers",
        NetbiosNameServers = "netbios-name-servers",
        NetbiosNodeType = "netbios-node-type",
    }
}

/// A set of options. It never changes: whoever wants others makes another set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpOptions {
    pub id: DhcpOptionsId,
    pub account: AccountId,
    pub region: Region,
    /// The one that a new VPC gets.
    pub is_default: bool,
    /// An option that is not there is not told; one that is has at least one value.
    pub options: BTreeMap<DhcpOption, Vec<String>>,
    pub created: Timestamp,
    pub generation: Generation,
}
