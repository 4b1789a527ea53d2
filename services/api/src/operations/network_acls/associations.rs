//! ReplaceNetworkAclAssociation: which ACL a subnet has.

use multihome_core::network_acl as rules;
use multihome_ec2::network_acl::{ReplaceNetworkAclAssociation, ReplaceNetworkAclAssociationReply};
use multihome_entities::{
    network_acl,
    network_acl_association::{Column, Entity, Model},
};
use multihome_runtime::Transaction;
use multihome_types::{EntityKind, NetworkAclAssociationId, NetworkAclId};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Query};

use super::{apply_touch, gather_and_lock};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{vpcs::gather_and_lock_vpc, with_fresh_ids},
};

pub(crate) async fn replace_network_acl_association(
    api: &Api,
    call: &Call,
    request: ReplaceNetworkAclAssociation,
) -> Result<ReplaceNetworkAclAssociationReply, Fault> {
    let id: NetworkAclAssociationId = ids::parse(&request.association_id)?;
    let acl: NetworkAclId = ids::parse(&request.network_acl_id)?;
    let new = with_fresh_ids(|| apply_replacement(api, call, (id, acl), api.fresh())).await?;
    Ok(ReplaceNetworkAclAssociationReply { new_association_id: new.to_string() })
}

async fn apply_replacement(
    api: &Api,
    call: &Call,
    (id, acl): (NetworkAclAssociationId, NetworkAclId),
    new: NetworkAclAssociationId,
) -> Result<NetworkAclAssociationId, Fault> {
    let mut transaction = api.store.begin().await?;
    let association = gather_and_lock_association(&transaction, call, id).await?;
    let acls = gather_and_lock(&transaction, call, &[association.acl, acl]).await?;
    let [from, to] = acls.as_slice() else { return Err(Fault::Failed("two network ACLs were asked for".into())) };
    if !rules::admit_replacement((id, from), to)? {
        return Ok(id);
    }
    let conn = transaction.conn();
    Entity::delete_by_id(id).exec(conn).await?;
    let row = Model { id: new, acl: to.id, subnet: association.subnet };
    Entity::insert(row.into_active_model()).exec_without_returning(conn).await?;
    let generations = [apply_touch(&transaction, from).await?, apply_touch(&transaction, to).await?];
    let why = format!("Subnet {} was given network ACL {} instead of {}.", association.subnet, to.id, from.id);
    let changes = vec![
        call.change((EntityKind::NetworkAcl, from.id, generations[0]), "disassociated", why.clone()),
        call.change((EntityKind::NetworkAcl, to.id, generations[1]), "associated", why),
    ];
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(new)
}

/// An association of the caller. Its VPC is locked, so it stays as it is until the end of the transaction.
async fn gather_and_lock_association(transaction: &Transaction, call: &Call, id: NetworkAclAssociationId) -> Result<Model, Fault> {
    let acls_of_caller = Query::select()
        .column(network_acl::Column::Id)
        .from(network_acl::Entity)
        .and_where(network_acl::Column::Account.eq(call.account))
        .and_where(network_acl::Column::Region.eq(call.region))
        .to_owned();
    let conn = transaction.conn();
    let find = || Entity::find_by_id(id).filter(Column::Acl.in_subquery(acls_of_caller.clone())).one(conn);
    let not_found = || rules::association_not_found(id);
    let acl = find().await?.ok_or_else(not_found)?.acl;
    let vpc = network_acl::Entity::find_by_id(acl).one(conn).await?.ok_or_else(not_found)?.vpc;
    gather_and_lock_vpc(transaction, call, vpc).await?;
    // Somebody else may have replaced it until it was locked.
    Ok(find().await?.ok_or_else(not_found)?)
}
