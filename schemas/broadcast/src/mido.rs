//! The `mido` section of the configuration: how the fabric is tied to the world outside.

use multihome_types::{Address, Cidr};
use serde::Deserialize;

/// What an operator configures of MidoNet, as a file in JSON says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mido {
    /// Consumers of 4.3 have room for six.
    #[serde(default)]
    pub gateways: Vec<MidoGateway>,
    pub eucanetd_host: Option<String>,
    /// Since 4.4.
    pub bgp_asn: Option<u32>,
    pub public_network_cidr: Option<Cidr>,
    pub public_gateway_ip: Option<Address>,
}

/// A gateway in the form of 4.3, which 4.4 understands too, or in that of 4.4.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum MidoGateway {
    Host {
        gateway_host: String,
        gateway_ip: Address,
        gateway_interface: String,
    },
    Router {
        ip: Address,
        external_cidr: Cidr,
        external_device: String,
        external_ip: Address,
        external_router_ip: Option<Address>,
        bgp_peer_ip: Option<Address>,
        bgp_peer_asn: Option<u32>,
        #[serde(default)]
        bgp_ad_routes: Vec<Cidr>,
    },
}
