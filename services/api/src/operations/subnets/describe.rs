//! DescribeSubnets, and how a subnet is shown.

use std::{borrow::Cow, collections::HashMap};

use multihome_core::{allocation, refusals};
use multihome_ec2::{
    Tag,
    subnet::{DescribeSubnets, DescribeSubnetsReply, PrivateDnsNameOptions, Subnet as Shown},
    vpc::Ipv6CidrBlockAssociation,
};
use multihome_entities::{private_address, subnet};
use multihome_types::{Subnet, SubnetAttributes, SubnetId, SubnetIpv6Block};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, many, one},
    ids,
    operations::{arn, availability_zones::zone_id, tags::gather_tags, vpcs::blocks::state},
    page::{self, Asked, Page},
};

pub(crate) async fn describe_subnets(api: &Api, call: &Call, request: DescribeSubnets) -> Result<DescribeSubnetsReply, Fault> {
    let asked: Vec<SubnetId> = ids::parse_all(&request.subnet_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeSubnets",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("SubnetIds"),
        sizes: 5..=1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(subnet::Column::Account.eq(call.account)).add(subnet::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(subnet::Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, call, &matching, (after, limit));
        let subnets = page::gather_asked(&asked, &filters, |shown| &shown.subnet_id, refusals::subnet_not_found, load).await?;
        return Ok(DescribeSubnetsReply { next_token: None, subnets });
    }
    for (name, column) in [("subnet-id", subnet::Column::Id), ("vpc-id", subnet::Column::Vpc), ("availability-zone", subnet::Column::Zone)] {
        if let Some(exact) = filters.exact(name) {
            matching = matching.add(column.is_in(exact));
        }
    }
    let load = |after, limit| load(api, call, &matching, (after, limit));
    let (subnets, next_token) = page::gather(&page, &filters, |shown| &shown.subnet_id, load).await?;
    Ok(DescribeSubnetsReply { next_token, subnets })
}

async fn load(api: &Api, call: &Call, matching: &Condition, (after, limit): (Option<String>, usize)) -> Result<Vec<Shown>, Fault> {
    let conn = api.store.reader();
    let mut matching = matching.clone();
    if let Some(after) = after {
        matching = matching.add(subnet::Column::Id.gt(after));
    }
    let rows = subnet::Entity::find().filter(matching).order_by_asc(subnet::Column::Id).limit(limit as u64).all(conn).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<SubnetId> = rows.iter().map(|row| row.id).collect();
    let taken: HashMap<SubnetId, i64> = private_address::counts(conn, &ids).await?.into_iter().collect();
    let texts: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let mut tags = gather_tags(conn, &texts).await?;
    let show = |(row, text): (subnet::Model, String)| {
        let taken = taken.get(&row.id).and_then(|taken| u64::try_from(*taken).ok()).unwrap_or_default();
        let available = allocation::available_count(row.cidr, taken);
        show(call, row.into(), available, tags.remove(&text).unwrap_or_default())
    };
    Ok(rows.into_iter().zip(texts).map(show).collect())
}

pub(super) fn show(call: &Call, subnet: Subnet, available: u64, tags: Vec<Tag>) -> Shown {
    let SubnetAttributes {
        map_public_ip_on_launch,
        assign_ipv6_address_on_creation,
        dns64,
        hostname_type,
        resource_name_dns_a_record,
        resource_name_dns_aaaa_record,
    } = subnet.attributes;
    Shown {
        availability_zone_id: zone_id(subnet.region, subnet.zone),
        enable_lni_at_device_index: None,
        map_customer_owned_ip_on_launch: false,
        owner_id: subnet.account.to_string(),
        assign_ipv6_address_on_creation,
        ipv6_cidr_block_associations: subnet.ipv6.iter().map(|block| show_ipv6(*block, "associated")).collect(),
        tags,
        subnet_arn: arn(call, "subnet", subnet.id),
        enable_dns64: dns64,
        ipv6_native: false,
        private_dns_name_options_on_launch: Some(PrivateDnsNameOptions {
            hostname_type: hostname_type.to_string(),
            enable_resource_name_dns_a_record: resource_name_dns_a_record,
            enable_resource_name_dns_aaaa_record: resource_name_dns_aaaa_record,
        }),
        subnet_id: subnet.id.to_string(),
        state: "available".to_owned(),
        vpc_id: subnet.vpc.to_string(),
        cidr_block: subnet.cidr.to_string(),
        available_ip_address_count: u32::try_from(available).unwrap_or(u32::MAX),
        availability_zone: subnet.zone.to_string(),
        default_for_az: subnet.default_for_zone,
        map_public_ip_on_launch,
    }
}

pub(super) fn show_ipv6(block: SubnetIpv6Block, is: &str) -> Ipv6CidrBlockAssociation {
    Ipv6CidrBlockAssociation {
        association_id: block.association.to_string(),
        ipv6_cidr_block: block.cidr.to_string(),
        ipv6_cidr_block_state: state(is),
        network_border_group: None,
        ipv6_pool: None,
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        let ipv6 = || self.ipv6_cidr_block_associations.iter();
        let names = || self.private_dns_name_options_on_launch.iter();
        match name {
            "availability-zone" | "availabilityZone" => one(&self.availability_zone),
            "availability-zone-id" | "availabilityZoneId" => one(&self.availability_zone_id),
            "available-ip-address-count" => one(self.available_ip_address_count.to_string()),
            "cidr" | "cidr-block" | "cidrBlock" => one(&self.cidr_block),
            "customer-owned-ipv4-pool" | "enable-lni-at-device-index" | "outpost-arn" => Some(Vec::new()),
            "ipv6-cidr-block-association.ipv6-cidr-block" => many(ipv6().map(|block| &block.ipv6_cidr_block)),
            "ipv6-cidr-block-association.association-id" => many(ipv6().map(|block| &block.association_id)),
            "ipv6-cidr-block-association.state" => many(ipv6().map(|block| &block.ipv6_cidr_block_state.state)),
            "private-dns-name-options-on-launch.hostname-type" => many(names().map(|names| &names.hostname_type)),
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record" => {
                many(names().map(|names| if names.enable_resource_name_dns_a_record { "true" } else { "false" }))
            }
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record" => {
                many(names().map(|names| if names.enable_resource_name_dns_aaaa_record { "true" } else { "false" }))
            }
            "default-for-az" | "defaultForAz" => flag(self.default_for_az),
            "enable-dns64" => flag(self.enable_dns64),
            "ipv6-native" => flag(self.ipv6_native),
            "map-customer-owned-ip-on-launch" => flag(self.map_customer_owned_ip_on_launch),
            "map-public-ip-on-launch" => flag(self.map_public_ip_on_launch),
            "owner-id" => one(&self.owner_id),
            "state" => one(&self.state),
            "subnet-arn" => one(&self.subnet_arn),
            "subnet-id" => one(&self.subnet_id),
            "vpc-id" => one(&self.vpc_id),
            _ => None,
        }
    }

    fn tags(&self) -> &[Tag] {
        &self.tags
    }
}
