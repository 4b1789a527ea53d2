//! The whole system in one process, for tests: a real NATS server, SQLite or PostgreSQL, every service, clusters that the
//! test can step, and a signed EC2 client.
//!
//! Each service runs in a task set of its own, so that a test can kill one as abruptly as a process dies and start it again.

mod calls;
mod database;
mod nats;
mod system;
mod until;

pub use database::TestDatabase;
pub use nats::Nats;
pub use system::{Service, System};
pub use until::{PATIENCE, until};
