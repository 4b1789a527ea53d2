//! Instance types: how many interfaces an instance may have, and the operator's changes to that (seed: the type persists
//! the limit, and it can be configured).
//!
//! What a type is before anybody changes it, and what nobody can change of it, is in [`predefined`]. A changed limit is checked
//! at the next attach or launch and takes nothing away from instances that have more.
//! Deliberately absent: several network cards, and any ordering between types.

mod predefined;

use multihome_types::{InstanceType, Refusal};

pub use self::predefined::{Disks, Ebs, EbsSpeed, Feature, PREDEFINED, Predefined, Span, predefined};
use crate::{admission::ATTACHABLE_INDEXES, refusals};

#[cfg(test)]
mod tests;

/// What an instance is that names no type.
pub const DEFAULT: &str = "m1.small";

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
