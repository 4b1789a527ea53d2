//! Key pairs: create, import, describe, delete. A launch names one, and its instances are told the public half.
//!
//! A private key is made for the one who asks, given once, and kept nowhere.

mod create;
mod delete;
mod describe;
mod import;
mod key;
#[cfg(test)]
mod tests;

pub(crate) use create::create_key_pair;
pub(crate) use delete::delete_key_pair;
pub(crate) use describe::describe_key_pairs;
pub(crate) use import::import_key_pair;
use multihome_core::key_pairs as rules;
use multihome_ec2::Tag;
use multihome_entities::key_pair::{self, Model};
use multihome_types::{EntityKind, Generation, KeyPair};
use sea_orm::{EntityTrait, IntoActiveModel};

use self::key::PublicKey;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{tags::apply_tags, with_fresh_ids},
};

/// A new pair with this public half. `how` is a word for the log.
async fn keep(api: &Api, call: &Call, (name, key, tags): (&str, &PublicKey, &[Tag]), how: &str) -> Result<KeyPair, Fault> {
    with_fresh_ids(|| async {
        let pair = KeyPair {
            id: api.fresh(),
            account: call.account,
            region: call.region,
            name: name.to_owned(),
            kind: key.kind,
            fingerprint: key.fingerprint.clone(),
            public_key: key.line(name),
            created: call.now,
            generation: Generation::FIRST,
        };
        let mut txn = api.store.begin().await?;
        // Whoever is too late to see this meets the schema, and then sees it.
        if key_pair::named(txn.conn(), call.account, call.region, name).await?.is_some() {
            return Err(rules::exists(name).into());
        }
        key_pair::Entity::insert(Model::from(pair.clone()).into_active_model()).exec_without_returning(txn.conn()).await?;
        apply_tags(&txn, call, &pair.id.to_string(), tags).await?;
        let why = format!("Key pair {} ({name}) was {how}.", pair.id);
        txn.record(vec![call.change((EntityKind::KeyPair, pair.id, pair.generation), "created", why)]).await?;
        txn.commit().await?;
        Ok(pair)
    })
    .await
}
