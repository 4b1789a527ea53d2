//! An instance type as replies show it. Decimals are text: they are shown as they were given.

use serde::Serialize;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTypeInfo {
    pub instance_type: String,
    pub current_generation: bool,
    pub free_tier_eligible: bool,
    /// `on-demand`, `spot`.
    pub supported_usage_classes: Vec<String>,
    pub supported_root_device_types: Vec<String>,
    pub supported_virtualization_types: Vec<String>,
    pub bare_metal: bool,
    /// Absent for bare metal.
    pub hypervisor: Option<String>,
    pub processor_info: ProcessorInfo,
    pub v_cpu_info: VCpuInfo,
    pub memory_info: MemoryInfo,
    pub instance_storage_supported: bool,
    pub instance_storage_info: Option<InstanceStorageInfo>,
    pub ebs_info: EbsInfo,
    pub network_info: NetworkInfo,
    pub placement_group_info: PlacementGroupInfo,
    pub hibernation_supported: bool,
    /// False spares Terraform DescribeInstanceCreditSpecifications.
    pub burstable_performance_supported: bool,
    pub dedicated_hosts_supported: bool,
    pub auto_recovery_supported: bool,
    /// `legacy-bios`, `uefi`.
    pub supported_boot_modes: Vec<String>,
    pub nitro_enclaves_support: String,
    pub nitro_tpm_support: String,
    pub nitro_tpm_info: Option<NitroTpmInfo>,
    pub phc_support: String,
    pub reboot_migration_support: String,
    pub supported_in_region: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessorInfo {
    pub supported_architectures: Vec<String>,
    pub sustained_clock_speed_in_ghz: Option<String>,
    pub supported_features: Option<Vec<String>>,
    pub manufacturer: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VCpuInfo {
    #[serde(rename = "defaultVCpus")]
    pub default_vcpus: u32,
    pub default_cores: u32,
    pub default_threads_per_core: u32,
    pub valid_cores: Option<Vec<u32>>,
    pub valid_threads_per_core: Option<Vec<u32>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryInfo {
    #[serde(rename = "sizeInMiB")]
    pub size_in_mib: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceStorageInfo {
    #[serde(rename = "totalSizeInGB")]
    pub total_size_in_gb: u64,
    pub disks: Vec<DiskInfo>,
    pub nvme_support: String,
    pub encryption_support: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiskInfo {
    #[serde(rename = "sizeInGB")]
    pub size_in_gb: u64,
    pub count: u32,
    /// `ssd` or `hdd`.
    #[serde(rename = "type")]
    pub kind: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EbsInfo {
    /// `unsupported`, `supported` or `default`.
    pub ebs_optimized_support: String,
    pub encryption_support: String,
    pub ebs_optimized_info: Option<EbsOptimizedInfo>,
    pub nvme_support: String,
    pub maximum_ebs_attachments: u32,
    /// `shared` or `dedicated`.
    pub attachment_limit_type: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EbsOptimizedInfo {
    pub baseline_bandwidth_in_mbps: u32,
    #[serde(rename = "baselineThroughputInMBps")]
    pub baseline_throughput_in_mbps: String,
    pub baseline_iops: u32,
    pub maximum_bandwidth_in_mbps: u32,
    #[serde(rename = "maximumThroughputInMBps")]
    pub maximum_throughput_in_mbps: String,
    pub maximum_iops: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkInfo {
    pub network_performance: String,
    /// The limit that attach and run enforce.
    pub maximum_network_interfaces: u32,
    pub maximum_network_cards: u32,
    pub default_network_card_index: u32,
    pub network_cards: Vec<NetworkCardInfo>,
    pub ipv4_addresses_per_interface: u32,
    pub ipv6_addresses_per_interface: u32,
    pub ipv6_supported: bool,
    /// `unsupported`, `supported`, `required`.
    pub ena_support: String,
    pub efa_supported: bool,
    pub efa_info: Option<EfaInfo>,
    pub encryption_in_transit_supported: bool,
    pub ena_srd_supported: bool,
    pub bandwidth_weightings: Option<Vec<String>>,
    pub flexible_ena_queues_support: String,
    pub connection_tracking_configuration: DefaultConnectionTracking,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCardInfo {
    pub network_card_index: u32,
    pub network_performance: String,
    pub maximum_network_interfaces: u32,
    pub baseline_bandwidth_in_gbps: Option<String>,
    pub peak_bandwidth_in_gbps: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EfaInfo {
    pub maximum_efa_interfaces: u32,
}

/// Seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DefaultConnectionTracking {
    pub default_tcp_established_timeout: u32,
    pub default_udp_timeout: u32,
    pub default_udp_stream_timeout: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacementGroupInfo {
    pub supported_strategies: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NitroTpmInfo {
    pub supported_versions: Vec<String>,
}
