//! Reads rows: all of them once, and afterwards those that a change names.

use std::{collections::BTreeSet, fmt::Display, str::FromStr};

use multihome_entities::{
    change, cluster, dhcp_options, group, instance, interface, interface::MAX_BOUND, internet_gateway, nat_gateway, network_acl, route_table, subnet,
    vpc,
};
use multihome_runtime::store::Written;
use multihome_types::{
    Change, ChangeId, Cluster, DhcpOptions, DhcpOptionsId, EntityKind, Group, GroupId, Instance, InstanceId, InstanceState, Interface, InterfaceId,
    InternetGateway, InternetGatewayId, NatGateway, NatGatewayId, NetworkAcl, NetworkAclId, RouteTable, RouteTableId, Subnet, SubnetId, Vpc, VpcId,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use tokio::sync::mpsc;

/// How many rows of the large tables are read at a time.
const PAGE: u64 = 5_000;

/// The rows that changes name.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    vpcs: BTreeSet<VpcId>,
    subnets: BTreeSet<SubnetId>,
    groups: BTreeSet<GroupId>,
    interfaces: BTreeSet<InterfaceId>,
    instances: BTreeSet<InstanceId>,
    route_tables: BTreeSet<RouteTableId>,
    network_acls: BTreeSet<NetworkAclId>,
    dhcp_options: BTreeSet<DhcpOptionsId>,
    internet_gateways: BTreeSet<InternetGatewayId>,
    nat_gateways: BTreeSet<NatGatewayId>,
    /// There are few, so it is all of them or none.
    clusters: bool,
}

/// Rows as they are now, and which of the wanted ones are no more.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub vpcs: Read<Vpc, VpcId>,
    pub subnets: Read<Subnet, SubnetId>,
    pub groups: Read<Group, GroupId>,
    pub interfaces: Read<Interface, InterfaceId>,
    pub instances: Read<Instance, InstanceId>,
    pub route_tables: Read<RouteTable, RouteTableId>,
    pub network_acls: Read<NetworkAcl, NetworkAclId>,
    pub dhcp_options: Read<DhcpOptions, DhcpOptionsId>,
    pub internet_gateways: Read<InternetGateway, InternetGatewayId>,
    pub nat_gateways: Read<NatGateway, NatGatewayId>,
    /// All of them, if they were wanted.
    pub clusters: Option<Vec<Cluster>>,
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
    pub(crate) fn everything(found: Vec<T>) -> Self {
        Self { found, gone: Vec::new() }
    }

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
    pub(crate) fn new(clusters: bool) -> Self {
        Self { clusters, ..Self::default() }
    }

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
                EntityKind::RouteTable => insert(&mut self.route_tables, change),
                EntityKind::NetworkAcl => insert(&mut self.network_acls, change),
                EntityKind::DhcpOptions => insert(&mut self.dhcp_options, change),
                EntityKind::InternetGateway => insert(&mut self.internet_gateways, change),
                EntityKind::NatGateway => insert(&mut self.nat_gateways, change),
                EntityKind::ClusterReport => self.clusters = true,
                // An attachment and the association of an address never change without their interface, with which they are read; no
                // document says a type.
                EntityKind::Attachment | EntityKind::KeyPair | EntityKind::Image | EntityKind::InstanceType | EntityKind::ElasticAddress => {}
            }
        }
    }
}

/// The rows that changes name. One query for each kind, two or three where a row is read with its children.
pub(crate) async fn gather_changed<C: ConnectionTrait>(conn: &C, wanted: &Wanted) -> Result<Rows, DbErr> {
    let mut rows = Rows::default();
    if wanted.clusters {
        rows.clusters = Some(cluster::all(conn).await?);
    }
    for some in chunks(&wanted.vpcs) {
        rows.vpcs.found.extend(vpc::Entity::find().filter(vpc::Column::Id.is_in(some)).all(conn).await?.into_iter().map(Vpc::from));
    }
    rows.vpcs = Read::of(&wanted.vpcs, rows.vpcs.found, |vpc| vpc.id);
    for some in chunks(&wanted.subnets) {
        rows.subnets.found.extend(subnet::Entity::find().filter(subnet::Column::Id.is_in(some)).all(conn).await?.into_iter().map(Subnet::from));
    }
    rows.subnets = Read::of(&wanted.subnets, rows.subnets.found, |subnet| subnet.id);
    for some in chunks(&wanted.groups) {
        rows.groups.found.extend(group::load(conn, Condition::all().add(group::Column::Id.is_in(some))).await?);
    }
    rows.groups = Read::of(&wanted.groups, rows.groups.found, |group| group.id);
    for some in chunks(&wanted.route_tables) {
        rows.route_tables.found.extend(route_table::load(conn, Condition::all().add(route_table::Column::Id.is_in(some))).await?);
    }
    rows.route_tables = Read::of(&wanted.route_tables, rows.route_tables.found, |table| table.id);
    for some in chunks(&wanted.network_acls) {
        rows.network_acls.found.extend(network_acl::load(conn, Condition::all().add(network_acl::Column::Id.is_in(some))).await?);
    }
    rows.network_acls = Read::of(&wanted.network_acls, rows.network_acls.found, |acl| acl.id);
    for some in chunks(&wanted.dhcp_options) {
        let found = dhcp_options::Entity::find().filter(dhcp_options::Column::Id.is_in(some)).all(conn).await?;
        rows.dhcp_options.found.extend(found.into_iter().map(DhcpOptions::from));
    }
    rows.dhcp_options = Read::of(&wanted.dhcp_options, rows.dhcp_options.found, |set| set.id);
    for some in chunks(&wanted.internet_gateways) {
        let found = internet_gateway::Entity::find().filter(internet_gateway::Column::Id.is_in(some)).all(conn).await?;
        rows.internet_gateways.found.extend(found.into_iter().map(InternetGateway::from));
    }
    rows.internet_gateways = Read::of(&wanted.internet_gateways, rows.internet_gateways.found, |gateway| gateway.id);
    for some in chunks(&wanted.nat_gateways) {
        rows.nat_gateways.found.extend(nat_gateway::load(conn, Condition::all().add(nat_gateway::Column::Id.is_in(some))).await?);
    }
    rows.nat_gateways = Read::of(&wanted.nat_gateways, rows.nat_gateways.found, |gateway| gateway.id);
    for some in chunks(&wanted.instances) {
        let found = instance::Entity::find().filter(instance::Column::Id.is_in(some)).filter(is_kept()).all(conn).await?;
        rows.instances.found.extend(found.into_iter().map(Instance::from));
    }
    rows.instances = Read::of(&wanted.instances, rows.instances.found, |instance| instance.id);
    for some in chunks(&wanted.interfaces) {
        rows.interfaces.found.extend(interface::find_all(conn, &some).await?);
    }
    rows.interfaces = Read::of(&wanted.interfaces, rows.interfaces.found, |interface| interface.id);
    Ok(rows)
}

/// Everything there is little of.
pub(crate) async fn gather_shared<C: ConnectionTrait>(conn: &C) -> Result<Rows, DbErr> {
    Ok(Rows {
        clusters: Some(cluster::all(conn).await?),
        vpcs: Read::everything(vpc::Entity::find().all(conn).await?.into_iter().map(Vpc::from).collect()),
        subnets: Read::everything(subnet::Entity::find().all(conn).await?.into_iter().map(Subnet::from).collect()),
        groups: Read::everything(group::load(conn, Condition::all()).await?),
        route_tables: Read::everything(route_table::load(conn, Condition::all()).await?),
        network_acls: Read::everything(network_acl::load(conn, Condition::all()).await?),
        dhcp_options: Read::everything(dhcp_options::Entity::find().all(conn).await?.into_iter().map(DhcpOptions::from).collect()),
        nat_gateways: Read::everything(nat_gateway::load(conn, Condition::all()).await?),
        internet_gateways: Read::everything(internet_gateway::Entity::find().all(conn).await?.into_iter().map(InternetGateway::from).collect()),
        ..Rows::default()
    })
}

/// Every instance, page by page, in the order of their ids.
pub(crate) async fn gather_instances(conn: DatabaseConnection, pages: mpsc::Sender<Rows>) -> Result<(), DbErr> {
    let mut matching = is_kept();
    loop {
        let query = instance::Entity::find().filter(matching).order_by_asc(instance::Column::Id).limit(PAGE);
        let page: Vec<Instance> = query.all(&conn).await?.into_iter().map(Instance::from).collect();
        let Some(last) = page.last().map(|last| last.id) else { return Ok(()) };
        matching = is_kept().add(instance::Column::Id.gt(last));
        drop(pages.send(Rows { instances: Read::everything(page), ..Rows::default() }).await);
    }
}

/// Every interface, page by page, in the order of their ids.
pub(crate) async fn gather_interfaces(conn: DatabaseConnection, pages: mpsc::Sender<Rows>) -> Result<(), DbErr> {
    let mut matching = Condition::all();
    loop {
        let page = interface::load(&conn, matching, Some(PAGE)).await?;
        let Some(last) = page.last().map(|last| last.id) else { return Ok(()) };
        matching = Condition::all().add(Expr::col((interface::Entity, interface::Column::Id)).gt(last));
        drop(pages.send(Rows { interfaces: Read::everything(page), ..Rows::default() }).await);
    }
}

/// The number of the newest change there is.
pub(crate) async fn gather_newest<C: ConnectionTrait>(conn: &C) -> Result<ChangeId, DbErr> {
    let newest: Option<i64> =
        change::Entity::find().select_only().column(change::Column::Id).order_by_desc(change::Column::Id).limit(1).into_tuple().one(conn).await?;
    Ok(ChangeId(newest.unwrap_or(0)))
}

/// A terminated instance is only remembered for those who ask.
fn is_kept() -> Condition {
    Condition::all().add(instance::Column::State.ne(InstanceState::Terminated))
}

fn chunks<I: Copy>(ids: &BTreeSet<I>) -> Vec<Vec<I>> {
    let ids: Vec<I> = ids.iter().copied().collect();
    ids.chunks(MAX_BOUND).map(<[I]>::to_vec).collect()
}
