//! RevokeSecurityGroupIngress, RevokeSecurityGroupEgress: rules are taken away, by what they allow or by id.

use std::collections::BTreeSet;

use multihome_core::group_rules::{self, Permission};
use multihome_ec2::{
    Ec2Error,
    security_group_rule::{RevokeSecurityGroupEgress, RevokeSecurityGroupIngress, RevokeSecurityGroupReply},
};
use multihome_entities::vpc;
use multihome_types::{GroupId, GroupRule, GroupRuleId, VpcId};
use sea_orm::{ConnectionTrait, EntityTrait, sea_query::LockType};

use super::{
    apply_changed, apply_delete_rules,
    asked::{self, Asked, Flat, check_said, gather_names},
    direction, gather_and_lock, gather_target, ids_of,
    shown::{merge, show_revoked},
};
use crate::{Api, call::Call, fault::Fault, ids, operations::tags::apply_untag};

pub(crate) async fn revoke_security_group_ingress(
    api: &Api,
    call: &Call,
    request: RevokeSecurityGroupIngress,
) -> Result<RevokeSecurityGroupReply, Fault> {
    let flat = Flat {
        protocol: request.ip_protocol,
        from_port: request.from_port,
        to_port: request.to_port,
        cidr: request.cidr_ip,
        group_name: request.source_security_group_name,
        group_owner: request.source_security_group_owner_id,
    };
    let wanted = Wanted { egress: false, asked: asked::parse(call, false, request.ip_permissions, flat)?, ids: ids::parse_all(&request.rule_ids)? };
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), request.group_name.as_deref()).await?;
    revoke(api, call, target, wanted).await
}

pub(crate) async fn revoke_security_group_egress(
    api: &Api,
    call: &Call,
    request: RevokeSecurityGroupEgress,
) -> Result<RevokeSecurityGroupReply, Fault> {
    let flat = Flat {
        protocol: request.ip_protocol,
        from_port: request.from_port,
        to_port: request.to_port,
        cidr: request.cidr_ip,
        group_name: request.source_security_group_name,
        group_owner: request.source_security_group_owner_id,
    };
    let wanted = Wanted { egress: true, asked: asked::parse(call, true, request.ip_permissions, flat)?, ids: ids::parse_all(&request.rule_ids)? };
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), None).await?;
    revoke(api, call, target, wanted).await
}

struct Wanted {
    egress: bool,
    asked: Vec<Asked>,
    ids: Vec<GroupRuleId>,
}

async fn revoke(api: &Api, call: &Call, target: GroupId, Wanted { egress, asked, ids }: Wanted) -> Result<RevokeSecurityGroupReply, Fault> {
    if asked.is_empty() && ids.is_empty() {
        return Err(Ec2Error::missing_parameter("ipPermissions").into());
    }
    let mut transaction = api.store.begin().await?;
    let group = gather_and_lock(&transaction, call, target, LockType::NoKeyUpdate).await?;
    check_said(&group, &asked)?;
    let asked: Vec<Permission> = gather_names(transaction.conn(), call, &asked).await?.into_iter().map(|one| one.permission).collect();
    let by_id = group_rules::select_by_id(&group.rules, egress, &ids)?;
    let (by_permission, unknown) = group_rules::select(&group.rules, &asked);
    if !unknown.is_empty() {
        group_rules::admit_revoke(is_default(transaction.conn(), group.vpc).await?, &unknown)?;
    }
    let gone: BTreeSet<GroupRuleId> = by_id.union(&by_permission).copied().collect();
    let revoked: Vec<GroupRule> = group.rules.iter().filter(|rule| gone.contains(&rule.id)).cloned().collect();
    if !revoked.is_empty() {
        apply_delete_rules(&transaction, gone.iter().copied()).await?;
        apply_untag(&transaction, gone).await?;
        let why = format!("The {} rules {} were taken away from security group {}.", direction(egress), ids_of(&revoked), group.id);
        apply_changed(&mut transaction, call, &group, "revoked", why).await?;
        transaction.commit().await?;
    }
    Ok(RevokeSecurityGroupReply {
        done: true,
        unknown: (!unknown.is_empty()).then(|| merge(unknown.into_iter().map(|permission| (permission, None)))),
        revoked: revoked.iter().map(|rule| show_revoked(&group, rule)).collect(),
    })
}

async fn is_default<C: ConnectionTrait>(conn: &C, vpc: VpcId) -> Result<bool, Fault> {
    Ok(vpc::Entity::find_by_id(vpc).one(conn).await?.is_some_and(|row| row.is_default))
}
