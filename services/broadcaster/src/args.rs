//! What an operator sets of the broadcast.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use multihome_broadcast::{AddressRange, Dialect, Mido, MidoGateway};
use multihome_core::{compose::Settings, public_pool::PublicPool};
use multihome_types::{Address, MacPrefix};

use crate::model::Scopes;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Broadcaster")]
pub struct BroadcasterArgs {
    /// How often every cluster's document is sent again although nothing changed
    #[arg(long, env = "MULTIHOME_RESEND_INTERVAL", default_value = "30s", value_parser = multihome_runtime::interval, value_name = "TIME")]
    pub resend_interval: Duration,
    /// The control plane's address as the network agents of clusters see it
    #[arg(long, env = "MULTIHOME_CONTROLLER", default_value = "127.0.0.1", value_parser = Address::parse_host, value_name = "ADDRESS")]
    pub controller: Address,
    /// The domain of instances' private host names
    #[arg(
        long,
        env = "MULTIHOME_INSTANCE_DNS_DOMAIN",
        default_value = "eucalyptus.internal",
        value_parser = domain,
        value_name = "DOMAIN"
    )]
    pub instance_dns_domain: String,
    /// The name servers of instances, separated by commas; 127.0.0.1 if left out, because network agents demand one
    #[arg(long, env = "MULTIHOME_INSTANCE_DNS_SERVERS", value_delimiter = ',', value_parser = Address::parse_host, value_name = "ADDRESS,...")]
    pub instance_dns_servers: Vec<Address>,
    // Not `mac-prefix`: in one process with the EC2 endpoint, which has that flag. The variable is the same.
    /// The first two bytes of every interface's MAC address, as the EC2 endpoint has them
    #[arg(long, env = "MULTIHOME_MAC_PREFIX", default_value = "d0:0d", value_name = "BYTES")]
    pub broadcast_mac_prefix: MacPrefix,
    // Not `public-addresses`, which is the EC2 endpoint's. The variable is the same.
    /// The blocks that public addresses come out of, separated by commas, as the EC2 endpoint has them
    #[arg(long, env = "MULTIHOME_PUBLIC_ADDRESSES", default_value = "203.0.113.0/24,198.51.100.0/24", value_name = "BLOCK,...")]
    pub broadcast_public_addresses: PublicPool,
    /// How many interfaces besides the primary the nodes of the clusters hold per instance, 31 at most; if left out 8, as those of
    /// Eucalyptus do, and 31 in 'multihome up'
    #[arg(long, env = "MULTIHOME_MOST_SECONDARIES", value_parser = clap::value_parser!(u8).range(1..=31), value_name = "COUNT")]
    pub most_secondaries: Option<u8>,
    /// The least time between two documents for a cluster: what changes in between goes into the second
    #[arg(long, env = "MULTIHOME_BROADCAST_INTERVAL", default_value = "50ms", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub broadcast_interval: Duration,
    /// Whether the clusters of a region are sent one document, or each what concerns it: region or cluster
    #[arg(long, env = "MULTIHOME_BROADCAST_SCOPE", default_value = "region", value_name = "SCOPE")]
    pub broadcast_scope: Scopes,
    /// Whose consumers the document is for: 4.3 (with the text of rules, with short ids only, and without routes whose destination is longer than 15
    /// characters) or 4.4
    #[arg(long, env = "MULTIHOME_BROADCAST_DIALECT", default_value = "4.4", value_name = "VERSION")]
    pub broadcast_dialect: Dialect,
    /// A JSON file with the gateways of MidoNet, for clusters that have it
    #[arg(long, env = "MULTIHOME_MIDO_FILE", value_name = "FILE")]
    pub mido_file: Option<PathBuf>,
}

/// What a node of Eucalyptus holds besides the primary interface, in an array that it fills unchecked: never more unless somebody
/// says that these are other nodes.
const EUCALYPTUS_SECONDARIES: u8 = 8;
/// Every device index there is: our own clusters hold them all.
const SIMULATED_SECONDARIES: u8 = 31;

impl BroadcasterArgs {
    /// For simulated clusters, which hold more than those of Eucalyptus, unless the operator said how much.
    #[must_use]
    pub fn for_simulated_clusters(mut self) -> Self {
        self.most_secondaries.get_or_insert(SIMULATED_SECONDARIES);
        self
    }

    /// # Errors
    /// A sentence for the operator.
    pub(crate) fn settings(&self) -> Result<(Settings, Scopes), String> {
        let mido = self.mido_file.as_deref().map(|path| read_mido(path, self.broadcast_dialect)).transpose()?;
        let settings = Settings {
            dialect: self.broadcast_dialect,
            public_addresses: self.broadcast_public_addresses.ranges().map(|(first, last)| AddressRange { first, last }).collect(),
            mido,
            controller: self.controller,
            dns_domain: self.instance_dns_domain.clone(),
            dns_servers: self.instance_dns_servers.clone(),
            mac_prefix: self.broadcast_mac_prefix,
            most_secondaries: usize::from(self.most_secondaries.unwrap_or(EUCALYPTUS_SECONDARIES)),
        };
        Ok((settings, self.broadcast_scope))
    }
}

/// Consumers of 4.3 write a seventh gateway beyond the end of their array.
const MOST_GATEWAYS: usize = 6;

fn read_mido(path: &Path, dialect: Dialect) -> Result<Mido, String> {
    let text = fs::read(path).map_err(|why| format!("cannot read the gateways of MidoNet from {}: {why}", path.display()))?;
    let mido: Mido = serde_json::from_slice(&text).map_err(|why| format!("{} does not describe MidoNet: {why}", path.display()))?;
    if dialect == Dialect::V43 && mido.gateways.len() > MOST_GATEWAYS {
        return Err(format!("{} names {} gateways, and consumers of 4.3 have room for {MOST_GATEWAYS}", path.display(), mido.gateways.len()));
    }
    for gateway in &mido.gateways {
        check_gateway(gateway, dialect).map_err(|why| format!("{}: {why}", path.display()))?;
    }
    if let Some(host) = mido.eucanetd_host.as_ref().filter(|host| domain(host).is_err()) {
        return Err(format!("{}: '{host}' is not the name of a host", path.display()));
    }
    Ok(mido)
}

fn check_gateway(gateway: &MidoGateway, dialect: Dialect) -> Result<(), String> {
    match gateway {
        MidoGateway::Host { gateway_host, gateway_interface, .. } => {
            domain(gateway_host).map_err(|_| format!("'{gateway_host}' is not the name of a host"))?;
            device(gateway_interface)
        }
        // Consumers of 4.3 look for the other form only, and use memory that they never set.
        MidoGateway::Router { external_device, .. } if dialect == Dialect::V43 => Err(format!(
            "the gateway on {external_device} has the form of dialect 4.4; dialect 4.3 needs gateway_host, gateway_ip and gateway_interface"
        )),
        MidoGateway::Router { external_device, .. } => device(external_device),
    }
}

/// Linux limits the name of a network device to 15 characters, and so do consumers, which cut a longer one.
fn device(name: &str) -> Result<(), String> {
    if domain(name).is_ok() && name.len() <= MAX_DEVICE_NAME {
        Ok(())
    } else {
        Err(format!("'{name}' is not the name of a network device, which has 1 to {MAX_DEVICE_NAME} characters"))
    }
}

const MAX_DEVICE_NAME: usize = 15;

/// Consumers have room for 255 characters, and take blanks for part of the name.
fn domain(text: &str) -> Result<String, String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if text.is_empty() || text.len() > 255 || !text.bytes().all(allowed) {
        return Err(format!("'{text}' is not a domain name"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        broadcaster: BroadcasterArgs,
    }

    #[test]
    fn what_consumers_refuse_is_refused_at_the_door() {
        for bad in [
            ["--controller", "0.0.0.0"],
            ["--controller", "here"],
            ["--instance-dns-servers", "0.0.0.0"],
            ["--instance-dns-servers", "10.0.0.1,0.0.0.0"],
            ["--instance-dns-domain", ""],
            ["--instance-dns-domain", "a b"],
            ["--resend-interval", "0s"],
            ["--instance-dns-servers", "10.0.0.1,x"],
            ["--broadcast-mac-prefix", "01:00"],
        ] {
            assert!(Line::try_parse_from(["broadcaster"].iter().chain(&bad)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn no_node_is_told_of_more_interfaces_than_eucalyptus_holds_unless_somebody_says_so() {
        let most = |flags: &[&str], simulated: bool| {
            let line = Line::try_parse_from(["broadcaster"].iter().chain(flags)).unwrap_or_else(|why| panic!("{why}")).broadcaster;
            let args = if simulated { line.for_simulated_clusters() } else { line };
            args.settings().unwrap().0.most_secondaries
        };
        assert_eq!((most(&[], false), most(&[], true)), (8, 31));
        let told = ["--most-secondaries", "12"];
        assert_eq!((most(&told, false), most(&told, true)), (12, 12));
    }

    #[test]
    fn a_gateway_has_the_form_of_its_dialect_and_a_device_that_exists() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mido.json");
        let read = |gateways: &str, dialect| {
            fs::write(&path, format!(r#"{{"gateways": [{gateways}]}}"#)).unwrap();
            read_mido(&path, dialect).map(|mido| mido.gateways.len())
        };
        let host = |device: &str| format!(r#"{{"gateway_host": "gw-1", "gateway_ip": "10.0.0.1", "gateway_interface": "{device}"}}"#);
        let router = |device: &str| {
            format!(r#"{{"ip": "10.0.0.1", "external_cidr": "10.0.0.0/24", "external_device": "{device}", "external_ip": "10.0.0.2"}}"#)
        };
        for dialect in [Dialect::V43, Dialect::V44] {
            assert_eq!(read(&host("enp0s31f6.40941"), dialect), Ok(1));
            assert!(read(&host("enp0s31f6.409412"), dialect).unwrap_err().contains("1 to 15 characters"));
        }
        assert_eq!(read(&router("em1"), Dialect::V44), Ok(1));
        assert!(read(&router("enp0s31f6u1u2.4094"), Dialect::V44).unwrap_err().contains("1 to 15 characters"));
        assert!(read(&router("em1"), Dialect::V43).unwrap_err().contains("dialect 4.3 needs gateway_host"));
        assert!(read(&format!("{}, {}", host("em1"), router("em1")), Dialect::V43).is_err());
        let seven = vec![host("em1"); 7].join(", ");
        assert_eq!((read(&seven, Dialect::V44), read(&seven, Dialect::V43).is_err()), (Ok(7), true));
    }

    #[test]
    fn name_servers_are_separated_by_commas() {
        let line = Line::try_parse_from(["broadcaster", "--instance-dns-servers", "10.0.0.1,10.0.0.2"]).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(line.broadcaster.settings().unwrap().0.dns_servers.len(), 2);
        assert_eq!(line.broadcaster.resend_interval, Duration::from_secs(30));
    }
}
