//! What a VPC comes with, and which security groups and routes may be made in one.
//!
//! A VPC is never without its main route table, which has the local route, and its group `default`, whose members may talk to each
//! other and to everybody outside (Terraform reads both right after it has made a VPC). Blocks are [`crate::allocation`]'s, the state of
//! a route is [`crate::route`]'s. Deliberately absent: quotas, but for the routes of a table, whose number a broadcast depends on.

use multihome_types::{
    AccountId, Cidr, Destination, GroupId, GroupRule, GroupRuleId, InstanceId, Interface, InterfaceId, InternetGatewayId, NatGatewayId, Refusal,
    Route, RouteOrigin, RouteState, RouteTable, RouteTableId, RouteTarget, RulePeer, VpcId,
};

use crate::refusals;

#[cfg(test)]
mod tests;

pub fn vpc_not_found(id: VpcId) -> Refusal {
    Refusal::new("InvalidVpcID.NotFound", format!("The vpc ID '{id}' does not exist"))
}

pub fn route_table_not_found(id: RouteTableId) -> Refusal {
    Refusal::new("InvalidRouteTableID.NotFound", format!("The routeTable ID '{id}' does not exist"))
}

/// The route that every table of a VPC has for each block of it.
pub fn local_route(block: impl Into<Destination>) -> Route {
    Route { destination: block.into(), target: RouteTarget::Local, origin: RouteOrigin::CreateRouteTable, state: RouteState::Active, instance: None }
}

/// The name of the group that a VPC comes with and that interfaces are in that name no other.
pub const DEFAULT_GROUP: &str = "default";
pub const DEFAULT_GROUP_DESCRIPTION: &str = "default VPC security group";

/// Everything to everywhere: what a new group allows.
pub fn egress_to_all(id: GroupRuleId) -> GroupRule {
    GroupRule { id, egress: true, protocol: -1, from_port: None, to_port: None, peer: RulePeer::Cidr(Cidr::everything()), description: None }
}

/// Everything from the group's own members: what only the default group allows from the beginning.
pub fn ingress_from_itself(id: GroupRuleId, group: GroupId, account: AccountId) -> GroupRule {
    GroupRule { id, egress: false, protocol: -1, from_port: None, to_port: None, peer: RulePeer::Group { id: group, account }, description: None }
}

const LONGEST_NAME: usize = 255;
/// Besides letters, digits and the space: what EC2 lists for groups of a VPC.
const NAME_MARKS: &str = "._-:/()#,@[]+=&;{}!$*";

/// CreateSecurityGroup: whether a group may be called and described so.
pub fn check_group(name: &str, description: &str) -> Result<(), Refusal> {
    for (what, parameter, text) in [("name", "GroupName", name), ("description", "GroupDescription", description)] {
        if text.is_empty() {
            return Err(refusals::missing_parameter(format!("The request must contain the parameter {parameter}")));
        }
        let allowed = |character: char| character.is_ascii_alphanumeric() || character == ' ' || NAME_MARKS.contains(character);
        if text.chars().count() > LONGEST_NAME || !text.chars().all(allowed) {
            return Err(refusals::invalid_value(format!(
                "Value for parameter {parameter} is invalid: a group's {what} has up to {LONGEST_NAME} characters: letters, digits, spaces \
                 and {NAME_MARKS}"
            )));
        }
    }
    if name.eq_ignore_ascii_case(DEFAULT_GROUP) {
        return Err(refusals::invalid_value("Cannot use reserved security group name: default"));
    }
    if name.starts_with("sg-") {
        return Err(refusals::invalid_value("Value for parameter GroupName is invalid: group names may not be in the format sg-*"));
    }
    Ok(())
}

pub fn group_exists(name: &str, vpc: VpcId) -> Refusal {
    Refusal::new("InvalidGroup.Duplicate", format!("The security group '{name}' already exists for VPC '{vpc}'"))
}

/// DeleteSecurityGroup: the default group stays as long as its VPC, and one that an interface or another group's rule uses is needed.
pub fn check_group_deletable(id: GroupId, name: &str, used: bool) -> Result<(), Refusal> {
    if name == DEFAULT_GROUP {
        return Err(Refusal::new("CannotDelete", format!("the specified group: \"{id}\" name: \"{name}\" cannot be deleted by a user")));
    }
    if used {
        return Err(refusals::dependency_violation(format!("resource {id} has a dependent object")));
    }
    Ok(())
}

/// The targets a caller named for a route, as texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetsAsked<'a> {
    pub gateway: Option<&'a str>,
    pub nat_gateway: Option<&'a str>,
    pub instance: Option<InstanceId>,
    pub interface: Option<InterfaceId>,
}

/// What a route is to lead to, as the caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetAsked {
    Interface(InterfaceId),
    /// The one interface that the instance has.
    Instance(InstanceId),
}

/// Of the targets exactly one. Gateways do not exist here yet, so naming one names nothing.
pub fn select_target(asked: &TargetsAsked<'_>) -> Result<TargetAsked, Refusal> {
    let TargetsAsked { gateway, nat_gateway, instance, interface } = *asked;
    let count =
        usize::from(gateway.is_some()) + usize::from(nat_gateway.is_some()) + usize::from(instance.is_some()) + usize::from(interface.is_some());
    if count > 1 {
        return Err(refusals::invalid_combination("A route has one target: GatewayId, NatGatewayId, InstanceId or NetworkInterfaceId"));
    }
    if let Some(text) = gateway {
        return Err(gateway_refused(text));
    }
    if let Some(text) = nat_gateway {
        return Err(match text.parse::<NatGatewayId>() {
            Ok(id) => Refusal::new("NatGatewayNotFound", format!("The NAT gateway '{id}' does not exist")),
            Err(_) => Refusal::new("NatGatewayMalformed", format!("Invalid id: \"{}\" (expecting \"nat-...\")", brief(text))),
        });
    }
    match (instance, interface) {
        (Some(instance), _) => Ok(TargetAsked::Instance(instance)),
        (None, Some(interface)) => Ok(TargetAsked::Interface(interface)),
        (None, None) => Err(refusals::missing_parameter(
            "The request must contain one of the parameters GatewayId, NatGatewayId, InstanceId and NetworkInterfaceId",
        )),
    }
}

fn gateway_refused(text: &str) -> Refusal {
    match text.parse::<InternetGatewayId>() {
        Ok(id) => Refusal::new("InvalidInternetGatewayID.NotFound", format!("The internetGateway ID '{id}' does not exist")),
        Err(_) if text == "local" => refusals::invalid_value("The local route of a route table is the one it was made with: no other can be added"),
        Err(_) => Refusal::new("InvalidGatewayID.NotFound", format!("The gateway ID '{}' does not exist", brief(text))),
    }
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}

/// A route by instance is a route by its interface: it has to have exactly one, attached or on its way.
pub fn sole_interface(instance: InstanceId, attached: &[InterfaceId]) -> Result<InterfaceId, Refusal> {
    match attached {
        [interface] => Ok(*interface),
        [] => Err(Refusal::new("InvalidInstanceID", format!("There are no interfaces attached to instance '{instance}'."))),
        _ => Err(Refusal::new(
            "InvalidInstanceID",
            format!("There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead."),
        )),
    }
}

/// Routes of one table, the local one included.
pub const MOST_ROUTES: usize = 50;

/// CreateRoute: whether a route to this interface may be added to a table. Its state is for [`crate::route::review`] to say.
pub fn check_route(table: &RouteTable, destination: Destination, target: &Interface) -> Result<(), Refusal> {
    if target.vpc != table.vpc {
        return Err(refusals::invalid_value(format!("route table {} and interface {} belong to different networks", table.id, target.id)));
    }
    if table.routes.iter().any(|route| route.destination == destination) {
        return Err(Refusal::new("RouteAlreadyExists", format!("The route identified by {destination} already exists.")));
    }
    if table.routes.len() >= MOST_ROUTES {
        let message = format!("The maximum number of routes in a route table, {MOST_ROUTES}, has been reached for {}.", table.id);
        return Err(Refusal::new("RouteLimitExceeded", message));
    }
    Ok(())
}
