//! Tags on resources.

use crate::{AccountId, Region};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    pub account: AccountId,
    pub region: Region,
    /// The id of the resource, whatever its kind.
    pub resource: String,
    pub key: String,
    pub value: String,
}
