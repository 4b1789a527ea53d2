//! A key pair: the public half, by the name that launches use.

use crate::{AccountId, Generation, KeyPairId, Region, Timestamp};

crate::text::text_enum! {
    pub enum KeyKind {
        Rsa = "rsa",
        Ed25519 = "ed25519",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    pub id: KeyPairId,
    pub account: AccountId,
    pub region: Region,
    /// Unique among those of its account and region.
    pub name: String,
    pub kind: KeyKind,
    /// As EC2 computes it, which depends on where the key comes from.
    pub fingerprint: String,
    /// In OpenSSH's form, with the pair's name as comment.
    pub public_key: String,
    pub created: Timestamp,
    pub generation: Generation,
}
