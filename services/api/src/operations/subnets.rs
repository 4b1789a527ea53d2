//! Subnets: create. Describing them is in [`describe`], their IPv6 blocks in [`blocks`], what may be changed of them in [`attributes`], and
//! their end in [`delete`].

mod attributes;
mod blocks;
mod delete;
mod describe;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use multihome_core::{allocation, refusals, vpc_blocks};
use multihome_ec2::{
    Ec2Error, Tag,
    subnet::{CreateSubnet, CreateSubnetReply, Subnet as Shown},
};
use multihome_entities::subnet;
use multihome_runtime::{Cas, Transaction};
use multihome_types::{
    Change, Cidr, EntityKind, Generation, Ipv6Cidr, QuotaName, Subnet, SubnetAttributes, SubnetId, SubnetIpv6Block, Vpc, VpcId, Zone,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, sea_query::LockType};

use super::{
    availability_zones::{gather_zones, zone_id},
    network_acls,
    tags::{apply_tags, specified},
    vpcs::{blocks::gather_blocks, gather_and_lock_vpc},
    with_fresh_ids,
};
use crate::{Api, call::Call, fault::Fault, ids, quotas};
pub(crate) use attributes::modify_subnet_attribute;
pub(crate) use blocks::{associate_subnet_cidr_block, disassociate_subnet_cidr_block};
pub(crate) use delete::delete_subnet;
pub(crate) use describe::describe_subnets;

pub(crate) async fn create_subnet(api: &Api, call: &Call, request: CreateSubnet) -> Result<CreateSubnetReply, Fault> {
    let vpc: VpcId = ids::parse(&request.vpc_id)?;
    let cidr = ids::parse_block("CidrBlock", &request.cidr_block)?;
    let ipv6_cidr = request.ipv6_cidr_block.as_deref().map(|text| ids::parse_ipv6_block("Ipv6CidrBlock", text)).transpose()?;
    let tags = specified(&request.tag_specifications, "subnet")?;
    let zones = gather_zones(api, call.region).await?;
    let zone = select_zone(call, &zones, request.availability_zone.as_deref(), request.availability_zone_id.as_deref())?;
    let subnet = with_fresh_ids(|| async {
        let ipv6 = ipv6_cidr.map(|cidr| SubnetIpv6Block { association: api.fresh(), cidr });
        let subnet = Subnet { ipv6, ..birth(call, (vpc, api.fresh()), (zone, cidr)) };
        let mut transaction = api.store.begin().await?;
        let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?;
        let changes = apply_birth(api, &transaction, call, (&subnet, &vpc)).await?;
        apply_tags(&transaction, call, &subnet.id.to_string(), &tags).await?;
        transaction.record(changes).await?;
        transaction.commit().await?;
        Ok(subnet)
    })
    .await?;
    Ok(CreateSubnetReply { subnet: show_new(call, subnet, tags) })
}

/// A new subnet, as it is unless something else is said of it.
pub(super) fn birth(call: &Call, (vpc, id): (VpcId, SubnetId), (zone, cidr): (Zone, Cidr)) -> Subnet {
    let Call { account, region, now, .. } = *call;
    Subnet {
        id,
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
    }
}

/// A subnet that nobody has had an address of.
pub(super) fn show_new(call: &Call, subnet: Subnet, tags: Vec<Tag>) -> Shown {
    let available = allocation::available_count(subnet.cidr, 0);
    describe::show(call, subnet, available, tags)
}

/// The zone asked for by name or by id; the first one if the caller does not care.
pub(super) fn select_zone(call: &Call, zones: &BTreeSet<Zone>, name: Option<&str>, id: Option<&str>) -> Result<Zone, Ec2Error> {
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

/// Writes a new subnet of a locked VPC, if there is room for it, and answers the rows for the change log.
pub(super) async fn apply_birth(api: &Api, transaction: &Transaction, call: &Call, (subnet, vpc): (&Subnet, &Vpc)) -> Result<Vec<Change>, Fault> {
    let conn = transaction.conn();
    let blocks = gather_blocks(conn, vpc).await?;
    let columns = [subnet::Column::Cidr, subnet::Column::Ipv6Cidr];
    let siblings = subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc.id)).select_only().columns(columns);
    let siblings: Vec<(Cidr, Option<Ipv6Cidr>)> = siblings.into_tuple().all(conn).await?;
    allocation::check_subnet_block(subnet.cidr, &blocks.cidrs(), siblings.iter().map(|(cidr, _)| *cidr))?;
    if let Some(block) = subnet.ipv6 {
        vpc_blocks::check_subnet_ipv6_block(block.cidr, &blocks.ipv6_cidrs(), siblings.iter().filter_map(|(_, cidr)| *cidr))?;
    }
    let of_vpc = subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc.id));
    quotas::admit_locked(api, transaction, call, (QuotaName::SubnetsPerVpc, of_vpc)).await?;
    subnet::Entity::insert(subnet::Model::from(subnet.clone()).into_active_model()).exec_without_returning(conn).await?;
    let why = format!("Subnet {} was created in VPC {} and zone {}, with the block {}.", subnet.id, vpc.id, subnet.zone, subnet.cidr);
    let created = call.change((EntityKind::Subnet, subnet.id, subnet.generation), "created", why);
    let associated = network_acls::apply_first_association(transaction, call, (subnet, api.fresh())).await?;
    Ok(vec![created, associated])
}

/// A subnet of the caller, whose VPC is locked: nobody else who changes a subnet has it meanwhile.
async fn gather_and_lock(transaction: &Transaction, call: &Call, id: SubnetId) -> Result<(Subnet, Vpc), Fault> {
    let conn = transaction.conn();
    let of_caller = || subnet::Entity::find_by_id(id).filter(subnet::Column::Account.eq(call.account)).filter(subnet::Column::Region.eq(call.region));
    let not_found = || refusals::subnet_not_found(id);
    let vpc = of_caller().one(conn).await?.ok_or_else(not_found)?.vpc;
    let vpc = gather_and_lock_vpc(transaction, call, vpc).await?;
    // It may have been deleted before its VPC could be locked.
    let row = of_caller().lock(LockType::NoKeyUpdate).one(conn).await?;
    Ok((row.ok_or_else(not_found)?.into(), vpc))
}

/// Writes what may change of a subnet, which is locked and has still the generation that was read; answers the row for the change log.
async fn apply_row(transaction: &Transaction, call: &Call, subnet: Subnet, (what, why): (&str, String)) -> Result<Change, Fault> {
    let (read, generation) = (subnet.generation, subnet.generation.next());
    let row = subnet::Model::from(Subnet { generation, ..subnet });
    let id = row.id;
    let updated = subnet::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(subnet::Column::Id.eq(id))
        .filter(subnet::Column::Generation.eq(read))
        .exec(transaction.conn())
        .await?;
    match Cas::from_rows(updated.rows_affected) {
        Cas::Updated => Ok(call.change((EntityKind::Subnet, id, generation), what, why)),
        Cas::Stale => Err(Fault::Failed(format!("the locked row of subnet {id} was changed by somebody else").into())),
    }
}
