//! A virtual private cloud.

use crate::{AccountId, Cidr, CidrAssociationId, DhcpOptionsId, Generation, Ipv6Cidr, Region, Timestamp, VpcId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    pub id: VpcId,
    pub account: AccountId,
    pub region: Region,
    /// The primary block: it stays for as long as the VPC does.
    pub cidr: Cidr,
    pub is_default: bool,
    /// The resolver that comes with the VPC answers.
    pub dns_support: bool,
    /// Instances get private DNS names.
    pub dns_hostnames: bool,
    pub network_address_usage_metrics: bool,
    /// `None`: no options at all, which EC2 spells `default`.
    pub dhcp_options: Option<DhcpOptionsId>,
    pub created: Timestamp,
    pub generation: Generation,
}

/// An IPv4 block of a VPC, the primary one or a further one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VpcBlock {
    pub id: CidrAssociationId,
    pub vpc: VpcId,
    pub cidr: Cidr,
    pub created: Timestamp,
}

/// An IPv6 block of a VPC, which no other VPC has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VpcIpv6Block {
    pub id: CidrAssociationId,
    pub vpc: VpcId,
    pub cidr: Ipv6Cidr,
    pub created: Timestamp,
}
