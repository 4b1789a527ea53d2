//! Writes `configuration`: properties by name, and the clusters with the instances that their nodes are to run.

use super::{property, push_value, raw, value::Value};
use crate::{Cluster, Configuration, Mido, MidoGateway};

pub fn write_configuration(out: &mut Vec<u8>, configuration: &Configuration) {
    raw(out, "<configuration><property name=\"mode\"><value>VPCMIDO</value></property>");
    if !configuration.public_addresses.is_empty() {
        property(out, "publicIps", |out| configuration.public_addresses.iter().for_each(|range| push_value(out, range)));
    }
    property(out, "enabledCLCIp", |out| push_value(out, &configuration.controller));
    property(out, "instanceDNSDomain", |out| push_value(out, configuration.dns_domain.as_str()));
    property(out, "instanceDNSServers", |out| configuration.dns_servers.iter().for_each(|server| push_value(out, server)));
    if let Some(mido) = &configuration.mido {
        property(out, "mido", |out| write_mido(out, mido));
    }
    property(out, "clusters", |out| configuration.clusters.iter().for_each(|cluster| write_cluster(out, cluster)));
    raw(out, "</configuration>");
}

/// `<property name="…"><value>…</value></property>`, or nothing where there is no value.
fn maybe(out: &mut Vec<u8>, name: &str, value: Option<&(impl Value + ?Sized)>) {
    if let Some(value) = value {
        property(out, name, |out| push_value(out, value));
    }
}

fn write_mido(out: &mut Vec<u8>, mido: &Mido) {
    if !mido.gateways.is_empty() {
        property(out, "gateways", |out| mido.gateways.iter().for_each(|gateway| write_gateway(out, gateway)));
    }
    maybe(out, "eucanetdHost", mido.eucanetd_host.as_deref());
    maybe(out, "bgpAsn", mido.bgp_asn.as_ref());
    maybe(out, "publicNetworkCidr", mido.public_network_cidr.as_ref());
    maybe(out, "publicGatewayIP", mido.public_gateway_ip.as_ref());
}

fn write_gateway(out: &mut Vec<u8>, gateway: &MidoGateway) {
    raw(out, "<gateway>");
    match gateway {
        MidoGateway::Host { gateway_host, gateway_ip, gateway_interface } => {
            maybe(out, "gatewayHost", Some(gateway_host.as_str()));
            maybe(out, "gatewayIP", Some(gateway_ip));
            maybe(out, "gatewayInterface", Some(gateway_interface.as_str()));
        }
        MidoGateway::Router { ip, external_cidr, external_device, external_ip, external_router_ip, bgp_peer_ip, bgp_peer_asn, bgp_ad_routes } => {
            maybe(out, "ip", Some(ip));
            maybe(out, "externalCidr", Some(external_cidr));
            maybe(out, "externalDevice", Some(external_device.as_str()));
            maybe(out, "externalIp", Some(external_ip));
            maybe(out, "externalRouterIp", external_router_ip.as_ref());
            maybe(out, "bgpPeerIp", bgp_peer_ip.as_ref());
            maybe(out, "bgpPeerAsn", bgp_peer_asn.as_ref());
            if !bgp_ad_routes.is_empty() {
                property(out, "bgpAdRoutes", |out| bgp_ad_routes.iter().for_each(|route| push_value(out, route)));
            }
        }
    }
    raw(out, "</gateway>");
}

fn write_cluster(out: &mut Vec<u8>, cluster: &Cluster) {
    named!(out, "cluster", &cluster.name);
    // In this mode the cluster's own subnet and addresses mean nothing, but the schema demands them.
    raw(
        out,
        "<subnet name=\"172.31.0.0\"><property name=\"subnet\"><value>172.31.0.0</value></property>\
         <property name=\"netmask\"><value>255.255.0.0</value></property>\
         <property name=\"gateway\"><value>172.31.0.1</value></property></subnet>",
    );
    property(out, "enabledCCIp", |out| push_value(out, &cluster.address));
    property(out, "macPrefix", |out| push_value(out, &cluster.mac_prefix));
    raw(out, "<property name=\"privateIps\"><value>172.31.0.5</value></property>");
    property(out, "nodes", |out| {
        for node in &cluster.nodes {
            named!(out, "node", &node.name);
            wrapper!(out, "instanceIds", node.instances.iter().for_each(|id| push_value(out, id)));
            raw(out, "</node>");
        }
    });
    raw(out, "</cluster>");
}
