//! Instance types: describe, where they are offered, and the operator's change of one.

mod describe;
mod filters;
mod modify;
mod offerings;
mod shown;
#[cfg(test)]
mod tests;

pub(crate) use describe::describe_instance_types;
pub(crate) use modify::modify_instance_type_attribute;
pub(crate) use offerings::describe_instance_type_offerings;
pub(super) use shown::cores_and_threads;

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}
