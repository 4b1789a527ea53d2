//! Security groups and their rules.

use crate::{AccountId, Cidr, Generation, GroupId, GroupRuleId, Ipv6Cidr, Region, Timestamp, VpcId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub name: String,
    pub description: String,
    /// In the order of their ids.
    pub rules: Vec<GroupRule>,
    pub created: Timestamp,
    pub generation: Generation,
}

/// Allows traffic of one protocol from or to one peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRule {
    pub id: GroupRuleId,
    pub egress: bool,
    /// IANA number, or -1 for all.
    pub protocol: i32,
    /// Ports for TCP and UDP, type and code for ICMP and ICMPv6 (-1 for all of them); absent otherwise.
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub peer: RulePeer,
    /// Never empty.
    pub description: Option<String>,
}

/// The other side of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RulePeer {
    Cidr(Cidr),
    Ipv6Cidr(Ipv6Cidr),
    Group { id: GroupId, account: AccountId },
}
