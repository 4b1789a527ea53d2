//! DeleteTags.

use std::collections::BTreeSet;

use multihome_core::tags::{self as rules, Taggable, Unwanted};
use multihome_ec2::{Ec2Error, Return, tag::DeleteTags};
use multihome_entities::tag;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{changed, gather_and_lock, gather_tags, id_of};
use crate::{Api, call::Call, fault::Fault};

pub(crate) async fn delete_tags(api: &Api, call: &Call, request: DeleteTags) -> Result<Return, Fault> {
    if request.resource_ids.is_empty() {
        return Err(Ec2Error::missing_parameter("ResourceId").into());
    }
    let asked: Vec<Unwanted<'_>> = request.tags.iter().map(|tag| Unwanted { key: &tag.key, value: tag.value.as_deref() }).collect();
    rules::check_unwanted(&asked)?;
    let resources = request.resource_ids.iter().map(|id| Taggable::of(id)).collect::<Result<BTreeSet<_>, _>>()?;
    let mut transaction = api.store.begin().await?;
    let holders = gather_and_lock(&transaction, call, &resources).await?;
    let ids: Vec<String> = holders.keys().map(|resource| id_of(*resource)).collect();
    let present = gather_tags(transaction.conn(), &ids).await?;
    let mut changes = Vec::new();
    for (resource, holder) in holders {
        let id = id_of(resource);
        let has = present.get(&id).map(Vec::as_slice).unwrap_or_default();
        let gone = rules::select_unwanted(has.iter().map(|tag| (tag.key.as_str(), tag.value.as_str())), &asked);
        if gone.is_empty() {
            continue;
        }
        let these = tag::Entity::delete_many().filter(tag::Column::Resource.eq(&id)).filter(tag::Column::Key.is_in(gone.iter().copied()));
        these.exec(transaction.conn()).await?;
        changes.push(changed(call, (resource, holder), "untagged", &format!("lost the tags {}", gone.join(", "))));
    }
    if !changes.is_empty() {
        transaction.record(changes).await?;
        transaction.commit().await?;
    }
    Ok(Return::DONE)
}
