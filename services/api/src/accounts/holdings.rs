//! What an account has: the tables whose rows are somebody's.

use multihome_types::AccountId;
use sea_orm::{ConnectionTrait, DbErr, Statement};

/// Tables with an owner, and what people call what is in them. Whatever else belongs to somebody belongs to a row of these.
const TABLES: &[(&str, &str)] = &[
    ("instances", "instances"),
    ("interfaces", "network interfaces"),
    ("nat_gateways", "NAT gateways"),
    ("elastic_addresses", "addresses"),
    ("subnets", "subnets"),
    ("internet_gateways", "internet gateways"),
    ("vpcs", "VPCs"),
    ("dhcp_options", "DHCP options"),
    ("images", "images"),
    ("key_pairs", "key pairs"),
];

/// How many of what there is, in words. Nothing for an account that has nothing.
pub(super) async fn gather<C: ConnectionTrait>(conn: &C, account: AccountId) -> Result<Vec<String>, DbErr> {
    let mut holdings = Vec::new();
    for (table, noun) in TABLES {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE account = $1");
        let row = conn.query_one_raw(Statement::from_sql_and_values(conn.get_database_backend(), sql, [account.into()])).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        if count > 0 {
            holdings.push(format!("{count} {noun}"));
        }
    }
    Ok(holdings)
}
