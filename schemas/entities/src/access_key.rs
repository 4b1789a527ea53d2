//! Table `access_keys`: the keys of accounts, their secrets sealed.

use multihome_types::{AccessKeyStatus, AccountId, Timestamp};
use sea_orm::entity::prelude::*;

/// `Debug` is no danger: without the master key, what is sealed says nothing.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "access_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub account: AccountId,
    pub sealed_secret: String,
    pub status: AccessKeyStatus,
    pub created: Timestamp,
    /// To the hour: noting it must not cost a write for every request.
    pub last_used: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
