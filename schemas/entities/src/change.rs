//! Table `changes`: the change log, written in the transaction that makes the change.

use multihome_types::{AccountId, Change, ChangeId, EntityKind, Generation, Region, Timestamp};
use sea_orm::{Statement, Value, entity::prelude::*};

use crate::place;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "changes")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub entity: EntityKind,
    pub entity_id: String,
    pub generation: Generation,
    pub account: AccountId,
    pub region: Region,
    pub what: String,
    pub why: String,
    pub at: Timestamp,
    pub who: String,
    pub traceparent: Option<String>,
    pub sent: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Change {
    fn from(row: Model) -> Self {
        Self {
            id: ChangeId(row.id),
            entity: row.entity,
            entity_id: row.entity_id,
            generation: row.generation,
            account: row.account,
            region: row.region,
            what: row.what,
            why: row.why,
            at: row.at,
            who: row.who,
        }
    }
}

/// Writes changes, each with the trace it belongs to, and gives them their numbers. One statement.
pub async fn append<C: ConnectionTrait>(conn: &C, changes: &mut [(Change, Option<String>)]) -> Result<(), DbErr> {
    if changes.is_empty() {
        return Ok(());
    }
    let backend = conn.get_database_backend();
    let mut sql = String::from("INSERT INTO changes (entity, entity_id, generation, account, region, what, why, at, who, traceparent) VALUES ");
    let mut values: Vec<Value> = Vec::with_capacity(changes.len() * 10);
    for (row, (change, traceparent)) in changes.iter().enumerate() {
        let places: Vec<String> = (row * 10 + 1..=row * 10 + 10).map(|number| place(backend, number)).collect();
        sql.push_str(if row == 0 { "(" } else { ", (" });
        sql.push_str(&places.join(", "));
        sql.push(')');
        values.extend([
            change.entity.into(),
            change.entity_id.clone().into(),
            change.generation.into(),
            change.account.into(),
            change.region.into(),
            change.what.clone().into(),
            change.why.clone().into(),
            change.at.into(),
            change.who.clone().into(),
            traceparent.clone().into(),
        ]);
    }
    sql.push_str(" RETURNING id");
    let rows = conn.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    // The order of returned rows is not promised; numbers of one statement rise, so the sorted ones belong to the rows in order.
    let mut ids = rows.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
    ids.sort_unstable();
    for ((change, _), id) in changes.iter_mut().zip(ids) {
        change.id = ChangeId(id);
    }
    Ok(())
}
