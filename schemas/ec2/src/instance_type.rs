//! Instance types: what EC2 describes, and the Eucalyptus extension that sets a type's interface limit.

use serde::{Deserialize, Serialize};

use crate::parts::Filter;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceTypes {
    pub dry_run: bool,
    #[serde(rename = "InstanceType")]
    pub instance_types: Vec<String>,
    #[serde(rename = "Filter")]
    pub filters: Vec<Filter>,
    pub max_results: Option<u32>,
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceTypesReply {
    #[serde(rename = "instanceTypeSet")]
    pub instance_types: Vec<InstanceTypeInfo>,
    /// Absent on the last page.
    pub next_token: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTypeInfo {
    pub instance_type: String,
    pub current_generation: bool,
    /// `on-demand`, `spot`.
    pub supported_usage_classes: Vec<String>,
    pub supported_virtualization_types: Vec<String>,
    pub bare_metal: bool,
    pub hypervisor: String,
    pub processor_info: ProcessorInfo,
    pub v_cpu_info: VCpuInfo,
    pub memory_info: MemoryInfo,
    pub instance_storage_supported: bool,
    pub instance_storage_info: Option<InstanceStorageInfo>,
    pub network_info: NetworkInfo,
    /// False spares Terraform DescribeInstanceCreditSpecifications.
    pub burstable_performance_supported: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProcessorInfo {
    pub supported_architectures: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VCpuInfo {
    #[serde(rename = "defaultVCpus")]
    pub default_vcpus: u32,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryInfo {
    #[serde(rename = "sizeInMiB")]
    pub size_in_mib: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InstanceStorageInfo {
    #[serde(rename = "totalSizeInGB")]
    pub total_size_in_gb: u64,
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
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkCardInfo {
    pub network_card_index: u32,
    pub network_performance: String,
    pub maximum_network_interfaces: u32,
}

/// Not of EC2 but of Eucalyptus (`euca-modify-instance-type`): what is absent keeps its value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceTypeAttribute {
    pub name: String,
    /// Virtual processors.
    pub cpu: Option<u32>,
    /// GiB.
    pub disk: Option<u32>,
    /// MiB.
    pub memory: Option<u32>,
    /// How many interfaces an instance of this type may have, 1 to 8.
    pub network_interfaces: Option<u32>,
    /// Back to the predefined values of this type.
    pub reset: bool,
    pub dry_run: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifyInstanceTypeAttributeReply {
    pub instance_type: InstanceTypeDetails,
    pub previous_instance_type: InstanceTypeDetails,
}

/// In the units of [`ModifyInstanceTypeAttribute`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InstanceTypeDetails {
    pub name: String,
    pub cpu: u32,
    pub disk: u32,
    pub memory: u32,
    pub network_interfaces: u32,
}
