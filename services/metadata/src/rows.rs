//! Reads rows: all of them once, and afterwards those that a change names.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use multihome_entities::{group, instance, interface, interface::MAX_BOUND, subnet, tag, vpc, vpc_block, vpc_ipv6_block};
use multihome_runtime::store::Written;
use multihome_types::{
    Change, Cidr, EntityKind, GroupId, Instance, InstanceId, InstanceState, Interface, InterfaceId, Ipv6Cidr, Subnet, SubnetId, Vpc, VpcId,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::view::Resident;

/// How many rows are read at a time when all are.
const PAGE: usize = 5_000;

/// The rows that changes name.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    vpcs: BTreeSet<VpcId>,
    subnets: BTreeSet<SubnetId>,
    groups: BTreeSet<GroupId>,
    instances: BTreeSet<InstanceId>,
    interfaces: BTreeSet<InterfaceId>,
}

/// Rows as they are now, and which of the wanted ones are no more.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub vpcs: Read<(VpcId, VpcFacts), VpcId>,
    pub subnets: Read<Subnet, SubnetId>,
    pub groups: Read<(GroupId, String), GroupId>,
    pub instances: Read<Resident, InstanceId>,
    pub interfaces: Read<Interface, InterfaceId>,
}

/// A VPC with its blocks.
#[derive(Clone, Debug)]
pub(crate) struct VpcFacts {
    pub vpc: Vpc,
    /// Besides the primary one.
    pub blocks: Vec<Cidr>,
    pub ipv6_blocks: Vec<Ipv6Cidr>,
}

#[derive(Debug)]
pub(crate) struct Read<T, I> {
    pub found: Vec<T>,
    pub gone: Vec<I>,
}

impl<T, I> Default for Read<T, I> {
    fn default() -> Self {
        Self { found: Vec::new(), gone: Vec::new() }
    }
}

impl<T, I> Read<T, I> {
    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty() && self.gone.is_empty()
    }
}

impl<T, I: Ord + Copy> Read<T, I> {
    fn of(wanted: &BTreeSet<I>, found: Vec<T>, id: impl Fn(&T) -> I) -> Self {
        let present: BTreeSet<I> = found.iter().map(id).collect();
        Self { gone: wanted.difference(&present).copied().collect(), found }
    }
}

impl Wanted {
    pub(crate) fn add(&mut self, changes: &[Written]) {
        fn insert<I: FromStr<Err: Display> + Ord>(ids: &mut BTreeSet<I>, change: &Change) {
            match change.entity_id.parse() {
                Ok(id) => drop(ids.insert(id)),
                Err(why) => tracing::warn!(change.id = change.id.0, error = %why, "A change names nothing that can be looked up"),
            }
        }
        for Written { change, .. } in changes {
            match change.entity {
                EntityKind::Vpc => insert(&mut self.vpcs, change),
                EntityKind::Subnet => insert(&mut self.subnets, change),
                EntityKind::Group => insert(&mut self.groups, change),
                EntityKind::Interface => insert(&mut self.interfaces, change),
                EntityKind::Instance => insert(&mut self.instances, change),
                // Attachments and associations never change without their interface; of the others no instance is told.
                _ => {}
            }
        }
    }
}

/// The rows that changes name.
pub(crate) async fn gather_changed<C: ConnectionTrait>(conn: &C, wanted: &Wanted) -> Result<Rows, DbErr> {
    let mut rows = Rows::default();
    for some in chunks(&wanted.vpcs) {
        rows.vpcs.found.extend(vpcs(conn, Condition::all().add(vpc::Column::Id.is_in(some))).await?);
    }
    rows.vpcs = Read::of(&wanted.vpcs, rows.vpcs.found, |(id, _)| *id);
    for some in chunks(&wanted.subnets) {
        rows.subnets.found.extend(subnet::Entity::find().filter(subnet::Column::Id.is_in(some)).all(conn).await?.into_iter().map(Subnet::from));
    }
    rows.subnets = Read::of(&wanted.subnets, rows.subnets.found, |subnet| subnet.id);
    for some in chunks(&wanted.groups) {
        rows.groups.found.extend(groups(conn, Condition::all().add(group::Column::Id.is_in(some))).await?);
    }
    rows.groups = Read::of(&wanted.groups, rows.groups.found, |(id, _)| *id);
    for some in chunks(&wanted.instances) {
        rows.instances.found.extend(residents(conn, Condition::all().add(instance::Column::Id.is_in(some)), None).await?);
    }
    rows.instances = Read::of(&wanted.instances, rows.instances.found, |resident| resident.instance.id);
    for some in chunks(&wanted.interfaces) {
        rows.interfaces.found.extend(interface::find_all(conn, &some).await?);
    }
    rows.interfaces = Read::of(&wanted.interfaces, rows.interfaces.found, |interface| interface.id);
    Ok(rows)
}

/// Everything, handed over in parts.
pub(crate) async fn gather_all<C: ConnectionTrait>(conn: &C, mut take: impl FnMut(Rows)) -> Result<(), DbErr> {
    take(Rows {
        vpcs: Read { found: vpcs(conn, Condition::all()).await?, gone: Vec::new() },
        subnets: Read { found: subnet::Entity::find().all(conn).await?.into_iter().map(Subnet::from).collect(), gone: Vec::new() },
        groups: Read { found: groups(conn, Condition::all()).await?, gone: Vec::new() },
        ..Rows::default()
    });
    let mut matching = Condition::all();
    loop {
        let page = residents(conn, matching, Some(PAGE as u64)).await?;
        let Some(last) = page.last().map(|last| last.instance.id) else { break };
        matching = Condition::all().add(instance::Column::Id.gt(last));
        take(Rows { instances: Read { found: page, gone: Vec::new() }, ..Rows::default() });
    }
    // Only those on an instance: of the others nobody is told.
    let mut after = None;
    loop {
        let attached = attached_after(conn, after).await?;
        let Some(last) = attached.last().copied() else { return Ok(()) };
        after = Some(last);
        take(Rows { interfaces: Read { found: interface::find_all(conn, &attached).await?, gone: Vec::new() }, ..Rows::default() });
    }
}

async fn attached_after<C: ConnectionTrait>(conn: &C, after: Option<InterfaceId>) -> Result<Vec<InterfaceId>, DbErr> {
    use multihome_entities::attachment::{Column, Entity};
    let mut query = Entity::find().select_only().column(Column::Interface).order_by_asc(Column::Interface).limit(PAGE as u64);
    if let Some(after) = after {
        query = query.filter(Column::Interface.gt(after));
    }
    query.into_tuple().all(conn).await
}

async fn vpcs<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<(VpcId, VpcFacts)>, DbErr> {
    let rows = vpc::Entity::find().filter(matching).all(conn).await?;
    let ids: Vec<VpcId> = rows.iter().map(|row| row.id).collect();
    let (mut blocks, mut ipv6_blocks) = (vpc_block::of_vpcs(conn, &ids).await?, vpc_ipv6_block::of_vpcs(conn, &ids).await?);
    let facts = |row: vpc::Model| {
        let (blocks, ipv6_blocks) = (blocks.remove(&row.id).unwrap_or_default(), ipv6_blocks.remove(&row.id).unwrap_or_default());
        let blocks = blocks.into_iter().map(|block| block.cidr).filter(|cidr| *cidr != row.cidr).collect();
        (row.id, VpcFacts { vpc: row.into(), blocks, ipv6_blocks: ipv6_blocks.into_iter().map(|block| block.cidr).collect() })
    };
    Ok(rows.into_iter().map(facts).collect())
}

async fn groups<C: ConnectionTrait>(conn: &C, matching: Condition) -> Result<Vec<(GroupId, String)>, DbErr> {
    group::Entity::find().filter(matching).select_only().columns([group::Column::Id, group::Column::Name]).into_tuple().all(conn).await
}

/// Instances that are not terminated, with their tags, in the order of their ids.
async fn residents<C: ConnectionTrait>(conn: &C, matching: Condition, limit: Option<u64>) -> Result<Vec<Resident>, DbErr> {
    let query = instance::Entity::find().filter(matching).filter(instance::Column::State.ne(InstanceState::Terminated));
    let rows = query.order_by_asc(instance::Column::Id).limit(limit).all(conn).await?;
    let texts: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    let mut tags = tag::of_resources(conn, &texts).await?;
    let resident = |(row, text): (instance::Model, String)| Resident {
        instance: Instance::from(row),
        tags: tags.remove(&text).unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect(),
    };
    Ok(rows.into_iter().zip(texts).map(resident).collect())
}

fn chunks<I: Copy>(ids: &BTreeSet<I>) -> Vec<Vec<I>> {
    let ids: Vec<I> = ids.iter().copied().collect();
    ids.chunks(MAX_BOUND).map(<[I]>::to_vec).collect()
}
