//! Reads `configuration`: properties by name, and the clusters with the instances that their nodes are to run.

use quick_xml::events::BytesStart;

use super::{Problem, Result, hosts, list, mido, values, xml::Xml};
use crate::{Cluster, Configuration, Node};

pub(super) fn configuration(xml: &mut Xml<'_>) -> Result<Configuration> {
    let within = || "configuration".to_owned();
    let (mut mode, mut controller, mut dns_domain, mut dns_servers, mut clusters) = (None, None, None, None, Vec::new());
    let (mut public_addresses, mut mido) = (Vec::new(), None);
    while let Some(child) = xml.child()? {
        match property(xml, &child)?.as_str() {
            "mode" => mode = values::<String>(xml, "mode")?.pop(),
            "enabledCLCIp" => controller = hosts(xml, "enabledCLCIp")?.pop(),
            "instanceDNSDomain" => dns_domain = values::<String>(xml, "instanceDNSDomain")?.pop(),
            "instanceDNSServers" => dns_servers = Some(hosts(xml, "instanceDNSServers")?),
            "publicIps" => public_addresses = values(xml, "publicIps")?,
            "mido" => mido = Some(mido::mido(xml)?),
            "clusters" => clusters = list(xml, "cluster", cluster)?,
            _ => xml.skip()?,
        }
    }
    let mode = xml.need(mode, "mode", within)?;
    if mode != "VPCMIDO" {
        return Err(xml.error(Problem::Invalid { field: "mode", why: format!("'{mode}' is not VPCMIDO") }));
    }
    Ok(Configuration {
        public_addresses,
        controller: xml.need(controller, "enabledCLCIp", within)?,
        // Consumers refuse an empty domain and an empty list.
        dns_domain: xml.need(dns_domain.filter(|domain| !domain.is_empty()), "instanceDNSDomain", within)?,
        dns_servers: xml.need(dns_servers.filter(|servers| !servers.is_empty()), "instanceDNSServers", within)?,
        mido,
        clusters,
    })
}

/// The name of a property; empty for any other element.
pub(super) fn property(xml: &Xml<'_>, element: &BytesStart<'_>) -> Result<String> {
    if element.name().as_ref() == "property" { xml.name(element) } else { Ok(String::new()) }
}

fn cluster(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Cluster> {
    let name = xml.name(start)?;
    let within = || format!("cluster {name}");
    let (mut address, mut mac_prefix, mut nodes) = (None, None, Vec::new());
    while let Some(child) = xml.child()? {
        match property(xml, &child)?.as_str() {
            "enabledCCIp" => address = hosts(xml, "enabledCCIp")?.pop(),
            "macPrefix" => mac_prefix = values(xml, "macPrefix")?.pop(),
            "nodes" => nodes = list(xml, "node", node)?,
            _ => xml.skip()?,
        }
    }
    Ok(Cluster { name, address: xml.need(address, "enabledCCIp", within)?, mac_prefix: xml.need(mac_prefix, "macPrefix", within)?, nodes })
}

fn node(xml: &mut Xml<'_>, start: &BytesStart<'_>) -> Result<Node> {
    let name = xml.name(start)?;
    let mut instances = Vec::new();
    while let Some(child) = xml.child()? {
        match child.name().as_ref() {
            "instanceIds" => instances = values(xml, "instanceIds")?,
            _ => xml.skip()?,
        }
    }
    Ok(Node { name, instances })
}
