//! A subnet: one block of a VPC in one zone.

use crate::{AccountId, Cidr, Generation, Ipv6Cidr, Region, SubnetCidrAssociationId, SubnetId, Timestamp, VpcId, Zone};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    pub id: SubnetId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub cidr: Cidr,
    pub ipv6: Option<SubnetIpv6Block>,
    /// The one that launches without a subnet get in this zone.
    pub default_for_zone: bool,
    pub attributes: SubnetAttributes,
    pub created: Timestamp,
    pub generation: Generation,
}

/// A subnet's IPv6 block: one at most, a /64 out of a block of its VPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubnetIpv6Block {
    pub association: SubnetCidrAssociationId,
    pub cidr: Ipv6Cidr,
}

/// What a user may change of a subnet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubnetAttributes {
    /// The primary interface of an instance launched here gets a public address.
    pub map_public_ip_on_launch: bool,
    /// An interface made here gets an IPv6 address.
    pub assign_ipv6_address_on_creation: bool,
    /// Names that have IPv4 addresses alone are answered with synthetic IPv6 ones.
    pub dns64: bool,
    pub hostname_type: HostnameType,
    /// Names made of an instance's id are answered with its IPv4 address.
    pub resource_name_dns_a_record: bool,
    /// Names made of an instance's id are answered with its IPv6 address.
    pub resource_name_dns_aaaa_record: bool,
}

crate::text::text_enum! {
    /// What the private name of an instance is made of.
    #[derive(Default)]
    pub enum HostnameType {
        /// Its address: `ip-10-0-0-4.ec2.internal`.
        #[default]
        IpName = "ip-name",
        /// Its id: `i-1b5c4503.ec2.internal`.
        ResourceName = "resource-name",
    }
}
