//! Reads `securityGroup` with its rules.

use quick_xml::events::BytesStart;

use super::{Problem, Result, list, xml::Xml};
use crate::{Rule, RulePeer, SecurityGroup};

pub(super) fn security_group(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<SecurityGroup> {
    let id = xml.name(start)?;
    let (mut owner, mut ingress, mut egress) = (None, Vec::new(), Vec::new());
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "ownerId" => owner = Some(xml.value("ownerId")?),
            "ingressRules" => ingress = list(xml, "rule", rule)?,
            "egressRules" => egress = list(xml, "rule", rule)?,
            _ => xml.skip()?,
        }
    }
    Ok(SecurityGroup { id, owner: xml.need(owner, "ownerId", || format!("securityGroup {id}"))?, ingress, egress })
}

fn rule(xml: &mut Xml<'_>, _: &BytesStart<'_>) -> Result<Rule> {
    let within = || "rule".to_owned();
    let (mut protocol, mut group, mut group_owner, mut cidr) = (None, None, None, None);
    let (mut from_port, mut to_port, mut icmp_type, mut icmp_code) = (None, None, None, None);
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "protocol" => protocol = Some(xml.value("protocol")?),
            "fromPort" => from_port = Some(xml.value("fromPort")?),
            "toPort" => to_port = Some(xml.value("toPort")?),
            "icmpType" => icmp_type = Some(xml.value("icmpType")?),
            "icmpCode" => icmp_code = Some(xml.value("icmpCode")?),
            "groupId" => group = Some(xml.value("groupId")?),
            "groupOwnerId" => group_owner = Some(xml.value("groupOwnerId")?),
            "cidr" => cidr = Some(xml.value("cidr")?),
            _ => xml.skip()?,
        }
    }
    let peer = match (group, group_owner, cidr) {
        (Some(id), Some(account), _) => RulePeer::Group { id, account },
        (None, _, Some(cidr)) => RulePeer::Cidr(cidr),
        (Some(_), None, _) => return Err(xml.error(Problem::Missing { field: "groupOwnerId", within: within() })),
        (None, _, None) => return Err(xml.error(Problem::Missing { field: "peer", within: within() })),
    };
    Ok(Rule { protocol: xml.need(protocol, "protocol", within)?, from_port, to_port, icmp_type, icmp_code, peer })
}
