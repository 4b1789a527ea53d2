//! DescribeInstanceTypeOfferings: every type is offered in every zone of a region.

use std::borrow::Cow;

use multihome_ec2::{
    Ec2Error, Tag,
    instance_type::{DescribeInstanceTypeOfferings, DescribeInstanceTypeOfferingsReply, InstanceTypeOffering as Shown},
};
use multihome_entities::instance_type::{Column, Entity};
use sea_orm::{EntityTrait, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, one},
    operations::availability_zones::{gather_zones, zone_id},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_instance_type_offerings(
    api: &Api,
    call: &Call,
    request: DescribeInstanceTypeOfferings,
) -> Result<DescribeInstanceTypeOfferingsReply, Fault> {
    let filters = Filters::parse::<Offering>(request.filters)?;
    let location_type = LocationType::parse(request.location_type.as_deref())?;
    let asked = Asked {
        action: location_type.question(),
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: None,
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, asked, &filters)?;
    let all = gather_all(api, call, location_type).await?;
    let load = |after: Option<String>, limit: usize| {
        let begin = after.map_or(0, |after| all.partition_point(|offering| offering.place <= after));
        std::future::ready(Ok(all[begin..].iter().take(limit).cloned().collect()))
    };
    let (found, next_token) = page::gather(&page, &filters, |offering| &offering.place, load).await?;
    Ok(DescribeInstanceTypeOfferingsReply { instance_type_offerings: found.into_iter().map(|offering| offering.shown).collect(), next_token })
}

/// By what the locations are named.
#[derive(Clone, Copy, Debug)]
enum LocationType {
    Region,
    Zone,
    ZoneId,
    /// There are none.
    Outpost,
}

impl LocationType {
    fn parse(text: Option<&str>) -> Result<Self, Ec2Error> {
        match text {
            None | Some("region") => Ok(Self::Region),
            Some("availability-zone") => Ok(Self::Zone),
            Some("availability-zone-id") => Ok(Self::ZoneId),
            Some("outpost") => Ok(Self::Outpost),
            Some(other) => {
                let why = "It is region, availability-zone, availability-zone-id or outpost.";
                Err(Ec2Error::invalid_parameter_value("LocationType", other, why))
            }
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Region => "region",
            Self::Zone => "availability-zone",
            Self::ZoneId => "availability-zone-id",
            Self::Outpost => "outpost",
        }
    }

    /// What a page is a page of: a token for zones is not good for their ids.
    const fn question(self) -> &'static str {
        match self {
            Self::Region => "DescribeInstanceTypeOfferings by region",
            Self::Zone => "DescribeInstanceTypeOfferings by zone",
            Self::ZoneId => "DescribeInstanceTypeOfferings by zone id",
            Self::Outpost => "DescribeInstanceTypeOfferings by outpost",
        }
    }
}

/// An offering, and its place among all.
#[derive(Clone, Debug, Default)]
struct Offering {
    place: String,
    shown: Shown,
}

/// All of them, in the order of their places.
async fn gather_all(api: &Api, call: &Call, location_type: LocationType) -> Result<Vec<Offering>, Fault> {
    let conn = api.store.reader();
    let zones = gather_zones(api, call.region).await?.into_iter();
    let locations: Vec<String> = match location_type {
        LocationType::Region => vec![call.region.to_string()],
        LocationType::Zone => zones.map(|zone| zone.to_string()).collect(),
        LocationType::ZoneId => zones.map(|zone| zone_id(call.region, zone)).collect(),
        LocationType::Outpost => Vec::new(),
    };
    let names: Vec<String> = Entity::find().select_only().column(Column::Name).into_tuple().all(conn).await?;
    let offering = |name: &String, location: &String| Offering {
        place: format!("{name} {location}"),
        shown: Shown { instance_type: name.clone(), location_type: location_type.as_str().to_owned(), location: location.clone() },
    };
    let mut all: Vec<Offering> = names.iter().flat_map(|name| locations.iter().map(move |location| offering(name, location))).collect();
    all.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    Ok(all)
}

impl Filterable for Offering {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "instance-type" => one(&self.shown.instance_type),
            "location" => one(&self.shown.location),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}
