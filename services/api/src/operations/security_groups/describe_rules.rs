//! DescribeSecurityGroupRules.

use std::borrow::Cow;

use multihome_core::group_rules::rule_not_found;
use multihome_ec2::{
    Tag,
    security_group_rule::{DescribeSecurityGroupRules, DescribeSecurityGroupRulesReply, SecurityGroupRule as Shown},
};
use multihome_entities::group_rule;
use multihome_types::GroupRuleId;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::shown::show_rule;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_security_group_rules(
    api: &Api,
    call: &Call,
    request: DescribeSecurityGroupRules,
) -> Result<DescribeSecurityGroupRulesReply, Fault> {
    let asked: Vec<GroupRuleId> = ids::parse_all(&request.rule_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeSecurityGroupRules",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("SecurityGroupRuleIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(group_rule::Column::Account.eq(call.account)).add(group_rule::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(group_rule::Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, call, &matching, (after, limit));
        let rules = page::gather_asked(&asked, &filters, |shown| &shown.security_group_rule_id, rule_not_found, load).await?;
        return Ok(DescribeSecurityGroupRulesReply { rules, next_token: None });
    }
    for (name, column) in [("security-group-rule-id", group_rule::Column::Id), ("group-id", group_rule::Column::GroupId)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, call, &matching, (after, limit));
    let (rules, next_token) = page::gather(&page, &filters, |shown| &shown.security_group_rule_id, load).await?;
    Ok(DescribeSecurityGroupRulesReply { rules, next_token })
}

async fn load(api: &Api, call: &Call, matching: &Condition, (after, limit): (Option<String>, usize)) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(group_rule::Column::Id.gt(after));
    }
    let rows = group_rule::Entity::find().filter(matching).order_by_asc(group_rule::Column::Id).limit(limit as u64).all(conn).await?;
    let texts: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for (row, text) in rows.into_iter().zip(texts) {
        let group = row.group_id;
        shown.push(show_rule(call, group, &row.try_into()?, tags.remove(&text).unwrap_or_default()));
    }
    Ok(shown)
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "group-id" => one(&self.group_id),
            "security-group-rule-id" => one(&self.security_group_rule_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
