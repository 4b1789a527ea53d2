//! The same request twice gives the same answer once: answers are kept with the request's id, in the transaction that
//! made them true.

use std::str::FromStr;

use multihome_entities::request;
use multihome_messages::{Answer, Encoding, Message, RequestId, decode, encode};
use multihome_runtime::{Store, service::Meta};
use multihome_types::{AccountId, Refusal, Timestamp};
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryTrait, RuntimeErr, SqlErr, sea_query::InsertStatement};

use crate::Attempt;

/// A request's id in a message header: NATS's own name for it.
pub(crate) const ID_HEADER: &str = "Nats-Msg-Id";

/// The id that came as a header, if it is a good one.
pub(crate) fn id_from(meta: &Meta) -> Option<RequestId> {
    meta.header(ID_HEADER).and_then(|text| RequestId::from_str(text).ok())
}

/// A request that has an id.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    scope: String,
    id: RequestId,
    fingerprint: String,
}

impl Named {
    /// `fingerprint` says what is asked for: the same id with another is a mistake of the caller's.
    pub fn new(account: Option<AccountId>, id: RequestId, fingerprint: String) -> Self {
        Self { scope: account.map(|account| account.to_string()).unwrap_or_default(), id, fingerprint }
    }

    /// What this request was answered before. Only to be asked where something is not as a first request finds it.
    async fn earlier<T>(&self, store: &Store) -> Result<Option<Result<T, Refusal>>, DbErr>
    where
        Answer<T>: Message,
    {
        let Some(row) = request::Entity::find_by_id((self.scope.clone(), self.id.to_string())).one(store.reader()).await? else {
            return Ok(None);
        };
        if row.fingerprint != self.fingerprint {
            let message = format!("The request id '{}' was used before with other parameters.", self.id);
            return Ok(Some(Err(Refusal::new("IdempotentParameterMismatch", message))));
        }
        let answer: Answer<T> = decode(row.answer.as_bytes(), Encoding::Json).map_err(|why| DbErr::Type(why.to_string()))?;
        Ok(Some(answer.into_result()))
    }

    /// What keeps the answer: it fails if there is one of the same id already, which is how a repetition is noticed.
    pub fn keep<T>(&self, answer: &Answer<T>, now: Timestamp) -> Result<InsertStatement, DbErr>
    where
        Answer<T>: Message,
    {
        let answer = String::from_utf8(encode(answer, Encoding::Json)).map_err(|why| DbErr::Type(why.to_string()))?;
        let row = request::Model { scope: self.scope.clone(), id: self.id.to_string(), fingerprint: self.fingerprint.clone(), answer, at: now };
        Ok(request::Entity::insert(row.into_active_model().reset_all()).into_query())
    }
}

/// Refuses, unless the request was answered before; where it has an id, the refusal is kept like any other answer.
pub(crate) async fn refuse<T>(store: &Store, named: Option<&Named>, refusal: Refusal, now: Timestamp) -> Result<Attempt<Result<T, Refusal>>, DbErr>
where
    Answer<T>: Message,
{
    let Some(named) = named else { return Ok(Attempt::Done(Err(refusal))) };
    if let Some(earlier) = named.earlier(store).await? {
        return Ok(Attempt::Done(earlier));
    }
    let txn = store.begin().await?;
    match txn.conn().execute(&named.keep(&Answer::<T>::Refused(refusal.clone()), now)?).await {
        Ok(_) => txn.commit().await.map(|()| Attempt::Done(Err(refusal))),
        Err(why) if lost_the_race(&why) => txn.rollback().await.map(|()| Attempt::Stale),
        Err(why) => Err(why),
    }
}

/// Somebody was first: with this very request, whose answer this is, or with something else.
pub(crate) async fn outrun<T>(store: &Store, named: Option<&Named>) -> Result<Attempt<Result<T, Refusal>>, DbErr>
where
    Answer<T>: Message,
{
    let earlier = match named {
        Some(named) => named.earlier(store).await?,
        None => None,
    };
    Ok(earlier.map_or(Attempt::Stale, Attempt::Done))
}

/// Whether nobody waits any more for what is asked.
pub(crate) fn is_too_late(expires: Option<Timestamp>, now: Timestamp) -> bool {
    expires.is_some_and(|expires| expires < now)
}

pub(crate) fn too_late() -> Refusal {
    Refusal::new("RequestExpired", "The command's deadline passed before it was taken.")
}

/// What PostgreSQL calls a deadlock, and a serialization that failed: it undid one of two, to be tried again.
const UNDONE: [&str; 2] = ["40P01", "40001"];

/// Whether a write failed because somebody else was first.
pub(crate) fn lost_the_race(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) || was_undone(error)
}

fn was_undone(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(why)) | DbErr::Query(RuntimeErr::SqlxError(why)) | DbErr::Conn(RuntimeErr::SqlxError(why))) = error else {
        return false;
    };
    why.as_database_error().and_then(|why| why.code()).is_some_and(|code| UNDONE.contains(&code.as_ref()))
}
