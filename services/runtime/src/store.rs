//! The database: SQLite for the embedded run, PostgreSQL for production, the same code for both.
//!
//! Reads go to a pool of readers. Writes go through [`Transaction`], which writes the change rows with the change and
//! hands them to the relay after the commit, so that nothing can be changed in silence.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use multihome_entities::{Migrator, change};
use multihome_types::{Change, ChangeId};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, Database, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr, IsolationLevel,
    QueryResult, SqliteTransactionMode, Statement, StatementBuilder, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::sync::mpsc;

use crate::{Health, trace::TraceContext};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Database")]
pub struct StoreArgs {
    /// postgres://user:password@host/database, or sqlite:///path/to/file
    #[arg(long, env = "MULTIHOME_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
    /// A file with the database's URL in it, so that no password stands in the environment
    #[arg(long, env = "MULTIHOME_DATABASE_FILE")]
    pub database_file: Option<PathBuf>,
    /// How many connections to PostgreSQL this process may open
    #[arg(long, env = "MULTIHOME_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,
}

impl StoreArgs {
    /// The URL, from wherever it was given.
    pub fn url(&self) -> Result<String, String> {
        match (&self.database, &self.database_file) {
            (Some(url), _) => Ok(url.clone()),
            (None, Some(path)) => std::fs::read_to_string(path)
                .map(|text| text.trim().to_owned())
                .map_err(|why| format!("cannot read the database's URL from {}: {why}", path.display())),
            (None, None) => Err("no database given: use --database or MULTIHOME_DATABASE".to_owned()),
        }
    }
}

/// What became of an update that named the generation it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Cas {
    Updated,
    /// Somebody else was first: read again and decide again. A missing row looks the same and shows at the next read.
    Stale,
}

impl Cas {
    /// From the number of rows that an update with `WHERE generation = …` met.
    pub fn from_rows(rows: u64) -> Self {
        if rows == 1 { Self::Updated } else { Self::Stale }
    }
}

/// A handle to the database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    read: DatabaseConnection,
    write: DatabaseConnection,
    written: Option<mpsc::Sender<WrittenBatch>>,
    health: Health,
}

/// A committed change, and the trace it belongs to.
#[derive(Clone, Debug)]
pub struct Written {
    pub change: Change,
    pub traceparent: Option<String>,
}

impl From<change::Model> for Written {
    fn from(row: change::Model) -> Self {
        Self { traceparent: row.traceparent.clone(), change: row.into() }
    }
}

/// What a store hands to its relay after each commit.
pub type WrittenBatch = Vec<Written>;

/// A transaction older than this is ended by the server, so that readers of the change log need not wait for it.
pub const TRANSACTION_LIMIT: Duration = Duration::from_secs(4);

impl Store {
    /// Opens the database; the file of an SQLite one is made if it is missing.
    pub async fn open(url: &str, connections: u32) -> Result<Self, DbErr> {
        if url.starts_with("sqlite:") {
            // One writer: SQLite has one anyway, and a queue here is fairer than its busy handler.
            let write = Database::connect(sqlite(url, 1)).await?;
            let read = Database::connect(sqlite(url, 4)).await?;
            Ok(Self { read, write, written: None, health: Health::default() })
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let both = Database::connect(postgres(url, connections)).await?;
            Ok(Self { read: both.clone(), write: both, written: None, health: Health::default() })
        } else {
            Err(DbErr::Custom("the database's URL must begin with postgres:// or sqlite://".to_owned()))
        }
    }

    /// Brings the schema up to date: in SQLite whole or not at all, in PostgreSQL, where replicas may be at work, each migration by itself.
    /// Of two that do so at a time one waits, and finds it done.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        let turn = self.begin().await?;
        if turn.conn().get_database_backend() == DatabaseBackend::Postgres {
            // The turn is held by one connection, and idle while another one works.
            turn.conn().execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0").await?;
            turn.conn().execute_unprepared("SELECT pg_advisory_xact_lock(hashtext('multihome migrate'))").await?;
            Migrator::up(&self.write, None).await?;
        } else {
            Migrator::up(turn.conn(), None).await?;
        }
        turn.commit().await
    }

    /// Whether the schema is that of this binary.
    pub async fn check(&self) -> Result<(), DbErr> {
        let pending = Migrator::get_pending_migrations_read_only(&self.read).await?;
        if pending.is_empty() {
            Ok(())
        } else {
            Err(DbErr::Custom("the database's schema is older than this program: run 'multihome migrate'".to_owned()))
        }
    }

    /// The same store, whose change rows are handed to a relay.
    #[must_use]
    pub fn with_relay(mut self, written: mpsc::Sender<WrittenBatch>) -> Self {
        self.written = Some(written);
        self
    }

    /// Conditions of the database that the process needs.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// For reading what is committed.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.read
    }

    /// All reads through this see the same moment. Rows of different moments could say that an interface is in a group which does not
    /// exist yet.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, DbErr> {
        if self.read.get_database_backend() == DatabaseBackend::Postgres {
            self.read.begin_with_config(Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly)).await
        } else {
            // In SQLite every transaction is one.
            self.read.begin().await
        }
    }

    /// Begins to write. In SQLite the lock is taken at once: upgrading a reader later would fail under load.
    pub async fn begin(&self) -> Result<Transaction, DbErr> {
        let options = TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..TransactionOptions::default() };
        let inner = self.write.begin_with_options(options).await?;
        Ok(Transaction { inner, changes: Vec::new(), written: self.written.clone() })
    }

    /// Writes outside of any transaction, for rows that nobody else cares about.
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.read.ping().await
    }
}

fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    // A file does not go away, so a connection need not be asked whether it still stands.
    options.max_connections(connections).min_connections(1).test_before_acquire(false).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
        options
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // FULL: what was acknowledged survives a power cut.
            .pragma("journal_mode", "WAL")
            .pragma("synchronous", "FULL")
            // What changes all the time is copied into the file less often. 16 MB.
            .pragma("wal_autocheckpoint", "4000")
            .pragma("temp_store", "MEMORY")
            .pragma("cache_size", "-65536")
            .statement_cache_capacity(512)
    });
    options
}

fn postgres(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    let limit = TRANSACTION_LIMIT.as_millis().to_string();
    options.max_connections(connections).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false).map_sqlx_postgres_opts(move |options| {
        options.options([("idle_in_transaction_session_timeout", limit.as_str())]).statement_cache_capacity(512)
    });
    options
}

/// How many writes go to SQLite on one way: it keeps them prepared, and those of every number by themselves.
const TOGETHER: usize = 16;

/// A set of writes that happen together or not at all, and the changes they are.
pub struct Transaction {
    inner: DatabaseTransaction,
    changes: WrittenBatch,
    written: Option<mpsc::Sender<WrittenBatch>>,
}

impl Transaction {
    pub fn conn(&self) -> &DatabaseTransaction {
        &self.inner
    }

    /// Writes change rows; returns the number of the last. Do it late: a number given out and rolled back is a gap that
    /// readers of the log have to wait for.
    pub async fn record(&mut self, changes: Vec<Change>) -> Result<ChangeId, DbErr> {
        let trace = TraceContext::current();
        self.record_traced(changes.into_iter().map(|change| (change, trace))).await
    }

    /// As [`Self::record`], for the changes of several callers, each of which belongs to the trace of its own.
    pub async fn record_traced(&mut self, changes: impl IntoIterator<Item = (Change, Option<TraceContext>)>) -> Result<ChangeId, DbErr> {
        let mut changes: Vec<_> = changes.into_iter().map(|(change, trace)| (change, trace.map(|trace| trace.to_string()))).collect();
        change::append(&self.inner, &mut changes).await?;
        let last = changes.last().map_or(ChangeId(0), |(change, _)| change.id);
        self.changes.extend(changes.into_iter().map(|(change, traceparent)| Written { change, traceparent }));
        Ok(last)
    }

    /// Performs several writes, in their order; returns how many rows they changed in all.
    pub async fn execute_together(&self, writes: &[&dyn StatementBuilder]) -> Result<u64, DbErr> {
        let mut changed = 0;
        for statement in self.together(writes) {
            changed += self.inner.execute_raw(statement).await?.rows_affected();
        }
        Ok(changed)
    }

    /// As [`Self::execute_together`], for writes that answer rows: returns those of all.
    pub async fn query_together(&self, writes: &[&dyn StatementBuilder]) -> Result<Vec<QueryResult>, DbErr> {
        let mut rows = Vec::with_capacity(writes.len());
        for statement in self.together(writes) {
            rows.extend(self.inner.query_all_raw(statement).await?);
        }
        Ok(rows)
    }

    /// In SQLite, where what a statement costs is mostly the way to the connection's thread and back, several go there together.
    fn together(&self, writes: &[&dyn StatementBuilder]) -> Vec<Statement> {
        let backend = self.inner.get_database_backend();
        let built = |some: &[&dyn StatementBuilder]| {
            let (mut texts, mut values) = (Vec::with_capacity(some.len()), Vec::new());
            for write in some {
                let Statement { sql, values: bound, .. } = write.build(&backend);
                texts.push(sql);
                values.extend(bound.into_iter().flatten());
            }
            Statement::from_sql_and_values(backend, texts.join("; "), values)
        };
        writes.chunks(if backend == DatabaseBackend::Sqlite { TOGETHER } else { 1 }).map(built).collect()
    }

    /// Makes it so. Only after this may anybody be told.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.inner.commit().await?;
        if let Some(written) = self.written.filter(|_| !self.changes.is_empty()) {
            // A full queue is no loss: the relay finds unsent rows by itself.
            drop(written.try_send(self.changes));
        }
        Ok(())
    }

    /// Undoes everything at once. Dropping does the same, later.
    pub async fn rollback(self) -> Result<(), DbErr> {
        self.inner.rollback().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_schema_is_made_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let store = Store::open(&url, 1).await.unwrap();
        // In the way of one of the last migrations.
        store.writer().execute_unprepared("CREATE TABLE account_regions (since INTEGER)").await.unwrap();
        store.migrate().await.unwrap_err();
        let made = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let tables = store.reader().query_all_raw(Statement::from_string(DatabaseBackend::Sqlite, made)).await.unwrap();
        let names: Vec<String> = tables.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
        assert_eq!(names, ["account_regions"]);
        store.writer().execute_unprepared("DROP TABLE account_regions").await.unwrap();
        store.check().await.unwrap_err();
        store.migrate().await.unwrap();
        store.check().await.unwrap();
    }
}
