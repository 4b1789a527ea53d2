//! The state of a route: THE one predicate.
//!
//! Composing a broadcast asks it to find routes whose stored state is wrong, and route-workflow asks it what to store
//! instead. Two copies of this rule, as the seed had them, disagree sooner or later, and then the same route is reported for
//! ever. Deliberately absent: how the facts are found. A broadcast looks into its [`crate::world::World`], the workflow
//! reads rows.

use multihome_types::{AccountId, Destination, InstanceId, InstanceState, Route, RouteState, RouteTableId, VpcId};

/// Which route: the table's VPC is part of it because that is what the event's subject names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteKey {
    pub vpc: VpcId,
    pub route_table: RouteTableId,
    pub destination: Destination,
}

/// What is known about the target of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetFacts {
    Local,
    /// `None`: the interface is not attached, or there is no such interface.
    Interface(Option<AttachedTo>),
    /// The VPC that the gateway is attached to; `None`: to none, or there is no such gateway.
    InternetGateway(Option<VpcId>),
    /// Whether the gateway exists and is `available`.
    NatGateway {
        available: bool,
    },
}

/// The instance that an interface has an attachment to, whatever the state of that attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachedTo {
    pub instance: InstanceId,
    pub account: AccountId,
    /// `None`: there is no such instance.
    pub state: Option<InstanceState>,
}

/// What a route's state and its derived instance have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reviewed {
    pub state: RouteState,
    pub instance: Option<(InstanceId, AccountId)>,
}

/// The state of a route in a table of `vpc`.
///
/// - `local` is active.
/// - An interface's route is active while the interface is attached to a running instance. The status of the attachment
///   does not matter. The derived instance is that of the attachment, also while the instance is stopped.
/// - An internet gateway's route is active while the gateway is attached to this VPC, not just to any.
/// - A NAT gateway's route is active while the gateway is available.
pub fn review(vpc: VpcId, facts: TargetFacts) -> Reviewed {
    let (active, instance) = match facts {
        TargetFacts::Local => (true, None),
        TargetFacts::Interface(None) => (false, None),
        TargetFacts::Interface(Some(to)) => (to.state == Some(InstanceState::Running), Some((to.instance, to.account))),
        TargetFacts::InternetGateway(attached_to) => (attached_to == Some(vpc), None),
        TargetFacts::NatGateway { available } => (available, None),
    };
    Reviewed { state: if active { RouteState::Active } else { RouteState::Blackhole }, instance }
}

/// Whether the stored state or the stored instance is wrong. Comparing only the state would leave a route on the instance
/// that its interface was on before.
pub fn is_invalid(stored: &Route, reviewed: Reviewed) -> bool {
    stored.state != reviewed.state || stored.instance != reviewed.instance
}

#[cfg(test)]
mod tests;
