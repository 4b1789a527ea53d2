//! `multihome account` and `multihome key`: who may use the cloud. What is printed on standard output is for scripts too.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use multihome_api::accounts::{self, LONGEST_NAME, MasterKeyArgs};
use multihome_runtime::Store;
use multihome_types::{AccessKeyStatus, AccountId};

use crate::database::DatabaseArgs;

#[derive(Clone, Debug, Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    what: AccountCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum AccountCommand {
    /// Make an account and print its number
    Create {
        /// The number, of 12 digits; one that nobody has if left out
        account: Option<AccountId>,
        /// What people call it
        #[arg(long, default_value = "", value_parser = name)]
        name: String,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// List the accounts: number, when it was made, name
    List {
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Delete an account that has nothing any more, and its access keys
    Delete {
        /// The number, of 12 digits
        account: AccountId,
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

#[derive(Clone, Debug, Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    what: KeyCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum KeyCommand {
    /// Make an access key of an account and print it, with its secret, which is never shown again
    Create {
        /// The account's number, of 12 digits
        account: AccountId,
        #[command(flatten)]
        database: DatabaseArgs,
        #[command(flatten)]
        master_key: MasterKeyArgs,
    },
    /// List access keys: id, account, status, when it was made, when it was last used to the hour
    List {
        /// Those of one account only
        #[arg(long)]
        account: Option<AccountId>,
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Refuse a key from now on, until it is enabled
    Disable(OneKey),
    /// Let a key be used again
    Enable(OneKey),
    /// Delete a key
    Delete(OneKey),
}

#[derive(Clone, Debug, Args)]
struct OneKey {
    /// The key's id, such as AKIAIOSFODNN7EXAMPLE
    key: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

fn name(text: &str) -> Result<String, String> {
    if text.chars().count() > LONGEST_NAME || text.chars().any(char::is_control) {
        return Err(format!("a name has up to {LONGEST_NAME} characters, all of them printable"));
    }
    Ok(text.to_owned())
}

/// Where the embedded run keeps its master key.
pub fn master_key_file(state: &Path) -> PathBuf {
    state.join("master-key")
}

async fn open(database: &DatabaseArgs) -> anyhow::Result<Store> {
    let store = database.open().await?;
    store.check().await.map_err(|why| anyhow::anyhow!("the database cannot be used: {why}"))?;
    Ok(store)
}

pub async fn run(args: AccountArgs) -> anyhow::Result<()> {
    match args.what {
        AccountCommand::Create { account, name, database } => println!("{}", accounts::create(&open(&database).await?, account, &name).await?),
        AccountCommand::List { database } => {
            for row in accounts::list(&open(&database).await?).await? {
                println!("{}  {}  {}", row.id, row.created, row.name);
            }
        }
        AccountCommand::Delete { account, database } => accounts::delete(&open(&database).await?, account).await?,
    }
    Ok(())
}

pub async fn run_key(args: KeyArgs) -> anyhow::Result<()> {
    match args.what {
        KeyCommand::Create { account, database, mut master_key } => {
            let embedded = master_key_file(&database.state);
            if !master_key.is_given() && database.is_embedded() && embedded.exists() {
                master_key.master_key_file = Some(embedded);
            }
            let master = master_key.read().map_err(anyhow::Error::msg)?;
            let master = master.ok_or_else(|| anyhow::anyhow!("the secret cannot be sealed: give the master key with --master-key-file"))?;
            let key = accounts::create_key(&open(&database).await?, &master, account).await?;
            println!("export AWS_ACCESS_KEY_ID={}\nexport AWS_SECRET_ACCESS_KEY={}", key.id, key.secret);
        }
        KeyCommand::List { account, database } => {
            for row in accounts::list_keys(&open(&database).await?, account).await? {
                let used = row.last_used.map_or_else(|| "never".to_owned(), |moment| moment.to_string());
                println!("{}  {}  {:<8}  {}  {used}", row.id, row.account, row.status, row.created);
            }
        }
        KeyCommand::Disable(OneKey { key, database }) => {
            accounts::set_key_status(&open(&database).await?, &key, AccessKeyStatus::Inactive).await?;
        }
        KeyCommand::Enable(OneKey { key, database }) => accounts::set_key_status(&open(&database).await?, &key, AccessKeyStatus::Active).await?,
        KeyCommand::Delete(OneKey { key, database }) => accounts::delete_key(&open(&database).await?, &key).await?,
    }
    Ok(())
}
