//! Gather, decide, apply, for the tables of one VPC, until what was decided upon is what was written to.

use multihome_core::route::{Reviewed, is_invalid, review};
use multihome_runtime::{Cas, Store, now};
use multihome_types::{Route, RouteTable, RouteTableId, VpcId};
use sea_orm::DbErr;

use crate::{
    apply::apply_corrections,
    gather::{Facts, gather_facts, gather_tables},
    tally::Tally,
};

/// How often a table that somebody else changed meanwhile is read again before others get their turn.
const ATTEMPTS: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Correction {
    /// Every route of these tables is as it has to be; so many were not.
    Done { corrected: usize },
    /// Some table was changed by somebody else each time.
    Contended,
}

/// Corrects the named tables of a VPC, or all of them if none is named.
pub(crate) async fn correct(store: &Store, tally: &Tally, vpc: VpcId, mut tables: Vec<RouteTableId>) -> Result<Correction, DbErr> {
    let mut corrected = 0;
    for _ in 0..ATTEMPTS {
        let read = gather_tables(store.reader(), vpc, &tables).await?;
        let facts = gather_facts(store.reader(), &read).await?;
        let mut stale = Vec::new();
        for table in &read {
            let wrong = wrong_routes(table, &facts);
            tally.seen(wrong.len());
            match apply_corrections(store, table, &wrong, now()).await? {
                Cas::Updated => {
                    corrected += wrong.len();
                    tally.corrected(table.id, wrong.len());
                }
                Cas::Stale => stale.push(table.id),
            }
        }
        // What was named and is no more is not wrong either.
        let gone = tables.iter().filter(|named| !read.iter().any(|table| table.id == **named));
        gone.for_each(|table| tally.corrected(*table, 0));
        if stale.is_empty() {
            return Ok(Correction::Done { corrected });
        }
        tables = stale;
    }
    Ok(Correction::Contended)
}

/// The routes whose stored state or instance is wrong, each with what is right.
pub(crate) fn wrong_routes<'a>(table: &'a RouteTable, facts: &Facts) -> Vec<(&'a Route, Reviewed)> {
    let reviewed = table.routes.iter().map(|route| (route, review(table.vpc, facts.of(route.target))));
    reviewed.filter(|(route, reviewed)| is_invalid(route, *reviewed)).collect()
}
