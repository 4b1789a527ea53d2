//! Groups and rules as replies have them.

use multihome_core::group_rules::{Permission, protocol_name};
use multihome_ec2::{
    Tag,
    security_group::{IpPermission, IpRange, Ipv6Range, SecurityGroup, UserIdGroupPair},
    security_group_rule::{ReferencedSecurityGroup, RevokedSecurityGroupRule, SecurityGroupRule},
};
use multihome_types::{AccountId, Group, GroupId, GroupRule, RulePeer};

use crate::{call::Call, operations::arn};

pub(super) fn show_group(call: &Call, group: &Group, tags: Vec<Tag>) -> SecurityGroup {
    let of_direction = |egress: bool| {
        let rules = group.rules.iter().filter(move |rule| rule.egress == egress);
        merge(rules.map(|rule| (Permission::of(rule), rule.description.clone())))
    };
    SecurityGroup {
        group_id: group.id.to_string(),
        ip_permissions_egress: of_direction(true),
        tags: (!tags.is_empty()).then_some(tags),
        vpc_id: group.vpc.to_string(),
        security_group_arn: arn(call, "security-group", group.id),
        owner_id: group.account.to_string(),
        group_name: group.name.clone(),
        group_description: group.description.clone(),
        ip_permissions: of_direction(false),
    }
}

/// The rules of one protocol and port range are shown as one permission.
pub(super) fn merge(rules: impl Iterator<Item = (Permission, Option<String>)>) -> Vec<IpPermission> {
    let mut merged: Vec<IpPermission> = Vec::new();
    for (Permission { protocol, from_port, to_port, peer, .. }, description) in rules {
        let ip_protocol = Some(protocol_name(protocol).into_owned());
        let same = |known: &IpPermission| known.ip_protocol == ip_protocol && (known.from_port, known.to_port) == (from_port, to_port);
        let place = merged.iter().position(same).unwrap_or_else(|| {
            merged.push(IpPermission { ip_protocol: ip_protocol.clone(), from_port, to_port, ..IpPermission::default() });
            merged.len() - 1
        });
        match peer {
            RulePeer::Cidr(cidr) => merged[place].ip_ranges.push(IpRange { description, cidr_ip: cidr.to_string() }),
            RulePeer::Ipv6Cidr(cidr) => merged[place].ipv6_ranges.push(Ipv6Range { description, cidr_ipv6: cidr.to_string() }),
            RulePeer::Group { id, account } => merged[place].groups.push(UserIdGroupPair {
                description,
                user_id: Some(account.to_string()),
                group_id: Some(id.to_string()),
                ..UserIdGroupPair::default()
            }),
        }
    }
    merged
}

/// What rules show of the other side: one of an IPv4 block, an IPv6 block and a group.
struct Peers {
    cidr_ipv4: Option<String>,
    cidr_ipv6: Option<String>,
    group: Option<(GroupId, AccountId)>,
}

impl Peers {
    fn of(peer: &RulePeer) -> Self {
        let none = Self { cidr_ipv4: None, cidr_ipv6: None, group: None };
        match peer {
            RulePeer::Cidr(cidr) => Self { cidr_ipv4: Some(cidr.to_string()), ..none },
            RulePeer::Ipv6Cidr(cidr) => Self { cidr_ipv6: Some(cidr.to_string()), ..none },
            RulePeer::Group { id, account } => Self { group: Some((*id, *account)), ..none },
        }
    }
}

/// Where a rule shows ports and its protocol has none.
const NO_PORT: i32 = -1;

/// A rule of one of the caller's groups.
pub(super) fn show_rule(call: &Call, group: GroupId, rule: &GroupRule, tags: Vec<Tag>) -> SecurityGroupRule {
    let Peers { cidr_ipv4, cidr_ipv6, group: peer } = Peers::of(&rule.peer);
    SecurityGroupRule {
        security_group_rule_id: rule.id.to_string(),
        group_id: group.to_string(),
        group_owner_id: call.account.to_string(),
        is_egress: rule.egress,
        ip_protocol: protocol_name(rule.protocol).into_owned(),
        from_port: rule.from_port.unwrap_or(NO_PORT),
        to_port: rule.to_port.unwrap_or(NO_PORT),
        cidr_ipv4,
        cidr_ipv6,
        referenced_group_info: peer.map(|(id, account)| ReferencedSecurityGroup { group_id: id.to_string(), user_id: account.to_string() }),
        description: rule.description.clone(),
        tags,
        security_group_rule_arn: arn(call, "security-group-rule", rule.id),
    }
}

pub(super) fn show_revoked(group: &Group, rule: &GroupRule) -> RevokedSecurityGroupRule {
    let Peers { cidr_ipv4, cidr_ipv6, group: peer } = Peers::of(&rule.peer);
    RevokedSecurityGroupRule {
        security_group_rule_id: rule.id.to_string(),
        group_id: group.id.to_string(),
        is_egress: rule.egress,
        ip_protocol: protocol_name(rule.protocol).into_owned(),
        from_port: rule.from_port.unwrap_or(NO_PORT),
        to_port: rule.to_port.unwrap_or(NO_PORT),
        cidr_ipv4,
        cidr_ipv6,
        referenced_group_id: peer.map(|(id, _)| id.to_string()),
        description: rule.description.clone(),
    }
}
