//! DescribeInternetGateways.

use std::borrow::Cow;

use multihome_core::refusals;
use multihome_ec2::{
    Tag,
    internet_gateway::{DescribeInternetGateways, DescribeInternetGatewaysReply, InternetGateway as Shown, InternetGatewayAttachment},
};
use multihome_entities::internet_gateway::{Column, Entity};
use multihome_types::{InternetGateway, InternetGatewayId};
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

pub(crate) async fn describe_internet_gateways(
    api: &Api,
    call: &Call,
    request: DescribeInternetGateways,
) -> Result<DescribeInternetGatewaysReply, Fault> {
    let asked: Vec<InternetGatewayId> = ids::parse_all(&request.internet_gateway_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeInternetGateways",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("InternetGatewayIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, &matching, after, limit);
        let not_found = refusals::internet_gateway_not_found;
        let internet_gateways = page::gather_asked(&asked, &filters, |shown| &shown.internet_gateway_id, not_found, load).await?;
        return Ok(DescribeInternetGatewaysReply { internet_gateways, next_token: None });
    }
    for (name, column) in [("internet-gateway-id", Column::Id), ("attachment.vpc-id", Column::Vpc)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (internet_gateways, next_token) = page::gather(&page, &filters, |shown| &shown.internet_gateway_id, load).await?;
    Ok(DescribeInternetGatewaysReply { internet_gateways, next_token })
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

pub(super) fn show(gateway: InternetGateway, tags: Vec<Tag>) -> Shown {
    let attachment = |vpc: multihome_types::VpcId| InternetGatewayAttachment { state: "available".to_owned(), vpc_id: vpc.to_string() };
    Shown {
        attachments: gateway.vpc.map(attachment).into_iter().collect(),
        internet_gateway_id: gateway.id.to_string(),
        owner_id: gateway.account.to_string(),
        tags,
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "attachment.state" => many(self.attachments.iter().map(|attachment| &attachment.state)),
            "attachment.vpc-id" => many(self.attachments.iter().map(|attachment| &attachment.vpc_id)),
            "internet-gateway-id" => one(&self.internet_gateway_id),
            "owner-id" => one(&self.owner_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
