//! One attribute of an interface: described, or put back to what it was at first.

use serde::{Deserialize, Serialize};

use crate::network_interface::{GroupIdentifier, NetworkInterfaceAttachment};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfaceAttribute {
    pub dry_run: bool,
    pub network_interface_id: String,
    /// Such as `groupSet`.
    pub attribute: Option<String>,
}

/// The attribute that was asked for; of `attachment` nothing where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeNetworkInterfaceAttributeReply {
    pub network_interface_id: String,
    pub attachment: Option<NetworkInterfaceAttachment>,
    pub description: Option<ValueShown<String>>,
    #[serde(rename = "groupSet")]
    pub groups: Option<Vec<GroupIdentifier>>,
    pub source_dest_check: Option<ValueShown<bool>>,
    pub associate_public_ip_address: Option<bool>,
}

/// How an attribute is shown that is one value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ValueShown<T> {
    pub value: T,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResetNetworkInterfaceAttribute {
    pub dry_run: bool,
    pub network_interface_id: String,
    /// That it is there says what to reset; what it says is nothing.
    pub source_dest_check: Option<String>,
}
