//! DeleteSubnet. What is in it is named, and has to go first.
//!
//! Whoever puts an interface into a subnet keeps the subnet's row from being deleted until it is done; here the row is locked against that,
//! so that either the interface is seen or its creator misses the subnet.

use multihome_core::subnet as rules;
use multihome_ec2::{Return, subnet::DeleteSubnet};
use multihome_entities::{interface, nat_gateway, subnet};
use multihome_runtime::Transaction;
use multihome_types::{EntityKind, InterfaceId, NatGatewayId, NatGatewayState, SubnetId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::LockType};

use super::gather_and_lock;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::{network_acls, route_tables, tags::apply_untag},
};

pub(crate) async fn delete_subnet(api: &Api, call: &Call, request: DeleteSubnet) -> Result<Return, Fault> {
    let id: SubnetId = ids::parse(&request.subnet_id)?;
    let mut transaction = api.store.begin().await?;
    let (subnet, _) = gather_and_lock(&transaction, call, id).await?;
    subnet::Entity::find_by_id(id).lock(LockType::Update).one(transaction.conn()).await?;
    rules::admit_delete(id, &gather_inside(&transaction, id).await?)?;
    let mut changes = route_tables::apply_subnet_gone(&transaction, call, &subnet).await?;
    changes.extend(network_acls::apply_subnet_gone(&transaction, call, &subnet).await?);
    apply_untag(&transaction, [id]).await?;
    subnet::Entity::delete_by_id(id).exec(transaction.conn()).await?;
    let why = format!("Subnet {id} of VPC {} was deleted.", subnet.vpc);
    changes.push(call.change((EntityKind::Subnet, id, subnet.generation.next()), "deleted", why));
    transaction.record(changes).await?;
    transaction.commit().await?;
    Ok(Return::DONE)
}

/// The ids of the interfaces in a subnet, and of NAT gateways that have theirs yet to come.
async fn gather_inside(transaction: &Transaction, subnet: SubnetId) -> Result<Vec<String>, Fault> {
    let conn = transaction.conn();
    let interfaces = interface::Entity::find().filter(interface::Column::Subnet.eq(subnet)).select_only().column(interface::Column::Id);
    let interfaces: Vec<InterfaceId> = interfaces.order_by_asc(interface::Column::Id).into_tuple().all(conn).await?;
    let gateways = nat_gateway::Entity::find()
        .filter(nat_gateway::Column::Subnet.eq(subnet))
        .filter(nat_gateway::Column::State.is_not_in([NatGatewayState::Failed, NatGatewayState::Deleted]))
        .select_only()
        .column(nat_gateway::Column::Id);
    let gateways: Vec<NatGatewayId> = gateways.order_by_asc(nat_gateway::Column::Id).into_tuple().all(conn).await?;
    Ok(gateways.iter().map(ToString::to_string).chain(interfaces.iter().map(ToString::to_string)).collect())
}
