//! A virtual private cloud.

use crate::{AccountId, Cidr, Generation, Region, Timestamp, VpcId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    pub id: VpcId,
    pub account: AccountId,
    pub region: Region,
    pub cidr: Cidr,
    pub is_default: bool,
    /// Instances get private DNS names.
    pub dns_hostnames: bool,
    pub created: Timestamp,
    pub generation: Generation,
}
