//! Instance types: describe, and the operator's change of one.

use std::borrow::Cow;

use multihome_core::{
    instance_types::{TypeChange, modify},
    refusals,
};
use multihome_ec2::{
    Ec2Error, Tag,
    instance_type::{
        DescribeInstanceTypes, DescribeInstanceTypesReply, InstanceStorageInfo, InstanceTypeDetails, InstanceTypeInfo as Shown, MemoryInfo,
        ModifyInstanceTypeAttribute, ModifyInstanceTypeAttributeReply, NetworkCardInfo, NetworkInfo, ProcessorInfo, VCpuInfo,
    },
};
use multihome_entities::instance_type::{Column, Entity};
use multihome_runtime::Cas;
use multihome_types::{EntityKind, InstanceType};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockType},
};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_instance_types(api: &Api, call: &Call, request: DescribeInstanceTypes) -> Result<DescribeInstanceTypesReply, Fault> {
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeInstanceTypes",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!request.instance_types.is_empty()).then_some("InstanceTypes"),
        largest: 100,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all();
    if !request.instance_types.is_empty() {
        matching = matching.add(Column::Name.is_in(&request.instance_types));
        let mut found = load(api, &matching, None, request.instance_types.len()).await?;
        let unknown: Vec<String> =
            request.instance_types.iter().filter(|name| found.iter().all(|known| known.instance_type != **name)).cloned().collect();
        if !unknown.is_empty() {
            let shown: String = unknown.join(", ").chars().take(256).collect();
            return Err(Ec2Error::new("InvalidInstanceType", format!("The following supplied instance types do not exist: [{shown}]")).into());
        }
        found.retain(|shown| filters.matches(shown));
        return Ok(DescribeInstanceTypesReply { instance_types: found, next_token: None });
    }
    if let Some(exact) = filters.exact("instance-type") {
        matching = matching.add(Column::Name.is_in(exact));
    }
    let load = |after, limit| load(api, &matching, after, limit);
    let (instance_types, next_token) = page::gather(&page, &filters, |shown| &shown.instance_type, load).await?;
    Ok(DescribeInstanceTypesReply { instance_types, next_token })
}

async fn load(api: &Api, matching: &Condition, after: Option<String>, limit: usize) -> Result<Vec<Shown>, Fault> {
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(Column::Name.gt(after));
    }
    let rows = Entity::find().filter(matching).order_by_asc(Column::Name).limit(limit as u64).all(api.store.reader()).await?;
    Ok(rows.into_iter().map(|row| show(row.into())).collect())
}

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

fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

const PERFORMANCE: &str = "Moderate";

fn show(kind: InstanceType) -> Shown {
    let interfaces = count(kind.interfaces);
    let disk = u64::from(count(kind.disk_gb));
    Shown {
        current_generation: true,
        supported_usage_classes: vec!["on-demand".to_owned()],
        supported_virtualization_types: vec!["hvm".to_owned()],
        bare_metal: kind.name.ends_with(".metal"),
        hypervisor: "xen".to_owned(),
        processor_info: ProcessorInfo { supported_architectures: vec!["x86_64".to_owned()] },
        v_cpu_info: VCpuInfo { default_vcpus: count(kind.cpu) },
        memory_info: MemoryInfo { size_in_mib: u64::from(count(kind.memory_mib)) },
        instance_storage_supported: disk > 0,
        instance_storage_info: (disk > 0).then_some(InstanceStorageInfo { total_size_in_gb: disk }),
        network_info: NetworkInfo {
            network_performance: PERFORMANCE.to_owned(),
            maximum_network_interfaces: interfaces,
            maximum_network_cards: 1,
            default_network_card_index: 0,
            network_cards: vec![NetworkCardInfo {
                network_card_index: 0,
                network_performance: PERFORMANCE.to_owned(),
                maximum_network_interfaces: interfaces,
            }],
            ipv4_addresses_per_interface: count(kind.addresses_per_interface),
            ipv6_addresses_per_interface: 0,
            ipv6_supported: false,
            ena_support: "unsupported".to_owned(),
        },
        burstable_performance_supported: false,
        instance_type: kind.name,
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let network = &self.network_info;
        match name {
            "bare-metal" => flag(self.bare_metal),
            "burstable-performance-supported" => flag(self.burstable_performance_supported),
            "current-generation" => flag(self.current_generation),
            "hypervisor" => one(&self.hypervisor),
            "instance-storage-info.total-size-in-gb" => many(self.instance_storage_info.iter().map(|info| info.total_size_in_gb.to_string())),
            "instance-storage-supported" => flag(self.instance_storage_supported),
            "instance-type" => one(&self.instance_type),
            "memory-info.size-in-mib" => one(self.memory_info.size_in_mib.to_string()),
            "network-info.ena-support" => one(&network.ena_support),
            "network-info.ipv4-addresses-per-interface" => one(network.ipv4_addresses_per_interface.to_string()),
            "network-info.ipv6-addresses-per-interface" => one(network.ipv6_addresses_per_interface.to_string()),
            "network-info.ipv6-supported" => flag(network.ipv6_supported),
            "network-info.maximum-network-cards" => one(network.maximum_network_cards.to_string()),
            "network-info.maximum-network-interfaces" => one(network.maximum_network_interfaces.to_string()),
            "network-info.network-performance" => one(&network.network_performance),
            "processor-info.supported-architecture" => many(&self.processor_info.supported_architectures),
            "supported-usage-class" => many(&self.supported_usage_classes),
            "supported-virtualization-type" => many(&self.supported_virtualization_types),
            "vcpu-info.default-vcpus" => one(self.v_cpu_info.default_vcpus.to_string()),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[cfg(test)]
mod tests;
