//! Reads what the rules about interfaces ask for, in as few statements as there are tables.

use multihome_core::interface::DEFAULT_GROUP;
use multihome_entities::{
    attachment, group,
    interface::{self, MAX_BOUND},
    subnet, vpc,
};
use multihome_types::{Group, GroupId, Subnet, SubnetId, VpcId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, Iden, Iterable, QueryFilter, QueryTrait, Value,
    sea_query::{Alias, BinOper, Expr, ExprTrait, IntoColumnRef, JoinType},
};

use crate::call::Call;

/// A subnet, and what an interface in it has from its VPC.
pub(super) struct Site {
    pub subnet: Subnet,
    pub default_group: Option<Group>,
    /// Whether the VPC names its hosts.
    pub names_hosts: bool,
}

/// One statement.
pub(super) async fn gather_site<C: ConnectionTrait>(conn: &C, id: SubnetId) -> Result<Option<Site>, DbErr> {
    let mut select = subnet::Entity::find().filter(Expr::col((subnet::Entity, subnet::Column::Id)).eq(id)).into_query();
    let of_vpc = Expr::col((vpc::Entity, vpc::Column::Id)).equals((subnet::Entity, subnet::Column::Vpc));
    select.join(JoinType::InnerJoin, vpc::Entity, of_vpc).column((vpc::Entity, vpc::Column::DnsHostnames));
    let default = Expr::col((group::Entity, group::Column::Vpc)).equals((subnet::Entity, subnet::Column::Vpc));
    let default = default.and(Expr::col((group::Entity, group::Column::Name)).eq(DEFAULT_GROUP));
    select.join(JoinType::LeftJoin, group::Entity, default);
    for column in group::Column::iter() {
        select.expr_as(Expr::col((group::Entity, column)), Alias::new(format!("g_{}", column.to_string())));
    }
    let Some(row) = conn.query_one(&select).await? else { return Ok(None) };
    Ok(Some(Site {
        subnet: subnet::Model::from_query_result(&row, "")?.into(),
        default_group: Option::<group::Model>::from_query_result(&row, "g_")?.map(without_rules),
        names_hosts: row.try_get("", "dns_hostnames")?,
    }))
}

/// Things of one account. Where the database also knows a narrower thing by an index (`narrowed`), it must not take the index of accounts:
/// SQLite thinks that one account has few things, and would look at each of a million.
pub(in crate::operations) fn of_account(call: &Call, account: impl IntoColumnRef, region: impl IntoColumnRef, narrowed: bool) -> Condition {
    let [account_is, region_is] = [Expr::col(account), Expr::col(region)].map(|column| match narrowed {
        false => column,
        true => column.binary(BinOper::Custom("||"), Expr::value("")),
    });
    Condition::all().add(account_is.eq(call.account)).add(region_is.eq(call.region))
}

/// The interfaces whose attachment has one of some values in a column.
pub(in crate::operations) fn attached_by<V: Into<Value>>(column: attachment::Column, values: impl IntoIterator<Item = V>) -> Condition {
    interface::whose_attachment(Expr::col(column).is_in(values.into_iter().map(Into::into)))
}

/// The groups with some ids, and the default groups of some VPCs. No rule about interfaces looks at the rules of a group, so they are left out.
pub(in crate::operations) async fn gather_groups<C: ConnectionTrait>(conn: &C, ids: &[GroupId], defaults_of: &[VpcId]) -> Result<Vec<Group>, DbErr> {
    let mut wanted = Condition::any();
    if !ids.is_empty() {
        wanted = wanted.add(group::Column::Id.is_in(ids.iter().copied()));
    }
    if !defaults_of.is_empty() {
        let default = Condition::all().add(group::Column::Name.eq(DEFAULT_GROUP));
        wanted = wanted.add(default.add(group::Column::Vpc.is_in(defaults_of.iter().copied().take(MAX_BOUND))));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows = group::Entity::find().filter(wanted).all(conn).await?;
    Ok(rows.into_iter().map(without_rules).collect())
}

fn without_rules(row: group::Model) -> Group {
    let group::Model { id, account, region, vpc, name, description, created, generation } = row;
    Group { id, account, region, vpc, name, description, rules: Vec::new(), created, generation }
}
