//! Reading the change log in order, from the database and not from the bus: what a wiped bus cannot make incomplete.
//!
//! Numbers are given out before a transaction commits, so a lower number may appear after a higher one. A number that is
//! missing is remembered and looked for until nobody can commit it any more: PostgreSQL says which transactions are still
//! under way, and a number was taken by one that was under way when it was first missed. A transaction that took a number and was
//! rolled back leaves a gap for ever, which this finds out within milliseconds. SQLite has one writer and no such gaps.

use std::collections::BTreeMap;

use multihome_entities::change;
use multihome_types::ChangeId;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use crate::store::{Written, WrittenBatch};

/// A place in the change log.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The highest number seen.
    cursor: i64,
    /// Lower numbers not seen yet, each with the first transaction that cannot have taken it.
    gaps: BTreeMap<i64, i64>,
}

/// Which transactions are under way.
#[derive(Clone, Copy, Debug)]
struct Horizon {
    /// Every one before this is over.
    oldest: i64,
    /// This one and those after it have not begun.
    next: i64,
}

/// How many changes one call returns at most.
const BATCH: u64 = 5_000;
/// How far behind the end a number may still be missing when reading begins: some seconds of the busiest log.
const LOOK_BACK: i64 = 10_000;

async fn horizon<C: ConnectionTrait>(conn: &C) -> Result<Horizon, DbErr> {
    let backend = conn.get_database_backend();
    if backend != DatabaseBackend::Postgres {
        return Ok(Horizon { oldest: i64::MAX, next: 0 });
    }
    let sql = "SELECT pg_snapshot_xmin(now.s)::text::bigint, pg_snapshot_xmax(now.s)::text::bigint FROM (SELECT pg_current_snapshot() AS s) now";
    let row = conn.query_one_raw(Statement::from_string(backend, sql)).await?;
    let row = row.ok_or_else(|| DbErr::Custom("the database does not say which transactions are under way".to_owned()))?;
    Ok(Horizon { oldest: row.try_get_by_index(0)?, next: row.try_get_by_index(1)? })
}

impl Tail {
    /// The end of the log: what is committed is to be read from the tables after this, and changes from here.
    pub async fn at_end<C: ConnectionTrait>(conn: &C) -> Result<Self, DbErr> {
        let newest: Vec<i64> = change::Entity::find()
            .select_only()
            .column(change::Column::Id)
            .order_by_desc(change::Column::Id)
            .limit(LOOK_BACK.unsigned_abs())
            .into_tuple()
            .all(conn)
            .await?;
        let Some(&oldest) = newest.last() else { return Ok(Self::default()) };
        // Also those before the oldest that was found: it may have overtaken them.
        let mut tail = Self { cursor: (oldest - LOOK_BACK).max(0), gaps: BTreeMap::new() };
        let missed = tail.see(newest.into_iter().rev());
        if conn.get_database_backend() == DatabaseBackend::Postgres {
            tail.miss(missed, horizon(conn).await?);
        }
        Ok(tail)
    }

    /// Takes in numbers; returns those that are missing for the first time.
    fn see(&mut self, ids: impl Iterator<Item = i64>) -> Vec<i64> {
        let mut missed = Vec::new();
        for id in ids {
            if id > self.cursor {
                missed.extend(self.cursor + 1..id);
                self.cursor = id;
            } else {
                self.gaps.remove(&id);
            }
        }
        missed
    }

    fn miss(&mut self, missed: Vec<i64>, horizon: Horizon) {
        // Whoever took one of them had begun by now. Even if nobody is under way they are looked for once more: somebody may have
        // committed between the question for the rows and this one.
        self.gaps.extend(missed.into_iter().map(|id| (id, horizon.next)));
    }

    /// Gives up numbers that were looked for when every transaction before `over` was over.
    fn give_up(&mut self, over: i64) {
        self.gaps.retain(|_, next| *next > over);
    }

    /// The changes that were committed since the last call, in the order of their numbers but for late ones.
    pub async fn next<C: ConnectionTrait>(&mut self, conn: &C) -> Result<WrittenBatch, DbErr> {
        let missing: Vec<i64> = self.gaps.keys().copied().collect();
        // Asked before the rows are read: what is over by then is in them.
        let over = if missing.is_empty() { None } else { Some(horizon(conn).await?.oldest) };
        let mut wanted = Condition::any().add(change::Column::Id.gt(self.cursor));
        if !missing.is_empty() {
            wanted = wanted.add(change::Column::Id.is_in(missing));
        }
        let rows = change::Entity::find().filter(wanted).order_by_asc(change::Column::Id).limit(BATCH).all(conn).await?;
        let missed = self.see(rows.iter().map(|row| row.id));
        if let Some(over) = over {
            self.give_up(over);
        }
        if !missed.is_empty() {
            self.miss(missed, horizon(conn).await?);
        }
        Ok(rows.into_iter().map(Written::from).collect())
    }

    /// Every change up to this one has been seen.
    pub fn revision(&self) -> ChangeId {
        ChangeId(self.gaps.keys().next().map_or(self.cursor, |first| first - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNDER_WAY: Horizon = Horizon { oldest: 7, next: 9 };

    #[test]
    fn the_revision_waits_for_what_is_missing() {
        let mut tail = Tail::default();
        let missed = tail.see([1, 4].into_iter());
        tail.miss(missed, UNDER_WAY);
        assert_eq!(tail.revision(), ChangeId(1));
        assert!(tail.see([2].into_iter()).is_empty());
        assert_eq!(tail.revision(), ChangeId(2));
        assert!(tail.see([3].into_iter()).is_empty());
        assert_eq!(tail.revision(), ChangeId(4));
    }

    #[test]
    fn a_number_is_given_up_when_nobody_can_commit_it_any_more() {
        let mut tail = Tail::default();
        let missed = tail.see([1, 4].into_iter());
        tail.miss(missed, UNDER_WAY);
        tail.give_up(8);
        assert_eq!(tail.revision(), ChangeId(1), "transaction 8 may still commit it");
        tail.give_up(9);
        assert_eq!(tail.revision(), ChangeId(4));
    }
}
