//! What an operator sets of the broadcast.

use std::time::Duration;

use clap::Args;
use multihome_core::compose::Settings;
use multihome_types::{Address, MacPrefix};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Broadcaster")]
pub struct BroadcasterArgs {
    /// How often every cluster's document is looked at although nothing changed, and sent again if the bus lost it
    #[arg(long, env = "MULTIHOME_RESEND_INTERVAL", default_value = "30s", value_parser = interval, value_name = "TIME")]
    pub resend_interval: Duration,
    /// The control plane's address as the network agents of clusters see it
    #[arg(long, env = "MULTIHOME_CONTROLLER", default_value = "127.0.0.1", value_parser = controller, value_name = "ADDRESS")]
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
    #[arg(long, env = "MULTIHOME_INSTANCE_DNS_SERVERS", value_delimiter = ',', value_name = "ADDRESS,...")]
    pub instance_dns_servers: Vec<Address>,
    // Not `mac-prefix`: in one process with the EC2 endpoint, which has that flag. The variable is the same.
    /// The first two bytes of every interface's MAC address, as the EC2 endpoint has them
    #[arg(long, env = "MULTIHOME_MAC_PREFIX", default_value = "d0:0d", value_name = "BYTES")]
    pub broadcast_mac_prefix: MacPrefix,
    /// How many interfaces besides the primary the nodes of the clusters hold per instance; 8 for those of Eucalyptus
    #[arg(long, env = "MULTIHOME_MOST_SECONDARIES", default_value_t = 31, value_parser = clap::value_parser!(u8).range(1..=31), value_name = "COUNT")]
    pub most_secondaries: u8,
}

impl BroadcasterArgs {
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            controller: self.controller,
            dns_domain: self.instance_dns_domain.clone(),
            dns_servers: self.instance_dns_servers.clone(),
            mac_prefix: self.broadcast_mac_prefix,
            most_secondaries: usize::from(self.most_secondaries),
        }
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|why| why.to_string())?;
    if interval.is_zero() { Err("the interval must be longer than nothing".to_owned()) } else { Ok(interval) }
}

/// Consumers refuse a whole document for this address.
fn controller(text: &str) -> Result<Address, String> {
    let address: Address = text.parse()?;
    if address.0.is_unspecified() { Err("0.0.0.0 is nobody's address".to_owned()) } else { Ok(address) }
}

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
    fn name_servers_are_separated_by_commas() {
        let line = Line::try_parse_from(["broadcaster", "--instance-dns-servers", "10.0.0.1,10.0.0.2"]).unwrap_or_else(|why| panic!("{why}"));
        assert_eq!(line.broadcaster.settings().dns_servers.len(), 2);
        assert_eq!(line.broadcaster.resend_interval, Duration::from_secs(30));
    }
}
