//! Who calls, where, and when: what an operation knows besides its parameters.

use std::fmt::Display;

use multihome_types::{AccountId, Change, ChangeId, EntityKind, Generation, Region, Timestamp};

/// One request whose signature was good.
#[derive(Clone, Debug)]
pub struct Call {
    pub account: AccountId,
    pub region: Region,
    pub request_id: String,
    pub now: Timestamp,
}

impl Call {
    /// A row for the change log: `what` is a word, `why` a sentence.
    pub(crate) fn change(&self, of: (EntityKind, impl Display, Generation), what: &str, why: impl Into<String>) -> Change {
        self.change_of(self.account, of, what, why)
    }

    /// Of something that may be another account's: what is done here changes it too.
    pub(crate) fn change_of(&self, owner: AccountId, of: (EntityKind, impl Display, Generation), what: &str, why: impl Into<String>) -> Change {
        let (entity, id, generation) = of;
        Change {
            id: ChangeId(0),
            entity,
            entity_id: id.to_string(),
            generation,
            account: owner,
            region: self.region,
            what: what.to_owned(),
            why: why.into(),
            at: self.now,
            who: format!("api for account {}, request {}", self.account, self.request_id),
        }
    }
}
