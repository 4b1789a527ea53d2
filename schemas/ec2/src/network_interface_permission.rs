//! Permissions to use interfaces of another account: create, delete, describe.

use serde::{Deserialize, Serialize};

use crate::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNetworkInterfacePermission {
    pub network_interface_id: String,
    pub aws_account_id: Option<String>,
    /// `INSTANCE-ATTACH` or `EIP-ASSOCIATE`.
    pub permission: String,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNetworkInterfacePermissionReply {
    pub interface_permission: NetworkInterfacePermission,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNetworkInterfacePermission {
    pub network_interface_permission_id: String,
    /// Even while the account has the interface attached.
    pub force: bool,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNetworkInterfacePermissions {
    #[serde(rename = "NetworkInterfacePermissionId")]
    pub permission_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    /// Not a parameter of this action.
    #[serde(skip)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeNetworkInterfacePermissionsReply {
    #[serde(rename = "networkInterfacePermissions")]
    pub permissions: Vec<NetworkInterfacePermission>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInterfacePermission {
    pub network_interface_permission_id: String,
    pub network_interface_id: String,
    pub aws_account_id: String,
    pub permission: String,
    pub permission_state: NetworkInterfacePermissionState,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NetworkInterfacePermissionState {
    /// `granted`.
    pub state: String,
}
