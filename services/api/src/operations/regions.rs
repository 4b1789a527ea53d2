//! Regions: those that requests may be for. A region is nothing but the place of its clusters, so there is no row of its own.

use std::{borrow::Cow, collections::BTreeSet};

use multihome_core::regions as rules;
use multihome_ec2::{
    Ec2Error, Tag,
    region::{DescribeRegions, DescribeRegionsReply, Region as Shown},
};
use multihome_entities::cluster;
use multihome_types::Region;

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
};

pub(crate) async fn describe_regions(api: &Api, call: &Call, request: DescribeRegions) -> Result<DescribeRegionsReply, Fault> {
    let filters = Filters::parse::<Shown>(request.filters)?;
    let regions = gather_regions(api, call.region).await?;
    let unknown = request.region_names.iter().find(|name| regions.iter().all(|region| region.as_str() != name.as_str()));
    if let Some(unknown) = unknown {
        let shown: String = unknown.chars().take(64).collect();
        return Err(Ec2Error::new("InvalidParameterValue", format!("Invalid region names: '{shown}'")).into());
    }
    let mut shown: Vec<Shown> = regions.into_iter().map(show).collect();
    shown.retain(|region| (request.region_names.is_empty() || request.region_names.contains(&region.region_name)) && filters.matches(region));
    Ok(DescribeRegionsReply { regions: shown })
}

/// Those that the operator named or those of the clusters, and in any case the one that this request is for. In the embedded run, those of
/// EC2 too.
async fn gather_regions(api: &Api, here: Region) -> Result<BTreeSet<Region>, Fault> {
    let mut regions: BTreeSet<Region> = api.settings.regions.iter().copied().collect();
    if regions.is_empty() {
        regions.extend(cluster::all(api.store.reader()).await?.into_iter().map(|cluster| cluster.region));
        if api.embedded.is_some() {
            regions.extend(rules::beside(here));
            regions.retain(|region| rules::partition(*region) == rules::partition(here));
        }
    }
    regions.insert(here);
    Ok(regions)
}

/// The endpoint is named as EC2's are: clients that make one out of a region's name expect it so, and it is they who know where this is.
fn show(region: Region) -> Shown {
    let suffix = if rules::partition(region) == "aws-cn" { ".cn" } else { "" };
    let region_endpoint = format!("ec2.{region}.amazonaws.com{suffix}");
    Shown { opt_in_status: "opt-in-not-required".to_owned(), region_name: region.to_string(), region_endpoint }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "endpoint" => one(&self.region_endpoint),
            "opt-in-status" => one(&self.opt_in_status),
            "region-name" => one(&self.region_name),
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
    use crate::{
        Settings,
        testing::{self, call, code, filter},
    };

    #[tokio::test]
    async fn regions_are_those_of_the_clusters_or_those_the_operator_named() {
        let mut api = testing::api().await;
        async fn names(api: &Api, request: DescribeRegions) -> Vec<String> {
            let shown = describe_regions(api, &call(), request).await.unwrap().regions;
            shown.into_iter().map(|region| region.region_name).collect()
        }
        let all = DescribeRegions::default();
        assert_eq!(names(&api, all.clone()).await, ["us-east-1"]);
        *api.settings() = Settings::read(&testing::args(&["--region", "us-east-1,eu-west-1"])).unwrap();
        assert_eq!(names(&api, all.clone()).await, ["eu-west-1", "us-east-1"]);
        assert_eq!(names(&api, DescribeRegions { region_names: vec!["eu-west-1".to_owned()], ..all.clone() }).await, ["eu-west-1"]);
        assert_eq!(names(&api, DescribeRegions { filters: vec![filter("endpoint", &["*us-east*"])], ..all.clone() }).await, ["us-east-1"]);
        let unknown = DescribeRegions { region_names: vec!["moon-1".to_owned()], ..all };
        assert_eq!(code(describe_regions(&api, &call(), unknown).await), "InvalidParameterValue");
    }

    #[tokio::test]
    async fn the_embedded_run_has_those_of_ec2_by_partition() {
        let (api, _) = testing::embedded(false).await;
        for (here, count, endpoint) in [("us-east-1", 34, "ec2.sa-east-1.amazonaws.com"), ("cn-north-1", 2, "ec2.cn-northwest-1.amazonaws.com.cn")] {
            let call = Call { region: here.parse().unwrap(), ..call() };
            let shown = describe_regions(&api, &call, DescribeRegions::default()).await.unwrap().regions;
            assert_eq!(shown.len(), count, "{here}");
            assert!(shown.iter().any(|region| region.region_endpoint == endpoint), "{here}");
        }
    }
}
