//! DescribeVpcs, and how a VPC is shown.

use std::borrow::Cow;

use multihome_core::{dhcp_options, vpc as rules};
use multihome_ec2::{
    Tag,
    vpc::{DescribeVpcs, DescribeVpcsReply, Vpc as Shown},
};
use multihome_entities::{vpc, vpc_block, vpc_ipv6_block};
use multihome_types::{Vpc, VpcId};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::blocks::{self, Blocks};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn describe_vpcs(api: &Api, call: &Call, request: DescribeVpcs) -> Result<DescribeVpcsReply, Fault> {
    let asked: Vec<VpcId> = ids::parse_all(&request.vpc_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeVpcs",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("VpcIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(vpc::Column::Account.eq(call.account)).add(vpc::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(vpc::Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, &matching, after, limit);
        let vpcs = page::gather_asked(&asked, &filters, |shown| &shown.vpc_id, rules::vpc_not_found, load).await?;
        return Ok(DescribeVpcsReply { next_token: None, vpcs });
    }
    let columns = [("vpc-id", vpc::Column::Id), ("dhcp-options-id", vpc::Column::DhcpOptions), ("dhcpOptionsId", vpc::Column::DhcpOptions)];
    for (name, column) in columns {
        // Of a VPC without options there is nothing in the row.
        if let Some(exact) = filters.exact(name).filter(|values| !values.iter().any(|value| value == dhcp_options::NONE)) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (vpcs, next_token) = page::gather(&page, &filters, |shown| &shown.vpc_id, load).await?;
    Ok(DescribeVpcsReply { next_token, vpcs })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(vpc::Column::Id.gt(after));
    }
    let rows = vpc::Entity::find().filter(matching).order_by_asc(vpc::Column::Id).limit(limit as u64).all(conn).await?;
    let vpcs: Vec<VpcId> = rows.iter().map(|row| row.id).collect();
    let (mut ipv4, mut ipv6) = (vpc_block::of_vpcs(conn, &vpcs).await?, vpc_ipv6_block::of_vpcs(conn, &vpcs).await?);
    let ids: Vec<String> = vpcs.iter().map(ToString::to_string).collect();
    let mut tags = gather_tags(conn, &ids).await?;
    let show = |(row, id): (vpc::Model, String)| {
        let blocks = Blocks::sorted(row.cidr, ipv4.remove(&row.id).unwrap_or_default(), ipv6.remove(&row.id).unwrap_or_default());
        show(row.into(), &blocks, tags.remove(&id).unwrap_or_default())
    };
    Ok(rows.into_iter().zip(ids).map(show).collect())
}

pub(in crate::operations) fn show(vpc: Vpc, blocks: &Blocks, tags: Vec<Tag>) -> Shown {
    let ipv6 = (!blocks.ipv6.is_empty()).then(|| blocks.ipv6.iter().map(|block| blocks::show_ipv6(vpc.region, block)).collect());
    Shown {
        owner_id: vpc.account.to_string(),
        instance_tenancy: "default".to_owned(),
        ipv6_cidr_block_associations: ipv6,
        cidr_block_associations: blocks.ipv4.iter().map(blocks::show).collect(),
        is_default: vpc.is_default,
        tags: (!tags.is_empty()).then_some(tags),
        vpc_id: vpc.id.to_string(),
        state: "available".to_owned(),
        cidr_block: vpc.cidr.to_string(),
        dhcp_options_id: vpc.dhcp_options.map_or_else(|| dhcp_options::NONE.to_owned(), |id| id.to_string()),
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let blocks = || self.cidr_block_associations.iter();
        let ipv6 = || self.ipv6_cidr_block_associations.iter().flatten();
        match name {
            "cidr" | "cidr-block" | "cidrBlock" => one(&self.cidr_block),
            "cidr-block-association.cidr-block" => many(blocks().map(|block| &block.cidr_block)),
            "cidr-block-association.association-id" => many(blocks().map(|block| &block.association_id)),
            "cidr-block-association.state" => many(blocks().map(|block| &block.cidr_block_state.state)),
            "ipv6-cidr-block-association.ipv6-cidr-block" => many(ipv6().map(|block| &block.ipv6_cidr_block)),
            "ipv6-cidr-block-association.ipv6-pool" => many(ipv6().filter_map(|block| block.ipv6_pool.as_deref())),
            "ipv6-cidr-block-association.association-id" => many(ipv6().map(|block| &block.association_id)),
            "ipv6-cidr-block-association.state" => many(ipv6().map(|block| &block.ipv6_cidr_block_state.state)),
            "dhcp-options-id" | "dhcpOptionsId" => one(&self.dhcp_options_id),
            "is-default" | "isDefault" => flag(self.is_default),
            "owner-id" => one(&self.owner_id),
            "state" => one(&self.state),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}
