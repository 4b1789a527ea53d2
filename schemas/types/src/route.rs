//! Route tables and routes.

use std::{fmt, str::FromStr};

use crate::{
    AccountId, Cidr, Generation, InstanceId, InterfaceId, InternetGatewayId, Ipv6Cidr, NatGatewayId, Region, RouteTableAssociationId, RouteTableId,
    SubnetId, Timestamp, VpcId,
};

crate::text::text_enum! {
    /// Whether traffic can take a route.
    pub enum RouteState {
        Active = "active",
        Blackhole = "blackhole",
    }
}

crate::text::text_enum! {
    /// How a route came to be.
    pub enum RouteOrigin {
        CreateRouteTable = "CreateRouteTable",
        CreateRoute = "CreateRoute",
    }
}

/// Where a route leads. One text on the wire and in the row: `local`, or the id of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RouteTarget {
    Local,
    InternetGateway(InternetGatewayId),
    NatGateway(NatGatewayId),
    Interface(InterfaceId),
}

impl fmt::Display for RouteTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::InternetGateway(id) => id.fmt(f),
            Self::NatGateway(id) => id.fmt(f),
            Self::Interface(id) => id.fmt(f),
        }
    }
}

impl FromStr for RouteTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "local" {
            return Ok(Self::Local);
        }
        text.parse()
            .map(Self::Interface)
            .or_else(|_| text.parse().map(Self::InternetGateway))
            .or_else(|_| text.parse().map(Self::NatGateway))
            .map_err(|_| format!("'{text}' is not a route target"))
    }
}

crate::text::text_value!(RouteTarget, 32);

/// Which traffic a route is for. One text in the row, whose form tells which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Destination {
    Ipv4(Cidr),
    Ipv6(Ipv6Cidr),
}

impl Destination {
    pub fn ipv4(self) -> Option<Cidr> {
        match self {
            Self::Ipv4(cidr) => Some(cidr),
            Self::Ipv6(_) => None,
        }
    }

    pub fn ipv6(self) -> Option<Ipv6Cidr> {
        match self {
            Self::Ipv4(_) => None,
            Self::Ipv6(cidr) => Some(cidr),
        }
    }
}

impl From<Cidr> for Destination {
    fn from(cidr: Cidr) -> Self {
        Self::Ipv4(cidr)
    }
}

impl From<Ipv6Cidr> for Destination {
    fn from(cidr: Ipv6Cidr) -> Self {
        Self::Ipv6(cidr)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ipv4(cidr) => cidr.fmt(f),
            Self::Ipv6(cidr) => cidr.fmt(f),
        }
    }
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ipv6 = || text.parse().map(Self::Ipv6);
        text.parse().map(Self::Ipv4).or_else(|_: String| ipv6()).map_err(|_: String| format!("'{text}' is not a block of addresses"))
    }
}

crate::text::text_value!(Destination, 49);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub destination: Destination,
    pub target: RouteTarget,
    pub origin: RouteOrigin,
    pub state: RouteState,
    /// The instance that the target interface is attached to, and its owner.
    pub instance: Option<(InstanceId, AccountId)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    pub id: RouteTableId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    /// The table of every subnet of the VPC that has none of its own, and the id of that association.
    pub main: Option<RouteTableAssociationId>,
    /// Explicit associations.
    pub subnets: Vec<(RouteTableAssociationId, SubnetId)>,
    /// A local route first, the others in the order they were made.
    pub routes: Vec<Route>,
    pub created: Timestamp,
    pub generation: Generation,
}
