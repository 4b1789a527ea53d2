//! Security groups: those in use, and those that rules refer to.

use std::collections::BTreeSet;

use multihome_broadcast::{self as broadcast, FragmentHash, write_security_group};
use multihome_types::{Group, GroupId, GroupRule, RulePeer};

use super::{Frame, append};
use crate::compose::{Long, Omission};

/// The groups in use, and those that rules of groups in listed VPCs refer to; and what had to be left out of them.
pub(in crate::compose) fn groups(out: &mut Vec<u8>, frame: &Frame<'_>) -> (Vec<FragmentHash>, Vec<Omission>) {
    let (listed, long): (BTreeSet<GroupId>, BTreeSet<GroupId>) = needed(frame).into_iter().partition(|id| frame.fits(*id));
    let groups = || listed.iter().filter_map(|id| frame.world.group(*id));
    let elements = groups().map(|group| security_group(group, &listed));
    let hashes = append(out, elements, |out, group| write_security_group(out, group, frame.settings.dialect));
    let long = long.into_iter().map(|id| Omission::IdTooLong(Long::Group(id)));
    (hashes, long.chain(groups().flat_map(omitted_rules)).collect())
}

/// Those that consumers need, whether or not they have room for them.
fn needed(frame: &Frame<'_>) -> BTreeSet<GroupId> {
    let world = frame.world;
    let mut needed: BTreeSet<GroupId> = frame.instances.groups.keys().copied().collect();
    for group in world.groups().filter(|group| frame.vpcs.contains(&group.vpc)) {
        needed.extend(group.rules.iter().filter_map(|rule| match rule.peer {
            RulePeer::Group { id, .. } => (id != group.id && world.group(id).is_some()).then_some(id),
            RulePeer::Cidr(_) | RulePeer::Ipv6Cidr(_) => None,
        }));
    }
    needed
}

fn omitted_rules(group: &Group) -> impl Iterator<Item = Omission> {
    group.rules.iter().filter_map(|rule| omission(group.id, rule))
}

/// Why the rule cannot be in the document, whichever groups are listed.
fn omission(group: GroupId, rule: &GroupRule) -> Option<Omission> {
    match rule {
        GroupRule { peer: RulePeer::Ipv6Cidr(_), .. } => Some(Omission::RuleAboutIpv6 { group, rule: rule.id }),
        GroupRule { protocol: 0, .. } => Some(Omission::RuleAboutProtocol0 { group, rule: rule.id }),
        GroupRule { .. } => None,
    }
}

fn security_group(group: &Group, listed: &BTreeSet<GroupId>) -> broadcast::SecurityGroup {
    let element = |one: &GroupRule| match omission(group.id, one) {
        Some(_) => None,
        None => peer(one.peer, listed).map(|peer| rule(one, peer)),
    };
    let rules = |egress: bool| group.rules.iter().filter(move |rule| rule.egress == egress).filter_map(element).collect();
    broadcast::SecurityGroup { id: group.id, owner: group.account, ingress: rules(false), egress: rules(true) }
}

/// The other side of a rule, if the document can name it.
fn peer(peer: RulePeer, listed: &BTreeSet<GroupId>) -> Option<broadcast::RulePeer> {
    match peer {
        RulePeer::Group { id, account } => listed.contains(&id).then_some(broadcast::RulePeer::Group { id, account }),
        RulePeer::Cidr(cidr) => Some(broadcast::RulePeer::Cidr(cidr)),
        RulePeer::Ipv6Cidr(_) => None,
    }
}

const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;

/// ICMP has type and code where TCP and UDP have ports; other protocols have neither.
fn rule(rule: &GroupRule, peer: broadcast::RulePeer) -> broadcast::Rule {
    let plain = broadcast::Rule { protocol: rule.protocol, from_port: None, to_port: None, icmp_type: None, icmp_code: None, peer };
    match rule.protocol {
        TCP | UDP => broadcast::Rule { from_port: rule.from_port, to_port: rule.to_port, ..plain },
        ICMP => broadcast::Rule { icmp_type: rule.from_port, icmp_code: rule.to_port, ..plain },
        _ => plain,
    }
}
