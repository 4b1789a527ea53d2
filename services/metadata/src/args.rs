//! What an operator sets of instance metadata: parsed whole before anything is opened.

use std::{net::SocketAddr, path::PathBuf, str::FromStr};

use clap::Args;
use multihome_types::VpcId;

use crate::secret::Secret;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Instance metadata")]
pub struct MetadataArgs {
    /// Where to answer fronts, which say for which instance they ask in a signed header
    #[arg(long, env = "MULTIHOME_METADATA_LISTEN", default_value = "127.0.0.1:4567", value_name = "ADDRESS:PORT")]
    pub metadata_listen: SocketAddr,
    /// A port inside the network of a VPC, where the source address says who asks. May be repeated
    #[arg(long = "metadata-vpc", env = "MULTIHOME_METADATA_VPCS", value_delimiter = ',', value_name = "VPC=ADDRESS:PORT")]
    pub metadata_vpcs: Vec<VpcListener>,
    /// A file with the secret that fronts sign with and that tokens are made from: the same for every replica
    #[arg(long, env = "MULTIHOME_METADATA_SECRET_FILE", value_name = "FILE")]
    pub metadata_secret_file: Option<PathBuf>,
    /// How many requests a second one instance may make; 0 for any number
    #[arg(long, env = "MULTIHOME_METADATA_RATE", default_value_t = 1_000, value_name = "COUNT")]
    pub metadata_rate: u32,
    /// How many connections may be open at a time on each port
    #[arg(long, env = "MULTIHOME_METADATA_CONNECTIONS", default_value_t = 4_096, value_parser = clap::value_parser!(u32).range(1..), value_name = "COUNT")]
    pub metadata_connections: u32,
    /// How many of them one instance may have on the port of a VPC, from all its addresses; those that are no instance's share as many
    #[arg(long, env = "MULTIHOME_METADATA_CONNECTIONS_PER_GUEST", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..), value_name = "COUNT")]
    pub metadata_connections_per_guest: u32,
}

impl MetadataArgs {
    pub(crate) fn secret(&self) -> Result<Secret, String> {
        match &self.metadata_secret_file {
            Some(path) => Secret::read(path),
            None => Err("no secret for instance metadata given: use --metadata-secret-file or MULTIHOME_METADATA_SECRET_FILE".to_owned()),
        }
    }
}

/// `vpc-3b1fdc87=169.254.169.254:80`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VpcListener {
    pub vpc: VpcId,
    pub address: SocketAddr,
}

impl FromStr for VpcListener {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (vpc, address) = text.split_once('=').ok_or_else(|| format!("'{text}' is not of the form VPC=ADDRESS:PORT"))?;
        let vpc = vpc.parse().map_err(|why: multihome_types::InvalidId| why.to_string())?;
        let address = address.parse().map_err(|_| format!("'{address}' is not of the form ADDRESS:PORT"))?;
        Ok(Self { vpc, address })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    pub(crate) struct Line {
        #[command(flatten)]
        pub(crate) metadata: MetadataArgs,
    }

    #[test]
    fn a_listener_belongs_to_a_vpc() {
        let listener: VpcListener = "vpc-3b1fdc87=169.254.169.254:80".parse().unwrap();
        assert_eq!((listener.vpc.to_string(), listener.address.port()), ("vpc-3b1fdc87".to_owned(), 80));
        for bad in ["", "vpc-3b1fdc87", "eni-3b1fdc87=127.0.0.1:80", "vpc-3b1fdc87=here:80", "vpc-3b1fdc87=127.0.0.1"] {
            assert!(bad.parse::<VpcListener>().is_err(), "{bad}");
        }
    }
}
