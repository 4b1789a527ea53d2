//! Table `routes`.

use multihome_types::{AccountId, Destination, InstanceId, Route, RouteOrigin, RouteState, RouteTableId, RouteTarget};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "routes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub route_table: RouteTableId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub destination: Destination,
    /// Where it stands in its table.
    pub position: i32,
    pub target: RouteTarget,
    pub origin: RouteOrigin,
    pub state: RouteState,
    pub instance: Option<InstanceId>,
    pub instance_account: Option<AccountId>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for Route {
    fn from(row: Model) -> Self {
        Self {
            destination: row.destination,
            target: row.target,
            origin: row.origin,
            state: row.state,
            instance: row.instance.zip(row.instance_account),
        }
    }
}

impl Model {
    pub fn of(route_table: RouteTableId, position: i32, route: &Route) -> Self {
        let (instance, instance_account) = route.instance.unzip();
        Self {
            route_table,
            destination: route.destination,
            position,
            target: route.target,
            origin: route.origin,
            state: route.state,
            instance,
            instance_account,
        }
    }
}
