//! What a user changes of an instance after it was launched, one attribute at a time.
//!
//! What an instance is built from (type, user data, how its disks are reached) changes only while it is stopped: a cluster is told of it when
//! it starts again. Protection against calls is looked at by [`crate::lifecycle::admit`]. The shutdown behaviour is kept and shown, and
//! nothing follows from it: no cluster says that a guest shut itself down. Deliberately absent: the source/destination check and the groups,
//! which belong to the primary interface and are changed there.

use multihome_types::{Instance, InstanceAttributes, InstanceId, InstanceState, InstanceType, Interface, InterfaceKind, Refusal, ShutdownBehavior};

use crate::{
    admission::{check_efas, check_limit},
    images::check_architecture,
    instance_types::predefined,
    ipv6_assignment, refusals,
};

#[cfg(test)]
mod tests;

/// An attribute of an instance's own, and its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modification {
    InstanceType(String),
    /// Base64; `None` takes it away.
    UserData(Option<String>),
    DisableApiTermination(bool),
    DisableApiStop(bool),
    ShutdownBehavior(ShutdownBehavior),
    EbsOptimized(bool),
    Monitoring(bool),
}

impl Modification {
    /// EC2's name of the attribute.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InstanceType(_) => "instanceType",
            Self::UserData(_) => "userData",
            Self::DisableApiTermination(_) => "disableApiTermination",
            Self::DisableApiStop(_) => "disableApiStop",
            Self::ShutdownBehavior(_) => "instanceInitiatedShutdownBehavior",
            Self::EbsOptimized(_) => "ebsOptimized",
            Self::Monitoring(_) => "monitoring",
        }
    }

    const fn needs_stopped(&self) -> bool {
        match self {
            Self::InstanceType(_) | Self::UserData(_) | Self::EbsOptimized(_) => true,
            Self::DisableApiTermination(_) | Self::DisableApiStop(_) | Self::ShutdownBehavior(_) | Self::Monitoring(_) => false,
        }
    }
}

/// An instance, and what has to be known of the type that it is to get.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub instance: &'a Instance,
    /// The row of the new type, if there is one of that name.
    pub new_type: Option<&'a InstanceType>,
    pub on_it: &'a [Interface],
}

/// The instance after a change, or why not.
pub fn modify(situation: Situation<'_>, modification: Modification) -> Result<Instance, Refusal> {
    let instance = situation.instance;
    check_state(instance, modification.needs_stopped())?;
    let with = |attributes| Ok(Instance { attributes, ..instance.clone() });
    let attributes = instance.attributes.clone();
    match modification {
        Modification::InstanceType(name) => {
            check_new_type(situation, &name)?;
            Ok(Instance { instance_type: name, ..instance.clone() })
        }
        Modification::UserData(user_data) => Ok(Instance { user_data, ..instance.clone() }),
        Modification::DisableApiTermination(disable_api_termination) => with(InstanceAttributes { disable_api_termination, ..attributes }),
        Modification::DisableApiStop(disable_api_stop) => with(InstanceAttributes { disable_api_stop, ..attributes }),
        Modification::ShutdownBehavior(shutdown_behavior) => with(InstanceAttributes { shutdown_behavior, ..attributes }),
        Modification::EbsOptimized(ebs_optimized) => {
            check_ebs_optimized(ebs_optimized, &instance.instance_type)?;
            with(InstanceAttributes { ebs_optimized, ..attributes })
        }
        Modification::Monitoring(monitoring) => with(InstanceAttributes { monitoring, ..attributes }),
    }
}

fn check_state(instance: &Instance, stopped: bool) -> Result<(), Refusal> {
    match instance.state {
        InstanceState::ShuttingDown | InstanceState::Terminated => Err(refusals::instance_cannot_be_modified(instance.id, instance.state)),
        InstanceState::Stopped => Ok(()),
        InstanceState::Pending | InstanceState::Running | InstanceState::Stopping if stopped => Err(refusals::instance_not_stopped(instance.id)),
        InstanceState::Pending | InstanceState::Running | InstanceState::Stopping => Ok(()),
    }
}

/// A type that is there, runs what is on the instance, and takes all of its interfaces with all of their addresses.
fn check_new_type(situation: Situation<'_>, name: &str) -> Result<(), Refusal> {
    let new_type = situation.new_type.ok_or_else(|| refusals::instance_type_unknown(name))?;
    let Instance { id, ref attributes, .. } = *situation.instance;
    check_architecture(attributes.architecture, id, name)?;
    check_ebs_optimized(attributes.ebs_optimized, name)?;
    check_limit(situation.on_it.len(), new_type.interfaces, name)?;
    check_efas(situation.on_it.iter().filter(|interface| interface.kind == InterfaceKind::Efa).count(), name)?;
    let most = usize::try_from(new_type.addresses_per_interface).unwrap_or(0);
    if situation.on_it.iter().any(|interface| interface.slots() > most) {
        return Err(refusals::address_limit_exceeded());
    }
    situation.on_it.iter().try_for_each(|interface| ipv6_assignment::check_slots(interface.ipv6_slots(), Some(new_type.ipv6_addresses_per_interface)))
}

/// Whether a type has what is asked for.
pub fn check_ebs_optimized(asked: bool, type_name: &str) -> Result<(), Refusal> {
    match predefined(type_name) {
        Some(known) if asked && known.ebs.optimized == "unsupported" => {
            Err(refusals::unsupported("EBS-optimized instances are not supported for your requested configuration."))
        }
        _ => Ok(()),
    }
}

/// Whether an instance can be rebooted.
pub fn check_reboot(instance: &Instance) -> Result<(), Refusal> {
    match instance.state {
        InstanceState::Running => Ok(()),
        InstanceState::Pending | InstanceState::Stopping | InstanceState::Stopped | InstanceState::ShuttingDown | InstanceState::Terminated => {
            Err(refusals::instance_not_running(instance.id))
        }
    }
}

/// Whether an attribute of an interface can be asked for through its instance. One that has ended has no interface, and no such attribute.
pub fn check_not_several(id: InstanceId, on_it: &[Interface]) -> Result<(), Refusal> {
    if on_it.len() > 1 { Err(refusals::several_interfaces(id)) } else { Ok(()) }
}

/// The one interface of an instance, where an attribute of it is changed through the instance.
pub fn only_interface<'i>(instance: &Instance, on_it: &'i [Interface]) -> Result<&'i Interface, Refusal> {
    check_state(instance, false)?;
    match on_it {
        [only] => Ok(only),
        _ => Err(refusals::several_interfaces(instance.id)),
    }
}
