//! Who calls: finds the key that a request is signed with, wherever it may be known, and has the signature proven.
//!
//! The configuration comes first, then the keys in the database.

use std::time::Instant;

use multihome_runtime::Store;
use multihome_types::{AccountId, Timestamp};

use crate::{
    accounts::Keyring,
    credentials::Credentials,
    fault::Fault,
    signature::{self, Claim, Credential, Secret, SignedRequest},
};

/// Everybody who may call.
pub(crate) struct Callers {
    configured: Credentials,
    keyring: Option<Keyring>,
}

/// Somebody who called, proven.
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) credential: Credential,
}

impl Callers {
    pub(crate) fn new(configured: Credentials, keyring: Option<Keyring>) -> Self {
        Self { configured, keyring }
    }

    /// # Errors
    /// Whatever [`signature::verify`] refuses; and a database that does not answer.
    pub(crate) async fn authenticate(&self, request: &SignedRequest<'_>, services: &[&str], store: &Store, now: Timestamp) -> Result<Caller, Fault> {
        let claim = Claim::read(request, services, now)?;
        let id = claim.access_key_id();
        if let Some((secret, account)) = self.configured.find(id) {
            return Ok(Caller { account, credential: signature::prove(&claim, &secret)? });
        }
        if let Some(keyring) = &self.keyring
            && let Some(key) = keyring.find(store, id, Instant::now()).await?
        {
            let secret = Secret { secret_access_key: key.secret.to_string(), session_token: None };
            let credential = signature::prove(&claim, &secret)?;
            keyring.note_use(store, id, &key, now).await;
            return Ok(Caller { account: key.account, credential });
        }
        Err(signature::unknown_credentials().into())
    }
}
