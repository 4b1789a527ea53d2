//! Instance types: how many interfaces an instance may have, and the operator's changes to that (seed: the type persists
//! the limit, and it can be configured).
//!
//! The 18 types that Eucalyptus predefines have its figures for processors, disk and memory, which suit a private cloud,
//! and EC2's limits; the newer families have EC2's figures throughout, their disk being none because they have no local
//! one. Interfaces and addresses per interface are those of amazon-vpc-cni-k8s's `vpc_ip_resource_limit.go`, which is
//! generated from EC2's DescribeInstanceTypes. It no longer lists cc1, cc2, cg1 and hi1: those have Eucalyptus's
//! interface limit and the addresses of the types listed with the same one.
//!
//! A changed limit is checked at the next attach or launch and takes nothing away from instances that have more.
//! Deliberately absent: several network cards, IPv6, and any ordering between types.

use multihome_types::{Generation, InstanceType, Refusal};

use crate::{admission::ATTACHABLE_INDEXES, refusals};

#[cfg(test)]
mod tests;

/// A type as it is before anybody changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Predefined {
    pub name: &'static str,
    pub cpu: i32,
    pub disk_gb: i32,
    pub memory_mib: i32,
    pub interfaces: i32,
    pub addresses_per_interface: i32,
}

impl Predefined {
    /// The row of a new database.
    pub fn instance_type(&self) -> InstanceType {
        InstanceType {
            name: self.name.to_owned(),
            cpu: self.cpu,
            disk_gb: self.disk_gb,
            memory_mib: self.memory_mib,
            interfaces: self.interfaces,
            addresses_per_interface: self.addresses_per_interface,
            generation: Generation::FIRST,
        }
    }
}

/// Processors, disk in GB, memory in MiB; interfaces, addresses on each.
const fn predefine(name: &'static str, machine: (i32, i32, i32), network: (i32, i32)) -> Predefined {
    let (cpu, disk_gb, memory_mib) = machine;
    let (interfaces, addresses_per_interface) = network;
    Predefined { name, cpu, disk_gb, memory_mib, interfaces, addresses_per_interface }
}

/// What an instance is that names no type.
pub const DEFAULT: &str = "m1.small";

pub const PREDEFINED: &[Predefined] = &[
    predefine("t1.micro", (1, 5, 256), (2, 2)),
    predefine("m1.small", (1, 5, 256), (2, 4)),
    predefine("m1.medium", (1, 10, 512), (2, 6)),
    predefine("c1.medium", (2, 10, 512), (2, 6)),
    predefine("m1.large", (2, 10, 512), (3, 10)),
    predefine("m1.xlarge", (2, 10, 1024), (4, 15)),
    predefine("m2.xlarge", (2, 10, 2048), (4, 15)),
    predefine("c1.xlarge", (2, 10, 2048), (4, 15)),
    predefine("m3.xlarge", (4, 15, 2048), (4, 15)),
    predefine("m2.2xlarge", (2, 30, 4096), (4, 30)),
    predefine("m3.2xlarge", (4, 30, 4096), (4, 30)),
    predefine("cc1.4xlarge", (8, 60, 3072), (4, 15)),
    predefine("m2.4xlarge", (8, 60, 4096), (8, 30)),
    predefine("hi1.4xlarge", (8, 120, 6144), (8, 30)),
    predefine("cc2.8xlarge", (16, 120, 6144), (8, 30)),
    predefine("cg1.4xlarge", (16, 200, 12_288), (8, 30)),
    predefine("cr1.8xlarge", (16, 240, 16_384), (8, 30)),
    predefine("hs1.8xlarge", (48, 24_000, 119_808), (8, 30)),
    predefine("t2.nano", (1, 0, 512), (2, 2)),
    predefine("t2.micro", (1, 0, 1024), (2, 2)),
    predefine("t2.small", (1, 0, 2048), (3, 4)),
    predefine("t2.medium", (2, 0, 4096), (3, 6)),
    predefine("t2.large", (2, 0, 8192), (3, 12)),
    predefine("t2.xlarge", (4, 0, 16_384), (3, 15)),
    predefine("t2.2xlarge", (8, 0, 32_768), (3, 15)),
    predefine("t3.nano", (2, 0, 512), (2, 2)),
    predefine("t3.micro", (2, 0, 1024), (2, 2)),
    predefine("t3.small", (2, 0, 2048), (3, 4)),
    predefine("t3.medium", (2, 0, 4096), (3, 6)),
    predefine("t3.large", (2, 0, 8192), (3, 12)),
    predefine("t3.xlarge", (4, 0, 16_384), (4, 15)),
    predefine("t3.2xlarge", (8, 0, 32_768), (4, 15)),
    predefine("m5.large", (2, 0, 8192), (3, 10)),
    predefine("m5.xlarge", (4, 0, 16_384), (4, 15)),
    predefine("m5.2xlarge", (8, 0, 32_768), (4, 15)),
    predefine("m5.4xlarge", (16, 0, 65_536), (8, 30)),
    predefine("m5.8xlarge", (32, 0, 131_072), (8, 30)),
    predefine("m5.12xlarge", (48, 0, 196_608), (8, 30)),
    predefine("m5.16xlarge", (64, 0, 262_144), (15, 50)),
    predefine("m5.24xlarge", (96, 0, 393_216), (15, 50)),
    predefine("m5.metal", (96, 0, 393_216), (15, 50)),
    predefine("c5.large", (2, 0, 4096), (3, 10)),
    predefine("c5.xlarge", (4, 0, 8192), (4, 15)),
    predefine("c5.2xlarge", (8, 0, 16_384), (4, 15)),
    predefine("c5.4xlarge", (16, 0, 32_768), (8, 30)),
    predefine("c5.9xlarge", (36, 0, 73_728), (8, 30)),
    predefine("c5.12xlarge", (48, 0, 98_304), (8, 30)),
    predefine("c5.18xlarge", (72, 0, 147_456), (15, 50)),
    predefine("c5.24xlarge", (96, 0, 196_608), (15, 50)),
    predefine("c5.metal", (96, 0, 196_608), (15, 50)),
];

/// Names are as EC2 writes them, in lower case.
pub fn predefined(name: &str) -> Option<&'static Predefined> {
    PREDEFINED.iter().find(|predefined| predefined.name == name)
}

/// A change to a type; what is `None` stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TypeChange {
    pub cpu: Option<i64>,
    pub disk_gb: Option<i64>,
    pub memory_mib: Option<i64>,
    pub interfaces: Option<i64>,
    /// Back to the predefined figures, whatever else is asked.
    pub reset: bool,
}

/// The type after a change. The generation is the store's to count.
///
/// Interfaces range from 1 to 32, which is as many as there are device indexes (0 to 31). Eucalyptus stops at 8 because its
/// nodes do; types of EC2 go up to 15 on one network card.
pub fn modify(current: &InstanceType, change: &TypeChange) -> Result<InstanceType, Refusal> {
    if change.reset {
        let predefined = predefined(&current.name).ok_or_else(|| refusals::instance_type_unknown(&current.name))?;
        return Ok(InstanceType { generation: current.generation, ..predefined.instance_type() });
    }
    let most = ATTACHABLE_INDEXES.end() + 1;
    Ok(InstanceType {
        cpu: within("cpu", change.cpu, current.cpu, (1, i64::from(i32::MAX)))?,
        disk_gb: within("disk", change.disk_gb, current.disk_gb, (0, i64::from(i32::MAX)))?,
        memory_mib: within("memory", change.memory_mib, current.memory_mib, (1, i64::from(i32::MAX)))?,
        interfaces: within("networkInterfaces", change.interfaces, current.interfaces, (1, most))?,
        ..current.clone()
    })
}

fn within(name: &str, asked: Option<i64>, current: i32, (least, most): (i64, i64)) -> Result<i32, Refusal> {
    let Some(asked) = asked else { return Ok(current) };
    i32::try_from(asked)
        .ok()
        .filter(|_| (least..=most).contains(&asked))
        .ok_or_else(|| refusals::invalid_value(format!("Value ({asked}) for parameter {name} is invalid: it ranges from {least} to {most}.")))
}
