//! Table `interfaces`. An interface is read together with its groups, its attachment and all its addresses, in one query.

use std::sync::OnceLock;

use multihome_types::{
    AccountId, Address, Assigned, Attachment, ElasticAddress, Generation, GroupId, Interface, InterfaceId, InterfaceKind, Mac, Region, SubnetId,
    Timestamp, VpcId, Zone,
};
use sea_orm::{
    Condition, DatabaseBackend, FromQueryResult, Iterable, QueryResult, Statement,
    entity::prelude::*,
    sea_query::{Alias, Expr, ExprTrait, IntoCondition, JoinType, Order, PostgresQueryBuilder, Query, SelectStatement, SqliteQueryBuilder},
};

use crate::{attachment, elastic_address, ipv6_address, private_address, unreadable};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interfaces")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InterfaceId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub kind: InterfaceKind,
    pub mac: Mac,
    pub address: Address,
    pub description: String,
    pub source_dest_check: bool,
    pub created: Timestamp,
    pub generation: Generation,
    pub automatic_public_address: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// How many values one statement may bind: the least of what the databases allow, with room to spare.
pub const MAX_BOUND: usize = 10_000;

impl Model {
    fn with(self, groups: Vec<GroupId>, attachment: Option<Attachment>, (assigned, public): (Assigned, Vec<ElasticAddress>)) -> Interface {
        let Self {
            id,
            account,
            region,
            zone,
            vpc,
            subnet,
            kind,
            mac,
            address,
            description,
            source_dest_check,
            created,
            generation,
            automatic_public_address,
        } = self;
        Interface {
            id,
            account,
            region,
            zone,
            vpc,
            subnet,
            kind,
            mac,
            address,
            description,
            source_dest_check,
            groups,
            attachment,
            assigned,
            public,
            automatic_public_address,
            created,
            generation,
        }
    }
}

impl From<&Interface> for Model {
    fn from(interface: &Interface) -> Self {
        let Interface {
            id,
            account,
            region,
            zone,
            vpc,
            subnet,
            kind,
            mac,
            address,
            ref description,
            source_dest_check,
            created,
            generation,
            groups: _,
            attachment: _,
            assigned: _,
            public: _,
            automatic_public_address,
        } = *interface;
        Self {
            id,
            account,
            region,
            zone,
            vpc,
            subnet,
            kind,
            mac,
            address,
            description: description.clone(),
            source_dest_check,
            created,
            generation,
            automatic_public_address,
        }
    }
}

/// Every column of an interface, of its attachment (with a prefix), and its groups in one text.
fn select(backend: DatabaseBackend) -> SelectStatement {
    let mut select = Query::select();
    select.from(Entity);
    for column in Column::iter() {
        select.column((Entity, column));
    }
    for column in attachment::Column::iter() {
        select.expr_as(Expr::col((attachment::Entity, column)), Alias::new(format!("a_{}", column.to_string())));
    }
    let public = elastic_address::listed(backend, "interfaces.id");
    select.expr_as(Expr::cust(public), Alias::new("public_addresses"));
    let assigned = private_address::listed(backend, "interfaces.id");
    select.expr_as(Expr::cust(assigned), Alias::new("assigned"));
    select.expr_as(Expr::cust(ipv6_address::listed(backend, "interfaces.id")), Alias::new("ipv6_assigned"));
    let list = match backend {
        DatabaseBackend::Sqlite => "(SELECT group_concat(g.group_id, ' ') FROM interface_groups g WHERE g.interface = interfaces.id)",
        _ => "(SELECT string_agg(g.group_id, ' ') FROM interface_groups g WHERE g.interface = interfaces.id)",
    };
    select.expr_as(Expr::cust(list), Alias::new("group_ids"));
    select.join(JoinType::LeftJoin, attachment::Entity, Expr::col((attachment::Entity, attachment::Column::Interface)).equals((Entity, Column::Id)));
    select
}

fn read(row: &QueryResult) -> Result<Interface, DbErr> {
    let interface = Model::from_query_result(row, "")?;
    let listed: Option<String> = row.try_get("", "group_ids")?;
    let mut groups = listed
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(|id| id.parse::<GroupId>().map_err(|why| unreadable("interfaces", interface.id, why)))
        .collect::<Result<Vec<_>, _>>()?;
    groups.sort_unstable();
    let attachment = attachment::Model::from_query_result_optional(row, "a_")?.map(TryInto::try_into).transpose()?;
    let listed: Option<String> = row.try_get("", "public_addresses")?;
    let mut public = Vec::new();
    for text in listed.as_deref().unwrap_or_default().split_ascii_whitespace() {
        public.push(elastic_address::read_listed(text, interface.region, interface.id)?);
    }
    public.sort_unstable_by_key(|public: &ElasticAddress| public.association.map(|association| association.private_address));
    let listed: Option<String> = row.try_get("", "assigned")?;
    let mut assigned = private_address::read_listed(listed.as_deref().unwrap_or_default())?;
    let listed: Option<String> = row.try_get("", "ipv6_assigned")?;
    ipv6_address::read_listed(listed.as_deref().unwrap_or_default(), &mut assigned)?;
    Ok(interface.with(groups, attachment, (assigned, public)))
}

/// The interfaces whose attachment matches a condition on table `attachments`. By this way and not on the joined table: SQLite would
/// begin with the interfaces, and look at all there are.
pub fn whose_attachment(matching: impl IntoCondition) -> Condition {
    let attached = Query::select().column(attachment::Column::Interface).from(attachment::Entity).cond_where(matching).to_owned();
    Condition::all().add(Expr::col((Entity, Column::Id)).in_subquery(attached))
}

/// The interfaces that match, in the order of their ids, at most `limit`.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition, limit: Option<u64>) -> Result<Vec<Interface>, DbErr> {
    let mut select = select(conn.get_database_backend());
    select.cond_where(matching).order_by((Entity, Column::Id), Order::Asc);
    if let Some(limit) = limit {
        select.limit(limit);
    }
    conn.query_all(&select).await?.iter().map(read).collect()
}

/// One interface. The most frequent of all reads, so its statement is written once.
pub async fn find<C: ConnectionTrait>(conn: &C, id: InterfaceId) -> Result<Option<Interface>, DbErr> {
    static BY_ID: [OnceLock<String>; 2] = [const { OnceLock::new() }; 2];
    let row = find_row(conn, id, (&BY_ID, select)).await?;
    row.as_ref().map(read).transpose()
}

/// What replies say of an interface and is in the rows of others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Keys and values.
    pub tags: Vec<(String, String)>,
    /// The names of its groups.
    pub groups: Vec<(GroupId, String)>,
    pub vpc_names_hosts: bool,
}

/// One interface and what is around it, still in one statement.
pub async fn find_with_around<C: ConnectionTrait>(conn: &C, id: InterfaceId) -> Result<Option<(Interface, Around)>, DbErr> {
    static BY_ID: [OnceLock<String>; 2] = [const { OnceLock::new() }; 2];
    let row = find_row(conn, id, (&BY_ID, select_with_around)).await?;
    row.map(|row| Ok((read(&row)?, read_around(&row, id)?))).transpose()
}

/// A statement of each database, once it was needed.
type Written = [OnceLock<String>; 2];

async fn find_row<C: ConnectionTrait>(
    conn: &C,
    id: InterfaceId,
    (written, select): (&'static Written, fn(DatabaseBackend) -> SelectStatement),
) -> Result<Option<QueryResult>, DbErr> {
    let backend = conn.get_database_backend();
    let sql = written[usize::from(backend == DatabaseBackend::Sqlite)].get_or_init(|| {
        let mut select = select(backend);
        select.and_where(Expr::cust("interfaces.id = $1"));
        match backend {
            DatabaseBackend::Sqlite => select.to_string(SqliteQueryBuilder),
            _ => select.to_string(PostgresQueryBuilder),
        }
    });
    conn.query_one_raw(Statement::from_sql_and_values(backend, sql, [id.into()])).await
}

fn select_with_around(backend: DatabaseBackend) -> SelectStatement {
    // Lists of pairs, as JSON: tags may have any character in them.
    let pairs = |one: &str, other: &str, of: &str| match backend {
        DatabaseBackend::Sqlite => format!("(SELECT json_group_array(json_array({one}, {other})) FROM {of})"),
        _ => format!("(SELECT COALESCE(json_agg(json_build_array({one}, {other})), '[]')::text FROM {of})"),
    };
    let groups = "interface_groups i JOIN groups n ON n.id = i.group_id WHERE i.interface = interfaces.id";
    let mut select = select(backend);
    select.expr_as(Expr::cust(pairs("t.key", "t.value", "tags t WHERE t.resource = interfaces.id")), Alias::new("around_tags"));
    select.expr_as(Expr::cust(pairs("n.id", "n.name", groups)), Alias::new("around_groups"));
    select.expr_as(Expr::cust("(SELECT v.dns_hostnames FROM vpcs v WHERE v.id = interfaces.vpc)"), Alias::new("vpc_names_hosts"));
    select
}

fn read_around(row: &QueryResult, id: InterfaceId) -> Result<Around, DbErr> {
    let pairs = |column: &str| {
        let listed: String = row.try_get("", column)?;
        serde_json::from_str::<Vec<(String, String)>>(&listed).map_err(|why| unreadable("interfaces", id, why))
    };
    let named = |(id, name): (String, String)| Ok((id.parse().map_err(|why| unreadable("groups", &id, why))?, name));
    Ok(Around {
        tags: pairs("around_tags")?,
        groups: pairs("around_groups")?.into_iter().map(named).collect::<Result<_, DbErr>>()?,
        vpc_names_hosts: row.try_get::<Option<bool>>("", "vpc_names_hosts")?.unwrap_or(false),
    })
}

/// Some interfaces by id.
pub async fn find_all<C: ConnectionTrait>(conn: &C, ids: &[InterfaceId]) -> Result<Vec<Interface>, DbErr> {
    if let [id] = ids {
        return Ok(find(conn, *id).await?.into_iter().collect());
    }
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(MAX_BOUND) {
        found.extend(load(conn, Condition::all().add(Expr::col((Entity, Column::Id)).is_in(some.iter().copied())), None).await?);
    }
    Ok(found)
}
