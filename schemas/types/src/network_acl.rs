//! Network ACLs: numbered entries that allow or deny what passes the border of a subnet, whatever its security groups say.

use crate::{AccountId, Destination, Generation, NetworkAclAssociationId, NetworkAclId, Region, SubnetId, Timestamp, VpcId};

crate::text::text_enum! {
    /// What becomes of traffic that an entry is about.
    pub enum AclAction {
        Allow = "allow",
        Deny = "deny",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    pub id: NetworkAclId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    /// The one that a new subnet of the VPC gets.
    pub is_default: bool,
    /// What goes out of a subnet first, each way by number.
    pub entries: Vec<NetworkAclEntry>,
    /// The subnets that have it: a subnet has exactly one.
    pub subnets: Vec<(NetworkAclAssociationId, SubnetId)>,
    pub created: Timestamp,
    pub generation: Generation,
}

/// The first entry that traffic matches decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkAclEntry {
    pub egress: bool,
    /// Its place, and with the direction its name.
    pub number: i32,
    /// IANA number, or -1 for all.
    pub protocol: i32,
    pub action: AclAction,
    /// The block at the other side.
    pub peer: Destination,
    /// Of ICMP only.
    pub icmp: Option<IcmpTypeCode>,
    /// Of TCP and UDP only.
    pub ports: Option<PortRange>,
}

/// -1 stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IcmpTypeCode {
    pub kind: i32,
    pub code: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    pub from: i32,
    pub to: i32,
}
