//! Access keys as requests need them: looked up in the database, opened, and believed for a moment.
//!
//! A key that was disabled or deleted is refused by every replica once what it believes is too old, which is well within a second; nobody has
//! to be told. What is not known is not remembered, so that a new key works at once and strangers cost no memory.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use multihome_entities::access_key;
use multihome_runtime::Store;
use multihome_types::{AccessKeyStatus, AccountId, Timestamp};
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, sea_query::Expr};

use super::MasterKey;
use crate::fault::Fault;

/// How long a key is used without looking again.
pub(super) const BELIEVED_FOR: Duration = Duration::from_millis(500);
/// More keys than are in use at a time; when there are more, those that are too old are forgotten.
const MOST: usize = 10_000;
/// How exactly it is noted when a key was last used, in milliseconds.
const USE_NOTED_EVERY: i64 = 3_600_000;

/// A key that may be used. Not `Debug`.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) secret: Arc<str>,
    pub(crate) account: AccountId,
    last_used: Option<Timestamp>,
    looked_at: Instant,
}

pub(crate) struct Keyring {
    master: MasterKey,
    known: RwLock<HashMap<String, Known>>,
}

impl Keyring {
    /// # Errors
    /// A sentence if the keys that are there were sealed with another master key; or the database's failure.
    pub(crate) async fn open(master: MasterKey, store: &Store) -> Result<Self, DbErr> {
        if let Some(any) = access_key::Entity::find().one(store.reader()).await?
            && master.open(&any.sealed_secret, &any.id, any.account).is_none()
        {
            let why = format!("access key {} in the database was sealed with another master key than this one", any.id);
            return Err(DbErr::Custom(why));
        }
        Ok(Self { master, known: RwLock::default() })
    }

    /// The key of this id, if it is one and may be used.
    pub(crate) async fn find(&self, store: &Store, id: &str, moment: Instant) -> Result<Option<Known>, Fault> {
        let fresh = |known: &Known| moment.saturating_duration_since(known.looked_at) < BELIEVED_FOR;
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(id)
            && fresh(known)
        {
            return Ok(Some(known.clone()));
        }
        let row = access_key::Entity::find_by_id(id.to_owned()).one(store.reader()).await?;
        let found = match row {
            Some(row) if row.status == AccessKeyStatus::Active => {
                let Some(secret) = self.master.open(&row.sealed_secret, id, row.account) else {
                    return Err(Fault::Failed(format!("the secret of access key {id} cannot be opened with this master key").into()));
                };
                Some(Known { secret: secret.into(), account: row.account, last_used: row.last_used, looked_at: moment })
            }
            Some(_) | None => None,
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Some(found) => {
                if known.len() >= MOST {
                    known.retain(|_, known| fresh(known));
                }
                if known.len() < MOST {
                    known.insert(id.to_owned(), found.clone());
                }
            }
            None => drop(known.remove(id)),
        }
        Ok(found)
    }

    /// Notes that a key was used, unless that was noted a short while ago. A note that is lost is made at a later request.
    pub(crate) async fn note_use(&self, store: &Store, id: &str, key: &Known, now: Timestamp) {
        let recent = |noted: Timestamp| noted.0 > now.0 - USE_NOTED_EVERY;
        if key.last_used.is_some_and(recent) {
            return;
        }
        if let Some(known) = self.known.write().unwrap_or_else(PoisonError::into_inner).get_mut(id) {
            if known.last_used.is_some_and(recent) {
                return;
            }
            known.last_used = Some(now);
        }
        if let Err(why) = note(store, id, now).await {
            tracing::debug!(key = id, error = %why, "It could not be noted that an access key was used");
        }
    }
}

async fn note(store: &Store, id: &str, now: Timestamp) -> Result<(), DbErr> {
    let transaction = store.begin().await?;
    let older = Condition::any().add(access_key::Column::LastUsed.is_null()).add(access_key::Column::LastUsed.lt(now));
    access_key::Entity::update_many()
        .col_expr(access_key::Column::LastUsed, Expr::value(Some(now)))
        .filter(access_key::Column::Id.eq(id))
        .filter(older)
        .exec(transaction.conn())
        .await?;
    transaction.commit().await
}
