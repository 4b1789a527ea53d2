//! Table `quotas`.

use multihome_types::{AccountId, AccountQuota, QuotaName, Region};
use sea_orm::{
    IntoActiveModel, QueryOrder, QuerySelect, QueryTrait, Select,
    entity::prelude::*,
    sea_query::{Asterisk, Expr, Func, OnConflict, Query},
};

use crate::unreadable;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "quotas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub account: AccountId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub region: Region,
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: QuotaName,
    pub value: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for AccountQuota {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let value = u64::try_from(row.value).map_err(|why| unreadable("quotas", row.name, why))?;
        Ok(Self { account: row.account, region: row.region, name: row.name, value })
    }
}

/// What was set for an account; `None`: nothing.
pub async fn find<C: ConnectionTrait>(conn: &C, (account, region, name): (AccountId, Region, QuotaName)) -> Result<Option<u64>, DbErr> {
    let row = Entity::find_by_id((account, region, name)).one(conn).await?;
    Ok(row.map(AccountQuota::try_from).transpose()?.map(|quota| quota.value))
}

/// Everything that was set for an account in a region.
pub async fn of_account<C: ConnectionTrait>(conn: &C, account: AccountId, region: Region) -> Result<Vec<AccountQuota>, DbErr> {
    let rows = Entity::find().filter(Column::Account.eq(account)).filter(Column::Region.eq(region)).order_by_asc(Column::Name);
    rows.all(conn).await?.into_iter().map(AccountQuota::try_from).collect()
}

pub async fn set<C: ConnectionTrait>(conn: &C, quota: &AccountQuota) -> Result<(), DbErr> {
    let value = i64::try_from(quota.value).map_err(|why| unreadable("quotas", quota.name, why))?;
    let row = Model { account: quota.account, region: quota.region, name: quota.name, value };
    let replace = OnConflict::columns([Column::Account, Column::Region, Column::Name]).update_column(Column::Value).to_owned();
    Entity::insert(row.into_active_model().reset_all()).on_conflict(replace).exec_without_returning(conn).await.map(drop)
}

/// Whether there was anything to take back.
pub async fn reset<C: ConnectionTrait>(conn: &C, (account, region, name): (AccountId, Region, QuotaName)) -> Result<bool, DbErr> {
    Ok(Entity::delete_by_id((account, region, name)).exec(conn).await?.rows_affected == 1)
}

/// How many rows a select has, up to so many: what is counted is never more than what is allowed.
pub async fn count_up_to<E: EntityTrait<Model: Sync>, C: ConnectionTrait>(conn: &C, select: Select<E>, most: u64) -> Result<u64, DbErr> {
    let some = select.select_only().expr_as(Expr::val(1), "one").limit(most).into_query();
    let count = Query::select().expr_as(Func::count(Expr::col(Asterisk)), "present").from_subquery(some, "some").to_owned();
    let present: i64 = conn.query_one(&count).await?.map(|row| row.try_get("", "present")).transpose()?.unwrap_or_default();
    Ok(u64::try_from(present).unwrap_or_default())
}
