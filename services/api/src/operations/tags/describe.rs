//! DescribeTags: the tags of all resources, in the order of the resources' ids and then of their keys.

use std::borrow::Cow;

use multihome_core::tags::resource_type;
use multihome_ec2::{
    Tag,
    tag::{DescribeTags, DescribeTagsReply, TagDescription},
};
use multihome_entities::tag;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_tags(api: &Api, call: &Call, request: DescribeTags) -> Result<DescribeTagsReply, Fault> {
    let filters = Filters::parse::<Found>(request.filters)?;
    let paging =
        Asked { action: "DescribeTags", max_results: request.max_results, next_token: request.next_token.as_deref(), ids: None, sizes: 5..=1_000 };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(tag::Column::Account.eq(call.account)).add(tag::Column::Region.eq(call.region));
    for (name, column) in [("resource-id", tag::Column::Resource), ("key", tag::Column::Key), ("value", tag::Column::Value)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (found, next_token) = page::gather(&page, &filters, |found| &found.place, load).await?;
    Ok(DescribeTagsReply { next_token, tags: found.into_iter().map(Found::shown).collect() })
}

/// A tag, and where it is in the order of all: what pages go on from.
#[derive(Debug, Default)]
struct Found {
    /// The resource's id, which has no space in it, a space, and the key.
    place: String,
    resource: String,
    tag: Tag,
}

impl Found {
    fn shown(self) -> TagDescription {
        let Self { resource, tag, .. } = self;
        TagDescription { key: tag.key, resource_type: resource_type(&resource).to_owned(), resource_id: resource, value: tag.value }
    }
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Found>, Fault> {
    let mut matching = matching.clone();
    if let Some((resource, key)) = after.as_deref().and_then(|after| after.split_once(' ')) {
        let later = Condition::all().add(tag::Column::Resource.eq(resource)).add(tag::Column::Key.gt(key));
        matching = matching.add(Condition::any().add(tag::Column::Resource.gt(resource)).add(later));
    }
    let rows = tag::Entity::find().filter(matching).order_by_asc(tag::Column::Resource).order_by_asc(tag::Column::Key).limit(limit as u64);
    let found = |row: tag::Model| Found {
        place: format!("{} {}", row.resource, row.key),
        resource: row.resource,
        tag: Tag { key: row.key, value: row.value },
    };
    Ok(rows.all(api.store.reader()).await?.into_iter().map(found).collect())
}

impl Filterable for Found {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "key" => one(&self.tag.key),
            "resource-id" => one(&self.resource),
            "resource-type" => one(resource_type(&self.resource)),
            "value" => one(&self.tag.value),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        std::slice::from_ref(&self.tag)
    }
}
