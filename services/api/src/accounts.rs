//! Accounts and their access keys, as an operator makes them and takes them away (`multihome account`, `multihome key`).
//!
//! A secret is told once, by [`create_key`], and is sealed in the database from then on ([`MasterKey`]). Requests look keys up through the
//! `keyring`. The keys of the configuration are none of these: they have no row, and nothing here shows or changes them.

mod holdings;
mod keyring;
mod master_key;

use multihome_entities::{access_key, account, account_region, client_token, quota, request};
use multihome_runtime::{Store, Transaction, now, random_bits};
use multihome_types::{AccessKeyStatus, AccountId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    sea_query::{Expr, OnConflict},
};

pub(crate) use keyring::Keyring;
pub use master_key::{MasterKey, MasterKeyArgs};

use crate::reset::apply_forbidden;

/// Why an operator's wish about an account was not done.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is an account {0} already")]
    Exists(AccountId),
    #[error("there is no account {0}")]
    NoAccount(AccountId),
    #[error("there is no access key {0}; those of the configuration are changed there")]
    NoKey(String),
    #[error("account {account} still has {holdings}; delete them first, as the account itself can")]
    Holds { account: AccountId, holdings: String },
    #[error("the database failed: {0}")]
    Store(#[from] DbErr),
}

/// An access key at the only moment at which its secret is known. Not `Debug`, so that it is never logged.
pub struct NewKey {
    pub id: String,
    pub secret: String,
}

/// The longest name of an account.
pub const LONGEST_NAME: usize = 64;

/// Makes an account: of a number, or of one that nobody has.
///
/// # Errors
/// [`AccountError::Exists`].
pub async fn create(store: &Store, id: Option<AccountId>, name: &str) -> Result<AccountId, AccountError> {
    loop {
        let chosen = id.unwrap_or_else(random_account);
        let transaction = store.begin().await?;
        let made = insert(&transaction, chosen, name).await?;
        transaction.commit().await?;
        match (made, id) {
            (true, _) => return Ok(chosen),
            (false, Some(id)) => return Err(AccountError::Exists(id)),
            (false, None) => {}
        }
    }
}

/// Makes an account that somebody uses already, unless it is there.
pub(crate) async fn come_into_being(store: &Store, id: AccountId) -> Result<(), DbErr> {
    if account::Entity::find_by_id(id).one(store.reader()).await?.is_none() {
        let transaction = store.begin().await?;
        insert(&transaction, id, "").await?;
        transaction.commit().await?;
    }
    Ok(())
}

/// Answers whether it was made: it may be there already.
async fn insert(transaction: &Transaction, id: AccountId, name: &str) -> Result<bool, DbErr> {
    let row = account::Model { id, name: name.to_owned(), created: now() }.into_active_model().reset_all();
    let keep = OnConflict::column(account::Column::Id).do_nothing().to_owned();
    Ok(account::Entity::insert(row).on_conflict(keep).exec_without_returning(transaction.conn()).await? == 1)
}

/// Every account, by number.
pub async fn list(store: &Store) -> Result<Vec<account::Model>, AccountError> {
    Ok(account::Entity::find().order_by_asc(account::Column::Id).all(store.reader()).await?)
}

/// Deletes an account and its keys. Its resources are not deleted in passing: whoever looks for them later would not find a reason.
///
/// The keys go first, and the rest when no endpoint believes them any more: what the account was about to make is noticed, and the account
/// stays for somebody to take it away.
///
/// # Errors
/// [`AccountError::NoAccount`], [`AccountError::Holds`].
pub async fn delete(store: &Store, id: AccountId) -> Result<(), AccountError> {
    let transaction = store.begin().await?;
    check_empty(&transaction, id).await?;
    access_key::Entity::delete_many().filter(access_key::Column::Account.eq(id)).exec(transaction.conn()).await?;
    transaction.commit().await?;
    // Also where there was none: it may have been deleted a moment ago.
    tokio::time::sleep(keyring::BELIEVED_FOR * 2).await;
    let mut transaction = store.begin().await?;
    check_empty(&transaction, id).await?;
    // Whoever gets the number after it begins with a default VPC, and with nothing that was permitted or answered to this one.
    let conn = transaction.conn();
    quota::Entity::delete_many().filter(quota::Column::Account.eq(id)).exec(conn).await?;
    account_region::Entity::delete_many().filter(account_region::Column::Account.eq(id)).exec(conn).await?;
    client_token::Entity::delete_many().filter(client_token::Column::Account.eq(id)).exec(conn).await?;
    request::Entity::delete_many().filter(request::Column::Scope.eq(id.to_string())).exec(conn).await?;
    access_key::Entity::delete_many().filter(access_key::Column::Account.eq(id)).exec(conn).await?;
    account::Entity::delete_by_id(id).exec(conn).await?;
    apply_forbidden(&mut transaction, id).await?;
    transaction.commit().await?;
    Ok(())
}

async fn check_empty(transaction: &Transaction, id: AccountId) -> Result<(), AccountError> {
    if account::Entity::find_by_id(id).one(transaction.conn()).await?.is_none() {
        return Err(AccountError::NoAccount(id));
    }
    let holdings = holdings::gather(transaction.conn(), id).await?;
    if holdings.is_empty() { Ok(()) } else { Err(AccountError::Holds { account: id, holdings: holdings.join(", ") }) }
}

/// Makes an access key of an account. The secret is in the answer and nowhere else.
///
/// # Errors
/// [`AccountError::NoAccount`].
pub async fn create_key(store: &Store, master: &MasterKey, account: AccountId) -> Result<NewKey, AccountError> {
    let key = NewKey { id: format!("AKIA{}", random_text(KEY_DIGITS, 16)), secret: random_text(SECRET_DIGITS, 40) };
    let transaction = store.begin().await?;
    if account::Entity::find_by_id(account).one(transaction.conn()).await?.is_none() {
        return Err(AccountError::NoAccount(account));
    }
    let sealed_secret = master.seal(&key.secret, &key.id, account);
    let row = access_key::Model { id: key.id.clone(), account, sealed_secret, status: AccessKeyStatus::Active, created: now(), last_used: None };
    access_key::Entity::insert(row.into_active_model().reset_all()).exec_without_returning(transaction.conn()).await?;
    transaction.commit().await?;
    Ok(key)
}

/// The keys of an account, or of all.
pub async fn list_keys(store: &Store, account: Option<AccountId>) -> Result<Vec<access_key::Model>, AccountError> {
    let mut keys = access_key::Entity::find().order_by_asc(access_key::Column::Account).order_by_asc(access_key::Column::Created);
    if let Some(account) = account {
        keys = keys.filter(access_key::Column::Account.eq(account));
    }
    Ok(keys.order_by_asc(access_key::Column::Id).all(store.reader()).await?)
}

/// Lets a key be used, or not any more. Every endpoint keeps to it within a second.
///
/// # Errors
/// [`AccountError::NoKey`].
pub async fn set_key_status(store: &Store, id: &str, status: AccessKeyStatus) -> Result<(), AccountError> {
    let transaction = store.begin().await?;
    let updated = access_key::Entity::update_many()
        .col_expr(access_key::Column::Status, Expr::value(status))
        .filter(access_key::Column::Id.eq(id))
        .exec(transaction.conn())
        .await?;
    transaction.commit().await?;
    if updated.rows_affected == 1 { Ok(()) } else { Err(AccountError::NoKey(id.to_owned())) }
}

/// Deletes a key. Every endpoint keeps to it within a second.
///
/// # Errors
/// [`AccountError::NoKey`].
pub async fn delete_key(store: &Store, id: &str) -> Result<(), AccountError> {
    let transaction = store.begin().await?;
    let deleted = access_key::Entity::delete_by_id(id.to_owned()).exec(transaction.conn()).await?;
    transaction.commit().await?;
    if deleted.rows_affected == 1 { Ok(()) } else { Err(AccountError::NoKey(id.to_owned())) }
}

/// Of the digits that EC2's key ids have.
const KEY_DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Numbers of twelve digits that begin with none: an account that looks short is taken for a mistake.
fn random_account() -> AccountId {
    let number = 100_000_000_000 + random_bits() % 900_000_000_000;
    number.to_string().parse().expect("twelve digits are an account")
}

/// The number of digits is a power of two, so that each is as likely as any other.
fn random_text(digits: &[u8], length: usize) -> String {
    let count = u128::try_from(digits.len()).unwrap_or(1);
    let digit = |_| digits.get(usize::try_from(random_bits() % count).unwrap_or(0)).map_or('A', |digit| char::from(*digit));
    (0..length).map(digit).collect()
}

#[cfg(test)]
mod tests;
