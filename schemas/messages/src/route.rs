//! Routes whose stored state is wrong, found while composing a broadcast.

use multihome_types::{RouteTableId, VpcId};
use serde::{Deserialize, Serialize};

use crate::Message;

/// A hint to look at these tables of a VPC: what is right is computed again from the database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteStateInvalidated {
    pub vpc: VpcId,
    pub tables: Vec<RouteTableId>,
}

impl Message for RouteStateInvalidated {
    const NAME: &'static str = "route-state-invalidated";
}
