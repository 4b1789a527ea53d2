//! `multihome migrate`: the one-shot that a deployment runs before its services.

use clap::Args;
use multihome_runtime::{Store, StoreArgs};

use crate::clusters::{ClusterSpec, register};

#[derive(Clone, Debug, Args)]
pub struct MigrateArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// A cluster to register, such as name=one,zone=us-east-1a; also region=, address= and nodes=10.0.0.1+10.0.0.2. May be repeated
    #[arg(long = "cluster", env = "MULTIHOME_CLUSTERS", value_delimiter = ';')]
    clusters: Vec<ClusterSpec>,
}

pub async fn run(args: MigrateArgs) -> anyhow::Result<()> {
    let url = args.store.url().map_err(anyhow::Error::msg)?;
    let store = Store::open(&url, 2).await.map_err(|why| anyhow::anyhow!("cannot open the database: {why}"))?;
    store.migrate().await.map_err(|why| anyhow::anyhow!("the schema could not be brought up to date: {why}"))?;
    register(&store, args.clusters).await?;
    println!("The database is up to date.");
    Ok(())
}
