//! GetSecurityGroupsForVpc: the groups that interfaces of a VPC can be in. They are its own: groups are not shared here.

use std::borrow::Cow;

use multihome_core::vpc as rules;
use multihome_ec2::{
    Filter, Tag,
    security_group::{GetSecurityGroupsForVpc, GetSecurityGroupsForVpcReply, SecurityGroupForVpc as Shown},
};
use multihome_entities::{group, vpc};
use multihome_types::VpcId;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    operations::tags::gather_tags,
    page::{self, Asked, Page},
};

pub(crate) async fn get_security_groups_for_vpc(
    api: &Api,
    call: &Call,
    mut request: GetSecurityGroupsForVpc,
) -> Result<GetSecurityGroupsForVpcReply, Fault> {
    let id: VpcId = ids::parse(&request.vpc_id)?;
    // As a filter, so that a token of one VPC's list is none of another's.
    request.filters.push(Filter { name: "primary-vpc-id".to_owned(), values: vec![id.to_string()] });
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "GetSecurityGroupsForVpc",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: None,
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let found = vpc::Entity::find_by_id(id).filter(vpc::Column::Account.eq(call.account)).filter(vpc::Column::Region.eq(call.region));
    found.one(api.store.reader()).await?.ok_or_else(|| rules::vpc_not_found(id))?;
    let mut matching = Condition::all().add(group::Column::Vpc.eq(id));
    for (name, column) in [("group-id", group::Column::Id), ("group-name", group::Column::Name)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (security_groups, next_token) = page::gather(&page, &filters, |shown| &shown.group_id, load).await?;
    Ok(GetSecurityGroupsForVpcReply { next_token, security_groups })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(group::Column::Id.gt(after));
    }
    let rows = group::Entity::find().filter(matching).order_by_asc(group::Column::Id).limit(limit as u64).all(conn).await?;
    let texts: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    let show = |(row, group_id): (group::Model, String)| Shown {
        description: row.description,
        group_name: row.name,
        owner_id: row.account.to_string(),
        tags: tags.remove(&group_id).unwrap_or_default(),
        group_id,
        primary_vpc_id: row.vpc.to_string(),
    };
    Ok(rows.into_iter().zip(texts).map(show).collect())
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "description" => one(&self.description),
            "group-id" => one(&self.group_id),
            "group-name" => one(&self.group_name),
            "owner-id" => one(&self.owner_id),
            "primary-vpc-id" => one(&self.primary_vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
