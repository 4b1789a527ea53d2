//! ModifySecurityGroupRules: rules become others, all or none, and keep their ids and tags.

use multihome_core::{
    group_rules::{self, Permission, RuleChange, block_malformed, check_description, check_ports, parse_protocol},
    refusals,
};
use multihome_ec2::{
    Ec2Error, Return,
    security_group_rule::{ModifySecurityGroupRules, SecurityGroupRuleRequest, SecurityGroupRuleUpdate},
};
use multihome_entities::group_rule;
use multihome_types::{GroupId, RulePeer};
use sea_orm::sea_query::LockType;

use super::{apply_changed, apply_delete_rules, asked::gather_and_check_peers, gather_and_lock, ids_of};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn modify_security_group_rules(api: &Api, call: &Call, request: ModifySecurityGroupRules) -> Result<Return, Fault> {
    let target: GroupId = ids::parse(&request.group_id)?;
    if request.updates.is_empty() {
        return Err(Ec2Error::missing_parameter("SecurityGroupRule").into());
    }
    let changes = request.updates.into_iter().map(|update| parse(call, update)).collect::<Result<Vec<_>, _>>()?;
    let mut transaction = api.store.begin().await?;
    let group = gather_and_lock(&transaction, call, target, LockType::NoKeyUpdate).await?;
    let changed = group_rules::admit_modify(&group.rules, &changes)?;
    let permissions: Vec<Permission> = changed.iter().map(Permission::of).collect();
    gather_and_check_peers(transaction.conn(), &group, &permissions).await?;
    // Away first and back then, because two rules may change places.
    apply_delete_rules(&transaction, changed.iter().map(|rule| rule.id)).await?;
    group_rule::insert(transaction.conn(), &group, &changed).await?;
    let why = format!("The rules {} of security group {} were changed.", ids_of(&changed), group.id);
    apply_changed(&mut transaction, call, &group, "modified", why).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

fn parse(call: &Call, update: SecurityGroupRuleUpdate) -> Result<RuleChange, Ec2Error> {
    let id = ids::parse(&update.security_group_rule_id)?;
    let asked = update.rule.unwrap_or_default();
    let peer = parse_peer(call, &asked)?;
    let protocol = parse_protocol(asked.ip_protocol.as_deref())?;
    let (from_port, to_port) = check_ports(protocol, asked.from_port, asked.to_port)?;
    Ok(RuleChange { id, protocol, from_port, to_port, peer, description: check_description(asked.description)? })
}

fn parse_peer(call: &Call, asked: &SecurityGroupRuleRequest) -> Result<RulePeer, Ec2Error> {
    let SecurityGroupRuleRequest { cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id, .. } = asked;
    let given = [cidr_ipv4, cidr_ipv6, prefix_list_id, referenced_group_id].into_iter().flatten().count();
    if given > 1 {
        let message = "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified";
        return Err(refusals::invalid_combination(message).into());
    }
    if prefix_list_id.is_some() {
        return Err(refusals::unsupported("Prefix lists are not supported.").into());
    }
    match (cidr_ipv4, cidr_ipv6, referenced_group_id) {
        (Some(text), ..) => Ok(RulePeer::Cidr(text.parse().map_err(|_| block_malformed(text))?)),
        (_, Some(text), _) => Ok(RulePeer::Ipv6Cidr(text.parse().map_err(|_| block_malformed(text))?)),
        (.., Some(text)) => Ok(RulePeer::Group { id: ids::parse(text)?, account: call.account }),
        (None, None, None) => {
            let message = "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId";
            Err(refusals::missing_parameter(message).into())
        }
    }
}
