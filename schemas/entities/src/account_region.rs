//! Table `account_regions`. A row says that the account was given a default VPC in the region: it is not given another one.

use multihome_types::{AccountId, Region, Timestamp};
use sea_orm::{IntoActiveModel, QueryTrait, entity::prelude::*, sea_query::OnConflict};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "account_regions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: Region,
    pub since: Timestamp,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Answers whether it was not there yet. Of two that try at once, one waits until the other one's transaction has ended.
pub async fn claim<C: ConnectionTrait>(conn: &C, row: Model) -> Result<bool, DbErr> {
    let keep = OnConflict::columns([Column::Account, Column::Region]).do_nothing().to_owned();
    let insert = Entity::insert(row.into_active_model().reset_all()).on_conflict(keep);
    Ok(conn.execute(insert.as_query()).await?.rows_affected() == 1)
}
