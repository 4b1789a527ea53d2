//! Table `instance_types`.

use multihome_types::{Generation, InstanceType};
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "instance_types")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub cpu: i32,
    pub disk_gb: i32,
    pub memory_mib: i32,
    pub interfaces: i32,
    pub addresses_per_interface: i32,
    pub ipv6_addresses_per_interface: i32,
    pub generation: Generation,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for InstanceType {
    fn from(row: Model) -> Self {
        let Model { name, cpu, disk_gb, memory_mib, interfaces, addresses_per_interface, ipv6_addresses_per_interface, generation } = row;
        Self { name, cpu, disk_gb, memory_mib, interfaces, addresses_per_interface, ipv6_addresses_per_interface, generation }
    }
}

impl From<InstanceType> for Model {
    fn from(kind: InstanceType) -> Self {
        let InstanceType { name, cpu, disk_gb, memory_mib, interfaces, addresses_per_interface, ipv6_addresses_per_interface, generation } = kind;
        Self { name, cpu, disk_gb, memory_mib, interfaces, addresses_per_interface, ipv6_addresses_per_interface, generation }
    }
}
