//! Why something that should be listed is not: for the operator, and for `explain`.

use std::fmt;

use multihome_types::{
    Cidr, ClusterName, Destination, DeviceIndex, DhcpOptionsId, GroupId, GroupRuleId, InstanceId, InterfaceId, InternetGatewayId, NatGatewayId,
    NetworkAclEntry, NetworkAclId, NodeName, RouteTableId, SubnetId, VpcId,
};

/// Something that is left out of the document because consumers would fail on it, or because it has no words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Omission {
    /// The instance: no listed interface has device index 0.
    NoPrimaryInterface(InstanceId),
    /// The instance: its primary interface has no security group that exists.
    NoSecurityGroup(InstanceId),
    /// The instance: consumers of 4.3 have no room for its id.
    InstanceIdTooLong(InstanceId),
    /// The interface: consumers of 4.3 have no room for its id, or for that of its attachment, VPC or subnet.
    InterfaceIdTooLong { instance: InstanceId, interface: InterfaceId },
    /// The thing, and whatever refers to it loses the reference: consumers of 4.3 have no room for its id.
    IdTooLong(Long),
    /// The NAT gateway: consumers of 4.3 have no room for the id of its subnet.
    SubnetOfGatewayTooLong { gateway: NatGatewayId, subnet: SubnetId },
    /// The route: consumers of 4.3 have no room for its destination, and would take it for another.
    DestinationTooLong { route_table: RouteTableId, destination: Cidr },
    /// The instance's place: its cluster has no such node, or is not there at all.
    NoSuchNode { instance: InstanceId, cluster: ClusterName, node: NodeName },
    /// What an interface has besides its primary address and the public one that leads there: the document has room for no more.
    FurtherAddresses { instance: InstanceId, interface: InterfaceId },
    /// The block of the VPC that the subnet is in: the document has room for the first one.
    FurtherBlock { vpc: VpcId, subnet: SubnetId },
    /// The interface: another one of the instance has the same device index.
    DeviceIndexTaken { instance: InstanceId, interface: InterfaceId, device_index: DeviceIndex },
    /// The interface: the instance has as many secondary interfaces as a node can hold.
    TooManySecondaries { instance: InstanceId, interface: InterfaceId, most: usize },
    /// The entry of an ACL: it is about IPv6, for which the document has no words.
    EntryAboutIpv6(EntryKey),
    /// The entry of an ACL: consumers take protocol 0 for none, and refuse the document.
    EntryAboutProtocol0(EntryKey),
    /// The route: it is about IPv6, for which the document has no words.
    RouteAboutIpv6 { route_table: RouteTableId, destination: Destination },
    /// The rule of a group: it is about IPv6, which consumers would misread.
    RuleAboutIpv6 { group: GroupId, rule: GroupRuleId },
    /// The rule of a group: consumers with MidoNet 1.9 read protocol 0 as every protocol.
    RuleAboutProtocol0 { group: GroupId, rule: GroupRuleId },
}

/// What an instance's network consists of, by ids that may be long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Long {
    Vpc(VpcId),
    Subnet(SubnetId),
    RouteTable(RouteTableId),
    NetworkAcl(NetworkAclId),
    DhcpOptions(DhcpOptionsId),
    InternetGateway(InternetGatewayId),
    Group(GroupId),
}

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vpc(id) => id.fmt(f),
            Self::Subnet(id) => id.fmt(f),
            Self::RouteTable(id) => id.fmt(f),
            Self::NetworkAcl(id) => id.fmt(f),
            Self::DhcpOptions(id) => id.fmt(f),
            Self::InternetGateway(id) => id.fmt(f),
            Self::Group(id) => id.fmt(f),
        }
    }
}

/// Which entry of which ACL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey {
    pub acl: NetworkAclId,
    pub egress: bool,
    pub number: i32,
}

impl EntryKey {
    pub(super) fn of(acl: NetworkAclId, entry: &NetworkAclEntry) -> Self {
        Self { acl, egress: entry.egress, number: entry.number }
    }
}

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entry {} of {}", if self.egress { "Egress" } else { "Ingress" }, self.number, self.acl)
    }
}

impl Omission {
    /// Whether the format has no words for it: every VPC with an IPv6 block or with a second one has such things, consumers bear their
    /// absence, and nobody can do anything about it.
    pub fn is_beyond_the_format(&self) -> bool {
        matches!(
            self,
            Self::EntryAboutIpv6(_)
                | Self::RouteAboutIpv6 { .. }
                | Self::RuleAboutIpv6 { .. }
                | Self::FurtherAddresses { .. }
                | Self::FurtherBlock { .. }
        )
    }

    /// The interface that is left out; `None` if it is its instance, or something that belongs to neither.
    pub fn interface(&self) -> Option<InterfaceId> {
        match *self {
            Self::NoPrimaryInterface(_)
            | Self::NoSecurityGroup(_)
            | Self::InstanceIdTooLong(_)
            | Self::IdTooLong(_)
            | Self::SubnetOfGatewayTooLong { .. }
            | Self::DestinationTooLong { .. }
            | Self::NoSuchNode { .. }
            | Self::FurtherAddresses { .. }
            | Self::FurtherBlock { .. }
            | Self::EntryAboutIpv6(_)
            | Self::EntryAboutProtocol0(_)
            | Self::RouteAboutIpv6 { .. }
            | Self::RuleAboutIpv6 { .. }
            | Self::RuleAboutProtocol0 { .. } => None,
            Self::InterfaceIdTooLong { interface, .. } | Self::DeviceIndexTaken { interface, .. } | Self::TooManySecondaries { interface, .. } => {
                Some(interface)
            }
        }
    }
}

impl fmt::Display for Omission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPrimaryInterface(instance) => write!(f, "{instance} is not broadcast: no interface at device index 0 is attaching or attached"),
            Self::NoSecurityGroup(instance) => write!(f, "{instance} is not broadcast: its primary interface has no security group"),
            Self::InstanceIdTooLong(instance) => write!(f, "{instance} is not broadcast: consumers of 4.3 have no room for an id of 17 digits"),
            Self::InterfaceIdTooLong { instance, interface } => {
                write!(f, "{interface} on {instance} is not broadcast: consumers of 4.3 have no room for ids of 17 digits")
            }
            Self::IdTooLong(long) => write!(f, "{long} is not broadcast: consumers of 4.3 have no room for an id of 17 digits"),
            Self::SubnetOfGatewayTooLong { gateway, subnet } => {
                write!(f, "{gateway} is not broadcast: consumers of 4.3 have no room for the id of its subnet, {subnet}")
            }
            Self::DestinationTooLong { route_table, destination } => {
                write!(f, "The route to {destination} in {route_table} is not broadcast: consumers of 4.3 cut destinations of over 15 characters")
            }
            Self::NoSuchNode { instance, cluster, node } => {
                write!(f, "{instance} is broadcast on no node: cluster {cluster} has no node {node}")
            }
            Self::FurtherAddresses { instance, interface } => write!(
                f,
                "The further addresses of {interface} on {instance} are not broadcast: the document has words for its primary one and the public one \
                 that leads there"
            ),
            Self::FurtherBlock { vpc, subnet } => {
                write!(f, "The block of {vpc} that {subnet} is in is not broadcast: the document has words for the first block of a VPC")
            }
            Self::DeviceIndexTaken { instance, interface, device_index } => {
                write!(f, "{interface} is not broadcast: another interface of {instance} has device index {device_index}")
            }
            Self::TooManySecondaries { instance, interface, most } => {
                write!(f, "{interface} is not broadcast: {instance} has {most} other secondary interfaces, more than that a node cannot hold")
            }
            Self::EntryAboutIpv6(entry) => write!(f, "{entry} is not broadcast: it is about IPv6, for which the document has no words"),
            Self::RouteAboutIpv6 { route_table, destination } => {
                write!(f, "The route to {destination} in {route_table} is not broadcast: it is about IPv6, for which the document has no words")
            }
            Self::RuleAboutIpv6 { group, rule } => {
                write!(f, "{rule} of {group} is not broadcast: it is about IPv6, for which the document has no words")
            }
            Self::RuleAboutProtocol0 { group, rule } => {
                write!(f, "{rule} of {group} is not broadcast: consumers apply a rule for protocol 0 to every protocol")
            }
            Self::EntryAboutProtocol0(entry) => write!(f, "{entry} is not broadcast: consumers refuse a document with protocol 0"),
        }
    }
}
