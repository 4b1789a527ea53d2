//! One function per operation: `(api, call, request) → reply`. It gathers what a rule of `services/core` needs, asks it, and applies
//! what it answers in one transaction, together with the rows of the change log.
//!
//! To add an operation: its request and reply go into `schemas/ec2`, its function here, and one line into the list of `dispatch.rs`, which
//! does not compile until it is there.

mod attachments;
mod availability_zones;
mod instance_types;
mod instances;
mod network_interfaces;
mod route_tables;
mod security_groups;
mod subnets;
pub(crate) mod tags;
mod vpcs;

pub(crate) use attachments::{attach_network_interface, detach_network_interface};
pub(crate) use availability_zones::describe_availability_zones;
pub(crate) use instance_types::{describe_instance_types, modify_instance_type_attribute};
pub(crate) use instances::{describe_instances, run_instances, start_instances, stop_instances, terminate_instances};
pub(crate) use network_interfaces::{
    create_network_interface, delete_network_interface, describe_network_interfaces, modify_network_interface_attribute,
};
pub(crate) use route_tables::{create_route, create_route_table, describe_route_tables};
pub(crate) use security_groups::{create_security_group, describe_security_groups};
pub(crate) use subnets::{create_subnet, describe_subnets};
pub(crate) use tags::create_tags;
pub(crate) use vpcs::{create_vpc, describe_vpcs};

use crate::{call::Call, fault::Fault};

/// Creates something under ids that are drawn anew when one of them is taken already ([`Fault::is_taken`]).
pub(crate) async fn with_fresh_ids<T, F: Future<Output = Result<T, Fault>>>(create: impl Fn() -> F) -> Result<T, Fault> {
    const ATTEMPTS: usize = 5;
    for _ in 1..ATTEMPTS {
        match create().await {
            Err(fault) if fault.is_taken() => {}
            made => return made,
        }
    }
    create().await
}

/// The name of a resource across services.
pub(crate) fn arn(call: &Call, kind: &str, id: impl std::fmt::Display) -> String {
    format!("arn:aws:ec2:{}:{}:{kind}/{id}", call.region, call.account)
}
