//! A database of the test's own: a file of SQLite, or a database on the PostgreSQL server that
//! `MULTIHOME_TEST_DATABASE` names.

use multihome_runtime::{Store, random_bits};
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

pub struct TestDatabase {
    url: String,
    server: Option<(String, String)>,
    _folder: Option<TempDir>,
}

impl TestDatabase {
    pub async fn create() -> Self {
        match std::env::var("MULTIHOME_TEST_DATABASE") {
            Ok(server) if server.starts_with("postgres") => {
                let name = format!("test_{:016x}", random_bits() as u64);
                let admin = Database::connect(&server).await.expect("the PostgreSQL server of MULTIHOME_TEST_DATABASE answers");
                admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("databases can be created");
                let (base, query) = server.split_once('?').map_or((server.as_str(), String::new()), |(base, query)| (base, format!("?{query}")));
                let host = base.rsplit_once('/').map_or(base, |(host, _)| host);
                Self { url: format!("{host}/{name}{query}"), server: Some((server.clone(), name)), _folder: None }
            }
            _ => {
                let folder = TempDir::new().expect("a temporary folder");
                Self { url: format!("sqlite://{}", folder.path().join("test.db").display()), server: None, _folder: Some(folder) }
            }
        }
    }

    /// Whether transactions that write come one after the other.
    pub fn has_one_writer(&self) -> bool {
        self.server.is_none()
    }

    /// A handle of its own, as another process would have.
    pub async fn open(&self) -> Store {
        let store = Store::open(&self.url, 8).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        store
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = self.server.take() else { return };
        // The runtime of the test is going down, so the last word is said from another.
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let admin = Database::connect(&server).await.ok()?;
                admin.execute_unprepared(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.ok()
            })
        });
        drop(dropped.join());
    }
}
