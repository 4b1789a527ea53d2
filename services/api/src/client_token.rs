//! Creates that may be sent twice: `ClientToken`.
//!
//! The same token with the same parameters gives what was made the first time, with others `IdempotentParameterMismatch`. What makes
//! that safe when two calls race is the primary key of `client_tokens`, in the transaction of the create: of two only one can write it.
//! The other one rolls back and answers with what the first has made.
//!
//! An operation looks before it begins ([`ClientToken::gather`]), and claims the token before it commits ([`ClientToken::apply`]).

use std::fmt::Debug;

use multihome_ec2::Ec2Error;
use multihome_entities::client_token::{Column, Entity, Model};
use multihome_runtime::Transaction;
use multihome_types::{AccountId, Region, Timestamp};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryTrait, sea_query::OnConflict};
use sha2::{Digest, Sha256};

use crate::{call::Call, fault::Fault};

/// The token of one request, or none: then nothing is looked for and nothing is claimed.
#[derive(Clone, Debug)]
pub(crate) struct ClientToken {
    account: AccountId,
    region: Region,
    at: Timestamp,
    action: &'static str,
    token: Option<String>,
    /// Of the request; empty where there is no token.
    fingerprint: String,
}

/// What EC2 documents.
const LONGEST: usize = 64;

impl ClientToken {
    /// `request` is the request without its token.
    ///
    /// # Errors
    /// `InvalidParameterValue` for a token that is too long or not ASCII.
    pub(crate) fn parse(call: &Call, action: &'static str, token: Option<&str>, request: &impl Debug) -> Result<Self, Ec2Error> {
        let token = token.filter(|token| !token.is_empty());
        if let Some(token) = token
            && (token.len() > LONGEST || !token.is_ascii())
        {
            let why = format!("A client token has up to {LONGEST} ASCII characters.");
            return Err(Ec2Error::invalid_parameter_value("ClientToken", token, &why));
        }
        let fingerprint = || Sha256::digest(format!("{request:?}")).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            account: call.account,
            region: call.region,
            at: call.now,
            action,
            fingerprint: token.map(|_| fingerprint()).unwrap_or_default(),
            token: token.map(str::to_owned),
        })
    }

    /// The id of what this token made before.
    ///
    /// # Errors
    /// `IdempotentParameterMismatch`.
    pub(crate) async fn gather<C: ConnectionTrait>(&self, conn: &C) -> Result<Option<String>, Fault> {
        let Some(token) = &self.token else { return Ok(None) };
        let key = (self.account, self.region, self.action.to_owned(), token.clone());
        let Some(row) = Entity::find_by_id(key).one(conn).await? else { return Ok(None) };
        if row.fingerprint == self.fingerprint {
            return Ok(Some(row.resource));
        }
        let message = format!(
            "The client token '{token}' was used before, with other parameters. A request that is sent again has to be the same in every \
             parameter."
        );
        Err(Ec2Error::new("IdempotentParameterMismatch", message).into())
    }

    /// Claims the token for what this transaction makes. False: another call was first, and this transaction must be rolled back; then
    /// [`Self::gather`] finds what that call has made.
    pub(crate) async fn apply(&self, transaction: &Transaction, resource: &str) -> Result<bool, Fault> {
        Self::apply_all(transaction, [(self, resource.to_owned())]).await
    }

    /// As [`Self::apply`], for all that one transaction makes.
    pub(crate) async fn apply_all<'t>(transaction: &Transaction, made: impl IntoIterator<Item = (&'t Self, String)>) -> Result<bool, Fault> {
        let mut rows: Vec<Model> = made.into_iter().filter_map(|(token, resource)| token.row(resource)).collect();
        if rows.is_empty() {
            return Ok(true);
        }
        // In one order everywhere: two who claim the same ones do not wait for each other.
        rows.sort_unstable_by(|one, other| one.token.cmp(&other.token));
        let wanted = rows.len() as u64;
        let key = [Column::Account, Column::Region, Column::Action, Column::Token];
        let insert = Entity::insert_many(rows.into_iter().map(|row| row.into_active_model().reset_all()));
        let insert = insert.on_conflict(OnConflict::columns(key).do_nothing().to_owned());
        Ok(transaction.conn().execute(insert.as_query()).await?.rows_affected() == wanted)
    }

    fn row(&self, resource: String) -> Option<Model> {
        let token = self.token.as_ref()?;
        Some(Model {
            account: self.account,
            region: self.region,
            action: self.action.to_owned(),
            token: token.clone(),
            fingerprint: self.fingerprint.clone(),
            resource,
            at: self.at,
        })
    }
}
