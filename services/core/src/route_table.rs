//! Route tables and routes: which may be made, changed and deleted, and which table a subnet has.
//!
//! The order of the checks is EC2's: what a request says by itself, then whether what it names is there, then whether the table has
//! room and the target fits. The state of a route is [`crate::route`]'s. Deliberately absent: the targets, destinations and associations
//! that need something this system has not (transit gateways, prefix lists, edge associations, …); they are refused by their name.

use multihome_types::{
    Cidr, Destination, InstanceId, Interface, InterfaceId, InternetGateway, InternetGatewayId, Ipv6Cidr, NatGateway, NatGatewayId, NatGatewayState,
    QuotaName, Refusal, Route, RouteTable, RouteTableAssociationId, RouteTableId, RouteTarget, Subnet, VpcId,
};

use crate::{quota::exceeded, refusals, vpc::still_used_by};

#[cfg(test)]
mod tests;

/// Where a NAT gateway leads to from IPv6: what it translates (RFC 6052).
const TRANSLATED: &str = "64:ff9b::/96";

/// The destinations a caller named for a route.
#[derive(Clone, Copy, Debug, Default)]
pub struct DestinationsAsked {
    pub ipv4: Option<Cidr>,
    pub ipv6: Option<Ipv6Cidr>,
}

/// Of the destinations exactly one.
pub fn select_destination(asked: DestinationsAsked) -> Result<Destination, Refusal> {
    match (asked.ipv4, asked.ipv6) {
        (Some(block), None) => Ok(block.into()),
        (None, Some(block)) => Ok(block.into()),
        (Some(_), Some(_)) => Err(refusals::invalid_combination("A route has one destination: DestinationCidrBlock or DestinationIpv6CidrBlock")),
        (None, None) => Err(refusals::missing_parameter("The request must contain the parameter DestinationCidrBlock or DestinationIpv6CidrBlock")),
    }
}

/// The targets a caller named for a route. A gateway is a text, because there are several kinds of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct TargetsAsked<'a> {
    pub gateway: Option<&'a str>,
    pub nat_gateway: Option<NatGatewayId>,
    pub instance: Option<InstanceId>,
    pub interface: Option<InterfaceId>,
}

/// What a route is to lead to, as the caller says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetAsked {
    InternetGateway(InternetGatewayId),
    NatGateway(NatGatewayId),
    Interface(InterfaceId),
    /// The one interface that the instance has.
    Instance(InstanceId),
}

/// Of the targets exactly one.
pub fn select_target(asked: &TargetsAsked<'_>) -> Result<TargetAsked, Refusal> {
    let TargetsAsked { gateway, nat_gateway, instance, interface } = *asked;
    let mut named = Vec::new();
    named.extend(gateway.map(|text| internet_gateway_asked(text).map(TargetAsked::InternetGateway)));
    named.extend(nat_gateway.map(|id| Ok(TargetAsked::NatGateway(id))));
    named.extend(instance.map(|id| Ok(TargetAsked::Instance(id))));
    named.extend(interface.map(|id| Ok(TargetAsked::Interface(id))));
    match (named.pop(), named.is_empty()) {
        (Some(target), true) => target,
        (Some(_), false) => Err(refusals::invalid_combination("A route has one target: GatewayId, NatGatewayId, InstanceId or NetworkInterfaceId")),
        (None, _) => Err(refusals::missing_parameter(
            "The request must contain one of the parameters GatewayId, NatGatewayId, InstanceId and NetworkInterfaceId",
        )),
    }
}

fn internet_gateway_asked(text: &str) -> Result<InternetGatewayId, Refusal> {
    text.parse().map_err(|_| {
        let brief: String = text.chars().take(64).collect();
        match text {
            "local" => refusals::invalid_value("The local routes of a route table are those it was made with: no other can be added"),
            _ => Refusal::new("InvalidGatewayID.NotFound", format!("The gateway ID '{brief}' does not exist")),
        }
    })
}

/// Parameters that EC2 has and that ask for something that is not here. The first that was given is refused by its name.
pub fn check_unsupported(given: &[(&str, bool)]) -> Result<(), Refusal> {
    match given.iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(refusals::unsupported(format!("The parameter {name} is not supported."))),
        None => Ok(()),
    }
}

/// A route by instance is a route by its interface: it has to have exactly one, attached or on its way.
pub fn sole_interface(instance: InstanceId, attached: &[InterfaceId]) -> Result<InterfaceId, Refusal> {
    match attached {
        [interface] => Ok(*interface),
        [] => Err(refusals::invalid_instance(format!("There are no interfaces attached to instance '{instance}'."))),
        _ => Err(refusals::invalid_instance(format!(
            "There are multiple interfaces attached to instance '{instance}'. Please specify an interface ID for the operation instead."
        ))),
    }
}

/// A target of the caller's, as it is.
#[derive(Clone, Debug)]
pub enum TargetFound {
    InternetGateway(InternetGateway),
    NatGateway(Box<NatGateway>),
    Interface(Box<Interface>),
}

impl TargetFound {
    pub fn target(&self) -> RouteTarget {
        match self {
            Self::InternetGateway(gateway) => RouteTarget::InternetGateway(gateway.id),
            Self::NatGateway(gateway) => RouteTarget::NatGateway(gateway.id),
            Self::Interface(interface) => RouteTarget::Interface(interface.id),
        }
    }

    fn vpc(&self) -> Option<VpcId> {
        match self {
            Self::InternetGateway(gateway) => gateway.vpc,
            Self::NatGateway(gateway) => Some(gateway.vpc),
            Self::Interface(interface) => Some(interface.vpc),
        }
    }
}

/// A NAT gateway that routes may lead to: one that failed or was deleted is only remembered.
pub fn usable_nat_gateway(id: NatGatewayId, found: Option<NatGateway>) -> Result<NatGateway, Refusal> {
    let usable = found.filter(|gateway| match gateway.state {
        NatGatewayState::Pending | NatGatewayState::Available | NatGatewayState::Deleting => true,
        NatGatewayState::Failed | NatGatewayState::Deleted => false,
    });
    usable.ok_or_else(|| refusals::nat_gateway_of_route_not_found(id))
}

/// CreateRoute: whether the table, which may have so many, may have a route to this destination by this target. Those to the VPC's own
/// blocks count too.
pub fn check_new_route(table: &RouteTable, destination: Destination, target: &TargetFound, most: usize) -> Result<(), Refusal> {
    if route_to(table, destination).is_some() {
        return Err(Refusal::new("RouteAlreadyExists", format!("The route identified by {destination} already exists.")));
    }
    if table.routes.len() >= most {
        return Err(exceeded(QuotaName::RoutesPerTable, most as u64));
    }
    check_target(table, destination, target)
}

/// ReplaceRoute: whether the route that the table has to this destination may lead to this target instead. What is named is looked at
/// before what is there, as EC2 does.
pub fn check_replaced_route(table: &RouteTable, destination: Destination, target: &TargetFound) -> Result<(), Refusal> {
    check_target(table, destination, target)?;
    match route_to(table, destination) {
        // EC2 was seen to answer so, and not with its InvalidRoute.NotFound.
        None => Err(refusals::invalid_value(format!("There is no route defined for '{destination}' in the route table. Use CreateRoute instead."))),
        Some(route) if is_local(route) => {
            Err(refusals::unsupported(format!("The local route {destination} in route table {} always leads to the VPC itself.", table.id)))
        }
        Some(_) => Ok(()),
    }
}

/// DeleteRoute.
pub fn check_deleted_route(table: &RouteTable, destination: Destination) -> Result<&Route, Refusal> {
    match route_to(table, destination) {
        None => Err(Refusal::new("InvalidRoute.NotFound", format!("no route with destination-cidr-block {destination} in route table {}", table.id))),
        Some(route) if is_local(route) => {
            Err(refusals::invalid_value(format!("cannot remove local route {destination} in route table {}", table.id)))
        }
        Some(route) => Ok(route),
    }
}

fn route_to(table: &RouteTable, destination: Destination) -> Option<&Route> {
    table.routes.iter().find(|route| route.destination == destination)
}

fn is_local(route: &Route) -> bool {
    route.target == RouteTarget::Local
}

/// Where instances reach the services of their host. No route leads there but the one that needs none.
/// Source: VPC user guide, "Subnet route tables".
const RESERVED: &[&str] = &["169.254.168.0/22", "fd00:ec2::/32"];

fn check_target(table: &RouteTable, destination: Destination, found: &TargetFound) -> Result<(), Refusal> {
    if found.vpc() != Some(table.vpc) {
        let noun = match found {
            TargetFound::InternetGateway(_) => "network gateway",
            TargetFound::NatGateway(_) => "NAT gateway",
            TargetFound::Interface(_) => "interface",
        };
        let message = format!("route table {} and {noun} {} belong to different networks", table.id, found.target());
        return Err(refusals::invalid_value(message));
    }
    if matches!(found, TargetFound::NatGateway(_)) && destination.ipv6().is_some_and(|block| block.to_string() != TRANSLATED) {
        return Err(refusals::invalid_value(format!("A NAT gateway leads to {TRANSLATED} and to no other IPv6 destination")));
    }
    if RESERVED.iter().any(|reserved| reserved.parse().is_ok_and(|reserved| contains(reserved, destination))) {
        return Err(refusals::invalid_value(format!("The destination CIDR block {destination} is within a range that is reserved for services")));
    }
    let within = |local: &Route| is_local(local) && contains(local.destination, destination);
    if !matches!(found, TargetFound::Interface(_)) && table.routes.iter().any(within) {
        return Err(refusals::invalid_value("Route target is not supported. This route only supports interface and instance targets."));
    }
    Ok(())
}

fn contains(outer: Destination, inner: Destination) -> bool {
    match (outer, inner) {
        (Destination::Ipv4(outer), Destination::Ipv4(inner)) => outer.contains_block(inner),
        (Destination::Ipv6(outer), Destination::Ipv6(inner)) => outer.contains_block(inner),
        (Destination::Ipv4(_), Destination::Ipv6(_)) | (Destination::Ipv6(_), Destination::Ipv4(_)) => false,
    }
}

/// DeleteRouteTable: not the main one, and not while a subnet has it.
pub fn admit_delete(table: &RouteTable) -> Result<(), Refusal> {
    // Of a main table that is the VPC itself.
    let main = table.main.map(|_| table.vpc.to_string());
    let users: Vec<String> = main.into_iter().chain(table.subnets.iter().map(|(_, subnet)| subnet.to_string())).collect();
    if users.is_empty() {
        return Ok(());
    }
    let message = format!("The routeTable '{}' has dependencies and cannot be deleted. {}", table.id, still_used_by(&users));
    Err(refusals::dependency_violation(message))
}

/// What an association comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Association {
    New,
    /// There is one already, and it says the same.
    Present(RouteTableAssociationId),
}

/// AssociateRouteTable. `present` is the subnet's own association and its table.
pub fn admit_association(
    table: &RouteTable,
    subnet: &Subnet,
    present: Option<(RouteTableAssociationId, RouteTableId)>,
) -> Result<Association, Refusal> {
    if subnet.vpc != table.vpc {
        let message = format!("route table {} and subnet {} belong to different networks", table.id, subnet.id);
        return Err(refusals::invalid_value(message));
    }
    match present {
        None => Ok(Association::New),
        Some((id, of)) if of == table.id => Ok(Association::Present(id)),
        Some(_) => Err(Refusal::new(
            "Resource.AlreadyAssociated",
            format!("the specified association for route table {} conflicts with an existing association", table.id),
        )),
    }
}

/// ReplaceRouteTableAssociation, from one table to another; also of the association that makes a table the main one.
pub fn admit_replacement((association, from): (RouteTableAssociationId, &RouteTable), to: &RouteTable) -> Result<Association, Refusal> {
    if from.vpc != to.vpc {
        let message = format!("route table {} and association {association} belong to different networks", to.id);
        return Err(refusals::invalid_value(message));
    }
    Ok(if from.id == to.id { Association::Present(association) } else { Association::New })
}

/// DisassociateRouteTable: a VPC always has a main table.
pub fn admit_disassociation(association: RouteTableAssociationId, is_main: bool) -> Result<(), Refusal> {
    if is_main {
        return Err(refusals::invalid_value(format!("cannot disassociate the main route table association {association}")));
    }
    Ok(())
}
