//! ModifySubnetAttribute.

use multihome_core::subnet::{self as rules, ModificationsAsked};
use multihome_ec2::{AttributeValue, Return, subnet::ModifySubnetAttribute};
use multihome_types::{Subnet, SubnetId};

use super::{apply_row, gather_and_lock};
use crate::{Api, call::Call, fault::Fault, ids};

pub(crate) async fn modify_subnet_attribute(api: &Api, call: &Call, request: ModifySubnetAttribute) -> Result<Return, Fault> {
    let id: SubnetId = ids::parse(&request.subnet_id)?;
    let value = |asked: Option<AttributeValue<bool>>| asked.map(|asked| asked.value);
    let modification = rules::select_modification(&ModificationsAsked {
        map_public_ip_on_launch: value(request.map_public_ip_on_launch),
        assign_ipv6_address_on_creation: value(request.assign_ipv6_address_on_creation),
        dns64: value(request.enable_dns64),
        hostname_type: request.private_dns_hostname_type_on_launch.as_deref(),
        resource_name_dns_a_record: value(request.enable_resource_name_dns_a_record_on_launch),
        resource_name_dns_aaaa_record: value(request.enable_resource_name_dns_aaaa_record_on_launch),
    })?;
    let mut transaction = api.store.begin().await?;
    let (subnet, _) = gather_and_lock(&transaction, call, id).await?;
    let attributes = rules::admit_modification(&subnet, modification)?;
    if attributes == subnet.attributes {
        return Ok(Return::DONE);
    }
    let why = format!("An attribute of subnet {id} was modified: {modification:?}.");
    let change = apply_row(&transaction, call, Subnet { attributes, ..subnet }, ("modified", why)).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}
