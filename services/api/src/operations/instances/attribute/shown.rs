//! One attribute of an instance, as it is shown alone.

use multihome_ec2::{
    Ec2Error,
    instance::{DescribeInstanceAttributeReply as Reply, EnclaveOptions, ShownValue},
};
use multihome_types::{Instance, Interface};

use crate::operations::network_interfaces::{Surroundings, groups_shown};

macro_rules! attributes {
    ($($variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Attribute { $($variant,)* }

        impl Attribute {
            /// # Errors
            /// `InvalidParameterValue`.
            pub(super) fn parse(text: &str) -> Result<Self, Ec2Error> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(Ec2Error::invalid_parameter_value("attribute", text, "It is not an attribute of instances.")),
                }
            }
        }
    };
}

attributes! {
    BlockDeviceMapping = "blockDeviceMapping",
    DisableApiStop = "disableApiStop",
    DisableApiTermination = "disableApiTermination",
    EbsOptimized = "ebsOptimized",
    EnaSupport = "enaSupport",
    EnclaveOptions = "enclaveOptions",
    GroupSet = "groupSet",
    InstanceInitiatedShutdownBehavior = "instanceInitiatedShutdownBehavior",
    InstanceType = "instanceType",
    Kernel = "kernel",
    ProductCodes = "productCodes",
    Ramdisk = "ramdisk",
    RootDeviceName = "rootDeviceName",
    SourceDestCheck = "sourceDestCheck",
    SriovNetSupport = "sriovNetSupport",
    UserData = "userData",
}

impl Attribute {
    /// `on_it`: the primary first.
    pub(super) fn of(self, instance: &Instance, on_it: &[Interface], around: &Surroundings) -> Reply {
        let attributes = &instance.attributes;
        let empty = Reply { instance_id: instance.id.to_string(), ..Reply::default() };
        let flag = |value: bool| Some(ShownValue { value: Some(value) });
        let text = |value: &str| Some(ShownValue { value: Some(value.to_owned()) });
        match self {
            Self::BlockDeviceMapping => Reply { block_device_mappings: Some(Vec::new()), ..empty },
            Self::DisableApiStop => Reply { disable_api_stop: flag(attributes.disable_api_stop), ..empty },
            Self::DisableApiTermination => Reply { disable_api_termination: flag(attributes.disable_api_termination), ..empty },
            Self::EbsOptimized => Reply { ebs_optimized: flag(attributes.ebs_optimized), ..empty },
            Self::EnaSupport => Reply { ena_support: flag(true), ..empty },
            Self::EnclaveOptions => Reply { enclave_options: Some(EnclaveOptions { enabled: false }), ..empty },
            Self::GroupSet => Reply { groups: Some(on_it.first().map(|primary| groups_shown(primary, around)).unwrap_or_default()), ..empty },
            Self::InstanceInitiatedShutdownBehavior => {
                Reply { instance_initiated_shutdown_behavior: text(attributes.shutdown_behavior.as_str()), ..empty }
            }
            Self::InstanceType => Reply { instance_type: text(&instance.instance_type), ..empty },
            Self::Kernel => Reply { kernel: Some(ShownValue { value: None }), ..empty },
            Self::ProductCodes => Reply { product_codes: Some(Vec::new()), ..empty },
            Self::Ramdisk => Reply { ramdisk: Some(ShownValue { value: None }), ..empty },
            Self::RootDeviceName => Reply { root_device_name: text(&attributes.root_device), ..empty },
            Self::SourceDestCheck => Reply { source_dest_check: on_it.first().and_then(|primary| flag(primary.source_dest_check)), ..empty },
            Self::SriovNetSupport => Reply { sriov_net_support: text("simple"), ..empty },
            Self::UserData => Reply { user_data: Some(ShownValue { value: instance.user_data.clone() }), ..empty },
        }
    }
}
