//! The schema's history. A migration that was released is never edited; a change is a new file.
//!
//! On SQLite all that are missing are one transaction (`Store::migrate`), in which `PRAGMA foreign_keys` does nothing; on PostgreSQL each is
//! one of its own.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(Sql { name: "0001_first", text: include_str!("../migrations/0001_first.sql") }),
            Box::new(Sql { name: "0003_vpcs", text: include_str!("../migrations/0003_vpcs.sql") }),
            Box::new(Sql { name: "0004_gateways", text: include_str!("../migrations/0004_gateways.sql") }),
            Box::new(Sql { name: "0004_nat_gateways", text: include_str!("../migrations/0004_nat_gateways.sql") }),
            Box::new(Sql { name: "0005_elastic_addresses", text: include_str!("../migrations/0005_elastic_addresses.sql") }),
            Box::new(Sql { name: "0006_groups", text: include_str!("../migrations/0006_groups.sql") }),
            Box::new(Sql { name: "0007_instances", text: include_str!("../migrations/0007_instances.sql") }),
            Box::new(Sql { name: "0008_accounts", text: include_str!("../migrations/0008_accounts.sql") }),
            Box::new(Sql { name: "0009_interfaces", text: include_str!("../migrations/0009_interfaces.sql") }),
            Box::new(Sql { name: "0010_complete_vpcs", text: include_str!("../migrations/0010_complete_vpcs.sql") }),
            Box::new(Sql { name: "0012_quotas", text: include_str!("../migrations/0012_quotas.sql") }),
            Box::new(Sql { name: "0009_interface_permissions", text: include_str!("../migrations/0009_interface_permissions.sql") }),
            Box::new(Sql { name: "0010_account_regions", text: include_str!("../migrations/0010_account_regions.sql") }),
            Box::new(Sql { name: "0009_interface_ipv6", text: include_str!("../migrations/0009_interface_ipv6.sql") }),
            Box::new(Sql { name: "0013_secondary_addresses", text: include_str!("../migrations/0013_secondary_addresses.sql") }),
            Box::new(Sql { name: "0014_hostnames", text: include_str!("../migrations/0014_hostnames.sql") }),
        ]
    }
}

struct Sql {
    name: &'static str,
    text: &'static str,
}

impl MigrationName for Sql {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Sql {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // AUTOINCREMENT: a number is never given out twice, not even after the newest row is deleted.
        let serial = match manager.get_database_backend() {
            DatabaseBackend::Sqlite => "INTEGER PRIMARY KEY AUTOINCREMENT",
            _ => "BIGSERIAL PRIMARY KEY",
        };
        manager.get_connection().execute_unprepared(&self.text.replace("{serial}", serial)).await.map(drop)
    }
}
