//! The checks of a launch that need nothing but the request.

use std::collections::HashSet;

use multihome_types::{DeviceIndex, Refusal};

use super::{DEVICE_INDEXES, LaunchInterface, LaunchRequest, MOST_INSTANCES};
use crate::{
    assignment::{Assignment, Ipv6Assignment},
    refusals,
};

pub(super) struct Counts {
    pub min: usize,
    pub max: i32,
}

/// `1 ≤ min_count ≤ max_count ≤ MOST_INSTANCES`.
pub(super) fn counts(request: &LaunchRequest) -> Result<Counts, Refusal> {
    let LaunchRequest { min_count: min, max_count: max, .. } = *request;
    if min < 1 {
        return Err(refusals::invalid_value(format!("Value ({min}) for parameter minCount is invalid. It must be at least 1.")));
    }
    if max < min {
        return Err(refusals::invalid_value(format!("Value ({max}) for parameter maxCount is invalid. It must be at least minCount, {min}.")));
    }
    let bounded = if max <= MOST_INSTANCES { usize::try_from(min).ok().zip(i32::try_from(max).ok()) } else { None };
    bounded.map(|(min, max)| Counts { min, max }).ok_or_else(|| refusals::too_many_instances(max, MOST_INSTANCES))
}

/// The interfaces of each instance, in the order of their device indexes.
pub(super) fn items(request: &LaunchRequest) -> Result<Vec<(DeviceIndex, LaunchInterface)>, Refusal> {
    if request.interfaces.is_empty() {
        let LaunchRequest { subnet, groups, address, ipv6, .. } = request.clone();
        return Ok(vec![(DeviceIndex::PRIMARY, LaunchInterface { subnet, groups, address, ipv6, ..LaunchInterface::default() })]);
    }
    check_instance_level(request)?;
    let indexes = device_indexes(&request.interfaces)?;
    if request.interfaces.len() > 1 && request.interfaces.iter().any(|item| item.associate_public_address.is_some()) {
        return Err(refusals::invalid_combination(
            "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.",
        ));
    }
    for item in &request.interfaces {
        check_item(item)?;
    }
    let mut items: Vec<_> = indexes.into_iter().zip(request.interfaces.iter().cloned()).collect();
    items.sort_by_key(|(index, _)| *index);
    Ok(items)
}

/// Next to interfaces, the request says nothing about the network of the instance.
fn check_instance_level(request: &LaunchRequest) -> Result<(), Refusal> {
    let given = [
        (!request.groups.is_empty(), "security groups"),
        (request.subnet.is_some(), "subnet ID"),
        (request.address.is_some(), "private address"),
        (request.ipv6 != Ipv6Assignment::Nothing, "IPv6 address"),
    ];
    match given.iter().find(|(given, _)| *given) {
        Some((_, what)) => {
            Err(refusals::invalid_combination(format!("Network interfaces and an instance-level {what} may not be specified on the same request")))
        }
        None => Ok(()),
    }
}

/// One at index 0, none twice, all within the range.
fn device_indexes(items: &[LaunchInterface]) -> Result<Vec<DeviceIndex>, Refusal> {
    let asked: Vec<i64> = items
        .iter()
        .map(|item| item.device_index.ok_or_else(|| refusals::invalid_value("Each network interface requires a device index.")))
        .collect::<Result<_, _>>()?;
    if !asked.contains(&0) {
        return Err(no_primary());
    }
    let (mut seen, mut existing) = (HashSet::new(), HashSet::new());
    for (index, item) in asked.iter().zip(items) {
        if !seen.insert(index) {
            return Err(refusals::invalid_value(format!("Each network interface requires a unique device index: '{index}' is used twice.")));
        }
        if let Some(id) = item.existing.filter(|id| !existing.insert(*id)) {
            return Err(refusals::invalid_value(format!("Network interface '{id}' is specified twice.")));
        }
    }
    asked.into_iter().map(device_index).collect()
}

fn device_index(asked: i64) -> Result<DeviceIndex, Refusal> {
    let index = u8::try_from(asked).ok().filter(|_| DEVICE_INDEXES.contains(&asked)).map(DeviceIndex);
    let (first, last) = (DEVICE_INDEXES.start(), DEVICE_INDEXES.end());
    index.ok_or_else(|| refusals::invalid_value(format!("Device index '{asked}' is not valid: it ranges from {first} to {last}.")))
}

pub(super) fn no_primary() -> Refusal {
    refusals::invalid_combination("When specifying network interfaces, you must include a device at index 0.")
}

/// What may not stand together in one item.
fn check_item(item: &LaunchInterface) -> Result<(), Refusal> {
    if let Some(card) = item.network_card_index.filter(|card| *card != 0) {
        return Err(refusals::invalid_value(format!("Network card index '{card}' is not valid: there is one network card, at index 0.")));
    }
    let described = [
        (item.subnet.is_some(), "a subnet ID"),
        (!item.groups.is_empty(), "security groups"),
        (item.address.is_some(), "a private address"),
        (item.assignment != Assignment::Nothing, "secondary private addresses or prefixes"),
        (item.ipv6 != Ipv6Assignment::Nothing, "IPv6 addresses or prefixes"),
        (item.description.is_some(), "a description"),
        // EC2 deletes with an instance only what it was launched with; later the attachment can be modified.
        (item.delete_on_termination == Some(true), "deleteOnTermination as true"),
        (item.associate_public_address.is_some(), "associatePublicIPAddress"),
    ];
    match described.iter().find(|(given, _)| item.existing.is_some() && *given) {
        Some((_, what)) => Err(refusals::invalid_combination(format!("A network interface may not specify both a network interface ID and {what}"))),
        None => Ok(()),
    }
}

/// What only a launch of a single instance can have.
pub(super) fn check_single(items: &[(DeviceIndex, LaunchInterface)], max: i32) -> Result<(), Refusal> {
    let single = |what: &str| Err(refusals::invalid_value(format!("{what} can only be specified for a single instance")));
    match items
        .iter()
        .map(|(_, item)| item)
        .find(|item| max > 1 && (item.existing.is_some() || item.address.is_some() || item.assignment.is_named() || item.ipv6.is_named()))
    {
        Some(item) if item.existing.is_some() => single("A network interface ID"),
        Some(_) => single("A private address"),
        None => Ok(()),
    }
}
