//! What an operator sets of the EC2 endpoint: parsed whole before anything is opened.

use std::{fmt, fs, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::Args;
use multihome_core::{deadlines::Deadlines, public_pool::PublicPool, quota::Defaults};
use multihome_types::{AccountId, IdLength, MacPrefix, Region};

use crate::{
    accounts::MasterKeyArgs,
    credentials::{Credentials, first_key},
    throttle::Throttling,
};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "EC2 endpoint")]
pub struct ApiArgs {
    /// Where to answer EC2 requests
    #[arg(long, env = "MULTIHOME_LISTEN", default_value = "127.0.0.1:4566", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Who may call: access keys with their secrets and accounts, separated by commas
    #[arg(long, env = "MULTIHOME_CREDENTIALS", hide_env_values = true, value_name = "KEY:SECRET:ACCOUNT,...")]
    pub credentials: Option<Hidden>,
    /// A file with credentials in it, separated by commas or on lines of their own
    #[arg(long, env = "MULTIHOME_CREDENTIALS_FILE", value_name = "FILE")]
    pub credentials_file: Option<PathBuf>,
    #[command(flatten)]
    pub master_key: MasterKeyArgs,
    /// The regions requests may be for, separated by commas; those of the registered clusters if left out
    #[arg(long = "region", env = "MULTIHOME_REGIONS", value_delimiter = ',', value_name = "REGION,...")]
    pub regions: Vec<Region>,
    /// The accounts that may do what is the operator's to do, such as changing instance types; separated by commas
    #[arg(long, env = "MULTIHOME_OPERATOR_ACCOUNTS", value_delimiter = ',', default_value = "000000000000", value_name = "ACCOUNT,...")]
    pub operator_accounts: Vec<AccountId>,
    /// How often an account may ask: as many times what EC2 allows it, or off. 1 if left out; in the embedded run, off
    #[arg(long, env = "MULTIHOME_THROTTLE", value_name = "FACTOR|off")]
    pub throttle: Option<Throttling>,
    // Not `start-deadline`, which is the attachment service's. The variable is the same.
    /// How long a launched instance may be pending before the launch is given up
    #[arg(long, env = "MULTIHOME_LAUNCH_DEADLINE", default_value = "10m", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub launch_deadline: Duration,
    // Not `attach-deadline`, which is the attachment service's. The variable is the same.
    /// How long a further interface of a launched instance may be attaching once the instance runs
    #[arg(long, env = "MULTIHOME_ATTACH_DEADLINE", default_value = "2m", value_parser = humantime::parse_duration, value_name = "TIME")]
    pub launch_attach_deadline: Duration,
    /// How many digits new ids have: 8 or 17
    #[arg(long, env = "MULTIHOME_ID_LENGTH", default_value = "8", value_name = "DIGITS")]
    pub id_length: IdLength,
    /// The first two bytes of every interface's MAC address
    #[arg(long, env = "MULTIHOME_MAC_PREFIX", default_value = "d0:0d", value_name = "BYTES")]
    pub mac_prefix: MacPrefix,
    /// The blocks that public addresses come out of, separated by commas
    #[arg(long, env = "MULTIHOME_PUBLIC_ADDRESSES", default_value = "203.0.113.0/24,198.51.100.0/24", value_name = "BLOCK,...")]
    pub public_addresses: PublicPool,
    /// What every account may have, where that is not what EC2 gives: name=value, separated by commas (`multihome quota list` names them)
    #[arg(long, env = "MULTIHOME_QUOTAS", default_value = "", hide_default_value = true, value_name = "NAME=VALUE,...")]
    pub quotas: Defaults,
}

impl ApiArgs {
    /// Every credential that was given, one way or the other.
    ///
    /// # Errors
    /// A sentence for the operator: the file cannot be read.
    pub fn credentials_text(&self) -> Result<String, String> {
        let mut texts: Vec<String> = self.credentials.iter().map(|hidden| hidden.0.clone()).collect();
        if let Some(path) = &self.credentials_file {
            texts.push(fs::read_to_string(path).map_err(|why| format!("cannot read credentials from {}: {why}", path.display()))?);
        }
        Ok(texts.join("\n"))
    }

    /// The first access key that was given, with its secret: whom the lines to paste are for.
    ///
    /// # Errors
    /// A sentence for the operator, if the file cannot be read.
    pub fn first_key(&self) -> Result<Option<(String, String)>, String> {
        self.credentials_text().map(|text| first_key(&text))
    }
}

/// A text that is never printed, and not refused by the command line either: a refusal there would print it.
#[derive(Clone)]
pub struct Hidden(pub String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl FromStr for Hidden {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// [`ApiArgs`], understood.
#[derive(Clone, Debug)]
pub struct Settings {
    pub credentials: Credentials,
    /// Empty: the regions of the registered clusters.
    pub regions: Vec<Region>,
    pub operator_accounts: Vec<AccountId>,
    pub throttling: Throttling,
    pub deadlines: Deadlines,
    pub id_length: IdLength,
    pub mac_prefix: MacPrefix,
    pub public_addresses: PublicPool,
    pub quotas: Defaults,
}

impl Settings {
    /// # Errors
    /// A sentence for the operator. It never repeats a secret.
    pub fn read(args: &ApiArgs) -> Result<Self, String> {
        let credentials = Credentials::parse(&args.credentials_text()?)?;
        if credentials.is_empty() && !args.master_key.is_given() {
            return Err("nobody could call: use --credentials KEY:SECRET:ACCOUNT or MULTIHOME_CREDENTIALS, or give the master key of the \
                        access keys in the database with --master-key-file or MULTIHOME_MASTER_KEY_FILE"
                .to_owned());
        }
        Ok(Self {
            credentials,
            regions: args.regions.clone(),
            operator_accounts: args.operator_accounts.clone(),
            throttling: args.throttle.unwrap_or(Throttling::Times(1.0)),
            deadlines: Deadlines { launch: args.launch_deadline, attach: args.launch_attach_deadline, ..Deadlines::default() },
            id_length: args.id_length,
            mac_prefix: args.mac_prefix,
            public_addresses: args.public_addresses.clone(),
            quotas: args.quotas.clone(),
        })
    }

    pub(crate) fn is_operator(&self, account: AccountId) -> bool {
        self.operator_accounts.contains(&account)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        api: ApiArgs,
    }

    fn parse(arguments: &[&str]) -> ApiArgs {
        Line::try_parse_from(["api"].iter().chain(arguments)).unwrap_or_else(|why| panic!("{why}")).api
    }

    #[test]
    fn the_defaults_are_those_of_the_embedded_run() {
        let args = parse(&["--credentials", "AKIA1:secret:000000000001"]);
        let settings = Settings::read(&args).unwrap();
        assert_eq!((args.listen.to_string(), settings.id_length), ("127.0.0.1:4566".to_owned(), IdLength::Short));
        assert_eq!(settings.throttling, Throttling::Times(1.0), "which is the one thing that the embedded run has otherwise");
        assert!(settings.is_operator("000000000000".parse().unwrap()) && !settings.is_operator("000000000001".parse().unwrap()));
    }

    #[test]
    fn the_interfaces_of_a_launch_have_the_deadlines_that_were_set() {
        let args = parse(&["--credentials", "AKIA1:secret:000000000001", "--launch-deadline", "3s", "--launch-attach-deadline", "1s"]);
        let deadlines = Settings::read(&args).unwrap().deadlines;
        assert_eq!(
            deadlines.attach_at_launch(multihome_types::DeviceIndex(1), multihome_types::Timestamp(0)),
            Some(multihome_types::Timestamp(4000))
        );
    }

    #[test]
    fn a_secret_is_never_printed() {
        let args = parse(&["--credentials", "AKIA1:hush:000000000001"]);
        let settings = Settings::read(&args).unwrap();
        assert!(!format!("{args:?} {settings:?}").contains("hush"));
        let wrong = Settings::read(&parse(&["--credentials", "AKIA1:hush:1"])).unwrap_err();
        assert!(!wrong.contains("hush"), "{wrong}");
    }

    #[test]
    fn credentials_may_stand_in_a_file() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "AKIA1:one:000000000001\n# a comment\nAKIA2:two:000000000002\n").unwrap();
        let settings = Settings::read(&parse(&["--credentials-file", file.path().to_str().unwrap()])).unwrap();
        assert!(settings.credentials.find("AKIA2").is_some());
        assert!(Settings::read(&parse(&[])).unwrap_err().contains("--credentials"));
    }
}
