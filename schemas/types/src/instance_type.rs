//! Instance types and the interface limit that comes with each.

use crate::Generation;

crate::text::text_enum! {
    /// What a processor understands, and what an image is made for. EC2's names.
    pub enum Architecture {
        I386 = "i386",
        X86_64 = "x86_64",
        Arm64 = "arm64",
    }
}

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
    /// How many IPv6 addresses each of them may have; 0 where the type has no IPv6.
    pub ipv6_addresses_per_interface: i32,
    pub generation: Generation,
}
