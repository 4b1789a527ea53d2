//! A type as replies show it: what an operator may change from its row, everything else from what is predefined.

use multihome_core::instance_types::{EbsSpeed, Feature, Predefined, predefined};
use multihome_ec2::instance_type::{
    DefaultConnectionTracking, DiskInfo, EbsInfo, EbsOptimizedInfo, EfaInfo, InstanceStorageInfo, InstanceTypeInfo as Shown, MemoryInfo,
    NetworkCardInfo, NetworkInfo, NitroTpmInfo, PlacementGroupInfo, ProcessorInfo, VCpuInfo,
};
use multihome_types::InstanceType;

use super::count;

/// EC2's, of every type.
const CONNECTION_TRACKING: DefaultConnectionTracking =
    DefaultConnectionTracking { default_tcp_established_timeout: 432_000, default_udp_timeout: 30, default_udp_stream_timeout: 180 };

pub(super) fn show(kind: InstanceType) -> Shown {
    let Some(known) = predefined(&kind.name) else { return unknown(kind) };
    let has = |feature| known.has(feature);
    Shown {
        current_generation: has(Feature::Current),
        free_tier_eligible: has(Feature::FreeTier),
        supported_usage_classes: words(&[(true, "on-demand"), (has(Feature::Spot), "spot")]),
        supported_root_device_types: words(&[(true, "ebs")]),
        supported_virtualization_types: words(&[(true, "hvm"), (has(Feature::Paravirtual), "paravirtual")]),
        bare_metal: has(Feature::BareMetal),
        hypervisor: text(known.hypervisor),
        processor_info: processor(known),
        v_cpu_info: processors(&kind, known),
        memory_info: MemoryInfo { size_in_mib: u64::from(count(kind.memory_mib)) },
        instance_storage_supported: kind.disk_gb > 0,
        instance_storage_info: storage(&kind, known),
        ebs_info: ebs(known),
        network_info: network(&kind, known),
        placement_group_info: PlacementGroupInfo {
            supported_strategies: words(&[(has(Feature::ClusterPlacement), "cluster"), (true, "partition"), (true, "spread")]),
        },
        hibernation_supported: has(Feature::Hibernation),
        burstable_performance_supported: has(Feature::Burstable),
        dedicated_hosts_supported: has(Feature::DedicatedHosts),
        auto_recovery_supported: has(Feature::AutoRecovery),
        supported_boot_modes: words(&[(has(Feature::LegacyBios), "legacy-bios"), (has(Feature::Uefi), "uefi")]),
        nitro_enclaves_support: support(has(Feature::Enclaves)),
        nitro_tpm_support: support(has(Feature::Tpm)),
        nitro_tpm_info: has(Feature::Tpm).then(|| NitroTpmInfo { supported_versions: vec!["2.0".to_owned()] }),
        phc_support: support(has(Feature::Phc)),
        reboot_migration_support: support(has(Feature::RebootMigration)),
        supported_in_region: true,
        instance_type: kind.name,
    }
}

/// A row of a type that a newer or an older version predefined: its figures and nothing else.
fn unknown(kind: InstanceType) -> Shown {
    let interfaces = count(kind.interfaces);
    let (default_cores, default_threads_per_core) = cores_and_threads(&kind.name, kind.cpu);
    let card = NetworkCardInfo { maximum_network_interfaces: interfaces, ..NetworkCardInfo::default() };
    Shown {
        processor_info: ProcessorInfo { supported_architectures: vec!["x86_64".to_owned()], ..ProcessorInfo::default() },
        v_cpu_info: VCpuInfo { default_vcpus: count(kind.cpu), default_cores, default_threads_per_core, ..VCpuInfo::default() },
        memory_info: MemoryInfo { size_in_mib: u64::from(count(kind.memory_mib)) },
        network_info: NetworkInfo {
            maximum_network_interfaces: interfaces,
            maximum_network_cards: 1,
            network_cards: vec![card],
            ipv4_addresses_per_interface: count(kind.addresses_per_interface),
            ipv6_addresses_per_interface: count(kind.ipv6_addresses_per_interface),
            ipv6_supported: kind.ipv6_addresses_per_interface > 0,
            connection_tracking_configuration: CONNECTION_TRACKING,
            ..NetworkInfo::default()
        },
        supported_in_region: true,
        instance_type: kind.name,
        ..Shown::default()
    }
}

fn processor(known: &Predefined) -> ProcessorInfo {
    let features = [Feature::AmdSevSnp, Feature::NestedVirtualization, Feature::MetalCompatibility];
    let has: Vec<String> = features.into_iter().filter(|feature| known.has(*feature)).map(|feature| feature.word().to_owned()).collect();
    ProcessorInfo {
        supported_architectures: known.architectures.iter().map(ToString::to_string).collect(),
        sustained_clock_speed_in_ghz: text(known.clock_ghz),
        supported_features: (!has.is_empty()).then_some(has),
        manufacturer: text(known.manufacturer),
    }
}

/// The cores of a type with so many processors, and the threads of each. An operator who gives a type other processors says nothing of
/// cores, and of a type that is not predefined nothing is known.
pub(in crate::operations) fn cores_and_threads(name: &str, cpu: i32) -> (u32, u32) {
    match predefined(name) {
        Some(known) if known.cpu == cpu => (count(known.cores), count(known.threads_per_core)),
        _ => (count(cpu), 1),
    }
}

fn processors(kind: &InstanceType, known: &Predefined) -> VCpuInfo {
    let (default_cores, default_threads_per_core) = cores_and_threads(&kind.name, kind.cpu);
    // Which of them a launch may ask for is known of the predefined number only.
    let spans = if kind.cpu == known.cpu { &known.valid_cores[..] } else { &[] };
    let valid: Vec<u32> = spans.iter().flat_map(|span| span.numbers()).map(count).collect();
    VCpuInfo {
        default_vcpus: count(kind.cpu),
        default_cores,
        default_threads_per_core,
        valid_threads_per_core: (!valid.is_empty()).then(|| (1..=default_threads_per_core).collect()),
        valid_cores: (!valid.is_empty()).then_some(valid),
    }
}

fn storage(kind: &InstanceType, known: &Predefined) -> Option<InstanceStorageInfo> {
    let total = u64::from(count(kind.disk_gb));
    let disks = known.disks.filter(|disks| disks.count * disks.size_gb == kind.disk_gb);
    let (each, count, kind, nvme) =
        disks.map_or((total, 1, "hdd", false), |disks| (u64::from(count(disks.size_gb)), count(disks.count), disks.kind, disks.nvme));
    let required = if nvme { "required" } else { "unsupported" };
    (total > 0).then(|| InstanceStorageInfo {
        total_size_in_gb: total,
        disks: vec![DiskInfo { size_in_gb: each, count, kind: kind.to_owned() }],
        nvme_support: required.to_owned(),
        encryption_support: required.to_owned(),
    })
}

fn ebs(known: &Predefined) -> EbsInfo {
    let speeds = |(base, peak): (EbsSpeed, EbsSpeed)| EbsOptimizedInfo {
        baseline_bandwidth_in_mbps: count(base.mbps),
        baseline_throughput_in_mbps: megabytes(base.mbps),
        baseline_iops: count(base.iops),
        maximum_bandwidth_in_mbps: count(peak.mbps),
        maximum_throughput_in_mbps: megabytes(peak.mbps),
        maximum_iops: count(peak.iops),
    };
    EbsInfo {
        ebs_optimized_support: known.ebs.optimized.to_owned(),
        encryption_support: "supported".to_owned(),
        ebs_optimized_info: known.ebs.speeds.map(speeds),
        nvme_support: known.ebs.nvme.to_owned(),
        maximum_ebs_attachments: count(known.ebs.attachments),
        attachment_limit_type: if known.has(Feature::DedicatedEbsAttachments) { "dedicated" } else { "shared" }.to_owned(),
    }
}

/// Megabits as megabytes.
fn megabytes(mbps: i32) -> String {
    (f64::from(mbps) / 8.0).to_string()
}

fn network(kind: &InstanceType, known: &Predefined) -> NetworkInfo {
    let interfaces = count(kind.interfaces);
    let performance = known.network_performance.to_owned();
    let weightings = || ["default", "ebs-1", "vpc-1"].map(str::to_owned).to_vec();
    NetworkInfo {
        network_cards: vec![NetworkCardInfo {
            network_card_index: 0,
            network_performance: performance.clone(),
            maximum_network_interfaces: interfaces,
            baseline_bandwidth_in_gbps: text(known.baseline_gbps),
            peak_bandwidth_in_gbps: text(known.peak_gbps),
        }],
        network_performance: performance,
        maximum_network_interfaces: interfaces,
        maximum_network_cards: 1,
        default_network_card_index: 0,
        ipv4_addresses_per_interface: count(kind.addresses_per_interface),
        ipv6_addresses_per_interface: count(kind.ipv6_addresses_per_interface),
        ipv6_supported: kind.ipv6_addresses_per_interface > 0,
        ena_support: known.ena.to_owned(),
        efa_supported: known.has(Feature::Efa),
        efa_info: known.has(Feature::Efa).then_some(EfaInfo { maximum_efa_interfaces: 1 }),
        encryption_in_transit_supported: known.has(Feature::EncryptionInTransit),
        ena_srd_supported: known.has(Feature::EnaSrd),
        bandwidth_weightings: known.has(Feature::BandwidthWeightings).then(weightings),
        flexible_ena_queues_support: support(known.has(Feature::FlexibleEnaQueues)),
        connection_tracking_configuration: CONNECTION_TRACKING,
    }
}

fn words(all: &[(bool, &str)]) -> Vec<String> {
    all.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()).collect()
}

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn support(supported: bool) -> String {
    if supported { "supported" } else { "unsupported" }.to_owned()
}
