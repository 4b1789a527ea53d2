//! Route tables, their associations and their routes.

use serde::{Deserialize, Serialize};

use crate::parts::{Filter, Tag, TagSpecification};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRouteTable {
    #[serde(rename = "TagSpecification")]
    pub tag_specifications: Vec<TagSpecification>,
    pub client_token: Option<String>,
    pub dry_run: bool,
    pub vpc_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateRouteTableReply {
    pub route_table: RouteTable,
    pub client_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRouteTable {
    pub dry_run: bool,
    pub route_table_id: String,
}

/// With a subnet; EC2 also has gateways and pools here, which the rules refuse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateRouteTable {
    pub gateway_id: Option<String>,
    pub public_ipv4_pool: Option<String>,
    pub dry_run: bool,
    pub subnet_id: Option<String>,
    pub route_table_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssociateRouteTableReply {
    pub association_id: String,
    pub association_state: RouteTableAssociationState,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateRouteTable {
    pub dry_run: bool,
    pub association_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceRouteTableAssociation {
    pub dry_run: bool,
    pub association_id: String,
    pub route_table_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplaceRouteTableAssociationReply {
    pub new_association_id: String,
    pub association_state: RouteTableAssociationState,
}

/// Exactly one destination and one target; how many there are, and which of them there are here, is for the rules to see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateRoute {
    pub destination_prefix_list_id: Option<String>,
    pub vpc_endpoint_id: Option<String>,
    pub transit_gateway_id: Option<String>,
    pub local_gateway_id: Option<String>,
    pub carrier_gateway_id: Option<String>,
    pub core_network_arn: Option<String>,
    pub odb_network_arn: Option<String>,
    pub dry_run: bool,
    pub route_table_id: String,
    pub destination_cidr_block: Option<String>,
    pub gateway_id: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
    pub egress_only_internet_gateway_id: Option<String>,
    pub instance_id: Option<String>,
    pub network_interface_id: Option<String>,
    pub vpc_peering_connection_id: Option<String>,
    pub nat_gateway_id: Option<String>,
}

/// As [`CreateRoute`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplaceRoute {
    pub destination_prefix_list_id: Option<String>,
    pub vpc_endpoint_id: Option<String>,
    pub local_target: bool,
    pub transit_gateway_id: Option<String>,
    pub local_gateway_id: Option<String>,
    pub carrier_gateway_id: Option<String>,
    pub core_network_arn: Option<String>,
    pub odb_network_arn: Option<String>,
    pub dry_run: bool,
    pub route_table_id: String,
    pub destination_cidr_block: Option<String>,
    pub gateway_id: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
    pub egress_only_internet_gateway_id: Option<String>,
    pub instance_id: Option<String>,
    pub network_interface_id: Option<String>,
    pub vpc_peering_connection_id: Option<String>,
    pub nat_gateway_id: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRoute {
    pub destination_prefix_list_id: Option<String>,
    pub dry_run: bool,
    pub route_table_id: String,
    pub destination_cidr_block: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRouteTables {
    pub next_token: Option<String>,
    pub max_results: Option<u32>,
    pub dry_run: bool,
    #[serde(rename = "RouteTableId")]
    pub route_table_ids: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeRouteTablesReply {
    #[serde(rename = "routeTableSet")]
    pub route_tables: Vec<RouteTable>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTable {
    #[serde(rename = "associationSet")]
    pub associations: Vec<RouteTableAssociation>,
    #[serde(rename = "propagatingVgwSet")]
    pub propagating_vgws: Vec<PropagatingVgw>,
    pub route_table_id: String,
    #[serde(rename = "routeSet")]
    pub routes: Vec<Route>,
    /// Sent empty when there are none, as EC2 does for route tables.
    #[serde(rename = "tagSet")]
    pub tags: Vec<Tag>,
    pub vpc_id: String,
    pub owner_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTableAssociation {
    pub main: bool,
    pub route_table_association_id: String,
    pub route_table_id: String,
    /// Absent for the main association.
    pub subnet_id: Option<String>,
    pub gateway_id: Option<String>,
    pub association_state: RouteTableAssociationState,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteTableAssociationState {
    /// `associating`, `associated`, `disassociating`, …
    pub state: String,
    pub status_message: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PropagatingVgw {
    pub gateway_id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Route {
    pub destination_cidr_block: Option<String>,
    pub destination_ipv6_cidr_block: Option<String>,
    /// An internet gateway's id, or `local`.
    pub gateway_id: Option<String>,
    /// With the interface's id: the Kubernetes controllers find their routes by it.
    pub instance_id: Option<String>,
    pub instance_owner_id: Option<String>,
    pub nat_gateway_id: Option<String>,
    pub network_interface_id: Option<String>,
    /// `CreateRouteTable`, `CreateRoute`, …
    pub origin: String,
    /// `active` or `blackhole`.
    pub state: String,
}
