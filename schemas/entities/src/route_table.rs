//! Table `route_tables`. A table is read together with its routes and associations.

use std::collections::HashMap;

use multihome_types::{AccountId, Generation, Region, Route, RouteTable, RouteTableAssociationId, RouteTableId, SubnetId, Timestamp, VpcId};
use sea_orm::{Condition, QueryOrder, entity::prelude::*};

use crate::{interface::MAX_BOUND, route, route_table_association};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "route_tables")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RouteTableId,
    pub account: AccountId,
    pub region: Region,
    pub vpc: VpcId,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<&RouteTable> for Model {
    fn from(table: &RouteTable) -> Self {
        Self { id: table.id, account: table.account, region: table.region, vpc: table.vpc, created: table.created, generation: table.generation }
    }
}

#[derive(Default)]
struct Parts {
    main: Option<RouteTableAssociationId>,
    subnets: Vec<(RouteTableAssociationId, SubnetId)>,
    routes: Vec<Route>,
}

/// The tables that match, whole, in the order of their ids. Three queries.
pub async fn load<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<RouteTable>, DbErr> {
    let rows = Entity::find().filter(matching).order_by_asc(Column::Id).all(conn).await?;
    let ids: Vec<RouteTableId> = rows.iter().map(|row| row.id).collect();
    let mut parts: HashMap<RouteTableId, Parts> = HashMap::new();
    for some in ids.chunks(MAX_BOUND) {
        let routes = route::Entity::find()
            .filter(route::Column::RouteTable.is_in(some.iter().copied()))
            .order_by_asc(route::Column::Position)
            .all(conn)
            .await?;
        for row in routes {
            parts.entry(row.route_table).or_default().routes.push(row.into());
        }
        let associations = route_table_association::Entity::find()
            .filter(route_table_association::Column::RouteTable.is_in(some.iter().copied()))
            .order_by_asc(route_table_association::Column::Id)
            .all(conn)
            .await?;
        for row in associations {
            let of_table = parts.entry(row.route_table).or_default();
            match row.subnet {
                Some(subnet) => of_table.subnets.push((row.id, subnet)),
                None => of_table.main = Some(row.id),
            }
        }
    }
    Ok(rows
        .into_iter()
        .map(|row| {
            let Parts { main, subnets, routes } = parts.remove(&row.id).unwrap_or_default();
            let Model { id, account, region, vpc, created, generation } = row;
            RouteTable { id, account, region, vpc, main, subnets, routes, created, generation }
        })
        .collect())
}
