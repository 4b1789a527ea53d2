//! Availability zones: those of the registered clusters. A zone is nothing but the place of its clusters, so there is no row of its own.
//! The embedded run has three in every region of EC2.

use std::{borrow::Cow, collections::BTreeSet};

pub(crate) use multihome_core::zone_id::zone_id;
use multihome_core::{refusals, regions};
use multihome_ec2::{
    Tag,
    availability_zone::{AvailabilityZone as Shown, DescribeAvailabilityZones, DescribeAvailabilityZonesReply},
};
use multihome_entities::cluster;
use multihome_types::{Cluster, Refusal, Region, Zone};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, many, one},
};

pub(crate) async fn describe_availability_zones(
    api: &Api,
    call: &Call,
    request: DescribeAvailabilityZones,
) -> Result<DescribeAvailabilityZonesReply, Fault> {
    let filters = Filters::parse::<Shown>(request.filters)?;
    let mut shown: Vec<Shown> = gather_zones(api, call.region).await?.into_iter().map(|zone| show(call.region, zone)).collect();
    let names: Vec<&str> = shown.iter().map(|zone| &*zone.zone_name).collect();
    check_known(&request.zone_names, &names)?;
    let zone_ids: Vec<&str> = shown.iter().map(|zone| &*zone.zone_id).collect();
    check_known(&request.zone_ids, &zone_ids)?;
    shown.retain(|zone| {
        let asked = |list: &[String], name: &String| list.is_empty() || list.contains(name);
        asked(&request.zone_names, &zone.zone_name) && asked(&request.zone_ids, &zone.zone_id) && filters.matches(zone)
    });
    Ok(DescribeAvailabilityZonesReply { availability_zones: shown })
}

fn check_known(asked: &[String], known: &[&str]) -> Result<(), Refusal> {
    match asked.iter().find(|asked| !known.contains(&asked.as_str())) {
        Some(unknown) => Err(refusals::zone_unknown(unknown)),
        None => Ok(()),
    }
}

/// The zones of a region, by name: those with a cluster and, in the embedded run, those that get one when somebody launches there.
pub(super) async fn gather_zones(api: &Api, region: Region) -> Result<BTreeSet<Zone>, Fault> {
    Ok(zones_among(api, region, &cluster::all(api.store.reader()).await?))
}

/// As [`gather_zones`], for who has all clusters already.
pub(super) fn zones_among(api: &Api, region: Region, clusters: &[Cluster]) -> BTreeSet<Zone> {
    let with_cluster = clusters.iter().filter(|cluster| cluster.region == region).map(|cluster| cluster.zone);
    let to_come = if api.embedded.is_some() { regions::zones(region) } else { Vec::new() };
    with_cluster.chain(to_come).collect()
}

fn show(region: Region, zone: Zone) -> Shown {
    Shown {
        opt_in_status: "opt-in-not-required".to_owned(),
        messages: Vec::new(),
        region_name: region.to_string(),
        zone_name: zone.to_string(),
        zone_id: zone_id(region, zone),
        group_name: Some(region.to_string()),
        network_border_group: Some(region.to_string()),
        zone_type: "availability-zone".to_owned(),
        zone_state: "available".to_owned(),
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "group-name" => many(self.group_name.as_deref()),
            "message" => many(self.messages.iter().map(|message| &message.message)),
            "opt-in-status" => one(&self.opt_in_status),
            "group-long-name" | "parent-zone-id" | "parent-zone-name" => Some(Vec::new()),
            "region-name" => one(&self.region_name),
            "state" => one(&self.zone_state),
            "zone-id" => one(&self.zone_id),
            "zone-name" => one(&self.zone_name),
            "zone-type" => one(&self.zone_type),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, call, code, filter};

    #[tokio::test]
    async fn zones_are_those_of_the_clusters() {
        let api = testing::api().await;
        let names = async |request: DescribeAvailabilityZones| -> Vec<String> {
            let shown = describe_availability_zones(&api, &call(), request).await.unwrap().availability_zones;
            shown.into_iter().map(|zone| zone.zone_name).collect()
        };
        let all = DescribeAvailabilityZones::default();
        assert_eq!(names(all.clone()).await, ["us-east-1a", "us-east-1b"]);
        assert_eq!(names(DescribeAvailabilityZones { zone_ids: vec!["use1-az2".to_owned()], ..all.clone() }).await, ["us-east-1b"]);
        assert_eq!(names(DescribeAvailabilityZones { filters: vec![filter("zone-name", &["*a"])], ..all.clone() }).await, ["us-east-1a"]);
        let unknown = DescribeAvailabilityZones { zone_names: vec!["us-east-1z".to_owned()], ..all };
        assert_eq!(code(describe_availability_zones(&api, &call(), unknown).await), "InvalidParameterValue");
    }
}
