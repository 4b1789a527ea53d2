//! UpdateSecurityGroupRuleDescriptionsIngress, UpdateSecurityGroupRuleDescriptionsEgress: what rules are called changes, what they allow
//! does not. A rule that is named without a description has none from then on.

use std::collections::BTreeMap;

use multihome_core::group_rules::{self, check_description};
use multihome_ec2::{
    Ec2Error, Return,
    security_group::IpPermission,
    security_group_rule::{SecurityGroupRuleDescription, UpdateSecurityGroupRuleDescriptionsEgress, UpdateSecurityGroupRuleDescriptionsIngress},
};
use multihome_entities::group_rule;
use multihome_types::{GroupId, GroupRuleId};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, LockType},
};

use super::{
    apply_changed,
    asked::{self, Flat, check_said, gather_names},
    gather_and_lock, gather_target, listed,
};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn update_security_group_rule_descriptions_ingress(
    api: &Api,
    call: &Call,
    request: UpdateSecurityGroupRuleDescriptionsIngress,
) -> Result<Return, Fault> {
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), request.group_name.as_deref()).await?;
    update(api, call, target, Wanted { egress: false, permissions: request.ip_permissions, descriptions: request.descriptions }).await
}

pub(crate) async fn update_security_group_rule_descriptions_egress(
    api: &Api,
    call: &Call,
    request: UpdateSecurityGroupRuleDescriptionsEgress,
) -> Result<Return, Fault> {
    let target = gather_target(api.store.reader(), call, request.group_id.as_deref(), request.group_name.as_deref()).await?;
    update(api, call, target, Wanted { egress: true, permissions: request.ip_permissions, descriptions: request.descriptions }).await
}

struct Wanted {
    egress: bool,
    permissions: Vec<IpPermission>,
    descriptions: Vec<SecurityGroupRuleDescription>,
}

async fn update(api: &Api, call: &Call, target: GroupId, wanted: Wanted) -> Result<Return, Fault> {
    if wanted.permissions.is_empty() && wanted.descriptions.is_empty() {
        return Err(Ec2Error::missing_parameter("ipPermissions").into());
    }
    let asked = asked::parse(call, wanted.egress, wanted.permissions, Flat::default())?;
    let by_id = wanted.descriptions.into_iter().map(parse).collect::<Result<BTreeMap<_, _>, _>>()?;
    let mut transaction = api.store.begin().await?;
    let group = gather_and_lock(&transaction, call, target, LockType::NoKeyUpdate).await?;
    check_said(&group, &asked)?;
    let ids: Vec<GroupRuleId> = by_id.keys().copied().collect();
    group_rules::select_by_id(&group.rules, wanted.egress, &ids)?;
    let mut described = by_id;
    for one in gather_names(transaction.conn(), call, &asked).await? {
        let (found, _) = group_rules::select(&group.rules, &[one.permission]);
        let id = found.into_iter().next().ok_or_else(group_rules::permission_not_found)?;
        described.insert(id, one.description);
    }
    for (id, description) in &described {
        let update = group_rule::Entity::update_many().col_expr(group_rule::Column::Description, Expr::value(description.clone()));
        update.filter(group_rule::Column::Id.eq(*id)).exec(transaction.conn()).await?;
    }
    let why = format!("The descriptions of the rules {} of security group {} were changed.", listed(described.keys()), group.id);
    apply_changed(&mut transaction, call, &group, "described", why).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

fn parse(asked: SecurityGroupRuleDescription) -> Result<(GroupRuleId, Option<String>), Ec2Error> {
    Ok((ids::parse(&asked.security_group_rule_id)?, check_description(asked.description)?))
}
