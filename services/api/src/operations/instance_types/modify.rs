//! ModifyInstanceTypeAttribute: the operator's change of a type.

use multihome_core::{
    instance_types::{TypeChange, modify},
    refusals,
};
use multihome_ec2::instance_type::{InstanceTypeDetails, ModifyInstanceTypeAttribute, ModifyInstanceTypeAttributeReply};
use multihome_entities::instance_type::{Column, Entity};
use multihome_runtime::Cas;
use multihome_types::{EntityKind, InstanceType};
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};

use super::count;
use crate::{Api, call::Call, fault::Fault};

/// The limit of a type is what attach and run hold to, from the next request on.
pub(crate) async fn modify_instance_type_attribute(
    api: &Api,
    call: &Call,
    request: ModifyInstanceTypeAttribute,
) -> Result<ModifyInstanceTypeAttributeReply, Fault> {
    let wanted = TypeChange {
        cpu: request.cpu.map(i64::from),
        disk_gb: request.disk.map(i64::from),
        memory_mib: request.memory.map(i64::from),
        interfaces: request.network_interfaces.map(i64::from),
        reset: request.reset,
    };
    let mut transaction = api.store.begin().await?;
    let row = Entity::find_by_id(request.name.clone()).lock(LockType::NoKeyUpdate).one(transaction.conn()).await?;
    let previous: InstanceType = row.ok_or_else(|| refusals::instance_type_unknown(&brief(&request.name)))?.into();
    let mut modified = modify(&previous, &wanted)?;
    if modified != previous {
        modified.generation = previous.generation.next();
        let updated = Entity::update_many()
            .col_expr(Column::Cpu, Expr::value(modified.cpu))
            .col_expr(Column::DiskGb, Expr::value(modified.disk_gb))
            .col_expr(Column::MemoryMib, Expr::value(modified.memory_mib))
            .col_expr(Column::Interfaces, Expr::value(modified.interfaces))
            .col_expr(Column::AddressesPerInterface, Expr::value(modified.addresses_per_interface))
            .col_expr(Column::Generation, Expr::value(modified.generation))
            .filter(Column::Name.eq(&modified.name))
            .filter(Column::Generation.eq(previous.generation))
            .exec(transaction.conn())
            .await?;
        if Cas::from_rows(updated.rows_affected) == Cas::Stale {
            return Err(Fault::Failed(format!("the locked row of instance type {} was changed by somebody else", modified.name).into()));
        }
        let why = format!(
            "Instance type {} has {} interfaces, {} processors, {} GB of disk and {} MiB of memory.",
            modified.name, modified.interfaces, modified.cpu, modified.disk_gb, modified.memory_mib
        );
        transaction.record(vec![call.change((EntityKind::InstanceType, &modified.name, modified.generation), "modified", why)]).await?;
    }
    transaction.commit().await?;
    Ok(ModifyInstanceTypeAttributeReply { instance_type: details(&modified), previous_instance_type: details(&previous) })
}

fn brief(text: &str) -> String {
    text.chars().take(64).collect()
}

fn details(kind: &InstanceType) -> InstanceTypeDetails {
    InstanceTypeDetails {
        name: kind.name.clone(),
        cpu: count(kind.cpu),
        disk: count(kind.disk_gb),
        memory: count(kind.memory_mib),
        network_interfaces: count(kind.interfaces),
    }
}
