//! Who calls: finds the key that a request is signed with, wherever it may be known, and has the signature proven.
//!
//! The configuration comes first, then the keys in the database, then, in the embedded run only, the numbers of accounts.

use std::time::Instant;

use multihome_types::{AccountId, Timestamp};

use crate::{
    Api,
    accounts::Keyring,
    embedded::EVERYBODYS_SECRET,
    fault::Fault,
    signature::{self, Claim, Credential, Secret, SignedRequest},
};

/// Everybody who may call.
pub(crate) struct Callers(Option<Keyring>);

/// Somebody who called, proven.
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) credential: Credential,
}

impl Callers {
    pub(crate) fn new(keyring: Option<Keyring>) -> Self {
        Self(keyring)
    }

    /// # Errors
    /// Whatever [`signature::verify`] refuses; and a database that does not answer.
    pub(crate) async fn authenticate(&self, api: &Api, request: &SignedRequest<'_>, services: &[&str], now: Timestamp) -> Result<Caller, Fault> {
        let claim = Claim::read(request, services, now)?;
        let id = claim.access_key_id();
        if let Some((secret, account)) = api.settings.credentials.find(id) {
            return Ok(Caller { account, credential: signature::prove(&claim, &secret)? });
        }
        if let Some(keyring) = &self.0
            && let Some(key) = keyring.find(&api.store, id, Instant::now()).await?
        {
            let secret = Secret { secret_access_key: key.secret.to_string(), session_token: None };
            let credential = signature::prove(&claim, &secret)?;
            keyring.note_use(&api.store, id, &key, now).await;
            return Ok(Caller { account: key.account, credential });
        }
        if let Some(account) = api.embedded.as_ref().and_then(|embedded| embedded.account_of(id)) {
            let secret = Secret { secret_access_key: EVERYBODYS_SECRET.to_owned(), session_token: None };
            return Ok(Caller { account, credential: signature::prove(&claim, &secret)? });
        }
        Err(signature::unknown_credentials().into())
    }
}
