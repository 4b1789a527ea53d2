//! Why something that should be listed is not: for the operator, and for `explain`.

use std::fmt;

use multihome_types::{
    Destination, DeviceIndex, DhcpOptionsId, GroupId, GroupRuleId, InstanceId, InterfaceId, InternetGatewayId, NetworkAclEntry, NetworkAclId,
    RouteTableId, SubnetId, VpcId,
};

/// Something that is left out of the document because consumers would fail on it.
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
    /// Whether it is about IPv6: every VPC with an IPv6 block has such things, and nobody can do anything about it.
    pub fn is_about_ipv6(&self) -> bool {
        matches!(self, Self::EntryAboutIpv6(_) | Self::RouteAboutIpv6 { .. } | Self::RuleAboutIpv6 { .. })
    }

    /// The interface that is left out; `None` if it is its instance, or something that belongs to neither.
    pub fn interface(&self) -> Option<InterfaceId> {
        match *self {
            Self::NoPrimaryInterface(_)
            | Self::NoSecurityGroup(_)
            | Self::InstanceIdTooLong(_)
            | Self::IdTooLong(_)
            | Self::EntryAboutIpv6(_)
            | Self::EntryAboutProtocol0(_)
            | Self::RouteAboutIpv6 { .. }
            | Self::RuleAboutIpv6 { .. } => None,
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
            Self::EntryAboutProtocol0(entry) => write!(f, "{entry} is not broadcast: consumers refuse a document with protocol 0"),
        }
    }
}
