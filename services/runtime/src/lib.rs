//! The I/O every service shares: configuration, telemetry, bus, store, change log, health and shutdown.
//!
//! It knows no rule. Acks happen in [`work`] and nowhere else; change rows are written by [`store`] and nowhere else.

pub mod bus;
mod clock;
pub mod health;
pub mod metrics;
mod objects;
pub mod operator;
pub mod relay;
pub mod service;
pub mod store;
mod streams;
pub mod tail;
mod tasks;
pub mod telemetry;
pub mod trace;
pub mod work;

pub use bus::{Bus, BusArgs, BusError};
pub use clock::{interval, now, random_bits};
pub use health::Health;
pub use operator::OperatorArgs;
pub use store::{Cas, Store, StoreArgs, Transaction};
pub use tasks::{Failure, Stop, Tasks, signalled};
pub use telemetry::LogArgs;
