//! The default VPC of an account in a region: what it consists of.
//!
//! It is what EC2 gives a new account, so that a launch needs nothing else: one block, a subnet in each zone whose instances get public
//! addresses, and a way out through an internet gateway. What every VPC comes with is [`crate::vpc`]'s. When an account gets one is not
//! decided here: once, when it is first heard of in a region, and again only if it asks for it.

use std::collections::BTreeSet;

use multihome_types::{Cidr, InternetGatewayId, Refusal, Route, RouteOrigin, RouteState, RouteTarget, SubnetAttributes, SubnetId, Zone};

use crate::refusals;

const BLOCK: [u8; 4] = [172, 31, 0, 0];
const PREFIX: u8 = 16;
const OF_SUBNET: u8 = 20;

/// What a default VPC is to consist of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub cidr: Cidr,
    /// One for each zone, as long as there is room.
    pub subnets: Vec<(Zone, Cidr)>,
}

/// The plan for a region with these zones.
pub fn plan(zones: &BTreeSet<Zone>) -> Plan {
    let cidr = block();
    Plan { cidr, subnets: zones.iter().copied().zip(parts(cidr)).collect() }
}

fn block() -> Cidr {
    let [a, b, c, d] = BLOCK;
    format!("{a}.{b}.{c}.{d}/{PREFIX}").parse().unwrap_or_else(|_| Cidr::everything())
}

/// The blocks that default subnets may have, in their order.
fn parts(cidr: Cidr) -> impl Iterator<Item = Cidr> {
    let size = 1u64 << (32 - u32::from(OF_SUBNET));
    (0..cidr.size() / size).filter_map(move |number| format!("{}/{OF_SUBNET}", cidr.nth(number * size)?).parse().ok())
}

/// Instances that are launched in a default subnet can be reached from outside.
pub fn subnet_attributes() -> SubnetAttributes {
    SubnetAttributes { map_public_ip_on_launch: true, ..SubnetAttributes::default() }
}

/// The way out.
pub fn route_outside(gateway: InternetGatewayId) -> Route {
    Route {
        destination: Cidr::everything().into(),
        target: RouteTarget::InternetGateway(gateway),
        origin: RouteOrigin::CreateRoute,
        state: RouteState::Active,
        instance: None,
    }
}

/// CreateDefaultVpc.
pub fn admit_vpc(has_one: bool) -> Result<(), Refusal> {
    if has_one {
        return Err(Refusal::new("DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region."));
    }
    Ok(())
}

pub fn no_default_vpc() -> Refusal {
    Refusal::new("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
}

/// CreateDefaultSubnet: the first block of the VPC's that no subnet has taken of. `present` is the zone's default subnet.
pub fn select_subnet(vpc: Cidr, zone: Zone, present: Option<SubnetId>, siblings: &[Cidr]) -> Result<Cidr, Refusal> {
    if let Some(subnet) = present {
        let message = format!("'{subnet}' is already the default subnet in {zone}.");
        return Err(Refusal::new("DefaultSubnetAlreadyExistsInAvailabilityZone", message));
    }
    let free = parts(vpc).find(|part| !siblings.iter().any(|sibling| sibling.overlaps(*part)));
    free.ok_or_else(|| Refusal::new("InsufficientCidrBlocks", format!("There is no free /{OF_SUBNET} block left in the default VPC's {vpc}.")))
}

/// CreateDefaultSubnet that names no zone: there is none to be preferred.
pub fn zone_missing() -> Refusal {
    refusals::missing_parameter("The request must contain the parameter AvailabilityZone or AvailabilityZoneId")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transition::sample;

    fn zones(names: &[&str]) -> BTreeSet<Zone> {
        names.iter().map(|name| sample::the(name)).collect()
    }

    #[test]
    fn there_is_a_subnet_in_each_zone() {
        let plan = plan(&zones(&["b", "a", "c"]));
        let subnets: Vec<String> = plan.subnets.iter().map(|(zone, cidr)| format!("{zone} {cidr}")).collect();
        assert_eq!(plan.cidr.to_string(), "172.31.0.0/16");
        assert_eq!(subnets, ["a 172.31.0.0/20", "b 172.31.16.0/20", "c 172.31.32.0/20"]);
        assert!(subnet_attributes().map_public_ip_on_launch);
    }

    #[test]
    fn of_more_zones_than_there_are_blocks_the_first_ones_have_subnets() {
        let names: Vec<String> = (0..20).map(|number| format!("z{number:02}")).collect();
        let subnets = plan(&zones(&names.iter().map(String::as_str).collect::<Vec<_>>())).subnets;
        assert_eq!((subnets.len(), subnets[15].1.to_string()), (16, "172.31.240.0/20".to_owned()));
    }

    #[test]
    fn a_default_subnet_fills_the_first_gap() {
        let (vpc, zone) = (block(), sample::the("a"));
        let select = |siblings: &[&str], present| {
            let siblings: Vec<Cidr> = siblings.iter().map(|text| sample::the(text)).collect();
            select_subnet(vpc, zone, present, &siblings).map(|cidr| cidr.to_string()).map_err(|refusal| refusal.code.into_owned())
        };
        assert_eq!(select(&[], None).as_deref(), Ok("172.31.0.0/20"));
        assert_eq!(select(&["172.31.0.0/20", "172.31.32.0/20"], None).as_deref(), Ok("172.31.16.0/20"));
        assert_eq!(select(&["172.31.8.0/28", "172.31.16.0/20"], None).as_deref(), Ok("172.31.32.0/20"));
        assert_eq!(select(&["172.31.0.0/16"], None), Err("InsufficientCidrBlocks".to_owned()));
        assert_eq!(select(&[], Some(sample::id(1))), Err("DefaultSubnetAlreadyExistsInAvailabilityZone".to_owned()));
    }

    #[test]
    fn an_account_has_one_default_vpc() {
        assert_eq!(admit_vpc(false), Ok(()));
        assert_eq!(admit_vpc(true).unwrap_err().code, "DefaultVpcAlreadyExists");
    }
}
