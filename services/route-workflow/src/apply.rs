//! Writes corrected routes with the generation of the table they were read with.

use multihome_core::route::Reviewed;
use multihome_entities::{route, route_table};
use multihome_runtime::{Cas, Store, Transaction};
use multihome_types::{Change, ChangeId, Destination, EntityKind, InstanceId, Route, RouteState, RouteTable, Timestamp};
use sea_orm::{
    ColumnTrait, DbErr, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait},
};

/// Writes what is right into the wrong routes of a table, in one transaction. Stale means that nothing was written.
pub(crate) async fn apply_corrections(store: &Store, table: &RouteTable, wrong: &[(&Route, Reviewed)], now: Timestamp) -> Result<Cas, DbErr> {
    if wrong.is_empty() {
        return Ok(Cas::Updated);
    }
    let mut txn = store.begin().await?;
    if touch_table(&txn, table).await? == Cas::Stale {
        txn.rollback().await?;
        return Ok(Cas::Stale);
    }
    for (right, destinations) in alike(wrong) {
        let (instance, instance_account) = right.instance.unzip();
        let count = destinations.len() as u64;
        let updated = route::Entity::update_many()
            .col_expr(route::Column::State, Expr::value(right.state))
            .col_expr(route::Column::Instance, Expr::value(instance))
            .col_expr(route::Column::InstanceAccount, Expr::value(instance_account))
            .filter(route::Column::RouteTable.eq(table.id))
            .filter(route::Column::Destination.is_in(destinations))
            .exec(txn.conn())
            .await?;
        if updated.rows_affected != count {
            txn.rollback().await?;
            return Ok(Cas::Stale);
        }
    }
    let why = sentence(wrong);
    txn.record(vec![change(table, why.clone(), now)]).await?;
    txn.commit().await?;
    tracing::info!(route_table.id = %table.id, vpc.id = %table.vpc, routes = wrong.len(), "Corrected routes of {}: {why}", table.id);
    Ok(Cas::Updated)
}

/// The destinations of routes that become the same: routes of one table mostly lead to few targets, and one statement writes all of a kind.
fn alike(wrong: &[(&Route, Reviewed)]) -> Vec<(Reviewed, Vec<Destination>)> {
    let mut kinds: Vec<(Reviewed, Vec<Destination>)> = Vec::new();
    for (stored, right) in wrong {
        match kinds.iter_mut().find(|(kind, _)| kind == right) {
            Some((_, destinations)) => destinations.push(stored.destination),
            None => kinds.push((*right, vec![stored.destination])),
        }
    }
    kinds
}

/// Counts the table's generation up if it is still the one that was read: a table changes when its routes do.
async fn touch_table(txn: &Transaction, read: &RouteTable) -> Result<Cas, DbErr> {
    let touched = route_table::Entity::update_many()
        .col_expr(route_table::Column::Generation, Expr::col(route_table::Column::Generation).add(1))
        .filter(route_table::Column::Id.eq(read.id))
        .filter(route_table::Column::Generation.eq(read.generation))
        .exec(txn.conn())
        .await?;
    Ok(Cas::from_rows(touched.rows_affected))
}

fn change(table: &RouteTable, why: String, now: Timestamp) -> Change {
    Change {
        id: ChangeId(0),
        entity: EntityKind::RouteTable,
        entity_id: table.id.to_string(),
        generation: table.generation.next(),
        account: table.account,
        region: table.region,
        what: "route-state-corrected".to_owned(),
        why,
        at: now,
        who: "route-workflow".to_owned(),
    }
}

/// How many routes a sentence names.
const NAMED: usize = 10;

/// For people: each route, what it was and what it is.
fn sentence(wrong: &[(&Route, Reviewed)]) -> String {
    let one = |(stored, right): &(&Route, Reviewed)| {
        let was = state(stored.state, stored.instance.map(|(id, _)| id));
        let is = state(right.state, right.instance.map(|(id, _)| id));
        format!("route {} to {} was {was} and is {is}", stored.destination, stored.target)
    };
    let mut text = wrong.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; ");
    if wrong.len() > NAMED {
        text.push_str(&format!("; and {} more", wrong.len() - NAMED));
    }
    text
}

fn state(state: RouteState, instance: Option<InstanceId>) -> String {
    instance.map_or_else(|| state.to_string(), |instance| format!("{state} on {instance}"))
}
