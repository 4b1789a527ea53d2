//! Reading the change log in order, from the database and not from the bus: what a wiped bus cannot make incomplete.
//!
//! Numbers are given out before a transaction commits, so a lower number may appear after a higher one. A number that is
//! missing is remembered and looked for until it appears or can no longer: a transaction that took it and was rolled back
//! leaves a gap for ever, and the server ends transactions after [`TRANSACTION_LIMIT`].

use std::{collections::BTreeMap, time::Duration};

use multihome_entities::change;
use multihome_types::{ChangeId, Timestamp};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::store::{TRANSACTION_LIMIT, Written, WrittenBatch};

/// A place in the change log.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// The highest number seen.
    cursor: i64,
    /// Lower numbers not seen yet, and since when they have been missed.
    gaps: BTreeMap<i64, Timestamp>,
}

/// How many changes one call returns at most.
const BATCH: u64 = 5_000;
/// How far behind the end a number may still be missing when reading begins.
const LOOK_BACK: i64 = 1_000;

impl Tail {
    /// The end of the log: what is committed is to be read from the tables after this, and changes from here.
    pub async fn at_end<C: ConnectionTrait>(conn: &C, now: Timestamp) -> Result<Self, DbErr> {
        let newest: Vec<i64> = change::Entity::find()
            .select_only()
            .column(change::Column::Id)
            .order_by_desc(change::Column::Id)
            .limit(u64::try_from(LOOK_BACK).unwrap_or(0))
            .into_tuple()
            .all(conn)
            .await?;
        let (Some(&cursor), Some(&oldest)) = (newest.first(), newest.last()) else {
            return Ok(Self::default());
        };
        let mut tail = Self { cursor: oldest, gaps: BTreeMap::new() };
        for id in newest.into_iter().rev() {
            tail.see(id, now);
        }
        debug_assert_eq!(tail.cursor, cursor);
        Ok(tail)
    }

    fn see(&mut self, id: i64, now: Timestamp) {
        if id > self.cursor {
            self.gaps.extend((self.cursor + 1..id).map(|missing| (missing, now)));
            self.cursor = id;
        } else {
            self.gaps.remove(&id);
        }
    }

    /// The changes that were committed since the last call, in the order of their numbers but for late ones.
    pub async fn next<C: ConnectionTrait>(&mut self, conn: &C, now: Timestamp) -> Result<WrittenBatch, DbErr> {
        // Everything that can still commit has by now been seen, or this much later never will be.
        let patience = TRANSACTION_LIMIT + Duration::from_secs(1);
        self.gaps.retain(|_, since| now.since(*since) < patience);
        let missing: Vec<i64> = self.gaps.keys().copied().collect();
        let mut wanted = Condition::any().add(change::Column::Id.gt(self.cursor));
        if !missing.is_empty() {
            wanted = wanted.add(change::Column::Id.is_in(missing));
        }
        let rows = change::Entity::find().filter(wanted).order_by_asc(change::Column::Id).limit(BATCH).all(conn).await?;
        for row in &rows {
            self.see(row.id, now);
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

    #[test]
    fn the_revision_waits_for_what_is_missing() {
        let mut tail = Tail::default();
        let now = Timestamp(0);
        tail.see(1, now);
        tail.see(4, now);
        assert_eq!(tail.revision(), ChangeId(1));
        tail.see(2, now);
        assert_eq!(tail.revision(), ChangeId(2));
        tail.see(3, now);
        assert_eq!(tail.revision(), ChangeId(4));
    }
}
