//! Subnets: create and describe.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use multihome_core::{allocation, refusals};
use multihome_ec2::{
    Ec2Error, Tag,
    subnet::{CreateSubnet, CreateSubnetReply, DescribeSubnets, DescribeSubnetsReply, PrivateDnsNameOptions, Subnet as Shown},
};
use multihome_entities::{private_address, subnet};
use multihome_types::{Cidr, EntityKind, Generation, Subnet, SubnetAttributes, SubnetId, VpcId, Zone};
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{
    arn,
    availability_zones::{gather_zones, zone_id},
    network_acls,
    tags::{apply_tags, gather_tags, specified},
    vpcs::gather_and_lock_vpc,
    with_fresh_ids,
};
use crate::{
    Api,
    call::Call,
    fault::Fault,
    filter::{Filterable, Filters, flag, one},
    ids,
    page::{self, Asked, Page},
};

pub(crate) async fn create_subnet(api: &Api, call: &Call, request: CreateSubnet) -> Result<CreateSubnetReply, Fault> {
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let cidr = ids::parse_block("CidrBlock", &request.cidr_block)?;
    let tags = specified(&request.tag_specifications, "subnet")?;
    let zones = gather_zones(api.store.reader(), call.region).await?;
    let zone = select_zone(call, &zones, request.availability_zone.as_deref(), request.availability_zone_id.as_deref())?;
    let subnet = with_fresh_ids(|| async {
        let Call { account, region, now, .. } = *call;
        let subnet = Subnet {
            id: api.fresh(),
            account,
            region,
            zone,
            vpc,
            cidr,
            ipv6: None,
            default_for_zone: false,
            attributes: SubnetAttributes::default(),
            created: now,
            generation: Generation::FIRST,
        };
        apply_create(api, call, &subnet, &tags).await?;
        Ok(subnet)
    })
    .await?;
    let available = allocation::available_count(cidr, 0);
    Ok(CreateSubnetReply { subnet: show(call, subnet, available, tags) })
}

/// The zone asked for by name or by id; the first one if the caller does not care.
fn select_zone(call: &Call, zones: &BTreeSet<Zone>, name: Option<&str>, id: Option<&str>) -> Result<Zone, Ec2Error> {
    let fits = |zone: &&Zone| name.is_none_or(|name| zone.as_str() == name) && id.is_none_or(|id| zone_id(call.region, **zone) == id);
    if let Some(zone) = zones.iter().find(fits) {
        return Ok(*zone);
    }
    let names: Vec<&str> = zones.iter().map(Zone::as_str).collect();
    let why = format!("Subnets can currently only be created in the following availability zones: {}.", names.join(", "));
    let (parameter, value) = match (name, id) {
        (Some(name), _) => ("availabilityZone", name),
        (None, id) => ("availabilityZoneId", id.unwrap_or_default()),
    };
    Err(Ec2Error::invalid_parameter_value(parameter, value, &why))
}

async fn apply_create(api: &Api, call: &Call, subnet: &Subnet, tags: &[Tag]) -> Result<(), Fault> {
    let mut transaction = api.store.begin().await?;
    let vpc = gather_and_lock_vpc(&transaction, call, subnet.vpc).await?;
    let conn = transaction.conn();
    let siblings: Vec<Cidr> =
        subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc.id)).select_only().column(subnet::Column::Cidr).into_tuple().all(conn).await?;
    allocation::check_subnet_block(subnet.cidr, vpc.cidr, siblings)?;
    subnet::Entity::insert(subnet::Model::from(subnet.clone()).into_active_model()).exec_without_returning(conn).await?;
    apply_tags(&transaction, call, &subnet.id.to_string(), tags).await?;
    let why = format!("Subnet {} was created in VPC {} and zone {}, with the block {}.", subnet.id, vpc.id, subnet.zone, subnet.cidr);
    let created = call.change((EntityKind::Subnet, subnet.id, subnet.generation), "created", why);
    let associated = network_acls::apply_first_association(&transaction, call, (subnet, api.fresh())).await?;
    transaction.record(vec![created, associated]).await?;
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn describe_subnets(api: &Api, call: &Call, request: DescribeSubnets) -> Result<DescribeSubnetsReply, Fault> {
    let asked: Vec<SubnetId> = ids::parse_all(&request.subnet_ids)?;
    let filters = Filters::parse::<Shown>(request.filters)?;
    let paging = Asked {
        action: "DescribeSubnets",
        max_results: request.max_results,
        next_token: request.next_token.as_deref(),
        ids: (!asked.is_empty()).then_some("SubnetIds"),
        largest: 1_000,
    };
    let page = Page::parse(call, paging, &filters)?;
    let mut matching = Condition::all().add(subnet::Column::Account.eq(call.account)).add(subnet::Column::Region.eq(call.region));
    if !asked.is_empty() {
        matching = matching.add(subnet::Column::Id.is_in(asked.iter().copied()));
        let load = |after, limit| load(api, call, &matching, (after, limit));
        let subnets = page::gather_asked(&asked, &filters, |shown| &shown.subnet_id, refusals::subnet_not_found, load).await?;
        return Ok(DescribeSubnetsReply { next_token: None, subnets });
    }
    for (name, column) in [("subnet-id", subnet::Column::Id), ("vpc-id", subnet::Column::Vpc)] {
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

fn show(call: &Call, subnet: Subnet, available: u64, tags: Vec<Tag>) -> Shown {
    Shown {
        availability_zone_id: zone_id(subnet.region, subnet.zone),
        enable_lni_at_device_index: None,
        map_customer_owned_ip_on_launch: false,
        owner_id: subnet.account.to_string(),
        assign_ipv6_address_on_creation: false,
        ipv6_cidr_block_associations: Vec::new(),
        tags,
        subnet_arn: arn(call, "subnet", subnet.id),
        enable_dns64: false,
        ipv6_native: false,
        private_dns_name_options_on_launch: Some(PrivateDnsNameOptions {
            hostname_type: "ip-name".to_owned(),
            enable_resource_name_dns_a_record: false,
            enable_resource_name_dns_aaaa_record: false,
        }),
        subnet_id: subnet.id.to_string(),
        state: "available".to_owned(),
        vpc_id: subnet.vpc.to_string(),
        cidr_block: subnet.cidr.to_string(),
        available_ip_address_count: u32::try_from(available).unwrap_or(u32::MAX),
        availability_zone: subnet.zone.to_string(),
        default_for_az: false,
        map_public_ip_on_launch: false,
    }
}

impl Filterable for Shown {
    fn values(&self, name: &str) -> Option<Vec<Cow<'_, str>>> {
        match name {
            "availability-zone" | "availabilityZone" => one(&self.availability_zone),
            "availability-zone-id" | "availabilityZoneId" => one(&self.availability_zone_id),
            "available-ip-address-count" => one(self.available_ip_address_count.to_string()),
            "cidr" | "cidr-block" | "cidrBlock" => one(&self.cidr_block),
            "customer-owned-ipv4-pool"
            | "ipv6-cidr-block-association.ipv6-cidr-block"
            | "ipv6-cidr-block-association.association-id"
            | "ipv6-cidr-block-association.state"
            | "outpost-arn" => Some(Vec::new()),
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

#[cfg(test)]
mod tests;
