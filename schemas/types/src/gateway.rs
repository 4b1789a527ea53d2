//! Gateways: what a VPC reaches the world by.

use crate::{AccountId, Generation, InternetGatewayId, Region, Timestamp, VpcId};

/// The door of a VPC to the internet. It is attached to one VPC or to none, and a VPC has one or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InternetGateway {
    pub id: InternetGatewayId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: Option<VpcId>,
    pub created: Timestamp,
    pub generation: Generation,
}
