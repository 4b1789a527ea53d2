//! Addresses that an interface is given and loses: assign, unassign.

use serde::{Deserialize, Serialize};

use crate::network_interface::Ipv4Prefix;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssignPrivateIpAddresses {
    #[serde(rename = "Ipv4Prefix")]
    pub ipv4_prefixes: Vec<String>,
    pub ipv4_prefix_count: Option<u32>,
    pub network_interface_id: String,
    #[serde(rename = "PrivateIpAddress")]
    pub private_ip_addresses: Vec<String>,
    pub secondary_private_ip_address_count: Option<u32>,
    pub allow_reassignment: bool,
    /// Not a parameter of this action.
    #[serde(skip)]
    pub dry_run: bool,
}

/// The new ones alone: a network plug-in counts on as many as it asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignPrivateIpAddressesReply {
    pub network_interface_id: String,
    #[serde(rename = "assignedPrivateIpAddressesSet")]
    pub private_ip_addresses: Option<Vec<AssignedPrivateIpAddress>>,
    #[serde(rename = "assignedIpv4PrefixSet")]
    pub ipv4_prefixes: Option<Vec<Ipv4Prefix>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssignedPrivateIpAddress {
    pub private_ip_address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnassignPrivateIpAddresses {
    #[serde(rename = "Ipv4Prefix")]
    pub ipv4_prefixes: Vec<String>,
    pub network_interface_id: String,
    #[serde(rename = "PrivateIpAddress")]
    pub private_ip_addresses: Vec<String>,
    /// Not a parameter of this action.
    #[serde(skip)]
    pub dry_run: bool,
}
