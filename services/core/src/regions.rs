//! EC2's regions and the zones of each, for a run that has no clusters of its own choosing: the embedded one serves them all.
//!
//! Deliberately absent: local zones, regions that have to be opted into, and zones beyond the first three.

use std::sync::LazyLock;

use multihome_types::{ClusterName, Region, Zone};

static REGIONS: LazyLock<Vec<(&'static str, Region)>> = LazyLock::new(|| {
    let lines = include_str!("../data/regions.csv").lines().filter(|line| !line.starts_with('#'));
    let read = |line: &'static str| {
        let (partition, region) = line.split_once(',')?;
        Some((partition, region.parse().ok()?))
    };
    lines.map(|line| read(line).unwrap_or_else(|| panic!("regions.csv: '{line}' is no region"))).collect()
});

/// Whether EC2 has a region of this name.
pub fn is_known(region: Region) -> bool {
    REGIONS.iter().any(|(_, known)| *known == region)
}

/// The part of AWS that a region is in: `aws` for nearly all, and for those that EC2 does not have.
pub fn partition(region: Region) -> &'static str {
    REGIONS.iter().find(|(_, known)| *known == region).map_or("aws", |(partition, _)| partition)
}

/// The regions that an account of this one sees: those of its partition, by name.
pub fn beside(region: Region) -> impl Iterator<Item = Region> {
    let here = partition(region);
    REGIONS.iter().filter(move |(partition, _)| *partition == here).map(|(_, region)| *region)
}

/// `us-east-1a`, `us-east-1b` and `us-east-1c`; none for a region that EC2 does not have.
pub fn zones(region: Region) -> Vec<Zone> {
    let letters = if is_known(region) { "abc" } else { "" };
    letters.chars().filter_map(|letter| format!("{region}{letter}").parse().ok()).collect()
}

/// What the simulated cluster of a zone is called. Those of the region that everybody begins with have names that are quick to type; any
/// other has its zone's.
pub fn cluster_of(zone: Zone) -> Option<ClusterName> {
    let name = match zone.as_str() {
        "us-east-1a" => "one",
        "us-east-1b" => "two",
        "us-east-1c" => "three",
        zone => zone,
    };
    name.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn region(name: &str) -> Region {
        name.parse().unwrap()
    }

    #[test]
    fn every_region_of_ec2_has_three_zones_with_a_cluster_each() {
        let clusters: BTreeSet<ClusterName> = REGIONS.iter().flat_map(|(_, region)| zones(*region)).filter_map(cluster_of).collect();
        assert_eq!((REGIONS.len(), clusters.len()), (38, 3 * 38));
        let names: Vec<String> = zones(region("us-east-1")).into_iter().filter_map(cluster_of).map(|name| name.to_string()).collect();
        assert_eq!(names, ["one", "two", "three"]);
        assert_eq!(cluster_of(zones(region("eu-west-1"))[1]).unwrap().as_str(), "eu-west-1b");
    }

    #[test]
    fn a_region_that_ec2_does_not_have_is_not_known() {
        assert!(is_known(region("sa-east-1")) && !is_known(region("mars-1")) && !is_known(region("us-east-1a")));
        assert!(zones(region("mars-1")).is_empty());
    }

    #[test]
    fn an_account_sees_the_regions_of_its_partition() {
        for (of, name, count) in [("us-east-1", "aws", 34), ("cn-north-1", "aws-cn", 2), ("us-gov-west-1", "aws-us-gov", 2), ("mars-1", "aws", 34)] {
            assert_eq!((partition(region(of)), beside(region(of)).count()), (name, count), "{of}");
        }
    }
}
