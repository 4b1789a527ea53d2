//! Table `network_acl_entries`.

use multihome_types::{AclAction, Destination, IcmpTypeCode, NetworkAclEntry, NetworkAclId, PortRange};
use sea_orm::{IntoActiveModel, entity::prelude::*};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "network_acl_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub acl: NetworkAclId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub egress: bool,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub protocol: i32,
    pub action: AclAction,
    pub peer: Destination,
    pub icmp_type: Option<i32>,
    pub icmp_code: Option<i32>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for NetworkAclEntry {
    fn from(row: Model) -> Self {
        Self {
            egress: row.egress,
            number: row.number,
            protocol: row.protocol,
            action: row.action,
            peer: row.peer,
            icmp: row.icmp_type.zip(row.icmp_code).map(|(kind, code)| IcmpTypeCode { kind, code }),
            ports: row.from_port.zip(row.to_port).map(|(from, to)| PortRange { from, to }),
        }
    }
}

impl Model {
    /// An entry of an ACL.
    pub fn of(acl: NetworkAclId, entry: &NetworkAclEntry) -> Self {
        let NetworkAclEntry { egress, number, protocol, action, peer, icmp, ports } = *entry;
        let (icmp_type, icmp_code) = icmp.map(|icmp| (icmp.kind, icmp.code)).unzip();
        let (from_port, to_port) = ports.map(|ports| (ports.from, ports.to)).unzip();
        Self { acl, egress, number, protocol, action, peer, icmp_type, icmp_code, from_port, to_port }
    }
}

/// Writes a few new entries of an ACL.
pub async fn insert<C: ConnectionTrait>(conn: &C, acl: NetworkAclId, entries: &[NetworkAclEntry]) -> Result<(), DbErr> {
    let rows = entries.iter().map(|entry| Model::of(acl, entry).into_active_model());
    Entity::insert_many(rows).exec_without_returning(conn).await.map(drop)
}
