//! What the rules of a security group may say, and which of them a request means.
//!
//! A rule is what it allows ([`Permission`]): two of one group never allow the same, whatever they are described as. EC2's forms
//! are read here (names and numbers of protocols, ports that only some protocols have), and its words given where a client was
//! seen to quote them. Deliberately absent: prefix lists, which do not exist here, and rules that refer to a group in another VPC,
//! for which EC2 wants a peering connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use multihome_types::{AccountId, Group, GroupId, GroupRule, GroupRuleId, QuotaName, Refusal, Region, RulePeer, VpcId};

use crate::{quota::exceeded, refusals};

mod form;
#[cfg(test)]
mod tests;

use form::{ALL, is_icmp};
pub use form::{block_malformed, check_description, check_ports, parse_protocol, protocol_name};

/// What a rule allows, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    pub egress: bool,
    /// IANA number, or -1 for all.
    pub protocol: i32,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub peer: RulePeer,
}

/// A rule that is asked for: [`Permission`], and its description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleAsked {
    pub permission: Permission,
    pub description: Option<String>,
}

impl RuleAsked {
    pub fn with_id(self, id: GroupRuleId) -> GroupRule {
        let Permission { egress, protocol, from_port, to_port, peer } = self.permission;
        GroupRule { id, egress, protocol, from_port, to_port, peer, description: self.description }
    }
}

impl Permission {
    pub fn of(rule: &GroupRule) -> Self {
        let GroupRule { egress, protocol, from_port, to_port, peer, .. } = *rule;
        Self { egress, protocol, from_port, to_port, peer }
    }
}

/// As EC2 spells a rule that is there already: `peer: 10.0.0.0/8, TCP, from port: 22, to port: 22, ALLOW`.
impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.peer {
            RulePeer::Cidr(cidr) => write!(f, "peer: {cidr}, ")?,
            RulePeer::Ipv6Cidr(cidr) => write!(f, "peer: {cidr}, ")?,
            RulePeer::Group { id, .. } => write!(f, "peer: {id}, ")?,
        }
        if self.protocol == ALL {
            return f.write_str("ALL, ALLOW");
        }
        f.write_str(&protocol_name(self.protocol).to_ascii_uppercase())?;
        if let (Some(from), Some(to)) = (self.from_port, self.to_port) {
            if is_icmp(self.protocol) {
                let number = |number: i32| if number == ALL { "ALL".to_owned() } else { number.to_string() };
                write!(f, ", type: {}, code: {}", number(from), number(to))?;
            } else {
                write!(f, ", from port: {from}, to port: {to}")?;
            }
        }
        f.write_str(", ALLOW")
    }
}

/// A permission that names nobody.
pub fn no_peer() -> Refusal {
    Refusal::new("InvalidPermission.Malformed", "A rule must have an IP range or a security group as its source or destination.")
}

/// Whether the peers of new rules may be referred to: groups of the caller, in the VPC of the group whose rules they are.
pub fn check_peers(group: &Group, asked: &[Permission], known: &BTreeMap<GroupId, PeerFacts>) -> Result<(), Refusal> {
    for permission in asked {
        let RulePeer::Group { id, account } = permission.peer else { continue };
        let Some(peer) = known.get(&id).filter(|peer| peer.account == account && account == group.account && peer.region == group.region) else {
            return Err(refusals::group_not_found(id));
        };
        if peer.vpc != group.vpc {
            return Err(Refusal::new("InvalidGroup.NotFound", "You have specified two resources that belong to different networks."));
        }
    }
    Ok(())
}

/// Where a group is that a rule refers to.
#[derive(Clone, Copy, Debug)]
pub struct PeerFacts {
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
}

/// Whether these may be added to a group's rules, of which there may be `most` each way.
pub fn admit_authorize(present: &[GroupRule], asked: &[Permission], most: usize) -> Result<(), Refusal> {
    check_distinct(asked)?;
    let known: BTreeSet<Permission> = present.iter().map(Permission::of).collect();
    if let Some(twice) = asked.iter().find(|permission| known.contains(permission)) {
        return Err(duplicate(*twice));
    }
    let all: Vec<Permission> = known.into_iter().chain(asked.iter().copied()).collect();
    check_count(&all, most)
}

fn check_distinct(asked: &[Permission]) -> Result<(), Refusal> {
    if asked.iter().collect::<BTreeSet<_>>().len() == asked.len() {
        return Ok(());
    }
    Err(refusals::invalid_value("The same permission must not appear multiple times"))
}

fn duplicate(permission: Permission) -> Refusal {
    Refusal::new("InvalidPermission.Duplicate", format!("the specified rule \"{permission}\" already exists"))
}

/// EC2 counts the rules of each direction about IPv4 and about IPv6 apart; one that refers to a group is about both.
fn check_count(all: &[Permission], most: usize) -> Result<(), Refusal> {
    for egress in [false, true] {
        let count = |is_other: fn(&RulePeer) -> bool| all.iter().filter(|one| one.egress == egress && !is_other(&one.peer)).count();
        let ipv4 = count(|peer| matches!(peer, RulePeer::Ipv6Cidr(_)));
        let ipv6 = count(|peer| matches!(peer, RulePeer::Cidr(_)));
        if ipv4.max(ipv6) > most {
            return Err(exceeded(QuotaName::RulesPerGroup, most as u64));
        }
    }
    Ok(())
}

/// The rules that allow what is asked for, and what none of them allows.
pub fn select(present: &[GroupRule], asked: &[Permission]) -> (BTreeSet<GroupRuleId>, Vec<Permission>) {
    let known: BTreeMap<Permission, GroupRuleId> = present.iter().map(|rule| (Permission::of(rule), rule.id)).collect();
    let (mut found, mut unknown) = (BTreeSet::new(), Vec::new());
    for permission in asked {
        match known.get(permission) {
            Some(id) => drop(found.insert(*id)),
            None => unknown.push(*permission),
        }
    }
    (found, unknown)
}

/// The rules with these ids, each of which must be the group's and of this direction.
pub fn select_by_id(present: &[GroupRule], egress: bool, asked: &[GroupRuleId]) -> Result<BTreeSet<GroupRuleId>, Refusal> {
    let known: BTreeSet<GroupRuleId> = present.iter().filter(|rule| rule.egress == egress).map(|rule| rule.id).collect();
    match asked.iter().find(|id| !known.contains(id)) {
        Some(missing) => Err(rule_not_found(*missing)),
        None => Ok(asked.iter().copied().collect()),
    }
}

pub fn rule_not_found(id: GroupRuleId) -> Refusal {
    Refusal::new("InvalidSecurityGroupRuleId.NotFound", format!("The security group rule ID '{id}' does not exist"))
}

/// What is not there cannot be revoked or described.
pub fn permission_not_found() -> Refusal {
    Refusal::new("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
}

/// Of a default VPC's groups EC2 revokes what it finds and lists what it does not; of others it revokes all or nothing.
pub fn admit_revoke(in_default_vpc: bool, unknown: &[Permission]) -> Result<(), Refusal> {
    if unknown.is_empty() || in_default_vpc { Ok(()) } else { Err(permission_not_found()) }
}

/// A rule that is to be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    pub id: GroupRuleId,
    pub protocol: i32,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub peer: RulePeer,
    pub description: Option<String>,
}

/// The changed rules: each keeps its direction and the kind of its peer, and none becomes what another one is.
pub fn admit_modify(present: &[GroupRule], changes: &[RuleChange]) -> Result<Vec<GroupRule>, Refusal> {
    let ids: BTreeSet<GroupRuleId> = changes.iter().map(|change| change.id).collect();
    if ids.len() < changes.len() {
        return Err(refusals::invalid_value("The same security group rule must not appear multiple times"));
    }
    let mut changed = Vec::with_capacity(changes.len());
    for change in changes {
        let rule = present.iter().find(|rule| rule.id == change.id).ok_or_else(|| rule_not_found(change.id))?;
        let (asked, kind) = (kind_of(&change.peer), kind_of(&rule.peer));
        if asked.parameter != kind.parameter {
            return Err(refusals::invalid_value(format!(
                "Invalid rule type for security group rule '{}'. You may not specify {} for an existing {} rule.",
                rule.id, asked.parameter, kind.noun
            )));
        }
        let RuleChange { protocol, from_port, to_port, peer, ref description, .. } = *change;
        changed.push(GroupRule { protocol, from_port, to_port, peer, description: description.clone(), ..rule.clone() });
    }
    let asked: Vec<Permission> = changed.iter().map(Permission::of).collect();
    check_distinct(&asked)?;
    let others: BTreeSet<Permission> = present.iter().filter(|rule| !ids.contains(&rule.id)).map(Permission::of).collect();
    match asked.iter().find(|permission| others.contains(permission)) {
        Some(twice) => Err(duplicate(*twice)),
        None => Ok(changed),
    }
}

struct PeerKind {
    parameter: &'static str,
    noun: &'static str,
}

fn kind_of(peer: &RulePeer) -> PeerKind {
    match peer {
        RulePeer::Cidr(_) => PeerKind { parameter: "CidrIpv4", noun: "IPv4 CIDR" },
        RulePeer::Ipv6Cidr(_) => PeerKind { parameter: "CidrIpv6", noun: "IPv6 CIDR" },
        RulePeer::Group { .. } => PeerKind { parameter: "ReferencedGroupId", noun: "referenced group" },
    }
}
