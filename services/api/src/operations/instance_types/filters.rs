//! What instance types can be filtered by: everything EC2 documents.

use std::borrow::Cow;

use multihome_ec2::{
    Tag,
    instance_type::{EbsOptimizedInfo, InstanceTypeInfo as Shown},
};

use crate::filter::{Filterable, flag, many, one};

type Values<'a> = Option<Vec<Cow<'a, str>>>;

impl Filterable for Shown {
    fn values(&self, name: &str) -> Values<'_> {
        match name.split_once('.') {
            Some(("ebs-info", name)) => of_ebs(self, name),
            Some(("instance-storage-info", name)) => of_storage(self, name),
            Some(("network-info", name)) => of_network(self, name),
            Some(("processor-info" | "vcpu-info", _)) => of_processors(self, name),
            Some(("memory-info", "size-in-mib")) => one(self.memory_info.size_in_mib.to_string()),
            Some(("nitro-tpm-info", "supported-versions")) => many(self.nitro_tpm_info.iter().flat_map(|info| &info.supported_versions)),
            Some(_) => None,
            None => of_type(self, name),
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

fn of_type<'a>(shown: &'a Shown, name: &str) -> Values<'a> {
    match name {
        "auto-recovery-supported" => flag(shown.auto_recovery_supported),
        "bare-metal" => flag(shown.bare_metal),
        "burstable-performance-supported" => flag(shown.burstable_performance_supported),
        "current-generation" => flag(shown.current_generation),
        "dedicated-hosts-supported" => flag(shown.dedicated_hosts_supported),
        "free-tier-eligible" => flag(shown.free_tier_eligible),
        "hibernation-supported" => flag(shown.hibernation_supported),
        "hypervisor" => many(shown.hypervisor.as_deref()),
        "instance-storage-supported" => flag(shown.instance_storage_supported),
        "instance-type" => one(&shown.instance_type),
        "nitro-enclaves-support" => one(&shown.nitro_enclaves_support),
        "nitro-tpm-support" => one(&shown.nitro_tpm_support),
        "reboot-migration-support" => one(&shown.reboot_migration_support),
        "supported-boot-mode" => many(&shown.supported_boot_modes),
        "supported-root-device-type" => many(&shown.supported_root_device_types),
        "supported-usage-class" => many(&shown.supported_usage_classes),
        "supported-virtualization-type" => many(&shown.supported_virtualization_types),
        _ => None,
    }
}

fn of_ebs<'a>(shown: &'a Shown, name: &str) -> Values<'a> {
    let ebs = &shown.ebs_info;
    let speeds = |of: fn(&EbsOptimizedInfo) -> String| many(ebs.ebs_optimized_info.as_ref().map(of));
    match name {
        "attachment-limit-type" => one(&ebs.attachment_limit_type),
        "maximum-ebs-attachments" => one(ebs.maximum_ebs_attachments.to_string()),
        "ebs-optimized-info.baseline-bandwidth-in-mbps" => speeds(|info| info.baseline_bandwidth_in_mbps.to_string()),
        "ebs-optimized-info.baseline-iops" => speeds(|info| info.baseline_iops.to_string()),
        "ebs-optimized-info.baseline-throughput-in-mbps" => speeds(|info| info.baseline_throughput_in_mbps.clone()),
        "ebs-optimized-info.maximum-bandwidth-in-mbps" => speeds(|info| info.maximum_bandwidth_in_mbps.to_string()),
        "ebs-optimized-info.maximum-iops" => speeds(|info| info.maximum_iops.to_string()),
        "ebs-optimized-info.maximum-throughput-in-mbps" => speeds(|info| info.maximum_throughput_in_mbps.clone()),
        "ebs-optimized-support" => one(&ebs.ebs_optimized_support),
        "encryption-support" => one(&ebs.encryption_support),
        "nvme-support" => one(&ebs.nvme_support),
        _ => None,
    }
}

fn of_storage<'a>(shown: &'a Shown, name: &str) -> Values<'a> {
    let info = || shown.instance_storage_info.as_ref();
    let disks = || info().into_iter().flat_map(|info| &info.disks);
    match name {
        "disk.count" => many(disks().map(|disk| disk.count.to_string())),
        "disk.size-in-gb" => many(disks().map(|disk| disk.size_in_gb.to_string())),
        "disk.type" => many(disks().map(|disk| &disk.kind)),
        "encryption-support" => many(info().map(|info| &info.encryption_support)),
        "nvme-support" => many(info().map(|info| &info.nvme_support)),
        "total-size-in-gb" => many(info().map(|info| info.total_size_in_gb.to_string())),
        _ => None,
    }
}

fn of_network<'a>(shown: &'a Shown, name: &str) -> Values<'a> {
    let network = &shown.network_info;
    match name {
        "bandwidth-weightings" => many(network.bandwidth_weightings.iter().flatten()),
        "efa-info.maximum-efa-interfaces" => many(network.efa_info.as_ref().map(|info| info.maximum_efa_interfaces.to_string())),
        "efa-supported" => flag(network.efa_supported),
        "ena-support" => one(&network.ena_support),
        "encryption-in-transit-supported" => flag(network.encryption_in_transit_supported),
        "flexible-ena-queues-support" => one(&network.flexible_ena_queues_support),
        "ipv4-addresses-per-interface" => one(network.ipv4_addresses_per_interface.to_string()),
        "ipv6-addresses-per-interface" => one(network.ipv6_addresses_per_interface.to_string()),
        "ipv6-supported" => flag(network.ipv6_supported),
        "maximum-network-cards" => one(network.maximum_network_cards.to_string()),
        "maximum-network-interfaces" => one(network.maximum_network_interfaces.to_string()),
        "network-performance" => one(&network.network_performance),
        _ => None,
    }
}

fn of_processors<'a>(shown: &'a Shown, name: &str) -> Values<'a> {
    let (processor, count) = (&shown.processor_info, &shown.v_cpu_info);
    let numbers = |some: &Option<Vec<u32>>| many(some.iter().flatten().map(ToString::to_string));
    match name {
        "processor-info.supported-architecture" => many(&processor.supported_architectures),
        "processor-info.supported-features" => many(processor.supported_features.iter().flatten()),
        "processor-info.sustained-clock-speed-in-ghz" => many(processor.sustained_clock_speed_in_ghz.as_deref()),
        "vcpu-info.default-cores" => one(count.default_cores.to_string()),
        "vcpu-info.default-threads-per-core" => one(count.default_threads_per_core.to_string()),
        "vcpu-info.default-vcpus" => one(count.default_vcpus.to_string()),
        "vcpu-info.valid-cores" => numbers(&count.valid_cores),
        "vcpu-info.valid-threads-per-core" => numbers(&count.valid_threads_per_core),
        _ => None,
    }
}
