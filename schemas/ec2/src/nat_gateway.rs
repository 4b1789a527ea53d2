//! NAT gateways: create, describe, delete.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Moment, Tag, TagSpecification};

/// In one subnet, with one address; what EC2 has for several of either, the rules refuse by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateNatGateway {
    /// `zonal`.
    pub availability_mode: Option<String>,
    pub allocation_id: Option<String>,
    pub client_token: Option<String>,
    pub dry_run: bool,
    pub subnet_id: String,
    pub vpc_id: Option<String>,
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    /// `public` or `private`.
    pub connectivity_type: Option<String>,
    pub private_ip_address: Option<String>,
    #[serde(rename = "SecondaryAllocationId")]
    pub secondary_allocation_ids: Vec<String>,
    #[serde(rename = "SecondaryPrivateIpAddress")]
    pub secondary_private_ip_addresses: Vec<String>,
    pub secondary_private_ip_address_count: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateNatGatewayReply {
    pub client_token: Option<String>,
    pub nat_gateway: NatGateway,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeNatGateways {
    pub dry_run: bool,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    #[serde(rename = "NatGatewayId")]
    pub nat_gateway_ids: Vec<String>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeNatGatewaysReply {
    #[serde(rename = "natGatewaySet")]
    pub nat_gateways: Vec<NatGateway>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteNatGateway {
    pub dry_run: bool,
    pub nat_gateway_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DeleteNatGatewayReply {
    pub nat_gateway_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NatGateway {
    pub create_time: Moment,
    /// Of a deleted one.
    pub delete_time: Option<Moment>,
    /// Of a failed one.
    pub failure_code: Option<String>,
    pub failure_message: Option<String>,
    #[serde(rename = "natGatewayAddressSet")]
    pub nat_gateway_addresses: Vec<NatGatewayAddress>,
    pub nat_gateway_id: String,
    /// `pending`, `failed`, `available`, `deleting` or `deleted`.
    pub state: String,
    pub subnet_id: String,
    pub vpc_id: String,
    /// Sent empty when there are none, as EC2 does for gateways.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub connectivity_type: String,
    pub availability_mode: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NatGatewayAddress {
    /// Of a public one.
    pub allocation_id: Option<String>,
    /// From when it has an interface.
    pub network_interface_id: Option<String>,
    pub private_ip: Option<String>,
    /// From when the address leads to it.
    pub public_ip: Option<String>,
    pub association_id: Option<String>,
    pub is_primary: bool,
    pub failure_message: Option<String>,
    /// `assigning`, `associating`, `succeeded`, `failed`, `disassociating` or `unassigning`.
    pub status: String,
}
