//! Takes away everything that an account has, or that anybody has: what the operator of an embedded run may ask for between two tests.
//!
//! One transaction, with a change row for each thing that somebody else knows of, so that clusters take networks down and instances' metadata
//! is forgotten as after any other deletion. Messages that are under way about what is gone find no row and end there. Accounts, access
//! keys, clusters, instance types and the change log stay.

use multihome_entities::interface::MAX_BOUND;
use multihome_runtime::{Store, Transaction, now};
use multihome_types::{AccountId, Change, ChangeId, EntityKind, Generation, Region};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Statement};

use crate::embedded::Embedded;

/// A table that is emptied, and which of its rows are an account's: a condition in which `$1` is the account.
struct Table {
    name: &'static str,
    of_account: &'static str,
    /// What its rows are to the rest of the world; nothing for what only exists inside of another row's thing.
    kind: Option<EntityKind>,
}

const fn table(name: &'static str, of_account: &'static str) -> Table {
    Table { name, of_account, kind: None }
}

const fn known(name: &'static str, of_account: &'static str, kind: EntityKind) -> Table {
    Table { name, of_account, kind: Some(kind) }
}

const OWN: &str = "account = $1";

/// Whatever refers to another table comes before that.
const TABLES: &[Table] = &[
    table("tags", OWN),
    table("client_tokens", OWN),
    table("requests", "scope = $1"),
    known("nat_gateways", OWN, EntityKind::NatGateway),
    known("elastic_addresses", OWN, EntityKind::ElasticAddress),
    table("routes", "route_table IN (SELECT id FROM route_tables WHERE account = $1)"),
    table("route_table_associations", "route_table IN (SELECT id FROM route_tables WHERE account = $1)"),
    known("route_tables", OWN, EntityKind::RouteTable),
    // Another account's interface may be on an instance of this one.
    known("attachments", "account = $1 OR instance IN (SELECT id FROM instances WHERE account = $1)", EntityKind::Attachment),
    table(
        "interface_groups",
        "interface IN (SELECT id FROM interfaces WHERE account = $1) OR group_id IN (SELECT id FROM groups WHERE account = $1)",
    ),
    table("interface_permissions", OWN),
    table("private_addresses", OWN),
    table("ipv6_addresses", "interface IN (SELECT id FROM interfaces WHERE account = $1)"),
    known("interfaces", OWN, EntityKind::Interface),
    known("instances", OWN, EntityKind::Instance),
    table("network_acl_associations", "acl IN (SELECT id FROM network_acls WHERE account = $1)"),
    table("network_acl_entries", "acl IN (SELECT id FROM network_acls WHERE account = $1)"),
    known("network_acls", OWN, EntityKind::NetworkAcl),
    table("group_rules", "account = $1 OR peer_group IN (SELECT id FROM groups WHERE account = $1)"),
    known("groups", OWN, EntityKind::Group),
    known("subnets", OWN, EntityKind::Subnet),
    known("internet_gateways", OWN, EntityKind::InternetGateway),
    table("vpc_blocks", "vpc IN (SELECT id FROM vpcs WHERE account = $1)"),
    table("vpc_ipv6_blocks", "vpc IN (SELECT id FROM vpcs WHERE account = $1)"),
    known("vpcs", OWN, EntityKind::Vpc),
    known("dhcp_options", OWN, EntityKind::DhcpOptions),
    table("images", OWN),
    table("key_pairs", OWN),
    table("account_regions", OWN),
];

/// Tables that outlive a reset.
#[cfg(test)]
const KEPT: &[&str] = &["access_keys", "accounts", "changes", "clusters", "instance_types", "quotas", "seaql_migrations"];

/// As much of a row as the change log needs. The generation is that of the change.
#[derive(FromQueryResult)]
struct Changed {
    id: String,
    account: AccountId,
    region: Region,
    generation: Generation,
}

impl Embedded {
    /// Resets an account, or all of them, which then are as before their first use. Answers how many things were deleted.
    ///
    /// # Errors
    /// The database's.
    pub async fn reset(&self, store: &Store, account: Option<AccountId>) -> Result<usize, DbErr> {
        let deleted = delete_all(store, account).await?;
        self.forget(account);
        tracing::warn!(deleted, account = account.map(tracing::field::display), "The operator reset what was there");
        Ok(deleted)
    }
}

async fn delete_all(store: &Store, account: Option<AccountId>) -> Result<usize, DbErr> {
    let mut transaction = store.begin().await?;
    let mut changes = Vec::new();
    if let Some(account) = account {
        changes.extend(release_others(&transaction, account).await?);
    }
    let mut deleted = 0;
    for table in TABLES {
        if let Some(kind) = table.kind {
            let gone = gather(&transaction, table, account).await?;
            deleted += gone.len();
            changes.extend(gone.into_iter().map(|gone| gone.into_change(kind, account)));
        }
        let sql = match account {
            Some(_) => format!("DELETE FROM {} WHERE {}", table.name, table.of_account),
            None => format!("DELETE FROM {}", table.name),
        };
        transaction.conn().execute_raw(statement(&transaction, sql, account)).await?;
    }
    // Ten values each.
    while !changes.is_empty() {
        let rest = changes.split_off(changes.len().min(MAX_BOUND / 10));
        transaction.record(changes).await?;
        changes = rest;
    }
    transaction.commit().await?;
    Ok(deleted)
}

/// Interfaces and addresses of others stay and are free again, and those that an attachment or an association was a part of are touched.
async fn release_others(transaction: &Transaction, account: AccountId) -> Result<Vec<Change>, DbErr> {
    const DETACHED: &str = "UPDATE interfaces SET generation = generation + 1 WHERE account <> $1 \
        AND id IN (SELECT interface FROM attachments WHERE instance IN (SELECT id FROM instances WHERE account = $1))";
    const LEFT: &str = "UPDATE interfaces SET generation = generation + 1 WHERE account <> $1 \
        AND id IN (SELECT interface FROM elastic_addresses WHERE account = $1)";
    const FREED: &str = "UPDATE elastic_addresses SET generation = generation + 1, association = NULL, interface = NULL, private_address = NULL \
        WHERE account <> $1 AND interface IN (SELECT id FROM interfaces WHERE account = $1)";
    let mut changes = Vec::new();
    for (sql, kind, what, lost) in [
        (DETACHED, EntityKind::Interface, "available", "attached"),
        (LEFT, EntityKind::Interface, "disassociated", "associated"),
        (FREED, EntityKind::ElasticAddress, "disassociated", "associated"),
    ] {
        let why = |id: &str| format!("{id} is no longer {lost}: account {account} was reset.");
        changes.extend(apply_touches(transaction, account, sql).await?.into_iter().map(|touched| touched.change(kind, what, why)));
    }
    Ok(changes)
}

/// Takes away what others' interfaces permit to an account, and touches those.
pub(crate) async fn apply_forbidden(transaction: &mut Transaction, account: AccountId) -> Result<(), DbErr> {
    const FORBIDDEN: &str =
        "UPDATE interfaces SET generation = generation + 1 WHERE id IN (SELECT interface FROM interface_permissions WHERE grantee = $1)";
    let touched = apply_touches(transaction, account, FORBIDDEN).await?;
    let granted = "DELETE FROM interface_permissions WHERE grantee = $1".to_owned();
    transaction.conn().execute_raw(statement(transaction, granted, Some(account))).await?;
    let why = |id: &str| format!("What {id} permitted to account {account} was taken away: that account was deleted.");
    let changes: Vec<Change> = touched.into_iter().map(|touched| touched.change(EntityKind::Interface, "forbidden", why)).collect();
    if !changes.is_empty() {
        transaction.record(changes).await?;
    }
    Ok(())
}

/// Writes, and answers the rows as they are then.
async fn apply_touches(transaction: &Transaction, account: AccountId, sql: &str) -> Result<Vec<Changed>, DbErr> {
    let sql = format!("{sql} RETURNING id, account, region, generation");
    Changed::find_by_statement(statement(transaction, sql, Some(account))).all(transaction.conn()).await
}

async fn gather(transaction: &Transaction, table: &Table, account: Option<AccountId>) -> Result<Vec<Changed>, DbErr> {
    let condition = account.map_or(String::new(), |_| format!(" WHERE {}", table.of_account));
    let sql = format!("SELECT id, account, region, generation + 1 AS generation FROM {}{condition}", table.name);
    Changed::find_by_statement(statement(transaction, sql, account)).all(transaction.conn()).await
}

fn statement(transaction: &Transaction, sql: String, account: Option<AccountId>) -> Statement {
    Statement::from_sql_and_values(transaction.conn().get_database_backend(), sql, account.map(Into::into))
}

impl Changed {
    fn into_change(self, kind: EntityKind, account: Option<AccountId>) -> Change {
        let whose = account.map_or_else(|| "every account".to_owned(), |account| format!("account {account}"));
        self.change(kind, "deleted", |id| format!("{id} was deleted: {whose} was reset."))
    }

    fn change(self, entity: EntityKind, what: &str, why: impl FnOnce(&str) -> String) -> Change {
        Change {
            id: ChangeId(0),
            entity,
            why: why(&self.id),
            entity_id: self.id,
            generation: self.generation,
            account: self.account,
            region: self.region,
            what: what.to_owned(),
            at: now(),
            who: "operator".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
