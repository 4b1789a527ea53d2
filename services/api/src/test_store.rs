//! A database for one test: a file of SQLite that goes with the test, or a database of its own on the PostgreSQL that
//! `MULTIHOME_TEST_DATABASE` names, dropped at the end. The same tests run on both, because what they are about (uniqueness,
//! locks, who waits for whom) is where the two differ.

use std::ops::Deref;

use multihome_runtime::{Store, random_bits};
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;

/// Where PostgreSQL is: `postgres://user:password@host/database`, of a user that may create databases.
const VARIABLE: &str = "MULTIHOME_TEST_DATABASE";

/// A store with an empty schema.
pub(crate) struct TestStore {
    store: Store,
    _place: Place,
}

enum Place {
    Folder(#[expect(dead_code, reason = "it is removed when it is dropped")] TempDir),
    Database { server: String, name: String },
}

impl TestStore {
    pub(crate) async fn open() -> Self {
        let (url, place) = match std::env::var(VARIABLE) {
            Ok(server) if server.starts_with("postgres") => {
                let name = format!("test_{:032x}", random_bits());
                administer(&server, &format!("CREATE DATABASE {name}")).await;
                let (start, _) = server.rsplit_once('/').unwrap_or_else(|| panic!("{VARIABLE} names no database"));
                (format!("{start}/{name}"), Place::Database { server, name })
            }
            _ => {
                let folder = TempDir::new().unwrap();
                (format!("sqlite://{}", folder.path().join("test.db").display()), Place::Folder(folder))
            }
        };
        let store = Store::open(&url, 16).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, _place: place }
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for Place {
    /// On a thread of its own: a test's runtime cannot be waited for from within.
    fn drop(&mut self) {
        let Self::Database { server, name } = self else { return };
        let (server, statement) = (server.clone(), format!("DROP DATABASE {name} WITH (FORCE)"));
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(administer(&server, &statement));
        });
        // A database that stays is untidy and no failure of the test.
        drop(dropping.join());
    }
}

async fn administer(server: &str, statement: &str) {
    let connection = Database::connect(server).await.unwrap();
    connection.execute_unprepared(statement).await.unwrap();
    connection.close().await.unwrap();
}
