//! One function per operation: `(api, call, request) → reply`. It gathers what a rule of `services/core` needs, asks it, and applies
//! what it answers in one transaction, together with the rows of the change log.
//!
//! To add an operation: its request and reply go into `schemas/ec2`, its function here, and one line into the list of `dispatch.rs`, which
//! does not compile until it is there.

mod absent;
mod account_attributes;
mod addresses;
mod attachments;
mod availability_zones;
mod default_vpc;
mod dhcp_options;
mod images;
mod instance_types;
mod instances;
mod internet_gateways;
mod key_pairs;
mod nat_gateways;
mod network_acls;
pub(crate) mod network_interfaces;
mod regions;
mod route_tables;
mod security_groups;
mod subnets;
pub(crate) mod tags;
mod vpcs;

pub(crate) use absent::{describe_iam_instance_profile_associations, describe_volumes};
pub(crate) use account_attributes::describe_account_attributes;
pub(crate) use addresses::{
    allocate_address, associate_address, describe_addresses, describe_addresses_attribute, disassociate_address, release_address,
};
pub(crate) use attachments::{attach_network_interface, detach_network_interface};
pub(crate) use availability_zones::describe_availability_zones;
pub(crate) use default_vpc::{Welcomed, create_default_subnet, create_default_vpc, ensure_default_vpc};
pub(crate) use dhcp_options::{associate_dhcp_options, create_dhcp_options, delete_dhcp_options, describe_dhcp_options};
pub(crate) use images::{deregister_image, describe_images, register_image};
pub(crate) use instance_types::{describe_instance_type_offerings, describe_instance_types, modify_instance_type_attribute};
pub(crate) use instances::{
    describe_instance_attribute, describe_instance_credit_specifications, describe_instance_status, describe_instances, modify_instance_attribute,
    modify_instance_credit_specification, modify_instance_metadata_options, monitor_instances, reboot_instances, reset_instance_attribute,
    run_instances, start_instances, stop_instances, terminate_instances, unmonitor_instances,
};
pub(crate) use internet_gateways::{
    attach_internet_gateway, create_internet_gateway, delete_internet_gateway, describe_internet_gateways, detach_internet_gateway,
};
pub(crate) use key_pairs::{create_key_pair, delete_key_pair, describe_key_pairs, import_key_pair};
pub(crate) use nat_gateways::{create_nat_gateway, delete_nat_gateway, describe_nat_gateways};
pub(crate) use network_acls::{
    create_network_acl, create_network_acl_entry, delete_network_acl, delete_network_acl_entry, describe_network_acls,
    replace_network_acl_association, replace_network_acl_entry,
};
pub(crate) use network_interfaces::{
    ATTEMPTS, Creates, assign_ipv6_addresses, assign_private_ip_addresses, contended, create_network_interface, create_network_interface_permission,
    delete_network_interface, delete_network_interface_permission, describe_network_interface_attribute, describe_network_interface_permissions,
    describe_network_interfaces, modify_network_interface_attribute, reset_network_interface_attribute, unassign_ipv6_addresses,
    unassign_private_ip_addresses,
};
pub(crate) use regions::describe_regions;
pub(crate) use route_tables::{
    associate_route_table, create_route, create_route_table, delete_route, delete_route_table, describe_route_tables, disassociate_route_table,
    replace_route, replace_route_table_association,
};
pub(crate) use security_groups::{
    authorize_security_group_egress, authorize_security_group_ingress, create_security_group, delete_security_group, describe_security_group_rules,
    describe_security_groups, get_security_groups_for_vpc, modify_security_group_rules, revoke_security_group_egress, revoke_security_group_ingress,
    update_security_group_rule_descriptions_egress, update_security_group_rule_descriptions_ingress,
};
pub(crate) use subnets::{
    associate_subnet_cidr_block, create_subnet, delete_subnet, describe_subnets, disassociate_subnet_cidr_block, modify_subnet_attribute,
};
pub(crate) use tags::{create_tags, delete_tags, describe_tags};
pub(crate) use vpcs::{
    associate_vpc_cidr_block, create_vpc, delete_vpc, describe_vpc_attribute, describe_vpcs, disassociate_vpc_cidr_block, modify_vpc_attribute,
};

use multihome_core::regions::partition;

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
    format!("arn:{}:ec2:{}:{}:{kind}/{id}", partition(call.region), call.region, call.account)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use multihome_ec2::Ec2Error;
    use multihome_entities::subnet;
    use sea_orm::{EntityTrait, IntoActiveModel};

    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn an_id_that_is_taken_is_drawn_again() {
        let api = testing::api().await;
        let vpc = testing::vpc(&api).await;
        let taken = testing::subnet(&api, &vpc, "10.0.0.0/24").await;
        let mut row = subnet::Entity::find_by_id(taken.parse::<multihome_types::SubnetId>().unwrap()).one(api.store.reader()).await.unwrap().unwrap();
        row.cidr = "10.0.1.0/24".parse().unwrap();
        let tries = AtomicUsize::new(0);
        let made = with_fresh_ids(|| async {
            let mut row = row.clone();
            if tries.fetch_add(1, Ordering::Relaxed) == 2 {
                row.id = api.fresh();
            }
            let transaction = api.store.begin().await?;
            subnet::Entity::insert(row.into_active_model()).exec_without_returning(transaction.conn()).await?;
            transaction.commit().await?;
            Ok(())
        });
        made.await.unwrap();
        assert_eq!(tries.into_inner(), 3);
    }

    #[tokio::test]
    async fn a_refusal_is_not_tried_again() {
        let tries = AtomicUsize::new(0);
        let refused = with_fresh_ids(|| async {
            tries.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Ec2Error::dry_run().into())
        });
        assert_eq!((testing::code(refused.await), tries.load(Ordering::Relaxed)), ("DryRunOperation".to_owned(), 1));
    }
}
