//! DescribeKeyPairs: all at once, as EC2 has no pages here.

use std::borrow::Cow;

use multihome_core::key_pairs as rules;
use multihome_ec2::{
    Tag,
    key_pair::{DescribeKeyPairs, DescribeKeyPairsReply, KeyPairInfo},
};
use multihome_entities::key_pair::{Column, Entity, Model};
use multihome_types::KeyPairId;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    ids,
    operations::tags::gather_tags,
};

pub(crate) async fn describe_key_pairs(api: &Api, call: &Call, request: DescribeKeyPairs) -> Result<DescribeKeyPairsReply, Fault> {
    let ids: Vec<KeyPairId> = ids::parse_all(&request.key_pair_ids)?;
    let filters = Filters::parse::<KeyPairInfo>(request.filters)?;
    let conn = api.store.reader();
    let mut matching = Condition::all().add(Column::Account.eq(call.account)).add(Column::Region.eq(call.region));
    if !(ids.is_empty() && request.key_names.is_empty()) {
        let asked = Condition::any().add(Column::Id.is_in(ids.iter().copied()));
        matching = matching.add(asked.add(Column::Name.is_in(request.key_names.iter().map(String::as_str))));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Name).all(conn).await?;
    if let Some(missing) = request.key_names.iter().find(|name| !rows.iter().any(|row| row.name == **name)) {
        return Err(rules::name_not_found(missing).into());
    }
    if let Some(missing) = ids.iter().find(|id| !rows.iter().any(|row| row.id == **id)) {
        return Err(rules::id_not_found(*missing).into());
    }
    let texts: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    let shown = |(row, id): (Model, String)| {
        let tags = tags.remove(&id).unwrap_or_default();
        let public_key = request.include_public_key.then_some(row.public_key);
        KeyPairInfo {
            key_pair_id: id,
            key_type: row.kind.to_string(),
            tags,
            public_key,
            create_time: row.created.into(),
            key_name: row.name,
            key_fingerprint: row.fingerprint,
        }
    };
    let key_pairs = rows.into_iter().zip(texts).map(shown).filter(|shown| filters.matches(shown)).collect();
    Ok(DescribeKeyPairsReply { key_pairs })
}

impl Filterable for KeyPairInfo {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "key-pair-id" => one(&self.key_pair_id),
            "fingerprint" => one(&self.key_fingerprint),
            "key-name" => one(&self.key_name),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
