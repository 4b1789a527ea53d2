//! RunInstances: from what a user asks to the interfaces that each instance gets (seed: instances with several
//! interfaces).
//!
//! Either the request describes interfaces, then there is one at device index 0 and nothing about the network stands at
//! the level of the instance, or it describes none, and each instance gets one new interface from the instance-level
//! parameters. The checks run in EC2's order: counts, combinations, device indexes, what only a single instance can have,
//! then what exists, zone, groups and addresses, and the interface limit at last.
//!
//! EC2's defaults, where Eucalyptus has others: an existing interface survives its instance and a new one does not; a new
//! interface without groups gets the VPC's default group, at every index; descriptions are empty.
//!
//! Attachments of a launch begin `attaching`, as EC2 shows them in the reply to RunInstances: the cluster's report makes
//! them attached, like any other ([`crate::deadlines::Deadlines::attach_at_launch`] bounds them). Eucalyptus calls them attached
//! before there is a node.
//!
//! A new primary interface that is alone gets a public address if the request says so, or else if its subnet does; with several interfaces
//! nothing about it may be said, and none is given.
//!
//! Deliberately absent: which addresses are free: the plan is for `max_count` instances, and whoever
//! applies it may stop at `min_count`.

use std::collections::{BTreeSet, HashSet};

use multihome_types::{
    AccountId, Address, DeviceIndex, Group, GroupId, InstanceType, Interface, InterfaceId, InterfaceKind, Refusal, Region, Subnet, SubnetId, VpcId,
    Zone,
};

use crate::{
    admission::{Caller, check_efas, check_limit, check_manageable},
    allocation::check_address,
    assignment::{Assignment, Ipv6Assignment, check_assignment},
    interface::{GroupLimit, check_description, resolve_groups, visible},
    ipv6_assignment, refusals,
};

mod request;
#[cfg(test)]
mod tests;

/// More than this is refused whatever the account.
pub const MOST_INSTANCES: i64 = 1000;
/// Device indexes at launch, the primary's included.
pub const DEVICE_INDEXES: std::ops::RangeInclusive<i64> = 0..=31;

/// What a user asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchRequest {
    pub min_count: i64,
    pub max_count: i64,
    pub instance_type: String,
    pub zone: Option<Zone>,
    // Of the one interface of each instance, where `interfaces` is empty.
    pub subnet: Option<SubnetId>,
    pub groups: Vec<GroupId>,
    pub address: Option<Address>,
    pub ipv6: Ipv6Assignment,
    pub interfaces: Vec<LaunchInterface>,
}

/// `NetworkInterface.N`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaunchInterface {
    pub device_index: Option<i64>,
    pub network_card_index: Option<i64>,
    /// An interface that exists; the next seven describe a new one.
    pub existing: Option<InterfaceId>,
    pub kind: Option<InterfaceKind>,
    pub subnet: Option<SubnetId>,
    pub description: Option<String>,
    pub groups: Vec<GroupId>,
    pub address: Option<Address>,
    pub assignment: Assignment,
    pub ipv6: Ipv6Assignment,
    pub delete_on_termination: Option<bool>,
    pub associate_public_address: Option<bool>,
}

/// What there is of what the request names.
#[derive(Clone, Debug)]
pub struct LaunchFacts<'a> {
    pub account: AccountId,
    pub region: Region,
    pub instance_type: Option<&'a InstanceType>,
    /// Those the request names.
    pub interfaces: &'a [Interface],
    /// Those the request names, and those of the default VPC if it names none.
    pub subnets: &'a [Subnet],
    /// Those the request names, and the default group of every VPC in question.
    pub groups: &'a [Group],
    /// The account's quota of groups per interface.
    pub most_groups: usize,
    pub default_vpc: Option<VpcId>,
    /// All of the region.
    pub zones: &'a BTreeSet<Zone>,
}

/// Every interface of every instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchPlan {
    /// One for each of `max_count`.
    pub instances: Vec<PlannedInstance>,
    /// How many of them make the launch a success.
    pub min_count: usize,
    pub vpc: VpcId,
    /// The primary interfaces'.
    pub subnet: SubnetId,
    pub zone: Zone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedInstance {
    /// EC2's `amiLaunchIndex`.
    pub index: i32,
    /// In the order of their device indexes: the primary first.
    pub interfaces: Vec<PlannedInterface>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedInterface {
    pub device_index: DeviceIndex,
    pub source: InterfaceSource,
    pub delete_on_termination: bool,
    /// It is given a public address while its instance runs ([`crate::automatic`]).
    pub public_address: bool,
}

/// Where a planned interface comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InterfaceSource {
    Existing(InterfaceId),
    /// Groups are in the order of their ids; without an address it gets the first free one.
    New {
        kind: InterfaceKind,
        subnet: SubnetId,
        address: Option<Address>,
        assignment: Assignment,
        ipv6: Ipv6Assignment,
        groups: Vec<GroupId>,
        description: String,
    },
}

/// The plan of a launch, or why not.
pub fn plan(request: &LaunchRequest, facts: &LaunchFacts<'_>) -> Result<LaunchPlan, Refusal> {
    let counts = request::counts(request)?;
    let instance_type = facts.instance_type.ok_or_else(|| refusals::instance_type_unknown(&request.instance_type))?;
    let items = request::items(request)?;
    request::check_single(&items, counts.max)?;
    if let Some(unknown) = request.zone.filter(|zone| !facts.zones.contains(zone)) {
        return Err(refusals::zone_unknown(unknown.as_str()));
    }

    let mut placed = Vec::with_capacity(items.len());
    let mut addresses = HashSet::new();
    for (device_index, item) in &items {
        let subnet = locate(item, request.zone, facts)?;
        let secondary: &[Address] = if let Assignment::Addresses(named) = &item.assignment { named } else { &[] };
        let mut named = item.address.iter().chain(secondary);
        if let Some(address) = named.find(|address| !addresses.insert((subnet.id, **address))) {
            return Err(refusals::invalid_value(format!("Private address {address} is specified twice.")));
        }
        if request.zone.is_some_and(|zone| zone != subnet.zone) {
            return Err(refusals::invalid_value(format!(
                "The requested Availability Zone differs from {}, that of the network interface",
                subnet.zone
            )));
        }
        placed.push((*device_index, item, subnet));
    }
    // There is one at index 0, and it is the first.
    let Some((_, _, primary)) = placed.first() else { return Err(request::no_primary()) };
    let (vpc, subnet, zone) = (primary.vpc, primary.id, primary.zone);
    let mut interfaces = Vec::with_capacity(placed.len());
    for (device_index, item, subnet_of_one) in &placed {
        if subnet_of_one.zone != zone {
            return Err(refusals::invalid_combination("Network interfaces of one instance may not be in different availability zones"));
        }
        let alone = placed.len() == 1;
        interfaces.push(planned((*device_index, alone), item, subnet_of_one, facts)?);
    }
    check_limit(interfaces.len(), instance_type.interfaces, &instance_type.name)?;
    let efas = interfaces.iter().filter(|planned| planned.kind(facts) == InterfaceKind::Efa).count();
    check_efas(efas, &instance_type.name)?;
    check_addresses(&interfaces, instance_type, facts)?;
    let instances = (0..counts.max).map(|index| PlannedInstance { index, interfaces: interfaces.clone() }).collect();
    Ok(LaunchPlan { instances, min_count: counts.min, vpc, subnet, zone })
}

impl PlannedInterface {
    fn kind(&self, facts: &LaunchFacts<'_>) -> InterfaceKind {
        match &self.source {
            InterfaceSource::Existing(id) => {
                facts.interfaces.iter().find(|interface| interface.id == *id).map_or(InterfaceKind::Interface, |interface| interface.kind)
            }
            InterfaceSource::New { kind, .. } => *kind,
        }
    }
}

/// None of the interfaces has more addresses than the type allows.
fn check_addresses(interfaces: &[PlannedInterface], instance_type: &InstanceType, facts: &LaunchFacts<'_>) -> Result<(), Refusal> {
    let slots = |planned: &PlannedInterface| match &planned.source {
        InterfaceSource::Existing(id) => facts.interfaces.iter().find(|interface| interface.id == *id).map_or(0, Interface::slots),
        InterfaceSource::New { assignment, .. } => assignment.slots().saturating_add(1),
    };
    let ipv6_slots = |planned: &PlannedInterface| match &planned.source {
        InterfaceSource::Existing(id) => facts.interfaces.iter().find(|interface| interface.id == *id).map_or(0, Interface::ipv6_slots),
        InterfaceSource::New { ipv6, .. } => ipv6.slots(),
    };
    let most = usize::try_from(instance_type.addresses_per_interface).unwrap_or(0);
    if interfaces.iter().all(|planned| slots(planned) <= most) {
        return interfaces
            .iter()
            .try_for_each(|planned| ipv6_assignment::check_slots(ipv6_slots(planned), Some(instance_type.ipv6_addresses_per_interface)));
    }
    Err(refusals::address_limit_exceeded_at_launch(&instance_type.name))
}

/// The subnet that an interface of the launch is in, or will be.
fn locate<'a>(item: &LaunchInterface, zone: Option<Zone>, facts: &LaunchFacts<'a>) -> Result<&'a Subnet, Refusal> {
    let caller = Caller::of(facts.account, facts.region);
    let known = |id: SubnetId| {
        let found = facts.subnets.iter().find(|subnet| subnet.id == id && caller.sees(subnet.account, subnet.region));
        found.ok_or_else(|| refusals::subnet_not_found(id))
    };
    match (item.existing, item.subnet) {
        (Some(id), _) => {
            let interface = visible(caller, id, facts.interfaces.iter().find(|interface| interface.id == id))?;
            check_manageable(interface.kind)?;
            if item.kind.is_some_and(|kind| kind != interface.kind) {
                return Err(refusals::invalid_combination(format!("Network interface '{id}' is of the type '{}'.", interface.kind)));
            }
            if interface.attachment.is_some() {
                return Err(refusals::interface_in_use(id));
            }
            known(interface.subnet)
        }
        (None, Some(id)) => known(id),
        (None, None) => default_subnet(zone, facts),
    }
}

/// The default subnet of the zone asked for; of the first zone that has one where there is a choice, so that two launches agree.
fn default_subnet<'a>(zone: Option<Zone>, facts: &LaunchFacts<'a>) -> Result<&'a Subnet, Refusal> {
    let vpc = facts.default_vpc.ok_or_else(refusals::no_default_vpc)?;
    let of_zone = |subnet: &&'a Subnet| subnet.vpc == vpc && subnet.default_for_zone && zone.is_none_or(|zone| zone == subnet.zone);
    facts.subnets.iter().filter(of_zone).min_by_key(|subnet| subnet.zone).ok_or_else(|| refusals::no_default_subnet(vpc))
}

fn planned(
    (device_index, alone): (DeviceIndex, bool),
    item: &LaunchInterface,
    subnet: &Subnet,
    facts: &LaunchFacts<'_>,
) -> Result<PlannedInterface, Refusal> {
    let source = match item.existing {
        Some(id) => InterfaceSource::Existing(id),
        None => {
            let groups = resolve_groups(&item.groups, facts.groups, subnet, GroupLimit::OfLaunch(facts.most_groups))?;
            if let Some(address) = item.address {
                check_address(subnet.cidr, address)?;
            }
            check_assignment(&item.assignment, item.address, subnet)?;
            // A type without IPv6 does without what every interface of the subnet gets, and not without what is asked for.
            let has_ipv6 = facts.instance_type.is_some_and(|kind| kind.ipv6_addresses_per_interface > 0);
            let ipv6 = if has_ipv6 { ipv6_assignment::on_creation(&item.ipv6, subnet) } else { item.ipv6.clone() };
            ipv6_assignment::check_assignment(&ipv6, subnet)?;
            let description = item.description.clone().unwrap_or_default();
            check_description(&description)?;
            InterfaceSource::New {
                kind: item.kind.unwrap_or_default(),
                subnet: subnet.id,
                address: item.address,
                assignment: item.assignment.clone(),
                ipv6,
                groups,
                description,
            }
        }
    };
    let public_address = match item.existing {
        None if alone => item.associate_public_address.unwrap_or(subnet.attributes.map_public_ip_on_launch),
        Some(_) | None => false,
    };
    let delete_on_termination = item.delete_on_termination.unwrap_or(item.existing.is_none());
    Ok(PlannedInterface { device_index, source, delete_on_termination, public_address })
}
