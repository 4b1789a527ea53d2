//! AuthorizeSecurityGroupIngress, AuthorizeSecurityGroupEgress: rules are added, all or none.

use multihome_core::group_rules::{self, Permission, RuleAsked};
use multihome_ec2::{
    Ec2Error, Tag,
    security_group_rule::{AuthorizeSecurityGroupEgress, AuthorizeSecurityGroupIngress, AuthorizeSecurityGroupReply},
};
use multihome_entities::group_rule;
use multihome_types::{Group, GroupId, GroupRule, QuotaName};
use sea_orm::sea_query::LockType;

use super::{
    apply_changed,
    asked::{self, Asked, Flat, check_said, gather_and_check_peers, gather_names},
    direction, gather_and_lock, gather_target, ids_of,
    shown::show_rule,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{
        tags::{apply_tags, specified},
        with_fresh_ids,
    },
    quotas,
};

pub(crate) async fn authorize_security_group_ingress(
    api: &Api,
    call: &Call,
    request: AuthorizeSecurityGroupIngress,
) -> Result<AuthorizeSecurityGroupReply, Fault> {
    let flat = Flat {
        protocol: request.ip_protocol,
        from_port: request.from_port,
        to_port: request.to_port,
        cidr: request.cidr_ip,
        group_name: request.source_security_group_name,
        group_owner: request.source_security_group_owner_id,
    };
    let tags = specified(&request.tag_specifications, "security-group-rule")?;
    let asked = asked::parse(call, false, request.ip_permissions, flat)?;
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), request.group_name.as_deref()).await?;
    authorize(api, call, target, (&asked, &tags)).await
}

pub(crate) async fn authorize_security_group_egress(
    api: &Api,
    call: &Call,
    request: AuthorizeSecurityGroupEgress,
) -> Result<AuthorizeSecurityGroupReply, Fault> {
    let flat = Flat {
        protocol: request.ip_protocol,
        from_port: request.from_port,
        to_port: request.to_port,
        cidr: request.cidr_ip,
        group_name: request.source_security_group_name,
        group_owner: request.source_security_group_owner_id,
    };
    let tags = specified(&request.tag_specifications, "security-group-rule")?;
    let asked = asked::parse(call, true, request.ip_permissions, flat)?;
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), None).await?;
    authorize(api, call, target, (&asked, &tags)).await
}

async fn authorize(api: &Api, call: &Call, target: GroupId, (asked, tags): (&[Asked], &[Tag])) -> Result<AuthorizeSecurityGroupReply, Fault> {
    if asked.is_empty() {
        return Err(Ec2Error::missing_parameter("ipPermissions").into());
    }
    let (group, made) = with_fresh_ids(|| apply(api, call, target, (asked, tags))).await?;
    let rules = made.iter().map(|rule| show_rule(call, group.id, rule, tags.to_vec())).collect();
    Ok(AuthorizeSecurityGroupReply { done: true, rules })
}

/// The lock on the group makes calls for the same rule take turns; the schema has the last word.
async fn apply(api: &Api, call: &Call, target: GroupId, (asked, tags): (&[Asked], &[Tag])) -> Result<(Group, Vec<GroupRule>), Fault> {
    let mut transaction = api.store.begin().await?;
    let group = gather_and_lock(&transaction, call, target, LockType::NoKeyUpdate).await?;
    check_said(&group, asked)?;
    let asked: Vec<RuleAsked> = gather_names(transaction.conn(), call, asked).await?;
    let permissions: Vec<Permission> = asked.iter().map(|one| one.permission).collect();
    gather_and_check_peers(transaction.conn(), &group, &permissions).await?;
    let most = quotas::limit_in_memory(api, transaction.conn(), call, QuotaName::RulesPerGroup).await?;
    group_rules::admit_authorize(&group.rules, &permissions, most)?;
    let made: Vec<GroupRule> = asked.into_iter().map(|one| one.with_id(api.fresh())).collect();
    group_rule::insert(transaction.conn(), &group, &made).await?;
    for rule in &made {
        apply_tags(&transaction, call, &rule.id.to_string(), tags).await?;
    }
    let egress = made.iter().any(|rule| rule.egress);
    let why = format!("Security group {} was given the {} rules {}.", group.id, direction(egress), ids_of(&made));
    apply_changed(&mut transaction, call, &group, "authorized", why).await?;
    transaction.commit().await?;
    Ok((group, made))
}
