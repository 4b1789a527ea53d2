//! Reading the change log in order, from the database and not from the bus: what a wiped bus cannot make incomplete.
//!
//! Numbers are given out before a transaction commits, so a lower number may appear after a higher one. A number that is
//! missing is remembered and looked for until nobody can commit it any more. On PostgreSQL that is known from the lock that every
//! transaction holds on the table from before it takes its first number until after its end shows:
//!
//! - A number is missed when a higher one is read. It was taken before the higher one was, so whoever took it had the lock by
//!   then: among those who hold the lock at any later moment is its taker, or its taker is over.
//! - When none of those of such a moment holds the lock any more, the taker is over, and a snapshot begun after that has the
//!   number or never will: it was rolled back.
//!
//! Neither the ids of transactions nor a snapshot's bounds would do. A snapshot's upper bound is one more than the highest
//! transaction that is over, so that of the transactions with higher ids any number may be under way; and a transaction may take a
//! number before it has an id at all. SQLite has one writer and no such gaps.

use std::{
    collections::{BTreeSet, HashSet},
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use multihome_entities::change;
use multihome_types::ChangeId;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DatabaseBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};

use crate::store::{Written, WrittenBatch};

/// A place in the change log.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The highest number seen.
    cursor: i64,
    /// Lower numbers not seen yet, in groups that wait for the same transactions.
    missing: Vec<Missing>,
    /// When to ask who is under way. Nearly every number that is missed comes a moment later, so that nobody needs to be asked.
    ask: Option<Instant>,
}

#[derive(Clone, Debug, Default)]
struct Missing {
    numbers: BTreeSet<i64>,
    /// Who was writing at some moment after they were missed; `None` until somebody was asked.
    writers: Option<Writers>,
}

/// Transactions that have written to the change log and are not over, by the server's names for them, which it uses once.
type Writers = HashSet<String>;

/// Missing numbers that nobody can commit any more: a snapshot that is begun from now on has them, or they were never written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled(Vec<i64>);

/// How many changes one call returns at most.
const BATCH: u64 = 5_000;
/// How far behind the end a number may still be missing when reading begins: more than the busiest log has while the server lets a
/// transaction sit idle (see [`crate::store::TRANSACTION_LIMIT`]).
const LOOK_BACK: i64 = 50_000;
/// How long a number is missed before it is asked who may still write it, and how long until that is asked again. The question
/// makes the server look through all its locks.
const ASK_AFTER: Duration = Duration::from_millis(20);

async fn writers<C: ConnectionTrait>(conn: &C) -> Result<Writers, DbErr> {
    let backend = conn.get_database_backend();
    if backend != DatabaseBackend::Postgres {
        return Ok(Writers::new());
    }
    let sql = "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND relation = 'changes'::regclass \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let rows = conn.query_all_raw(Statement::from_string(backend, sql)).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

impl Tail {
    /// The end of the log: what is committed is to be read from the tables after this, and changes from here.
    pub async fn at_end<C: ConnectionTrait>(conn: &C) -> Result<Self, DbErr> {
        let ids = || change::Entity::find().select_only().column(change::Column::Id);
        let newest: Option<i64> = ids().order_by_desc(change::Column::Id).into_tuple().one(conn).await?;
        let Some(newest) = newest else { return Ok(Self::default()) };
        if conn.get_database_backend() != DatabaseBackend::Postgres {
            return Ok(Self { cursor: newest, ..Self::default() });
        }
        let mut tail = Self { cursor: (newest - LOOK_BACK).max(0), ..Self::default() };
        let present: Vec<i64> = ids().filter(change::Column::Id.gt(tail.cursor)).order_by_asc(change::Column::Id).into_tuple().all(conn).await?;
        tail.see(present.into_iter());
        Ok(tail)
    }

    /// Takes in numbers.
    fn see(&mut self, ids: impl Iterator<Item = i64>) {
        let mut missed = BTreeSet::new();
        for id in ids {
            if id > self.cursor {
                missed.extend(self.cursor + 1..id);
                self.cursor = id;
            } else {
                self.forget(id);
            }
        }
        if missed.is_empty() {
            return;
        }
        // Of those that nobody was asked about yet, the answer will be the same.
        match self.missing.last_mut() {
            Some(Missing { numbers, writers: None }) => numbers.append(&mut missed),
            _ => self.missing.push(Missing { numbers: missed, writers: None }),
        }
        self.ask.get_or_insert_with(|| Instant::now() + ASK_AFTER);
    }

    /// What is settled, if it is time to ask. To be called before the snapshot is begun that [`Self::next`] is to read in.
    pub async fn settled<C: ConnectionTrait>(&mut self, conn: &C) -> Result<Settled, DbErr> {
        if self.missing.is_empty() || self.ask.is_some_and(|at| Instant::now() < at) {
            return Ok(Settled::default());
        }
        let under_way = writers(conn).await?;
        self.ask = Some(Instant::now() + ASK_AFTER);
        Ok(self.settle(&under_way))
    }

    fn settle(&mut self, under_way: &Writers) -> Settled {
        let mut settled = Vec::new();
        for missing in &mut self.missing {
            if missing.writers.get_or_insert_with(|| under_way.clone()).is_disjoint(under_way) {
                settled.extend(&missing.numbers);
            }
        }
        Settled(settled)
    }

    /// The changes that were committed since the last call, in the order of their numbers but for late ones.
    pub async fn next<C: ConnectionTrait>(&mut self, conn: &C, settled: &Settled) -> Result<WrittenBatch, DbErr> {
        let runs = self.runs();
        let first = runs.first().map_or(self.cursor + 1, |run| *run.start());
        let mut wanted = Condition::any().add(change::Column::Id.gt(self.cursor));
        for run in runs {
            wanted = wanted.add(change::Column::Id.between(*run.start(), *run.end()));
        }
        // The first condition follows from the second, which does not tell the database where to begin.
        let rows = change::Entity::find().filter(change::Column::Id.gte(first)).filter(wanted);
        let rows = rows.order_by_asc(change::Column::Id).limit(BATCH).all(conn).await?;
        self.take(rows.iter().map(|row| row.id), settled);
        Ok(rows.into_iter().map(Written::from).collect())
    }

    fn take(&mut self, ids: impl ExactSizeIterator<Item = i64>, settled: &Settled) {
        // A full answer may have left out the highest.
        let whole = ids.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        self.see(ids);
        if whole {
            settled.0.iter().for_each(|id| self.forget(*id));
        }
        if self.missing.is_empty() {
            self.ask = None;
        }
    }

    /// It is not missing any more.
    fn forget(&mut self, id: i64) {
        self.missing.retain_mut(|missing| !missing.numbers.remove(&id) || !missing.numbers.is_empty());
    }

    /// What is missing, as runs of numbers that follow each other: a transaction that was rolled back leaves one, however long.
    fn runs(&self) -> Vec<RangeInclusive<i64>> {
        let mut runs: Vec<RangeInclusive<i64>> = Vec::new();
        // Later groups have higher numbers, as the cursor only rises.
        for &id in self.missing.iter().flat_map(|missing| &missing.numbers) {
            match runs.last_mut() {
                Some(run) if run.end() + 1 == id => *run = *run.start()..=id,
                _ => runs.push(id..=id),
            }
        }
        runs
    }

    /// Every change up to this one has been seen.
    pub fn revision(&self) -> ChangeId {
        let first = self.missing.first().and_then(|missing| missing.numbers.first());
        ChangeId(first.map_or(self.cursor, |first| first - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(ids: &[i64]) -> Tail {
        let mut tail = Tail::default();
        tail.see(ids.iter().copied());
        tail
    }

    fn writing(names: &[&str]) -> Writers {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn nothing() -> [i64; 0] {
        []
    }

    #[test]
    fn the_revision_waits_for_what_is_missing() {
        let mut tail = seen(&[1, 4]);
        assert_eq!(tail.revision(), ChangeId(1));
        tail.see([2].into_iter());
        assert_eq!(tail.revision(), ChangeId(2));
        tail.see([3].into_iter());
        assert_eq!(tail.revision(), ChangeId(4));
    }

    #[test]
    fn a_number_is_given_up_when_everybody_who_may_have_taken_it_is_over() {
        let mut tail = seen(&[1, 4]);
        for (under_way, why) in [(&["3/7", "4/1"][..], "either may have taken it"), (&["4/1", "5/2"], "4/1 may have")] {
            let settled = tail.settle(&writing(under_way));
            tail.take(nothing().into_iter(), &settled);
            assert_eq!(tail.revision(), ChangeId(1), "{why}");
        }
        let settled = tail.settle(&writing(&["3/8", "5/2"]));
        tail.take(nothing().into_iter(), &settled);
        assert_eq!(tail.revision(), ChangeId(4));
    }

    #[test]
    fn numbers_that_were_missed_at_different_times_wait_for_different_transactions() {
        let mut tail = seen(&[1, 3]);
        assert_eq!(tail.settle(&writing(&["3/7"])), Settled(vec![]));
        tail.see([5].into_iter());
        assert_eq!(tail.settle(&writing(&["4/1"])), Settled(vec![2]), "4 was taken by 4/1");
        assert_eq!(tail.settle(&writing(&[])), Settled(vec![2, 4]));
    }

    #[test]
    fn what_a_full_answer_left_out_is_not_given_up() {
        let (batch, last) = (BATCH as i64, BATCH as i64 + 10);
        let mut tail = seen(&[last]);
        let settled = tail.settle(&writing(&[]));
        tail.take((1..=batch).collect::<Vec<_>>().into_iter(), &settled);
        assert_eq!(tail.revision(), ChangeId(batch));
        tail.take((batch + 1..last).collect::<Vec<_>>().into_iter(), &settled);
        assert_eq!((tail.revision(), tail.missing.len()), (ChangeId(last), 0));
    }

    #[test]
    fn missing_numbers_are_looked_for_in_runs() {
        assert_eq!(seen(&[1, 5, 7, 8]).runs(), [2..=4, 6..=6]);
    }
}
