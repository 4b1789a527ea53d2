//! IPv6 addresses that an interface is given and loses: assign, unassign.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssignIpv6Addresses {
    pub ipv6_prefix_count: Option<u32>,
    #[serde(rename = "Ipv6Prefix")]
    pub ipv6_prefixes: Vec<String>,
    pub network_interface_id: String,
    pub ipv6_addresses: Vec<String>,
    pub ipv6_address_count: Option<u32>,
    /// Not a parameter of this action.
    #[serde(skip)]
    pub dry_run: bool,
}

/// The new ones alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignIpv6AddressesReply {
    #[serde(rename = "assignedIpv6Addresses")]
    pub ipv6_addresses: Vec<String>,
    #[serde(rename = "assignedIpv6PrefixSet")]
    pub ipv6_prefixes: Vec<String>,
    pub network_interface_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnassignIpv6Addresses {
    #[serde(rename = "Ipv6Prefix")]
    pub ipv6_prefixes: Vec<String>,
    pub network_interface_id: String,
    pub ipv6_addresses: Vec<String>,
    /// Not a parameter of this action.
    #[serde(skip)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnassignIpv6AddressesReply {
    pub network_interface_id: String,
    #[serde(rename = "unassignedIpv6Addresses")]
    pub ipv6_addresses: Vec<String>,
    #[serde(rename = "unassignedIpv6PrefixSet")]
    pub ipv6_prefixes: Vec<String>,
}
