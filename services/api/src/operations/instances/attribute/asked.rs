//! Which one attribute a ModifyInstanceAttribute is about, however it was said.

use std::str::FromStr;

use multihome_core::{instance_attributes::Modification, refusals};
use multihome_ec2::{AttributeValue, Ec2Error, instance::ModifyInstanceAttribute, network_interface::ModifyNetworkInterfaceAttribute};
use multihome_types::Refusal;

use super::super::asked::check_user_data;

pub(super) enum Asked {
    /// Of the instance itself.
    Own(Modification),
    /// Of its interface, which is not named yet.
    OfInterface(ModifyNetworkInterfaceAttribute),
    /// What no instance here can have.
    Refused(Refusal),
    /// What every instance here is.
    AsItIs,
}

/// As it stands in one parameter.
pub(super) fn checking(check: bool) -> ModifyNetworkInterfaceAttribute {
    ModifyNetworkInterfaceAttribute { source_dest_check: Some(AttributeValue { value: check }), ..ModifyNetworkInterfaceAttribute::default() }
}

impl Asked {
    /// # Errors
    /// None or several; a value that is none of the attribute's.
    pub(super) fn parse(request: ModifyInstanceAttribute) -> Result<Self, Ec2Error> {
        let request = spread(request)?;
        let mut all: Vec<(&str, Self)> = Vec::new();
        let flags = [
            ("disableApiTermination", request.disable_api_termination, Modification::DisableApiTermination as fn(bool) -> Modification),
            ("disableApiStop", request.disable_api_stop, Modification::DisableApiStop),
            ("ebsOptimized", request.ebs_optimized, Modification::EbsOptimized),
        ];
        for (name, flag, of) in flags {
            all.extend(flag.map(|flag| (name, Self::Own(of(flag.value)))));
        }
        all.extend(request.instance_type.map(|kind| ("instanceType", Self::Own(Modification::InstanceType(kind.value)))));
        if let Some(data) = request.user_data {
            check_user_data(data.value.as_deref())?;
            all.push(("userData", Self::Own(Modification::UserData(data.value.filter(|text| !text.is_empty())))));
        }
        if let Some(behavior) = request.instance_initiated_shutdown_behavior {
            all.push(("instanceInitiatedShutdownBehavior", Self::Own(Modification::ShutdownBehavior(parsed_behavior(&behavior.value)?))));
        }
        all.extend(request.source_dest_check.map(|check| ("sourceDestCheck", Self::OfInterface(checking(check.value)))));
        if !request.group_ids.is_empty() {
            let groups = ModifyNetworkInterfaceAttribute { security_group_ids: request.group_ids, ..ModifyNetworkInterfaceAttribute::default() };
            all.push(("groupSet", Self::OfInterface(groups)));
        }
        if request.kernel.is_some() || request.ramdisk.is_some() {
            let why = "An instance that is virtualized by hardware has no kernel and no RAM disk of its own.";
            all.push(("kernel", Self::Refused(refusals::unsupported(why))));
        }
        if let Some(device) = request.block_device_mappings.first() {
            let shown: String = device.device_name.chars().take(64).collect();
            let none = Refusal::new("InvalidInstanceAttributeValue", format!("No device is currently mapped at {shown}"));
            all.push(("blockDeviceMapping", Self::Refused(none)));
        }
        all.extend(request.ena_support.map(|ena| ("enaSupport", always(ena.value, "enhanced networking with ENA"))));
        all.extend(request.sriov_net_support.map(|sriov| ("sriovNetSupport", always(sriov.value == "simple", "enhanced networking"))));
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let several = format!("Fields for multiple attribute types specified: {}", names.join(", "));
        match (all.pop(), all.is_empty()) {
            (Some((_, asked)), true) => Ok(asked),
            (Some(_), false) => Err(refusals::invalid_combination(several).into()),
            (None, _) => Err(refusals::invalid_combination("No attributes specified.").into()),
        }
    }
}

fn always(asked: bool, what: &str) -> Asked {
    if asked { Asked::AsItIs } else { Asked::Refused(refusals::unsupported(format!("Every instance has {what}, and it cannot be switched off."))) }
}

/// `stop` or `terminate`.
pub(in crate::operations::instances) fn parsed_behavior(text: &str) -> Result<multihome_types::ShutdownBehavior, Ec2Error> {
    text.parse().map_err(|_| Ec2Error::invalid_parameter_value("instanceInitiatedShutdownBehavior", text, "It must be stop or terminate."))
}

/// An attribute that is named, with its value beside it, put where the others have theirs.
fn spread(mut request: ModifyInstanceAttribute) -> Result<ModifyInstanceAttribute, Ec2Error> {
    let Some(name) = request.attribute.take() else {
        return match request.value.take() {
            Some(_) => Err(Ec2Error::missing_parameter("Attribute")),
            None => Ok(request),
        };
    };
    // A change of groups or disks has parameters of its own, and the name beside them says nothing new.
    if (name == "groupSet" && !request.group_ids.is_empty()) || (name == "blockDeviceMapping" && !request.block_device_mappings.is_empty()) {
        return Ok(request);
    }
    let value = request.value.take().ok_or_else(|| Ec2Error::missing_parameter("Value"))?;
    fn put<T: FromStr>(place: &mut Option<AttributeValue<T>>, text: &str) -> Result<(), Ec2Error> {
        let value = text.parse().map_err(|_| Ec2Error::invalid_parameter_value("value", text, "It is none that the attribute can have."))?;
        match place.replace(AttributeValue { value }) {
            None => Ok(()),
            Some(_) => Err(refusals::invalid_combination("An attribute is specified twice.").into()),
        }
    }
    match name.as_str() {
        "disableApiTermination" => put(&mut request.disable_api_termination, &value)?,
        "disableApiStop" => put(&mut request.disable_api_stop, &value)?,
        "ebsOptimized" => put(&mut request.ebs_optimized, &value)?,
        "enaSupport" => put(&mut request.ena_support, &value)?,
        "instanceInitiatedShutdownBehavior" => put(&mut request.instance_initiated_shutdown_behavior, &value)?,
        "instanceType" => put(&mut request.instance_type, &value)?,
        "kernel" => put(&mut request.kernel, &value)?,
        "ramdisk" => put(&mut request.ramdisk, &value)?,
        "sourceDestCheck" => put(&mut request.source_dest_check, &value)?,
        "sriovNetSupport" => put(&mut request.sriov_net_support, &value)?,
        "userData" => request.user_data = Some(AttributeValue { value: Some(value) }),
        other => return Err(Ec2Error::invalid_parameter_value("attribute", other, "It is not an attribute that can be modified.")),
    }
    Ok(request)
}
