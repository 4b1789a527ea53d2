//! DescribeInstanceAttribute, ModifyInstanceAttribute, ResetInstanceAttribute.
//!
//! The source/destination check and the groups are those of the instance's interface, and are changed as that interface's own.

mod asked;
mod shown;

use multihome_core::{instance_attributes as rules, refusals};
use multihome_ec2::{
    Ec2Error, Return,
    instance::{DescribeInstanceAttribute, DescribeInstanceAttributeReply, ModifyInstanceAttribute, ResetInstanceAttribute},
    network_interface::ModifyNetworkInterfaceAttribute,
};
use multihome_entities::{
    attachment, instance, instance_type,
    interface::{self},
};
use multihome_types::{Instance, InstanceId, InstanceType, Interface};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

pub(super) use self::asked::parsed_behavior;
use self::{asked::Asked, shown::Attribute};
use super::revise::{apply_revised, gather_and_lock};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    ids,
    operations::network_interfaces::{Surroundings, attached_by, modify_network_interface_attribute},
};

pub(crate) async fn describe_instance_attribute(
    api: &Api,
    call: &Call,
    request: DescribeInstanceAttribute,
) -> Result<DescribeInstanceAttributeReply, Fault> {
    let attribute = Attribute::parse(&request.attribute)?;
    let id: InstanceId = ids::parse(&request.instance_id)?;
    let conn = api.store.reader();
    let instance = gather(conn, call, id).await?;
    let on_it = gather_on(conn, id).await?;
    if attribute == Attribute::SourceDestCheck {
        rules::check_not_several(id, &on_it)?;
    }
    let around = Surroundings::gather(conn, &on_it, Vec::new()).await?;
    Ok(attribute.of(&instance, &on_it, &around))
}

pub(crate) async fn modify_instance_attribute(api: &Api, call: &Call, request: ModifyInstanceAttribute) -> Result<Return, Fault> {
    let id: InstanceId = ids::parse(&request.instance_id)?;
    match Asked::parse(request)? {
        Asked::Own(modification) => modify_own(api, call, id, modification).await,
        Asked::OfInterface(change) => modify_interface(api, call, id, change).await,
        Asked::Refused(refusal) => {
            gather(api.store.reader(), call, id).await?;
            Err(refusal.into())
        }
        Asked::AsItIs => {
            gather(api.store.reader(), call, id).await?;
            Ok(Return::DONE)
        }
    }
}

pub(crate) async fn reset_instance_attribute(api: &Api, call: &Call, request: ResetInstanceAttribute) -> Result<Return, Fault> {
    let id: InstanceId = ids::parse(&request.instance_id)?;
    match request.attribute.as_str() {
        "sourceDestCheck" => modify_interface(api, call, id, asked::checking(true)).await,
        "kernel" | "ramdisk" => {
            gather(api.store.reader(), call, id).await?;
            Err(refusals::unsupported("An instance that is virtualized by hardware has no kernel and no RAM disk of its own.").into())
        }
        other => Err(Ec2Error::invalid_parameter_value("attribute", other, "It is not an attribute that can be reset.").into()),
    }
}

async fn modify_own(api: &Api, call: &Call, id: InstanceId, modification: rules::Modification) -> Result<Return, Fault> {
    let mut txn = api.store.begin().await?;
    let instance = gather_and_lock(&txn, call, id).await?;
    let new_type = match &modification {
        rules::Modification::InstanceType(name) => instance_type::Entity::find_by_id(name).one(txn.conn()).await?.map(InstanceType::from),
        _ => None,
    };
    // Whoever attaches one has to have the instance's row first, so these stay as many.
    let on_it = gather_on(txn.conn(), id).await?;
    let name = modification.name();
    let situation = rules::Situation { instance: &instance, new_type: new_type.as_ref(), on_it: &on_it };
    let revised = rules::modify(situation, modification)?;
    if revised != instance {
        apply_revised(&mut txn, call, revised, format!("Its {name} was changed.")).await?;
    }
    txn.commit().await?;
    Ok(Return::DONE)
}

async fn modify_interface(api: &Api, call: &Call, id: InstanceId, change: ModifyNetworkInterfaceAttribute) -> Result<Return, Fault> {
    let conn = api.store.reader();
    let instance = gather(conn, call, id).await?;
    let on_it = gather_on(conn, id).await?;
    let only = rules::only_interface(&instance, &on_it)?;
    modify_network_interface_attribute(api, call, ModifyNetworkInterfaceAttribute { network_interface_id: only.id.to_string(), ..change }).await
}

async fn gather<C: ConnectionTrait>(conn: &C, call: &Call, id: InstanceId) -> Result<Instance, Fault> {
    let of_caller =
        instance::Entity::find_by_id(id).filter(instance::Column::Account.eq(call.account)).filter(instance::Column::Region.eq(call.region));
    let row = of_caller.one(conn).await?;
    row.map(Instance::from).ok_or_else(|| refusals::instance_not_found(id).into())
}

/// The interfaces on an instance, the primary first.
async fn gather_on<C: ConnectionTrait>(conn: &C, id: InstanceId) -> Result<Vec<Interface>, Fault> {
    let mut on_it = interface::load(conn, attached_by(attachment::Column::Instance, [id]), None).await?;
    on_it.sort_by_key(|interface| interface.attachment.as_ref().map(|attachment| attachment.device_index));
    Ok(on_it)
}
