//! What an account may have: looked up, counted, and asked of `core::quota`.
//!
//! Whoever makes one of the few things of an account takes turns with others who do ([`admit`]), so that two cannot both take the last place;
//! what is in a thing that is locked anyway needs no more than its limit ([`limit`]). Counting ends at the limit, so it never costs more than
//! what is allowed. Interfaces, of which there may be very many, are counted now and then ([`Headroom`]): between two counts an account gets
//! no more than a part of what was left at the last one, so the last few are counted one by one, and a refusal always follows a count.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use multihome_core::quota as rules;
use multihome_entities::{interface, quota};
use multihome_runtime::Transaction;
use multihome_types::{AccountId, QuotaName, Region};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryFilter, Select,
    sea_query::{Expr, Query},
};

use crate::{Api, call::Call, fault::Fault};

/// How many an account may have: what was set for it, or what everybody has.
pub(crate) async fn limit<C: ConnectionTrait>(api: &Api, conn: &C, call: &Call, name: QuotaName) -> Result<u64, DbErr> {
    let set = quota::find(conn, (call.account, call.region, name)).await?;
    Ok(set.unwrap_or_else(|| api.settings.quotas.of(name)))
}

/// As [`limit`], for what is counted in memory.
pub(crate) async fn limit_in_memory<C: ConnectionTrait>(api: &Api, conn: &C, call: &Call, name: QuotaName) -> Result<usize, DbErr> {
    Ok(usize::try_from(limit(api, conn, call, name).await?).unwrap_or(usize::MAX))
}

/// How many groups an interface may have, where so many are named. A quota is one at least, so that nobody looks for it at most calls.
pub(crate) async fn most_groups<C: ConnectionTrait>(api: &Api, conn: &C, call: &Call, named: usize) -> Result<usize, DbErr> {
    if named < 2 { Ok(1) } else { limit_in_memory(api, conn, call, QuotaName::GroupsPerInterface).await.map(|most| most.max(1)) }
}

/// Whether the account may have one more beside those that are selected. Until the end of the transaction nobody else who asks this way
/// for the same account is answered.
pub(crate) async fn admit<E: EntityTrait<Model: Sync>>(
    api: &Api,
    transaction: &Transaction,
    call: &Call,
    (name, present): (QuotaName, Select<E>),
) -> Result<(), Fault> {
    take_turn(transaction, call, name).await?;
    admit_locked(api, transaction, call, (name, present)).await
}

/// As [`admit`], where a lock on what they are in makes everybody take turns already.
pub(crate) async fn admit_locked<E: EntityTrait<Model: Sync>>(
    api: &Api,
    transaction: &Transaction,
    call: &Call,
    (name, present): (QuotaName, Select<E>),
) -> Result<(), Fault> {
    let limit = limit(api, transaction.conn(), call, name).await?;
    let present = quota::count_up_to(transaction.conn(), present, limit).await?;
    Ok(rules::check(name, limit, (present, 1))?)
}

/// SQLite has one writer at a time and no such lock.
async fn take_turn(transaction: &Transaction, call: &Call, name: QuotaName) -> Result<(), DbErr> {
    if transaction.conn().get_database_backend() != DatabaseBackend::Postgres {
        return Ok(());
    }
    let key = format!("{name} of {} in {}", call.account, call.region);
    let turn = Expr::cust_with_values("pg_advisory_xact_lock(hashtext($1))::text", [key]);
    transaction.conn().query_one(&Query::select().expr(turn).to_owned()).await.map(drop)
}

/// How long a count of interfaces counts.
const FRESH: Duration = Duration::from_secs(2);
/// The part of what was left at the last count that this process gives out before it counts again: others count too.
const PART: u64 = 8;
/// And no more than this: so many the account may have beyond its quota for each process beside the one that counts.
const MOST_UNCOUNTED: u64 = 64;

/// What accounts may still have of interfaces, as far as this process knows.
#[derive(Debug, Default)]
pub(crate) struct Headroom(Mutex<HashMap<(AccountId, Region), Left>>);

#[derive(Clone, Copy, Debug)]
struct Left {
    /// How many may be made before the next count.
    places: u64,
    counted: Instant,
}

impl Headroom {
    /// Whether so many are left for sure; then they are taken.
    fn take(&self, of: (AccountId, Region), more: u64, now: Instant) -> bool {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match left.get_mut(&of).filter(|left| now.saturating_duration_since(left.counted) < FRESH) {
            Some(left) if left.places >= more => {
                left.places -= more;
                true
            }
            Some(_) | None => false,
        }
    }

    fn counted(&self, of: (AccountId, Region), free: u64, now: Instant) {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left.retain(|_, left| now.saturating_duration_since(left.counted) < FRESH);
        left.insert(of, Left { places: (free / PART).min(MOST_UNCOUNTED), counted: now });
    }
}

/// Whether the account may have so many more interfaces. Where they have to be counted, those who count take turns until the end of the
/// transaction.
pub(crate) async fn admit_interfaces(api: &Api, transaction: &Transaction, call: &Call, more: usize) -> Result<(), Fault> {
    let (of, more) = ((call.account, call.region), u64::try_from(more).unwrap_or(u64::MAX));
    if more == 0 || api.headroom.take(of, more, Instant::now()) {
        return Ok(());
    }
    let conn = transaction.conn();
    let name = QuotaName::InterfacesPerRegion;
    take_turn(transaction, call, name).await?;
    // Whoever had the turn before has counted for those who waited for it.
    if api.headroom.take(of, more, Instant::now()) {
        return Ok(());
    }
    let limit = limit(api, conn, call, name).await?;
    let own = interface::Entity::find().filter(interface::Column::Account.eq(call.account)).filter(interface::Column::Region.eq(call.region));
    let present = quota::count_up_to(conn, own, limit).await?;
    rules::check(name, limit, (present, more))?;
    api.headroom.counted(of, limit - present - more, Instant::now());
    Ok(())
}

#[cfg(test)]
mod tests;
