//! The tables, one file each: the row, and beside it the type of the vocabulary it is read as.
//!
//! Migrations are SQL, append-only, and the only place where the schema changes. Deliberately absent: rules, and knowledge
//! of which database runs underneath beyond the two words the migrations need.

pub mod access_key;
pub mod account;
pub mod account_region;
pub mod attachment;
pub mod change;
pub mod client_token;
pub mod cluster;
pub mod dhcp_options;
pub mod elastic_address;
pub mod group;
pub mod group_rule;
pub mod image;
pub mod instance;
pub mod instance_type;
pub mod interface;
pub mod interface_group;
pub mod interface_permission;
pub mod internet_gateway;
pub mod ipv6_address;
pub mod key_pair;
mod migration;
pub mod nat_gateway;
pub mod network_acl;
pub mod network_acl_association;
pub mod network_acl_entry;
pub mod private_address;
pub mod quota;
pub mod request;
pub mod route;
pub mod route_table;
pub mod route_table_association;
pub mod subnet;
pub mod tag;
pub mod vpc;
pub mod vpc_block;
pub mod vpc_ipv6_block;

pub use migration::Migrator;

/// The place of the value with a number, from 1, in a statement that is written out: `$1`, but for SQLite, which takes that for a name and
/// finds each by looking through all there are.
pub fn place(backend: sea_orm::DatabaseBackend, number: usize) -> String {
    if backend == sea_orm::DatabaseBackend::Sqlite { "?".to_owned() } else { format!("${number}") }
}

/// A row that cannot be read as its type: written by something newer, or by hand.
fn unreadable(table: &str, id: impl std::fmt::Display, why: impl std::fmt::Display) -> sea_orm::DbErr {
    sea_orm::DbErr::Type(format!("{table} row {id}: {why}"))
}
