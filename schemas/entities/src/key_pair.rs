//! Table `key_pairs`.

use multihome_types::{AccountId, Generation, KeyKind, KeyPair, KeyPairId, Region, Timestamp};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "key_pairs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: KeyPairId,
    pub account: AccountId,
    pub region: Region,
    pub name: String,
    pub kind: KeyKind,
    pub fingerprint: String,
    pub public_key: String,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for KeyPair {
    fn from(row: Model) -> Self {
        let Model { id, account, region, name, kind, fingerprint, public_key, created, generation } = row;
        Self { id, account, region, name, kind, fingerprint, public_key, created, generation }
    }
}

impl From<KeyPair> for Model {
    fn from(pair: KeyPair) -> Self {
        let KeyPair { id, account, region, name, kind, fingerprint, public_key, created, generation } = pair;
        Self { id, account, region, name, kind, fingerprint, public_key, created, generation }
    }
}

/// The pair of a name.
pub async fn named<C: ConnectionTrait>(conn: &C, account: AccountId, region: Region, name: &str) -> Result<Option<KeyPair>, DbErr> {
    let of_account = Entity::find().filter(Column::Account.eq(account)).filter(Column::Region.eq(region));
    Ok(of_account.filter(Column::Name.eq(name)).one(conn).await?.map(KeyPair::from))
}
