//! Instances: run, describe, start, stop, reboot, terminate, and what can be changed of one.
//!
//! Launch inserts the initial attachment rows; afterwards only the attachment service changes them. It is the one exception to that
//! service being their only writer, and it is none in effect: nobody can have seen an attachment before the transaction that makes its
//! instance. Instance states, too, are the attachment service's, from `pending` on.

mod asked;
mod attribute;
mod credits;
mod describe;
mod facts;
mod filters;
mod metadata_options;
mod revise;
mod rows;
mod run;
mod shown;
mod state;
mod status;
#[cfg(test)]
mod tests;

pub(crate) use attribute::{describe_instance_attribute, modify_instance_attribute, reset_instance_attribute};
pub(crate) use credits::{describe_instance_credit_specifications, modify_instance_credit_specification};
pub(crate) use describe::describe_instances;
pub(crate) use metadata_options::modify_instance_metadata_options;
pub(crate) use run::run_instances;
pub(crate) use state::{start_instances, stop_instances, terminate_instances};
pub(crate) use status::{describe_instance_status, monitor_instances, reboot_instances, unmonitor_instances};
