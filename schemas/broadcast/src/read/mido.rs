//! Reads the `mido` property of the configuration.

use quick_xml::events::BytesStart;

use super::{Result, configuration::property, list, values, xml::Xml};
use crate::{Mido, MidoGateway};

pub(super) fn mido(xml: &mut Xml<'_>) -> Result<Mido> {
    let mut mido = Mido::default();
    while let Some(child) = xml.child()? {
        match property(xml, &child)?.as_str() {
            "gateways" => mido.gateways = list(xml, "gateway", gateway)?,
            "eucanetdHost" => mido.eucanetd_host = values(xml, "eucanetdHost")?.pop(),
            "bgpAsn" => mido.bgp_asn = values(xml, "bgpAsn")?.pop(),
            "publicNetworkCidr" => mido.public_network_cidr = values(xml, "publicNetworkCidr")?.pop(),
            "publicGatewayIP" => mido.public_gateway_ip = values(xml, "publicGatewayIP")?.pop(),
            _ => xml.skip()?,
        }
    }
    Ok(mido)
}

fn gateway(xml: &mut Xml<'_>, _: &BytesStart<'_>) -> Result<MidoGateway> {
    let within = || "gateway".to_owned();
    let (mut host, mut address, mut interface) = (None, None, None);
    let (mut ip, mut external_cidr, mut external_device, mut external_ip, mut external_router_ip) = (None, None, None, None, None);
    let (mut bgp_peer_ip, mut bgp_peer_asn, mut bgp_ad_routes) = (None, None, Vec::new());
    while let Some(child) = xml.child()? {
        match property(xml, &child)?.as_str() {
            "gatewayHost" => host = values(xml, "gatewayHost")?.pop(),
            "gatewayIP" => address = values(xml, "gatewayIP")?.pop(),
            "gatewayInterface" => interface = values(xml, "gatewayInterface")?.pop(),
            "ip" => ip = values(xml, "ip")?.pop(),
            "externalCidr" => external_cidr = values(xml, "externalCidr")?.pop(),
            "externalDevice" => external_device = values(xml, "externalDevice")?.pop(),
            "externalIp" => external_ip = values(xml, "externalIp")?.pop(),
            "externalRouterIp" => external_router_ip = values(xml, "externalRouterIp")?.pop(),
            "bgpPeerIp" => bgp_peer_ip = values(xml, "bgpPeerIp")?.pop(),
            "bgpPeerAsn" => bgp_peer_asn = values(xml, "bgpPeerAsn")?.pop(),
            "bgpAdRoutes" => bgp_ad_routes = values(xml, "bgpAdRoutes")?,
            _ => xml.skip()?,
        }
    }
    if let Some(gateway_ip) = address {
        return Ok(MidoGateway::Host {
            gateway_host: xml.need(host, "gatewayHost", within)?,
            gateway_ip,
            gateway_interface: xml.need(interface, "gatewayInterface", within)?,
        });
    }
    Ok(MidoGateway::Router {
        ip: xml.need(ip, "ip", within)?,
        external_cidr: xml.need(external_cidr, "externalCidr", within)?,
        external_device: xml.need(external_device, "externalDevice", within)?,
        external_ip: xml.need(external_ip, "externalIp", within)?,
        external_router_ip,
        bgp_peer_ip,
        bgp_peer_asn,
        bgp_ad_routes,
    })
}
