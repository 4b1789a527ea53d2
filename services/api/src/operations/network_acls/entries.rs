//! Entries of network ACLs: create, replace, delete.

use multihome_core::network_acl::{self as rules, EntryAsked};
use multihome_ec2::{
    Ec2Error, Return,
    network_acl::{CreateNetworkAclEntry, DeleteNetworkAclEntry, ReplaceNetworkAclEntry},
};
use multihome_entities::network_acl_entry::{self, Entity};
use multihome_runtime::Transaction;
use multihome_types::{Cidr, EntityKind, Ipv6Cidr, NetworkAcl, NetworkAclEntry, NetworkAclId, QuotaName};
use sea_orm::EntityTrait;

use super::{apply_touch, gather_and_lock};
use crate::{Api, call::Call, fault::Fault, ids, quotas};

/// The entry that a request asks for. Both kinds of requests have the same fields, and no type in common.
macro_rules! entry {
    ($request:ident) => {
        rules::check_entry(&EntryAsked {
            egress: direction($request.egress)?,
            number: $request.rule_number,
            protocol: &$request.protocol,
            action: &$request.rule_action,
            cidr: block($request.cidr_block.as_deref())?,
            ipv6_cidr: ipv6_block($request.ipv6_cidr_block.as_deref())?,
            icmp_type: $request.icmp.and_then(|icmp| icmp.kind),
            icmp_code: $request.icmp.and_then(|icmp| icmp.code),
            from_port: $request.port_range.and_then(|ports| ports.from),
            to_port: $request.port_range.and_then(|ports| ports.to),
        })
    };
}

pub(crate) async fn create_network_acl_entry(api: &Api, call: &Call, request: CreateNetworkAclEntry) -> Result<Return, Fault> {
    let id: NetworkAclId = ids::parse(&request.network_acl_id)?;
    let entry = entry!(request)?;
    let transaction = api.store.begin().await?;
    let acl = gather_and_lock(&transaction, call, &[id]).await?.remove(0);
    let most = quotas::limit_in_memory(api, transaction.conn(), call, QuotaName::RulesPerNetworkAcl).await?;
    rules::admit_new_entry(&acl, &entry, most)?;
    network_acl_entry::insert(transaction.conn(), acl.id, &[entry]).await?;
    apply_change(transaction, call, &acl, ("entry-created", format!("was given {}", sentence(&entry)))).await
}

pub(crate) async fn replace_network_acl_entry(api: &Api, call: &Call, request: ReplaceNetworkAclEntry) -> Result<Return, Fault> {
    let id: NetworkAclId = ids::parse(&request.network_acl_id)?;
    let entry = entry!(request)?;
    let transaction = api.store.begin().await?;
    let acl = gather_and_lock(&transaction, call, &[id]).await?.remove(0);
    let most = quotas::limit_in_memory(api, transaction.conn(), call, QuotaName::RulesPerNetworkAcl).await?;
    rules::admit_replaced_entry(&acl, &entry, most)?;
    Entity::delete_by_id((acl.id, entry.egress, entry.number)).exec(transaction.conn()).await?;
    network_acl_entry::insert(transaction.conn(), acl.id, &[entry]).await?;
    apply_change(transaction, call, &acl, ("entry-replaced", format!("has another {}", sentence(&entry)))).await
}

pub(crate) async fn delete_network_acl_entry(api: &Api, call: &Call, request: DeleteNetworkAclEntry) -> Result<Return, Fault> {
    let id: NetworkAclId = ids::parse(&request.network_acl_id)?;
    let egress = direction(request.egress)?;
    let transaction = api.store.begin().await?;
    let acl = gather_and_lock(&transaction, call, &[id]).await?.remove(0);
    let entry = rules::admit_deleted_entry(&acl, egress, request.rule_number)?;
    Entity::delete_by_id((acl.id, entry.egress, entry.number)).exec(transaction.conn()).await?;
    apply_change(transaction, call, &acl, ("entry-deleted", format!("lost {}", sentence(&entry)))).await
}

fn direction(egress: Option<bool>) -> Result<bool, Ec2Error> {
    egress.ok_or_else(|| Ec2Error::missing_parameter("Egress"))
}

fn block(text: Option<&str>) -> Result<Option<Cidr>, Ec2Error> {
    text.map(|text| ids::parse_block("CidrBlock", text)).transpose()
}

fn ipv6_block(text: Option<&str>) -> Result<Option<Ipv6Cidr>, Ec2Error> {
    text.map(|text| ids::parse_ipv6_block("Ipv6CidrBlock", text)).transpose()
}

fn sentence(entry: &NetworkAclEntry) -> String {
    let NetworkAclEntry { number, action, protocol, peer, .. } = entry;
    let way = if entry.egress { "to" } else { "from" };
    format!("entry {number}: {action} protocol {protocol} {way} {peer}")
}

/// An entry that changes touches its ACL.
async fn apply_change(mut transaction: Transaction, call: &Call, acl: &NetworkAcl, (what, happened): (&str, String)) -> Result<Return, Fault> {
    let generation = apply_touch(&transaction, acl).await?;
    let why = format!("Network ACL {} {happened}.", acl.id);
    transaction.record(vec![call.change((EntityKind::NetworkAcl, acl.id, generation), what, why)]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}
