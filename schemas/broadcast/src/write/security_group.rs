//! Writes `securityGroup`: its rules, and in the dialect of 4.3 also their text form of EC2-Classic.

use super::{push_value, raw, value::Value};
use crate::{Dialect, Rule, RulePeer, SecurityGroup};

const ICMP: i32 = 1;
const TCP: i32 = 6;
const UDP: i32 = 17;

pub fn write_security_group(out: &mut Vec<u8>, group: &SecurityGroup, dialect: Dialect) {
    named!(out, "securityGroup", &group.id);
    element!(out, "ownerId", &group.owner);
    match dialect {
        Dialect::V43 => {
            wrapper!(out, "rules", group.ingress.iter().filter_map(classic).for_each(|text| push_value(out, text.as_str())));
        }
        Dialect::V44 => {}
    }
    wrapper!(out, "ingressRules", group.ingress.iter().for_each(|rule| write_rule(out, rule)));
    wrapper!(out, "egressRules", group.egress.iter().for_each(|rule| write_rule(out, rule)));
    raw(out, "</securityGroup>");
}

/// `-P 6 -p 22-22  -s 0.0.0.0/0`: what EC2-Classic knew, and nothing for any other rule.
fn classic(rule: &Rule) -> Option<String> {
    let what = match (rule.protocol, rule.from_port, rule.to_port, rule.icmp_type, rule.icmp_code) {
        (TCP | UDP, Some(from), Some(to), _, _) => format!("-P {} -p {from}-{to} ", rule.protocol),
        (ICMP, _, _, Some(kind), Some(code)) => format!("-P {ICMP} -t {kind}:{code} "),
        _ => return None,
    };
    Some(match rule.peer {
        RulePeer::Group { id, account } => format!("{what} -o {id} -u {account}"),
        RulePeer::Cidr(cidr) => format!("{what} -s {cidr}"),
    })
}

fn write_rule(out: &mut Vec<u8>, rule: &Rule) {
    raw(out, "<rule>");
    element!(out, "protocol", &rule.protocol);
    optional!(out, "fromPort", &rule.from_port);
    optional!(out, "toPort", &rule.to_port);
    optional!(out, "icmpType", &rule.icmp_type);
    optional!(out, "icmpCode", &rule.icmp_code);
    match &rule.peer {
        RulePeer::Group { id, account } => {
            element!(out, "groupId", id);
            element!(out, "groupOwnerId", account);
        }
        RulePeer::Cidr(cidr) => {
            element!(out, "cidr", cidr);
        }
    }
    raw(out, "</rule>");
}
