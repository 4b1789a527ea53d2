//! `multihome quota`: what one account may have, where that is not what everybody has.

use clap::{Args, Subcommand};
use multihome_core::quota::{Defaults, QUOTAS, parse_value};
use multihome_entities::quota;
use multihome_runtime::Store;
use multihome_types::{AccountId, AccountQuota, QuotaName, Region};

use crate::database::DatabaseArgs;

#[derive(Clone, Debug, Args)]
pub struct QuotaArgs {
    #[command(subcommand)]
    what: QuotaCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum QuotaCommand {
    /// List what an account may have: name, value, and 'set' where it was set for this account
    List {
        #[command(flatten)]
        whose: Whose,
        /// What everybody has, as the EC2 endpoint was told: name=value, separated by commas
        #[arg(long, env = "MULTIHOME_QUOTAS", default_value = "", hide_default_value = true, value_name = "NAME=VALUE,...")]
        quotas: Defaults,
    },
    /// Set how many of something an account may have, from its next request on
    Set {
        #[command(flatten)]
        whose: Whose,
        /// The quota's name, as 'multihome quota list' has it
        name: QuotaName,
        #[arg(value_parser = parse_value, help = "How many")]
        value: u64,
    },
    /// Let an account have what everybody has again
    Reset {
        #[command(flatten)]
        whose: Whose,
        /// The quota's name, as 'multihome quota list' has it
        name: QuotaName,
    },
}

#[derive(Clone, Debug, Args)]
struct Whose {
    /// The account's number, of 12 digits
    account: AccountId,
    /// The region: regions share nothing
    #[arg(long, env = "MULTIHOME_QUOTA_REGION", default_value = "us-east-1", value_name = "REGION")]
    quota_region: Region,
    #[command(flatten)]
    database: DatabaseArgs,
}

impl Whose {
    async fn open(&self) -> anyhow::Result<Store> {
        let store = self.database.open().await?;
        store.check().await.map_err(|why| anyhow::anyhow!("the database cannot be used: {why}"))?;
        Ok(store)
    }
}

pub async fn run(args: QuotaArgs) -> anyhow::Result<()> {
    match args.what {
        QuotaCommand::List { whose, quotas } => {
            let defaults = if whose.database.is_embedded() { quotas.or(&crate::up::default_quotas()) } else { quotas };
            let set = quota::of_account(whose.open().await?.reader(), whose.account, whose.quota_region).await?;
            lines(&set, &defaults).iter().for_each(|line| println!("{line}"));
        }
        QuotaCommand::Set { whose, name, value } => {
            let quota = AccountQuota { account: whose.account, region: whose.quota_region, name, value };
            let txn = whose.open().await?.begin().await?;
            quota::set(txn.conn(), &quota).await?;
            txn.commit().await?;
        }
        QuotaCommand::Reset { whose, name } => {
            let txn = whose.open().await?.begin().await?;
            let was_set = quota::reset(txn.conn(), (whose.account, whose.quota_region, name)).await?;
            txn.commit().await?;
            anyhow::ensure!(was_set, "{name} was not set for account {}", whose.account);
        }
    }
    Ok(())
}

/// One for each quota there is.
fn lines(set: &[AccountQuota], defaults: &Defaults) -> Vec<String> {
    let line = |name: QuotaName| match set.iter().find(|quota| quota.name == name) {
        Some(quota) => format!("{name}\t{}\tset", quota.value),
        None => format!("{name}\t{}", defaults.of(name)),
    };
    QUOTAS.iter().map(|quota| line(quota.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quota_is_listed_with_what_counts_for_the_account() {
        let set =
            AccountQuota { account: "000000000001".parse().unwrap(), region: "us-east-1".parse().unwrap(), name: QuotaName::SubnetsPerVpc, value: 7 };
        let lines = lines(&[set], &"vpcs-per-region=100".parse().unwrap());
        assert_eq!(lines.len(), QuotaName::ALL.len());
        assert_eq!(&lines[..3], ["vpcs-per-region\t100", "subnets-per-vpc\t7\tset", "interfaces-per-region\t5000"]);
    }
}
