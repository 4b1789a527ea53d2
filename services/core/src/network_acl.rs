//! Network ACLs: what they come with, what an entry may say, and which of them may be made, changed and taken away.
//!
//! Every ACL ends with an entry that denies what no other one spoke of. The default ACL of a VPC lets everything through before that, any
//! other nothing. Those last entries belong to the ACL and not to its users, who have the numbers below. The order of the checks is
//! EC2's: what a request says by itself, then whether what it names is there, then whether it fits. Deliberately absent: what an entry
//! does to a packet, which is the cluster's.

use multihome_types::{
    AclAction, Cidr, Destination, IcmpTypeCode, Ipv6Cidr, NetworkAcl, NetworkAclAssociationId, NetworkAclEntry, NetworkAclId, PortRange, QuotaName,
    Refusal,
};

use crate::{
    group_rules::{check_ports, parse_protocol},
    quota::exceeded,
    refusals,
    vpc::still_used_by,
};

#[cfg(test)]
mod tests;

/// The highest number that a user's entry may have.
const LAST: i32 = 32_766;
/// Of the entries that end an ACL.
const END: i32 = LAST + 1;
const END_IPV6: i32 = END + 1;
/// Of the entries that let everything through a default ACL.
const OPEN: i32 = 100;
const OPEN_IPV6: i32 = OPEN + 1;

const ALL: i32 = -1;
const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;
const ICMPV6: i32 = 58;

pub fn network_acl_not_found(id: NetworkAclId) -> Refusal {
    Refusal::new("InvalidNetworkAclID.NotFound", format!("The networkAcl ID '{id}' does not exist"))
}

pub fn association_not_found(id: NetworkAclAssociationId) -> Refusal {
    refusals::association_not_found(&id.to_string())
}

/// What an ACL has from the beginning, both ways: about IPv6 only if its VPC has a block of it.
pub fn first_entries(is_default: bool, ipv6: bool) -> Vec<NetworkAclEntry> {
    [true, false].into_iter().flat_map(|egress| ends(egress, is_default, ipv6)).collect()
}

/// What the ACLs of a VPC get with its first IPv6 block. One of the numbers may be in use in a default ACL: then that entry stays.
pub fn ipv6_entries(acl: &NetworkAcl) -> Vec<NetworkAclEntry> {
    let all = first_entries(acl.is_default, true).into_iter();
    all.filter(|entry| entry.peer.ipv6().is_some() && find(acl, entry.egress, entry.number).is_none()).collect()
}

fn ends(egress: bool, is_default: bool, ipv6: bool) -> impl Iterator<Item = NetworkAclEntry> {
    let entry = move |number, action, peer| NetworkAclEntry { egress, number, protocol: ALL, action, peer, icmp: None, ports: None };
    let everybody = [(OPEN, END, Destination::from(Cidr::everything())), (OPEN_IPV6, END_IPV6, Destination::from(Ipv6Cidr::everything()))];
    let meant = everybody.into_iter().take(if ipv6 { 2 } else { 1 });
    let open = meant.clone().filter(move |_| is_default).map(move |(number, _, peer)| entry(number, AclAction::Allow, peer));
    open.chain(meant.map(move |(_, number, peer)| entry(number, AclAction::Deny, peer)))
}

/// An entry as a caller says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct EntryAsked<'a> {
    pub egress: bool,
    pub number: i32,
    pub protocol: &'a str,
    pub action: &'a str,
    pub cidr: Option<Cidr>,
    pub ipv6_cidr: Option<Ipv6Cidr>,
    pub icmp_type: Option<i32>,
    pub icmp_code: Option<i32>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
}

/// What the entry says, as far as it has a meaning: ports and types that its protocol does not have are no part of it, as in EC2.
pub fn check_entry(asked: &EntryAsked<'_>) -> Result<NetworkAclEntry, Refusal> {
    check_number(asked.number)?;
    let protocol = parse_protocol(Some(asked.protocol))?;
    let action = asked.action.parse().map_err(|_| {
        let shown: String = asked.action.chars().take(64).collect();
        refusals::invalid_value(format!("Value ({shown}) for parameter ruleAction is invalid. It must be allow or deny."))
    })?;
    let peer = match (asked.cidr, asked.ipv6_cidr) {
        (Some(cidr), None) => Destination::from(cidr),
        (None, Some(cidr)) => Destination::from(cidr),
        (Some(_), Some(_)) => return Err(refusals::invalid_combination("An entry is about one block: CidrBlock or Ipv6CidrBlock")),
        (None, None) => return Err(refusals::missing_parameter("The request must contain the parameter CidrBlock or Ipv6CidrBlock")),
    };
    let mut entry = NetworkAclEntry { egress: asked.egress, number: asked.number, protocol, action, peer, icmp: None, ports: None };
    match protocol {
        TCP | UDP => {
            let (from, to) = check_ports(protocol, asked.from_port, asked.to_port)?;
            entry.ports = from.zip(to).map(|(from, to)| PortRange { from, to });
        }
        ICMP | ICMPV6 if protocol == ICMP || peer.ipv6().is_some() => {
            if asked.icmp_type.is_none() || asked.icmp_code.is_none() {
                return Err(refusals::missing_parameter("The request must contain the parameters Icmp.Type and Icmp.Code"));
            }
            let (kind, code) = check_ports(protocol, asked.icmp_type, asked.icmp_code)?;
            entry.icmp = kind.zip(code).map(|(kind, code)| IcmpTypeCode { kind, code });
        }
        _ => {}
    }
    Ok(entry)
}

fn check_number(number: i32) -> Result<(), Refusal> {
    if (1..=LAST).contains(&number) {
        return Ok(());
    }
    Err(refusals::invalid_value(format!("Value ({number}) for parameter ruleNumber is invalid. It must be from 1 to {LAST}.")))
}

fn find(acl: &NetworkAcl, egress: bool, number: i32) -> Option<&NetworkAclEntry> {
    acl.entries.iter().find(|entry| entry.egress == egress && entry.number == number)
}

fn entry_not_found(number: i32) -> Refusal {
    Refusal::new("InvalidNetworkAclEntry.NotFound", format!("The network acl entry identified by {number} does not exist."))
}

/// CreateNetworkAclEntry. There may be `most` entries each way, about IPv4 and about IPv6 apart, the last ones included.
pub fn admit_new_entry(acl: &NetworkAcl, entry: &NetworkAclEntry, most: usize) -> Result<(), Refusal> {
    if find(acl, entry.egress, entry.number).is_some() {
        let message = format!("The network acl entry identified by {} already exists.", entry.number);
        return Err(Refusal::new("NetworkAclEntryAlreadyExists", message));
    }
    check_room(acl, entry, most)
}

/// ReplaceNetworkAclEntry, as [`admit_new_entry`].
pub fn admit_replaced_entry(acl: &NetworkAcl, entry: &NetworkAclEntry, most: usize) -> Result<(), Refusal> {
    find(acl, entry.egress, entry.number).ok_or_else(|| entry_not_found(entry.number))?;
    check_room(acl, entry, most)
}

/// Whether the ACL has room for the entry, beside those that it does not replace.
fn check_room(acl: &NetworkAcl, entry: &NetworkAclEntry, most: usize) -> Result<(), Refusal> {
    let is_like = |other: &&NetworkAclEntry| {
        other.egress == entry.egress && other.number != entry.number && other.peer.ipv6().is_some() == entry.peer.ipv6().is_some()
    };
    if acl.entries.iter().filter(is_like).count() < most { Ok(()) } else { Err(exceeded(QuotaName::RulesPerNetworkAcl, most as u64)) }
}

/// DeleteNetworkAclEntry.
pub fn admit_deleted_entry(acl: &NetworkAcl, egress: bool, number: i32) -> Result<NetworkAclEntry, Refusal> {
    check_number(number)?;
    find(acl, egress, number).copied().ok_or_else(|| entry_not_found(number))
}

/// DeleteNetworkAcl: not the default one, and not while a subnet has it.
pub fn admit_delete(acl: &NetworkAcl) -> Result<(), Refusal> {
    if acl.is_default {
        return Err(refusals::invalid_value(format!("cannot delete default network ACL {}", acl.id)));
    }
    if !acl.subnets.is_empty() {
        let users: Vec<String> = acl.subnets.iter().map(|(_, subnet)| subnet.to_string()).collect();
        let message = format!("The networkAcl '{}' has dependencies and cannot be deleted. {}", acl.id, still_used_by(&users));
        return Err(refusals::dependency_violation(message));
    }
    Ok(())
}

/// ReplaceNetworkAclAssociation: whether it comes to anything. Both ACLs have to be of one VPC.
pub fn admit_replacement((association, from): (NetworkAclAssociationId, &NetworkAcl), to: &NetworkAcl) -> Result<bool, Refusal> {
    if from.vpc != to.vpc {
        let message = format!("network ACL {} and association {association} belong to different networks", to.id);
        return Err(refusals::invalid_value(message));
    }
    Ok(from.id != to.id)
}
