//! What is asked and changed of an instance one attribute at a time.

use serde::{Deserialize, Serialize};

use super::BlockDeviceMapping;
use crate::{network_interface::GroupIdentifier, parts::AttributeValue};

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeInstanceAttribute {
    pub dry_run: bool,
    pub instance_id: String,
    /// Such as `instanceType`.
    pub attribute: String,
}

/// The instance, and the attribute that was asked for. One that has no value is there without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeInstanceAttributeReply {
    #[serde(rename = "blockDeviceMapping")]
    pub block_device_mappings: Option<Vec<BlockDeviceMapping>>,
    pub disable_api_termination: Option<ShownValue<bool>>,
    pub ena_support: Option<ShownValue<bool>>,
    pub enclave_options: Option<EnclaveOptions>,
    pub ebs_optimized: Option<ShownValue<bool>>,
    pub instance_id: String,
    pub instance_initiated_shutdown_behavior: Option<ShownValue<String>>,
    pub instance_type: Option<ShownValue<String>>,
    pub kernel: Option<ShownValue<String>>,
    pub product_codes: Option<Vec<String>>,
    pub ramdisk: Option<ShownValue<String>>,
    pub root_device_name: Option<ShownValue<String>>,
    pub source_dest_check: Option<ShownValue<bool>>,
    pub sriov_net_support: Option<ShownValue<String>>,
    pub user_data: Option<ShownValue<String>>,
    pub disable_api_stop: Option<ShownValue<bool>>,
    #[serde(rename = "groupSet")]
    pub groups: Option<Vec<GroupIdentifier>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShownValue<T> {
    pub value: Option<T>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EnclaveOptions {
    pub enabled: bool,
}

/// Exactly one attribute: by its own parameter, or named in `Attribute` with its value in `Value`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyInstanceAttribute {
    pub source_dest_check: Option<AttributeValue<bool>>,
    pub disable_api_stop: Option<AttributeValue<bool>>,
    pub dry_run: bool,
    pub instance_id: String,
    pub attribute: Option<String>,
    pub value: Option<String>,
    #[serde(rename = "BlockDeviceMapping")]
    pub block_device_mappings: Vec<InstanceBlockDeviceMappingSpecification>,
    pub disable_api_termination: Option<AttributeValue<bool>>,
    pub instance_type: Option<AttributeValue<String>>,
    pub kernel: Option<AttributeValue<String>>,
    pub ramdisk: Option<AttributeValue<String>>,
    /// Base64.
    pub user_data: Option<AttributeValue<Option<String>>>,
    pub instance_initiated_shutdown_behavior: Option<AttributeValue<String>>,
    #[serde(rename = "GroupId")]
    pub group_ids: Vec<String>,
    pub ebs_optimized: Option<AttributeValue<bool>>,
    pub sriov_net_support: Option<AttributeValue<String>>,
    pub ena_support: Option<AttributeValue<bool>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceBlockDeviceMappingSpecification {
    pub device_name: String,
    pub ebs: Option<EbsInstanceBlockDeviceSpecification>,
    pub virtual_name: Option<String>,
    pub no_device: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EbsInstanceBlockDeviceSpecification {
    pub volume_id: Option<String>,
    pub delete_on_termination: Option<bool>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResetInstanceAttribute {
    /// `sourceDestCheck`, `kernel` or `ramdisk`.
    pub attribute: String,
    pub dry_run: bool,
    pub instance_id: String,
}
