//! Table `elastic_addresses`: what makes handing out a public address twice impossible is that its addresses are unique.

use std::collections::HashSet;

use multihome_types::{
    AccountId, Address, AddressAssociation, AddressAssociationId, AllocationId, ElasticAddress, Generation, InstanceId, InterfaceId, Region,
    Timestamp, VpcId,
};
use sea_orm::{
    Condition, DatabaseBackend, FromQueryResult, IntoActiveModel, QueryOrder, QuerySelect, QueryTrait,
    entity::prelude::*,
    sea_query::{Alias, Expr, ExprTrait, JoinType, OnConflict, Query},
};

use crate::{attachment, interface, unreadable};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "elastic_addresses")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AllocationId,
    pub account: AccountId,
    pub region: Region,
    pub address: Address,
    pub automatic: bool,
    pub association: Option<AddressAssociationId>,
    pub interface: Option<InterfaceId>,
    pub private_address: Option<Address>,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl TryFrom<Model> for ElasticAddress {
    type Error = DbErr;

    fn try_from(row: Model) -> Result<Self, DbErr> {
        let Model { id, account, region, address, automatic, association, interface, private_address, created, generation } = row;
        let association = match (association, interface, private_address) {
            (Some(id), Some(interface), Some(private_address)) => Some(AddressAssociation { id, interface, private_address }),
            (None, None, None) => None,
            _ => return Err(unreadable("elastic_addresses", id, "half an association")),
        };
        Ok(Self { id, account, region, address, automatic, association, created, generation })
    }
}

impl From<&ElasticAddress> for Model {
    fn from(elastic: &ElasticAddress) -> Self {
        let ElasticAddress { id, account, region, address, automatic, association, created, generation } = *elastic;
        Self {
            id,
            account,
            region,
            address,
            automatic,
            association: association.map(|association| association.id),
            interface: association.map(|association| association.interface),
            private_address: association.map(|association| association.private_address),
            created,
            generation,
        }
    }
}

/// The addresses that lead to an interface, in one text: to be selected with it. `interface` is what its id is called there.
pub(crate) fn listed(backend: DatabaseBackend, interface: &str) -> String {
    let together = match backend {
        DatabaseBackend::Sqlite => "group_concat",
        _ => "string_agg",
    };
    format!(
        "(SELECT {together}(e.id || ',' || e.account || ',' || e.address || ',' || CASE WHEN e.automatic THEN 'automatic' ELSE '' END || ',' || \
         e.association || ',' || e.private_address || ',' || e.created || ',' || e.generation, ' ') \
         FROM elastic_addresses e WHERE e.interface = {interface})"
    )
}

/// One address out of what [`listed`] selects.
pub(crate) fn read_listed(text: &str, region: Region, interface: InterfaceId) -> Result<ElasticAddress, DbErr> {
    let read = || {
        let mut parts = text.split(',');
        let mut next = || parts.next().ok_or_else(|| "a value is missing".to_owned());
        let number = |text: &str| text.parse::<i64>().map_err(|why| why.to_string());
        let invalid = |why: multihome_types::InvalidId| why.to_string();
        Ok::<_, String>(ElasticAddress {
            region,
            id: next()?.parse().map_err(invalid)?,
            account: next()?.parse()?,
            address: next()?.parse()?,
            automatic: next()? == "automatic",
            association: Some(AddressAssociation { interface, id: next()?.parse().map_err(invalid)?, private_address: next()?.parse()? }),
            created: Timestamp(number(next()?)?),
            generation: Generation(number(next()?)?),
        })
    };
    read().map_err(|why| unreadable("elastic_addresses", text, why))
}

/// One address that an account allocated.
pub async fn find<C: ConnectionTrait>(conn: &C, id: AllocationId) -> Result<Option<ElasticAddress>, DbErr> {
    Entity::find_by_id(id).filter(Column::Automatic.eq(false)).one(conn).await?.map(TryInto::try_into).transpose()
}

/// The addresses that match, in the order of their ids.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<ElasticAddress>, DbErr> {
    Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?.into_iter().map(TryInto::try_into).collect()
}

/// An address with what is known of the interface it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub elastic: ElasticAddress,
    /// The account that has the interface.
    pub interface_account: Option<AccountId>,
    /// The instance that the interface is attached to.
    pub instance: Option<InstanceId>,
}

/// The addresses that match, in the order of their ids, with where they lead. One query.
pub async fn load_placed<C: ConnectionTrait>(conn: &C, matching: Condition, limit: u64) -> Result<Vec<Placed>, DbErr> {
    let mut select = Entity::find().filter(matching).order_by_asc(Column::Id).limit(limit).into_query();
    let of_interface = Expr::col((interface::Entity, interface::Column::Id)).equals((Entity, Column::Interface));
    let of_attachment = Expr::col((attachment::Entity, attachment::Column::Interface)).equals((Entity, Column::Interface));
    select
        .join(JoinType::LeftJoin, interface::Entity, of_interface)
        .join(JoinType::LeftJoin, attachment::Entity, of_attachment)
        .expr_as(Expr::col((interface::Entity, interface::Column::Account)), Alias::new("interface_account"))
        .expr_as(Expr::col((attachment::Entity, attachment::Column::Instance)), Alias::new("on_instance"));
    let read = |row: &QueryResult| {
        Ok(Placed {
            elastic: Model::from_query_result(row, "")?.try_into()?,
            interface_account: row.try_get("", "interface_account")?,
            instance: row.try_get("", "on_instance")?,
        })
    };
    conn.query_all(&select).await?.iter().map(read).collect()
}

/// Lets an address lead to something else, or to nothing, if it is still the one that was read: how many rows that is. The interfaces that it
/// leads to, before and after, are the caller's to touch.
pub async fn associate<C: ConnectionTrait>(conn: &C, read: &ElasticAddress, to: Option<AddressAssociation>) -> Result<u64, DbErr> {
    let updated = Entity::update_many()
        .col_expr(Column::Association, Expr::value(to.map(|association| association.id)))
        .col_expr(Column::Interface, Expr::value(to.map(|association| association.interface)))
        .col_expr(Column::PrivateAddress, Expr::value(to.map(|association| association.private_address)))
        .col_expr(Column::Generation, Expr::value(read.generation.next()))
        .filter(Column::Id.eq(read.id))
        .filter(Column::Generation.eq(read.generation))
        .exec(conn)
        .await?;
    Ok(updated.rows_affected)
}

/// Deletes an address if it is still the one that was read: how many rows that is.
pub async fn delete<C: ConnectionTrait>(conn: &C, read: &ElasticAddress) -> Result<u64, DbErr> {
    let these = Entity::delete_many().filter(Column::Id.eq(read.id)).filter(Column::Generation.eq(read.generation));
    Ok(these.exec(conn).await?.rows_affected)
}

/// Takes back what the cloud gave interfaces by itself. They are the caller's to touch.
pub async fn take_back<C: ConnectionTrait>(conn: &C, interfaces: &[InterfaceId]) -> Result<(), DbErr> {
    for some in interfaces.chunks(interface::MAX_BOUND) {
        let these = Entity::delete_many().filter(Column::Automatic.eq(true)).filter(Column::Interface.is_in(some.iter().copied()));
        these.exec(conn).await?;
    }
    Ok(())
}

/// Leaves an interface that goes without any public address: allocated ones stay with their accounts.
pub async fn leave<C: ConnectionTrait>(conn: &C, interface: InterfaceId) -> Result<(), DbErr> {
    take_back(conn, &[interface]).await?;
    let nothing = Entity::update_many()
        .col_expr(Column::Association, Expr::value(None::<AddressAssociationId>))
        .col_expr(Column::Interface, Expr::value(None::<InterfaceId>))
        .col_expr(Column::PrivateAddress, Expr::value(None::<Address>))
        .col_expr(Column::Generation, Expr::col(Column::Generation).add(1));
    nothing.filter(Column::Interface.eq(interface)).exec(conn).await.map(drop)
}

/// Whether a public address leads into a VPC: then its internet gateway stays.
pub async fn any_into<C: ConnectionTrait>(conn: &C, vpc: VpcId) -> Result<bool, DbErr> {
    let of_vpc = Query::select().column(interface::Column::Id).from(interface::Entity).and_where(interface::Column::Vpc.eq(vpc)).to_owned();
    Ok(Entity::find().filter(Column::Interface.in_subquery(of_vpc)).limit(1).one(conn).await?.is_some())
}

/// How many candidates are tried before anybody looks which are free.
const BLIND: usize = 4;
/// How many rows of ten columns one statement writes.
const ROWS: usize = interface::MAX_BOUND / 10;

/// Takes the address as it stands if nobody has it; a taken one is an answer and spoils no transaction.
pub async fn take<C: ConnectionTrait>(conn: &C, wanted: &ElasticAddress) -> Result<bool, DbErr> {
    Ok(insert_free(conn, std::slice::from_ref(wanted)).await?.contains(&wanted.address))
}

/// Gives each of some rows the first of the candidates that is free, and writes them. False: there are fewer than it takes, and the
/// transaction must be rolled back. Only when the first few are all taken is the set of taken ones read, once.
pub async fn take_any<C: ConnectionTrait>(
    conn: &C,
    wanted: &mut [ElasticAddress],
    mut candidates: impl Iterator<Item = Address>,
) -> Result<bool, DbErr> {
    take_turn(conn, wanted.len()).await?;
    let mut waiting: Vec<usize> = (0..wanted.len()).collect();
    for _ in 0..BLIND {
        take_round(conn, wanted, &mut waiting, &mut candidates).await?;
        if waiting.is_empty() {
            return Ok(true);
        }
    }
    let taken: Vec<Address> = Entity::find().select_only().column(Column::Address).into_tuple().all(conn).await?;
    let taken: HashSet<Address> = taken.into_iter().collect();
    let mut free = candidates.filter(|address| !taken.contains(address));
    while !waiting.is_empty() {
        if !take_round(conn, wanted, &mut waiting, &mut free).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The next candidate for each row that has no address yet. False: there are fewer than it takes.
async fn take_round<C: ConnectionTrait>(
    conn: &C,
    wanted: &mut [ElasticAddress],
    waiting: &mut Vec<usize>,
    candidates: &mut impl Iterator<Item = Address>,
) -> Result<bool, DbErr> {
    let tries: Vec<(usize, Address)> = waiting.iter().copied().zip(candidates).collect();
    let enough = tries.len() == waiting.len();
    for some in tries.chunks(ROWS) {
        let rows: Vec<ElasticAddress> = some.iter().map(|(place, address)| ElasticAddress { address: *address, ..wanted[*place].clone() }).collect();
        let taken = insert_free(conn, &rows).await?;
        for (place, address) in some.iter().filter(|(_, address)| taken.contains(address)) {
            wanted[*place].address = *address;
            waiting.retain(|left| left != place);
        }
    }
    Ok(enough)
}

/// Which of some addresses could be taken.
async fn insert_free<C: ConnectionTrait>(conn: &C, rows: &[ElasticAddress]) -> Result<HashSet<Address>, DbErr> {
    let mut insert = Entity::insert_many(rows.iter().map(|row| Model::from(row).into_active_model()))
        .on_conflict(OnConflict::column(Column::Address).do_nothing().to_owned())
        .into_query();
    insert.returning_col(Column::Address);
    conn.query_all(&insert).await?.iter().map(|row| row.try_get("", "address")).collect()
}

/// Transactions that take several addresses take turns: two that each held what the other wants would wait for ever. Those that take one
/// do not stand in line. (SQLite has one writer at a time and no such lock.)
async fn take_turn<C: ConnectionTrait>(conn: &C, count: usize) -> Result<(), DbErr> {
    if count > 1 && conn.get_database_backend() == DatabaseBackend::Postgres {
        let turn = Query::select().expr(Expr::cust("pg_advisory_xact_lock(hashtext('elastic_addresses'))::text")).to_owned();
        conn.query_one(&turn).await?;
    }
    Ok(())
}
