//! Instance types and the interface limit that comes with each.

use crate::Generation;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    pub name: String,
    pub cpu: i32,
    pub disk_gb: i32,
    pub memory_mib: i32,
    /// How many interfaces an instance may have, the primary included.
    pub interfaces: i32,
    /// How many IPv4 addresses each of them may have.
    pub addresses_per_interface: i32,
    pub generation: Generation,
}
