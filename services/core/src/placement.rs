//! Where an instance goes: the cluster of its zone, and a node there.
//!
//! From the digits of the instance's id, so that a launch that is tried again lands in the same place, and instances
//! spread evenly because ids are random. The broadcast needs a node for every instance it lists, which is why one is
//! chosen here and not by the cluster. Deliberately absent: capacity, affinity, and moving an instance later.

use multihome_types::{Cluster, ClusterName, InstanceId, NodeName, Refusal, Region, ResourceId, Zone};

use crate::refusals;

/// Where an instance runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub cluster: ClusterName,
    pub node: NodeName,
}

/// The place of an instance in a zone, whatever the order of `clusters`.
pub fn place(instance: InstanceId, instance_type: &str, region: Region, zone: Zone, clusters: &[Cluster]) -> Result<Place, Refusal> {
    let mut choices: Vec<&Cluster> =
        clusters.iter().filter(|cluster| cluster.region == region && cluster.zone == zone && !cluster.nodes.is_empty()).collect();
    choices.sort_unstable_by_key(|cluster| cluster.name);
    let bits = u32::from_be_bytes(instance.digits().leading()) as usize;
    let chosen = choices.get(bits % choices.len().max(1)).ok_or_else(|| refusals::no_capacity(instance_type, zone))?;
    let mut nodes = chosen.nodes.clone();
    nodes.sort_unstable();
    let node = nodes.get(bits / choices.len() % nodes.len().max(1)).ok_or_else(|| refusals::no_capacity(instance_type, zone))?;
    Ok(Place { cluster: chosen.name, node: *node })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::transition::sample::{cluster, id, the};

    fn somewhere(number: u128, clusters: &[Cluster]) -> Result<Place, Refusal> {
        place(id(number), "m1.small", the("region"), the("zone-a"), clusters)
    }

    #[test]
    fn an_instance_has_one_place_whatever_the_order_of_the_clusters() {
        let mut clusters = [cluster("one", "zone-a", &["n1", "n2"]), cluster("two", "zone-a", &["n3"]), cluster("three", "zone-b", &["n4"])];
        let places: Vec<_> = (0..100).map(|number| somewhere(number, &clusters).unwrap()).collect();
        clusters.reverse();
        clusters[2].nodes.reverse();
        assert_eq!(places, (0..100).map(|number| somewhere(number, &clusters).unwrap()).collect::<Vec<_>>());
        let nodes: HashSet<_> = places.iter().map(|place| place.node.to_string()).collect();
        assert_eq!(nodes, HashSet::from(["n1", "n2", "n3"].map(str::to_owned)));
    }

    #[test]
    fn a_zone_without_a_node_has_no_capacity() {
        let refusal = somewhere(1, &[cluster("one", "zone-a", &[]), cluster("two", "zone-b", &["n1"])]).unwrap_err();
        assert_eq!(refusal.code, "InsufficientInstanceCapacity");
    }
}
