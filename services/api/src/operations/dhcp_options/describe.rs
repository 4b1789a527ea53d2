//! DescribeDhcpOptions, and how a set is shown.

use std::borrow::Cow;

use multihome_core::dhcp_options as rules;
use multihome_ec2::{
    Tag,
    dhcp_options::{DescribeDhcpOptions, DescribeDhcpOptionsReply, DhcpConfiguration, DhcpOptions as Shown, DhcpValue},
};
use multihome_entities::dhcp_options::{Column, Entity};
use multihome_types::{DhcpOptions, DhcpOptionsId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_dhcp_options(api: &Api, call: &Call, request: DescribeDhcpOptions) -> Result<DescribeDhcpOptionsReply, Fault> {
    let asked: Vec<DhcpOptionsId> = ids::parse_all(&request.dhcp_options_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeDhcpOptions",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("DhcpOptionsIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, &matching, after, limit);
        let dhcp_options = page::gather_asked(&asked, &filters, |shown| &shown.dhcp_options_id, rules::dhcp_options_not_found, load).await?;
        return Ok(DescribeDhcpOptionsReply { next_token: None, dhcp_options });
    }
    if let Some(exact) = filters.exact("dhcp-options-id") {
        matching = matching.add(Column::Id.is_in(exact));
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (dhcp_options, next_token) = page::gather(&page, &filters, |shown| &shown.dhcp_options_id, load).await?;
    Ok(DescribeDhcpOptionsReply { next_token, dhcp_options })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Column::Id.gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit as u64).all(conn).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    Ok(rows.into_iter().zip(ids).map(|(row, id)| show(row.into(), tags.remove(&id).unwrap_or_default())).collect())
}

pub(super) fn show(set: DhcpOptions, tags: Vec<Tag>) -> Shown {
    let configuration = |(option, values): (multihome_types::DhcpOption, Vec<String>)| DhcpConfiguration {
        key: option.to_string(),
        values: values.into_iter().map(|value| DhcpValue { value }).collect(),
    };
    Shown {
        owner_id: set.account.to_string(),
        tags,
        dhcp_options_id: set.id.to_string(),
        configurations: set.options.into_iter().map(configuration).collect(),
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let configurations = || self.configurations.iter();
        match name {
            "dhcp-options-id" => one(&self.dhcp_options_id),
            "key" => many(configurations().map(|configuration| &configuration.key)),
            "owner-id" => one(&self.owner_id),
            "value" => many(configurations().flat_map(|configuration| &configuration.values).map(|value| &value.value)),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
