//! A subnet: one block of a VPC in one zone.

use crate::{AccountId, Cidr, Generation, Region, SubnetId, Timestamp, VpcId, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    pub id: SubnetId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub cidr: Cidr,
    pub created: Timestamp,
    pub generation: Generation,
}
