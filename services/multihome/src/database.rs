//! The database that an operator's command looks into: the one that is named, or that of an embedded run.

use std::path::PathBuf;

use clap::Args;
use multihome_runtime::{Store, StoreArgs};

#[derive(Clone, Debug, Args)]
pub struct DatabaseArgs {
    /// The state folder of 'multihome up', where no database is named
    #[arg(long, env = "MULTIHOME_STATE", default_value = ".state")]
    pub state: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
}

impl DatabaseArgs {
    /// Whether it is that of an embedded run.
    pub fn is_embedded(&self) -> bool {
        self.store.database.is_none() && self.store.database_file.is_none()
    }

    pub async fn open(&self) -> anyhow::Result<Store> {
        let url = if self.is_embedded() {
            let path = crate::up::database(&self.state);
            anyhow::ensure!(
                path.exists(),
                "there is no database at {}; name one with --database, or the folder of 'multihome up' with --state",
                path.display()
            );
            format!("sqlite://{}", path.display())
        } else {
            self.store.url().map_err(anyhow::Error::msg)?
        };
        Store::open(&url, 2).await.map_err(|why| anyhow::anyhow!("cannot open the database: {why}"))
    }
}
