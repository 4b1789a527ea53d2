//! What there is of what a launch names: read at once where one thing does not follow from the other.

use std::collections::BTreeSet;

use multihome_core::{
    images, key_pairs,
    launch::{LaunchFacts, LaunchRequest},
    refusals,
};
use multihome_ec2::Ec2Error;
use multihome_entities::{cluster, group, instance_type, interface, key_pair, subnet, vpc};
use multihome_types::{Cluster, Group, GroupId, Image, InstanceType, Interface, InterfaceId, KeyPair, Subnet, SubnetId, VpcId, Zone};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use super::asked::Asked;
use crate::{
    Api,
    call::Call,
    fault::Fault,
    operations::{availability_zones::zones_among, images::gather_image, network_interfaces::gather_groups},
    quotas,
};

#[derive(Debug)]
pub(super) struct Facts {
    pub instance_type: Option<InstanceType>,
    pub interfaces: Vec<Interface>,
    pub subnets: Vec<Subnet>,
    pub groups: Vec<Group>,
    pub most_groups: usize,
    pub default_vpc: Option<VpcId>,
    pub zones: BTreeSet<Zone>,
    pub clusters: Vec<Cluster>,
    pub key: Option<KeyPair>,
    pub image: Image,
    /// The groups that the request names by their names.
    pub named_groups: Vec<GroupId>,
}

impl Facts {
    pub(super) fn for_rules(&self, call: &Call) -> LaunchFacts<'_> {
        LaunchFacts {
            account: call.account,
            region: call.region,
            instance_type: self.instance_type.as_ref(),
            interfaces: &self.interfaces,
            subnets: &self.subnets,
            groups: &self.groups,
            most_groups: self.most_groups,
            default_vpc: self.default_vpc,
            zones: &self.zones,
        }
    }
}

pub(super) async fn gather_facts(api: &Api, call: &Call, asked: &Asked) -> Result<Facts, Fault> {
    let conn = api.store.reader();
    let launch = &asked.launch;
    let existing: Vec<InterfaceId> = launch.interfaces.iter().filter_map(|item| item.existing).collect();
    let (instance_type, interfaces, default_vpc, clusters, key, image) = tokio::try_join!(
        instance_type::Entity::find_by_id(&launch.instance_type).one(conn),
        interface::find_all(conn, &existing),
        gather_default_vpc(conn, call),
        cluster::all(conn),
        gather_key(conn, call, asked.key_name.as_deref()),
        gather_image(conn, call, asked.image),
    )?;
    let image = image.ok_or_else(|| images::image_not_found(asked.image))?;
    if let Some(missing) = asked.key_name.as_deref().filter(|_| key.is_none()) {
        return Err(key_pairs::name_not_found(missing).into());
    }
    let subnets = gather_subnets_of(conn, launch, &interfaces, default_vpc).await?;
    let vpcs: BTreeSet<VpcId> = subnets.iter().map(|subnet| subnet.vpc).collect();
    let vpcs: Vec<VpcId> = vpcs.into_iter().collect();
    let group_ids: Vec<GroupId> = launch.groups.iter().chain(launch.interfaces.iter().flat_map(|item| &item.groups)).copied().collect();
    let most_named = launch.interfaces.iter().map(|item| item.groups.len()).chain([launch.groups.len() + asked.group_names.len()]).max();
    let (groups, most_groups, named_groups) = tokio::try_join!(
        async { gather_groups(conn, &group_ids, &vpcs).await.map_err(Fault::from) },
        async { quotas::most_groups(api, conn, call, most_named.unwrap_or(0)).await.map_err(Fault::from) },
        gather_named(conn, &asked.group_names, default_vpc),
    )?;
    let named = named_groups.iter().map(|group| group.id).collect();
    Ok(Facts {
        instance_type: instance_type.map(InstanceType::from),
        interfaces,
        subnets,
        groups: groups.into_iter().chain(named_groups).collect(),
        most_groups,
        default_vpc,
        zones: zones_among(api, call.region, &clusters),
        clusters,
        key,
        image,
        named_groups: named,
    })
}

async fn gather_key<C: ConnectionTrait>(conn: &C, call: &Call, name: Option<&str>) -> Result<Option<KeyPair>, DbErr> {
    match name {
        Some(name) => key_pair::named(conn, call.account, call.region, name).await,
        None => Ok(None),
    }
}

async fn gather_default_vpc<C: ConnectionTrait>(conn: &C, call: &Call) -> Result<Option<VpcId>, DbErr> {
    let of_caller = vpc::Entity::find().filter(vpc::Column::Account.eq(call.account)).filter(vpc::Column::Region.eq(call.region));
    of_caller.filter(vpc::Column::IsDefault.eq(true)).select_only().column(vpc::Column::Id).into_tuple().one(conn).await
}

/// The subnets that are named, those of interfaces that are, and all of the default VPC if one has to be chosen.
async fn gather_subnets_of<C: ConnectionTrait>(
    conn: &C,
    launch: &LaunchRequest,
    interfaces: &[Interface],
    default_vpc: Option<VpcId>,
) -> Result<Vec<Subnet>, DbErr> {
    let named = launch.subnet.into_iter().chain(launch.interfaces.iter().filter_map(|item| item.subnet));
    let ids: BTreeSet<SubnetId> = named.chain(interfaces.iter().map(|interface| interface.subnet)).collect();
    let matching = Condition::any().add(subnet::Column::Id.is_in(ids)).add_option(default_vpc.map(|vpc| subnet::Column::Vpc.eq(vpc)));
    let rows = subnet::Entity::find().filter(matching).all(conn).await?;
    Ok(rows.into_iter().map(Subnet::from).collect())
}

/// Groups by name are those of the default VPC.
async fn gather_named<C: ConnectionTrait>(conn: &C, names: &[String], default_vpc: Option<VpcId>) -> Result<Vec<Group>, Fault> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let vpc = default_vpc.ok_or_else(refusals::no_default_vpc)?;
    let matching = Condition::all().add(group::Column::Vpc.eq(vpc)).add(group::Column::Name.is_in(names.iter().map(String::as_str)));
    let found = group::load(conn, matching).await?;
    if let Some(missing) = names.iter().find(|name| !found.iter().any(|group| group.name == **name)) {
        let message = format!("The security group '{missing}' does not exist in default VPC '{vpc}'");
        return Err(Ec2Error::new("InvalidGroup.NotFound", message).into());
    }
    Ok(found)
}
