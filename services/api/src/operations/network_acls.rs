//! Network ACLs: create and delete. Describing them is in [`describe`], which subnets have them in [`associations`], and what they say in
//! [`entries`].
//!
//! Whoever changes an ACL, or which subnet has one, locks the VPC first and then the ACLs it is about, so that two of them in one VPC take
//! turns. That a subnet has exactly one ACL is the schema's doing, and that it is never without one [`apply_first_association`]'s.

mod associations;
mod describe;
mod entries;
#[cfg(test)]
mod tests;

use multihome_core::network_acl as rules;
use multihome_ec2::{
    Return, Tag,
    network_acl::{CreateNetworkAcl, CreateNetworkAclReply, DeleteNetworkAcl},
};
use multihome_entities::{network_acl, network_acl_association, network_acl_entry, vpc_ipv6_block};
use multihome_runtime::{Cas, Transaction};
use multihome_types::{Change, EntityKind, Generation, NetworkAcl, NetworkAclAssociationId, NetworkAclId, QuotaName, Subnet, VpcId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::{
    tags::{apply_tags, apply_untag, specified},
    vpcs::gather_and_lock_vpc,
    with_fresh_ids,
};
use crate::{Api, call::Call, client_token::ClientToken, fault::Fault, ids, quotas};
pub(crate) use associations::replace_network_acl_association;
pub(crate) use describe::describe_network_acls;
pub(crate) use entries::{create_network_acl_entry, delete_network_acl_entry, replace_network_acl_entry};

pub(crate) async fn create_network_acl(api: &Api, call: &Call, mut request: CreateNetworkAcl) -> Result<CreateNetworkAclReply, Fault> {
    let client_token = request.client_token.take();
    let token = ClientToken::parse(call, "CreateNetworkAcl", client_token.as_deref(), &request)?;
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let tags = specified(&request.tag_specifications, "network-acl")?;
    let mut made = token.gather(api.store.reader()).await?;
    if made.is_none() {
        made = with_fresh_ids(|| apply_create(api, call, (vpc, api.fresh(), &tags), &token)).await?;
    }
    let id = match made {
        Some(id) => id,
        // Another call with this token was first: its ACL is there now.
        None => token.gather(api.store.reader()).await?.ok_or_else(|| Fault::Failed("a claimed client token is not there".into()))?,
    };
    let only = Condition::all().add(network_acl::Column::Id.eq(&id));
    let shown = describe::load_whole(api, only).await?.pop();
    let network_acl = match (shown, id.parse()) {
        (Some(shown), _) => shown,
        (None, Ok(id)) => return Err(rules::network_acl_not_found(id).into()),
        (None, Err(why)) => return Err(Fault::Failed(Box::new(why))),
    };
    Ok(CreateNetworkAclReply { network_acl, client_token })
}

/// The id of the new ACL; `None` if the client token was claimed by another call meanwhile.
async fn apply_create(api: &Api, call: &Call, (vpc, id, tags): (VpcId, NetworkAclId, &[Tag]), token: &ClientToken) -> Result<Option<String>, Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?.id;
    if !token.apply(&transaction, &id.to_string()).await? {
        transaction.rollback().await?;
        return Ok(None);
    }
    let conn = transaction.conn();
    let siblings = network_acl::Entity::find().filter(network_acl::Column::Vpc.eq(vpc));
    quotas::admit_locked(api, &transaction, call, (QuotaName::NetworkAclsPerVpc, siblings)).await?;
    let ipv6 = vpc_ipv6_block::Entity::find().filter(vpc_ipv6_block::Column::Vpc.eq(vpc)).count(conn).await? > 0;
    let change = apply_birth(&transaction, call, &birth(call, (vpc, id), false, ipv6)).await?;
    apply_tags(&transaction, call, &id.to_string(), tags).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Some(id.to_string()))
}

/// A new ACL, with what it has from the beginning.
pub(super) fn birth(call: &Call, (vpc, id): (VpcId, NetworkAclId), is_default: bool, ipv6: bool) -> NetworkAcl {
    let Call { account, region, now, .. } = *call;
    let (entries, subnets) = (rules::first_entries(is_default, ipv6), Vec::new());
    NetworkAcl { id, account, region, vpc, is_default, entries, subnets, created: now, generation: Generation::FIRST }
}

/// Writes a new ACL, and answers the row for the change log.
pub(super) async fn apply_birth(transaction: &Transaction, call: &Call, acl: &NetworkAcl) -> Result<Change, Fault> {
    let conn = transaction.conn();
    network_acl::Entity::insert(network_acl::Model::from(acl).into_active_model()).exec_without_returning(conn).await?;
    network_acl_entry::insert(conn, acl.id, &acl.entries).await?;
    let why = match acl.is_default {
        true => format!("Network ACL {} came with VPC {}, as its default one.", acl.id, acl.vpc),
        false => format!("Network ACL {} was created in VPC {}.", acl.id, acl.vpc),
    };
    Ok(call.change((EntityKind::NetworkAcl, acl.id, acl.generation), "created", why))
}

/// Gives a new subnet the default ACL of its VPC, which is locked.
pub(super) async fn apply_first_association(
    transaction: &Transaction,
    call: &Call,
    (subnet, id): (&Subnet, NetworkAclAssociationId),
) -> Result<Change, Fault> {
    let of_vpc = Condition::all().add(network_acl::Column::Vpc.eq(subnet.vpc)).add(network_acl::Column::IsDefault.eq(true));
    let default = network_acl::load(transaction.conn(), of_vpc).await?.pop();
    let acl = default.ok_or_else(|| Fault::Failed(format!("VPC {} has no default network ACL", subnet.vpc).into()))?;
    let row = network_acl_association::Model { id, acl: acl.id, subnet: subnet.id };
    network_acl_association::Entity::insert(row.into_active_model()).exec_without_returning(transaction.conn()).await?;
    let generation = apply_touch(transaction, &acl).await?;
    let why = format!("Subnet {} was given network ACL {}.", subnet.id, acl.id);
    Ok(call.change((EntityKind::NetworkAcl, acl.id, generation), "associated", why))
}

pub(crate) async fn delete_network_acl(api: &Api, call: &Call, request: DeleteNetworkAcl) -> Result<Return, Fault> {
    let id: NetworkAclId = ids::parse(&request.network_acl_id)?;
    let mut transaction = api.store.begin().await?;
    let acl = gather_and_lock(&transaction, call, &[id]).await?.remove(0);
    rules::admit_delete(&acl)?;
    let change = apply_death(&transaction, call, &acl).await?;
    transaction.record(vec![change]).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// Takes away an ACL that no subnet has.
pub(super) async fn apply_death(transaction: &Transaction, call: &Call, acl: &NetworkAcl) -> Result<Change, Fault> {
    let conn = transaction.conn();
    network_acl_entry::Entity::delete_many().filter(network_acl_entry::Column::Acl.eq(acl.id)).exec(conn).await?;
    apply_untag(transaction, [acl.id]).await?;
    network_acl::Entity::delete_by_id(acl.id).exec(conn).await?;
    let why = format!("Network ACL {} of VPC {} was deleted.", acl.id, acl.vpc);
    Ok(call.change((EntityKind::NetworkAcl, acl.id, acl.generation.next()), "deleted", why))
}

/// ACLs of the caller in the order in which they are named; until the end of the transaction nobody else changes them, or which subnets of
/// their VPCs have which ACL.
async fn gather_and_lock(transaction: &Transaction, call: &Call, named: &[NetworkAclId]) -> Result<Vec<NetworkAcl>, Fault> {
    let conn = transaction.conn();
    let of_caller = || {
        let these = network_acl::Entity::find().filter(network_acl::Column::Id.is_in(named.iter().copied()));
        these.filter(network_acl::Column::Account.eq(call.account)).filter(network_acl::Column::Region.eq(call.region))
    };
    let columns = [network_acl::Column::Id, network_acl::Column::Vpc];
    let found: Vec<(NetworkAclId, VpcId)> = of_caller().select_only().columns(columns).into_tuple().all(conn).await?;
    check_found(named, |id| found.iter().any(|(known, _)| *known == id))?;
    let mut vpcs: Vec<VpcId> = found.into_iter().map(|(_, vpc)| vpc).collect();
    vpcs.sort_unstable();
    vpcs.dedup();
    for vpc in vpcs {
        gather_and_lock_vpc(transaction, call, vpc).await?;
    }
    of_caller().order_by_asc(network_acl::Column::Id).lock(LockType::NoKeyUpdate).all(conn).await?;
    let acls = network_acl::load(conn, Condition::all().add(network_acl::Column::Id.is_in(named.iter().copied()))).await?;
    // One may have been deleted before its VPC could be locked.
    check_found(named, |id| acls.iter().any(|acl| acl.id == id))?;
    Ok(named.iter().filter_map(|id| acls.iter().find(|acl| acl.id == *id).cloned()).collect())
}

fn check_found(named: &[NetworkAclId], is_found: impl Fn(NetworkAclId) -> bool) -> Result<(), Fault> {
    match named.iter().find(|id| !is_found(**id)) {
        Some(missing) => Err(rules::network_acl_not_found(*missing).into()),
        None => Ok(()),
    }
}

/// Counts an ACL's generation up: broadcasts know ACLs by it, and entries and associations change with it.
pub(super) async fn apply_touch(transaction: &Transaction, acl: &NetworkAcl) -> Result<Generation, Fault> {
    let generation = acl.generation.next();
    let touched = network_acl::Entity::update_many()
        .col_expr(network_acl::Column::Generation, Expr::value(generation))
        .filter(network_acl::Column::Id.eq(acl.id))
        .filter(network_acl::Column::Generation.eq(acl.generation))
        .exec(transaction.conn())
        .await?;
    match Cas::from_rows(touched.rows_affected) {
        Cas::Updated => Ok(generation),
        Cas::Stale => Err(Fault::Failed(format!("network ACL {} of a locked VPC was changed by somebody else", acl.id).into())),
    }
}

/// Takes the association of a subnet that goes away; its VPC is locked.
pub(super) async fn apply_subnet_gone(transaction: &Transaction, call: &Call, subnet: &Subnet) -> Result<Vec<Change>, Fault> {
    let conn = transaction.conn();
    let mut changes = Vec::new();
    for acl in network_acl::load(conn, Condition::all().add(network_acl::Column::Vpc.eq(subnet.vpc))).await? {
        for (association, _) in acl.subnets.iter().filter(|(_, of)| *of == subnet.id) {
            network_acl_association::Entity::delete_by_id(*association).exec(conn).await?;
            let generation = apply_touch(transaction, &acl).await?;
            let why = format!("Subnet {}, which had network ACL {}, goes.", subnet.id, acl.id);
            changes.push(call.change((EntityKind::NetworkAcl, acl.id, generation), "disassociated", why));
        }
    }
    Ok(changes)
}
