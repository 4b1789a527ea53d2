//! The default VPC of an account: given once, when the account is first heard of in a region; CreateDefaultVpc and CreateDefaultSubnet.
//!
//! That an account has been given one is a row, so that one which was deleted does not come back, and is remembered for a moment, so that
//! a call costs nothing for it. Of two first calls, or two endpoints, the row lets one make the VPC, and the other one waits for it.

use std::{collections::BTreeSet, time::Instant};

use multihome_core::default_vpc::{self as rules, Plan};
use multihome_ec2::{
    subnet::{CreateDefaultSubnet, CreateSubnetReply},
    vpc::{CreateDefaultVpc, CreateVpcReply},
};
use multihome_entities::{account_region, route, subnet};
use multihome_runtime::Transaction;
use multihome_types::{AccountId, Change, Cidr, EntityKind, Region, Subnet, SubnetId, Vpc, VpcId, Zone};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::{
    availability_zones::gather_zones,
    internet_gateways, route_tables, subnets,
    vpcs::{self, NewVpc, blocks::Blocks, gather_and_lock_vpc, gather_default_vpc},
    with_fresh_ids,
};
use crate::{Api, call::Call, fault::Fault, remembered::Remembered};

/// Where which accounts are known to have been given a default VPC.
pub(crate) type Welcomed = Remembered<(AccountId, Region)>;

/// Gives the caller's account a default VPC in the call's region, unless it was given one before. Nothing comes of it in a region without
/// zones: then it is tried again.
pub(crate) async fn ensure_default_vpc(api: &Api, call: &Call) -> Result<(), Fault> {
    let key = (call.account, call.region);
    if api.welcomed.contains(&key, Instant::now()) {
        return Ok(());
    }
    if account_region::Entity::find_by_id(key).one(api.store.reader()).await?.is_none() {
        let zones = gather_zones(api, call.region).await?;
        if zones.is_empty() {
            return Ok(());
        }
        match with_fresh_ids(|| apply_welcome(api, call, &zones)).await {
            // An account from before that has as many VPCs as it may: it gets on without.
            Err(Fault::Refused(why)) => tracing::warn!(account = %key.0, error = %why, "Account {} is given no default VPC in {}", key.0, key.1),
            done => done?,
        }
    }
    api.welcomed.insert(key, Instant::now());
    Ok(())
}

async fn apply_welcome(api: &Api, call: &Call, zones: &BTreeSet<Zone>) -> Result<(), Fault> {
    let mut transaction = api.store.begin().await?;
    let row = account_region::Model { account: call.account, region: call.region, since: call.now };
    if !account_region::claim(transaction.conn(), row).await? {
        return Ok(());
    }
    if gather_default_vpc(transaction.conn(), call).await?.is_none() {
        let (_, _, changes) = apply_default(api, &transaction, call, &rules::plan(zones)).await?;
        transaction.record(changes).await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(crate) async fn create_default_vpc(api: &Api, call: &Call, _: CreateDefaultVpc) -> Result<CreateVpcReply, Fault> {
    let zones = gather_zones(api, call.region).await?;
    let (vpc, blocks) = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        rules::admit_vpc(gather_default_vpc(transaction.conn(), call).await?.is_some())?;
        let (vpc, blocks, changes) = apply_default(api, &transaction, call, &rules::plan(&zones)).await?;
        transaction.record(changes).await?;
        transaction.commit().await?;
        Ok((vpc, blocks))
    })
    .await?;
    Ok(CreateVpcReply { vpc: vpcs::show(vpc, &blocks, Vec::new()) })
}

/// Writes a default VPC with everything in it, and answers the rows for the change log.
async fn apply_default(api: &Api, transaction: &Transaction, call: &Call, plan: &Plan) -> Result<(Vpc, Blocks, Vec<Change>), Fault> {
    let (vpc, blocks, mut changes) = vpcs::apply_new(api, transaction, call, NewVpc { cidr: plan.cidr, is_default: true, ipv6: false }).await?;
    for (zone, cidr) in &plan.subnets {
        let subnet = default_subnet(api, call, (vpc.id, *zone, *cidr));
        changes.extend(subnets::apply_birth(api, transaction, call, (&subnet, &vpc)).await?);
    }
    let (gateway, change) = internet_gateways::apply_birth(transaction, call, (api.fresh(), Some(vpc.id)), &[]).await?;
    changes.push(change);
    for table in route_tables::gather_and_lock_of_vpc(transaction, vpc.id).await? {
        let position = i32::try_from(table.routes.len()).unwrap_or(i32::MAX);
        let row = route::Model::of(table.id, position, &rules::route_outside(gateway.id));
        route::Entity::insert(row.into_active_model()).exec_without_returning(transaction.conn()).await?;
        let generation = route_tables::apply_touch(transaction, &table).await?;
        let why = format!("Route table {} leads outside through {}.", table.id, gateway.id);
        changes.push(call.change((EntityKind::RouteTable, table.id, generation), "route-created", why));
    }
    Ok((vpc, blocks, changes))
}

fn default_subnet(api: &Api, call: &Call, (vpc, zone, cidr): (VpcId, Zone, Cidr)) -> Subnet {
    let plain = subnets::birth(call, (vpc, api.fresh()), (zone, cidr));
    Subnet { default_for_zone: true, attributes: rules::subnet_attributes(), ..plain }
}

pub(crate) async fn create_default_subnet(api: &Api, call: &Call, request: CreateDefaultSubnet) -> Result<CreateSubnetReply, Fault> {
    let (name, id) = (request.availability_zone.as_deref(), request.availability_zone_id.as_deref());
    if name.is_none() && id.is_none() {
        return Err(rules::zone_missing().into());
    }
    let zones = gather_zones(api, call.region).await?;
    let zone = subnets::select_zone(call, &zones, name, id)?;
    let subnet = with_fresh_ids(|| async {
        let mut transaction = api.store.begin().await?;
        let conn = transaction.conn();
        let vpc = gather_default_vpc(conn, call).await?.ok_or_else(rules::no_default_vpc)?;
        let vpc = gather_and_lock_vpc(&transaction, call, vpc).await?;
        let siblings = subnet::Entity::find().filter(subnet::Column::Vpc.eq(vpc.id)).all(conn).await?;
        let present = gather_default_subnet(conn, call, zone).await?;
        let cidr = rules::select_subnet(vpc.cidr, zone, present, &siblings.iter().map(|row| row.cidr).collect::<Vec<_>>())?;
        let subnet = default_subnet(api, call, (vpc.id, zone, cidr));
        let changes = subnets::apply_birth(api, &transaction, call, (&subnet, &vpc)).await?;
        transaction.record(changes).await?;
        transaction.commit().await?;
        Ok(subnet)
    })
    .await?;
    Ok(CreateSubnetReply { subnet: subnets::show_new(call, subnet, Vec::new()) })
}

async fn gather_default_subnet<C: ConnectionTrait>(conn: &C, call: &Call, zone: Zone) -> Result<Option<SubnetId>, Fault> {
    let found = subnet::Entity::find()
        .filter(subnet::Column::Account.eq(call.account))
        .filter(subnet::Column::Region.eq(call.region))
        .filter(subnet::Column::Zone.eq(zone))
        .filter(subnet::Column::DefaultForZone.eq(true))
        .one(conn)
        .await?;
    Ok(found.map(|row| row.id))
}

#[cfg(test)]
mod tests;
