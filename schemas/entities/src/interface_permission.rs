//! Table `interface_permissions`. A permission goes with its interface.

use multihome_types::{AccountId, Generation, InterfaceId, InterfacePermission, InterfacePermissionId, InterfacePermissionKind, Region, Timestamp};
use sea_orm::{PaginatorTrait, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "interface_permissions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InterfacePermissionId,
    pub account: AccountId,
    pub region: Region,
    pub interface: InterfaceId,
    pub grantee: AccountId,
    pub kind: InterfacePermissionKind,
    pub created: Timestamp,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for InterfacePermission {
    fn from(row: Model) -> Self {
        let Model { id, account, region, interface, grantee, kind, created, generation } = row;
        Self { id, account, region, interface, grantee, kind, created, generation }
    }
}

impl From<InterfacePermission> for Model {
    fn from(permission: InterfacePermission) -> Self {
        let InterfacePermission { id, account, region, interface, grantee, kind, created, generation } = permission;
        Self { id, account, region, interface, grantee, kind, created, generation }
    }
}

/// Whether an account may do something with an interface that is not its own.
pub async fn is_granted<C: ConnectionTrait>(
    conn: &C,
    interface: InterfaceId,
    grantee: AccountId,
    kind: InterfacePermissionKind,
) -> Result<bool, DbErr> {
    let granted = Entity::find().filter(Column::Interface.eq(interface)).filter(Column::Grantee.eq(grantee)).filter(Column::Kind.eq(kind));
    Ok(granted.count(conn).await? > 0)
}

/// Forgets what was permitted of an interface that goes.
pub async fn forget<C: ConnectionTrait>(conn: &C, interface: InterfaceId) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Interface.eq(interface)).exec(conn).await.map(drop)
}
