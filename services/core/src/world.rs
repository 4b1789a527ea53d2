//! The in-memory model that broadcasts are composed from: what the database says, brought up to date change by change.
//!
//! Rows are put as they are read, in any order: an instance may come before or after its interfaces, a group after those
//! that use it. An older generation than the one present is ignored, so reading a row twice or late does no harm. A put
//! costs what it changes and never what the world holds (design, principle 6); composers learn from a journal which
//! instances they have to look at again.
//!
//! Of instances and interfaces, which there may be hundreds of thousands of, only what a document needs is kept
//! ([`InstanceSnapshot`], [`InterfaceSnapshot`]): no user data, no descriptions.

mod journal;
mod snapshot;
mod waiting;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use multihome_types::{
    ChangeId, Cluster, ClusterName, DhcpOptions, DhcpOptionsId, Generation, Group, GroupId, Instance, InstanceId, Interface, InterfaceId,
    InternetGateway, InternetGatewayId, NatGateway, NatGatewayId, NatGatewayState, NetworkAcl, NetworkAclId, RouteTable, RouteTableId, RouteTarget,
    Subnet, SubnetId, Vpc, VpcId,
};

use crate::route::{AttachedTo, TargetFacts};
use journal::Journal;
pub use journal::Touched;
pub use snapshot::{AttachmentSnapshot, InstanceSnapshot, InterfaceSnapshot};
use waiting::Waiting;

/// What broadcasts are composed from. One world holds one region.
#[derive(Default)]
pub struct World {
    revision: ChangeId,
    clusters: BTreeMap<ClusterName, Cluster>,
    vpcs: BTreeMap<VpcId, Vpc>,
    subnets: BTreeMap<SubnetId, Subnet>,
    subnets_by_vpc: HashMap<VpcId, BTreeSet<SubnetId>>,
    route_tables: BTreeMap<RouteTableId, RouteTable>,
    route_tables_by_vpc: HashMap<VpcId, BTreeSet<RouteTableId>>,
    network_acls: BTreeMap<NetworkAclId, NetworkAcl>,
    network_acls_by_vpc: HashMap<VpcId, BTreeSet<NetworkAclId>>,
    dhcp_options: BTreeMap<DhcpOptionsId, DhcpOptions>,
    internet_gateways: BTreeMap<InternetGatewayId, InternetGateway>,
    nat_gateways: BTreeMap<NatGatewayId, NatGateway>,
    groups: BTreeMap<GroupId, Group>,
    slots: BTreeMap<InstanceId, Slot>,
    interfaces: HashMap<InterfaceId, Place>,
    waiting: Waiting,
    journal: Journal,
}

/// An instance with the interfaces that have an attachment to it, side by side in memory because they are read together.
#[derive(Default)]
struct Slot {
    /// `None` if so far only its interfaces are known.
    instance: Option<InstanceSnapshot>,
    /// In the order of their ids.
    interfaces: Vec<(InterfaceId, InterfaceSnapshot)>,
}

/// Where an interface is kept.
enum Place {
    On(InstanceId),
    Loose(Box<InterfaceSnapshot>),
}

/// An instance and the interfaces with an attachment to it, in any state, in the order of their ids.
#[derive(Clone, Copy)]
pub struct InstanceWithInterfaces<'a> {
    pub instance: &'a InstanceSnapshot,
    interfaces: &'a [(InterfaceId, InterfaceSnapshot)],
}

impl Slot {
    fn view(&self) -> Option<InstanceWithInterfaces<'_>> {
        Some(InstanceWithInterfaces { instance: self.instance.as_ref()?, interfaces: &self.interfaces })
    }
}

impl<'a> InstanceWithInterfaces<'a> {
    pub fn interfaces(self) -> impl Iterator<Item = (InterfaceId, &'a InterfaceSnapshot, &'a AttachmentSnapshot)> {
        self.interfaces.iter().filter_map(|(id, interface)| Some((*id, interface, interface.attachment.as_ref()?)))
    }
}

/// The changes of an index from a member's old place to its new one.
fn reindex<P: Eq + std::hash::Hash, M: Ord>(index: &mut HashMap<P, BTreeSet<M>>, old: Option<P>, new: Option<P>, member: M) {
    if old == new {
        return;
    }
    if let Some(old) = old
        && let Some(members) = index.get_mut(&old)
    {
        members.remove(&member);
        if members.is_empty() {
            index.remove(&old);
        }
    }
    if let Some(new) = new {
        index.entry(new).or_default().insert(member);
    }
}

fn is_older(incoming: Generation, present: Option<Generation>) -> bool {
    present.is_some_and(|present| incoming < present)
}

/// Every `put_*` answers whether the row was taken: `false` means that a newer generation was present already.
impl World {
    /// The last change that the world covers: every change up to it has been put.
    pub fn revision(&self) -> ChangeId {
        self.revision
    }

    /// Says that every change up to `revision` has been put. Never goes back.
    pub fn advance(&mut self, revision: ChangeId) {
        self.revision = self.revision.max(revision);
    }

    pub fn put_cluster(&mut self, mut cluster: Cluster) -> bool {
        if is_older(cluster.generation, self.clusters.get(&cluster.name).map(|present| present.generation)) {
            return false;
        }
        cluster.nodes.sort_unstable();
        cluster.nodes.dedup();
        self.clusters.insert(cluster.name, cluster);
        true
    }

    pub fn remove_cluster(&mut self, name: ClusterName) {
        self.clusters.remove(&name);
    }

    pub fn put_vpc(&mut self, vpc: Vpc) -> bool {
        let taken = !is_older(vpc.generation, self.vpcs.get(&vpc.id).map(|present| present.generation));
        if taken {
            self.vpcs.insert(vpc.id, vpc);
        }
        taken
    }

    pub fn remove_vpc(&mut self, id: VpcId) {
        self.vpcs.remove(&id);
    }

    pub fn put_subnet(&mut self, subnet: Subnet) -> bool {
        let present = self.subnets.get(&subnet.id);
        if is_older(subnet.generation, present.map(|present| present.generation)) {
            return false;
        }
        reindex(&mut self.subnets_by_vpc, present.map(|present| present.vpc), Some(subnet.vpc), subnet.id);
        self.subnets.insert(subnet.id, subnet);
        true
    }

    pub fn remove_subnet(&mut self, id: SubnetId) {
        if let Some(subnet) = self.subnets.remove(&id) {
            reindex(&mut self.subnets_by_vpc, Some(subnet.vpc), None, id);
        }
    }

    pub fn put_route_table(&mut self, table: RouteTable) -> bool {
        let present = self.route_tables.get(&table.id);
        if is_older(table.generation, present.map(|present| present.generation)) {
            return false;
        }
        reindex(&mut self.route_tables_by_vpc, present.map(|present| present.vpc), Some(table.vpc), table.id);
        self.route_tables.insert(table.id, table);
        true
    }

    pub fn remove_route_table(&mut self, id: RouteTableId) {
        if let Some(table) = self.route_tables.remove(&id) {
            reindex(&mut self.route_tables_by_vpc, Some(table.vpc), None, id);
        }
    }

    pub fn put_network_acl(&mut self, acl: NetworkAcl) -> bool {
        let present = self.network_acls.get(&acl.id);
        if is_older(acl.generation, present.map(|present| present.generation)) {
            return false;
        }
        reindex(&mut self.network_acls_by_vpc, present.map(|present| present.vpc), Some(acl.vpc), acl.id);
        self.network_acls.insert(acl.id, acl);
        true
    }

    pub fn remove_network_acl(&mut self, id: NetworkAclId) {
        if let Some(acl) = self.network_acls.remove(&id) {
            reindex(&mut self.network_acls_by_vpc, Some(acl.vpc), None, id);
        }
    }

    pub fn put_dhcp_options(&mut self, set: DhcpOptions) -> bool {
        let taken = !is_older(set.generation, self.dhcp_options.get(&set.id).map(|present| present.generation));
        if taken {
            self.dhcp_options.insert(set.id, set);
        }
        taken
    }

    pub fn remove_dhcp_options(&mut self, id: DhcpOptionsId) {
        self.dhcp_options.remove(&id);
    }

    pub fn put_internet_gateway(&mut self, gateway: InternetGateway) -> bool {
        let taken = !is_older(gateway.generation, self.internet_gateways.get(&gateway.id).map(|present| present.generation));
        if taken {
            self.internet_gateways.insert(gateway.id, gateway);
        }
        taken
    }

    pub fn remove_internet_gateway(&mut self, id: InternetGatewayId) {
        self.internet_gateways.remove(&id);
    }

    pub fn put_nat_gateway(&mut self, gateway: NatGateway) -> bool {
        let taken = !is_older(gateway.generation, self.nat_gateways.get(&gateway.id).map(|present| present.generation));
        if taken {
            self.nat_gateways.insert(gateway.id, gateway);
        }
        taken
    }

    pub fn remove_nat_gateway(&mut self, id: NatGatewayId) {
        self.nat_gateways.remove(&id);
    }

    pub fn put_group(&mut self, group: Group) -> bool {
        if is_older(group.generation, self.groups.get(&group.id).map(|present| present.generation)) {
            return false;
        }
        if !self.groups.contains_key(&group.id) {
            self.journal.push(Touched::Group(group.id));
        }
        self.groups.insert(group.id, group);
        true
    }

    pub fn remove_group(&mut self, id: GroupId) {
        if self.groups.remove(&id).is_some() {
            self.journal.push(Touched::Group(id));
        }
    }

    pub fn put_instance(&mut self, instance: &Instance) -> bool {
        let id = instance.id;
        let present = self.instance(id);
        if is_older(instance.generation, present.map(|present| present.generation)) {
            return false;
        }
        let awaited = present.and_then(InstanceSnapshot::awaited);
        let snapshot = InstanceSnapshot::of(instance);
        self.waiting.replace(waiting::What::Instance(id), awaited, snapshot.awaited());
        self.slots.entry(id).or_default().instance = Some(snapshot);
        self.journal.push(Touched::Instance(id));
        true
    }

    pub fn remove_instance(&mut self, id: InstanceId) {
        if let Some(slot) = self.slots.get_mut(&id)
            && let Some(removed) = slot.instance.take()
        {
            if slot.interfaces.is_empty() {
                self.slots.remove(&id);
            }
            self.waiting.replace(waiting::What::Instance(id), removed.awaited(), None);
            self.journal.push(Touched::Instance(id));
        }
    }

    /// Takes an interface with its attachment. Of two readings of the same generation of the interface, the one with
    /// the older generation of the same attachment, or with an attachment that was changed earlier, is ignored.
    pub fn put_interface(&mut self, interface: &Interface) -> bool {
        let snapshot = InterfaceSnapshot::of(interface);
        if self.interface(interface.id).is_some_and(|present| snapshot.is_older_than(present)) {
            return false;
        }
        self.replace_interface(interface.id, Some(snapshot));
        true
    }

    pub fn remove_interface(&mut self, id: InterfaceId) {
        self.replace_interface(id, None);
    }

    fn replace_interface(&mut self, id: InterfaceId, new: Option<InterfaceSnapshot>) {
        let attachment = |interface: &Option<InterfaceSnapshot>| interface.as_ref().and_then(|interface| interface.attachment);
        let awaited = |attachment: Option<AttachmentSnapshot>| attachment.and_then(AttachmentSnapshot::awaited);
        let old = self.take_interface(id);
        let (before, after) = (attachment(&old), attachment(&new));
        self.waiting.replace(waiting::What::Interface(id), awaited(before), awaited(after));

        let [left, joined] = [before, after].map(|attachment| attachment.map(|attachment| attachment.instance));
        if let Some(left) = left
            && Some(left) != joined
        {
            self.journal.push(Touched::Instance(left));
        }
        if let Some(joined) = joined {
            self.journal.push(Touched::Instance(joined));
        }
        match (new, joined) {
            (Some(new), Some(joined)) => {
                let members = &mut self.slots.entry(joined).or_default().interfaces;
                let place = members.partition_point(|(member, _)| *member < id);
                // Most instances have few interfaces for good: room for four would be half empty.
                members.reserve_exact(1);
                members.insert(place, (id, new));
                self.interfaces.insert(id, Place::On(joined));
            }
            (Some(new), None) => {
                self.interfaces.insert(id, Place::Loose(Box::new(new)));
            }
            (None, _) => {}
        }
    }

    fn take_interface(&mut self, id: InterfaceId) -> Option<InterfaceSnapshot> {
        let instance = match self.interfaces.remove(&id)? {
            Place::Loose(interface) => return Some(*interface),
            Place::On(instance) => instance,
        };
        let slot = self.slots.get_mut(&instance)?;
        let place = slot.interfaces.binary_search_by_key(&id, |(member, _)| *member).ok()?;
        let (_, interface) = slot.interfaces.remove(place);
        if slot.instance.is_none() && slot.interfaces.is_empty() {
            self.slots.remove(&instance);
        }
        Some(interface)
    }

    /// The newest change that `cluster` still has to be told of although the document may say nothing new: a detaching
    /// attachment, a pending, stopping or shutting-down instance. It completes when the cluster has applied this revision or a later one.
    pub fn awaited_revision(&self, cluster: ClusterName) -> Option<ChangeId> {
        self.waiting.newest(cluster)
    }

    pub fn clusters(&self) -> impl Iterator<Item = &Cluster> {
        self.clusters.values()
    }

    pub fn cluster(&self, name: ClusterName) -> Option<&Cluster> {
        self.clusters.get(&name)
    }

    pub fn vpc(&self, id: VpcId) -> Option<&Vpc> {
        self.vpcs.get(&id)
    }

    /// In the order of their ids.
    pub fn subnets_of(&self, vpc: VpcId) -> impl Iterator<Item = &Subnet> {
        self.subnets_by_vpc.get(&vpc).into_iter().flatten().filter_map(|id| self.subnets.get(id))
    }

    /// In the order of their ids.
    pub fn route_tables_of(&self, vpc: VpcId) -> impl Iterator<Item = &RouteTable> {
        self.route_tables_by_vpc.get(&vpc).into_iter().flatten().filter_map(|id| self.route_tables.get(id))
    }

    /// In the order of their ids.
    pub fn network_acls_of(&self, vpc: VpcId) -> impl Iterator<Item = &NetworkAcl> {
        self.network_acls_by_vpc.get(&vpc).into_iter().flatten().filter_map(|id| self.network_acls.get(id))
    }

    pub fn dhcp_options(&self, id: DhcpOptionsId) -> Option<&DhcpOptions> {
        self.dhcp_options.get(&id)
    }

    pub fn route_table(&self, id: RouteTableId) -> Option<&RouteTable> {
        self.route_tables.get(&id)
    }

    /// In the order of their ids.
    pub fn route_tables(&self) -> impl Iterator<Item = &RouteTable> {
        self.route_tables.values()
    }

    /// In the order of their ids.
    pub fn internet_gateways(&self) -> impl Iterator<Item = &InternetGateway> {
        self.internet_gateways.values()
    }

    /// In any state, in the order of their ids.
    pub fn nat_gateways(&self) -> impl Iterator<Item = &NatGateway> {
        self.nat_gateways.values()
    }

    pub fn group(&self, id: GroupId) -> Option<&Group> {
        self.groups.get(&id)
    }

    /// In the order of their ids.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    pub fn instance(&self, id: InstanceId) -> Option<&InstanceSnapshot> {
        self.slots.get(&id)?.instance.as_ref()
    }

    /// In the order of their ids.
    pub fn instances(&self) -> impl Iterator<Item = (InstanceId, InstanceWithInterfaces<'_>)> {
        self.slots.iter().filter_map(|(id, slot)| Some((*id, slot.view()?)))
    }

    pub fn instance_with_interfaces(&self, id: InstanceId) -> Option<InstanceWithInterfaces<'_>> {
        self.slots.get(&id)?.view()
    }

    pub fn interface(&self, id: InterfaceId) -> Option<&InterfaceSnapshot> {
        match self.interfaces.get(&id)? {
            Place::Loose(interface) => Some(interface),
            Place::On(instance) => {
                let members = &self.slots.get(instance)?.interfaces;
                let place = members.binary_search_by_key(&id, |(member, _)| *member).ok()?;
                Some(&members[place].1)
            }
        }
    }

    /// What is known about the target of a route.
    pub fn target_facts(&self, target: RouteTarget) -> TargetFacts {
        match target {
            RouteTarget::Local => TargetFacts::Local,
            RouteTarget::InternetGateway(id) => TargetFacts::InternetGateway(self.internet_gateways.get(&id).and_then(|gateway| gateway.vpc)),
            RouteTarget::NatGateway(id) => {
                TargetFacts::NatGateway { available: self.nat_gateways.get(&id).is_some_and(|gateway| gateway.state == NatGatewayState::Available) }
            }
            RouteTarget::Interface(id) => {
                let attachment = self.interface(id).and_then(|interface| interface.attachment.as_ref());
                TargetFacts::Interface(attachment.map(|attachment| AttachedTo {
                    instance: attachment.instance,
                    account: attachment.instance_account,
                    state: self.instance(attachment.instance).map(|instance| instance.state),
                }))
            }
        }
    }

    /// The present place in the journal: hand it to [`World::touched_since`] later.
    pub fn cursor(&self) -> u64 {
        self.journal.end()
    }

    /// What was touched since `cursor`, with repetitions; `None` if that is no longer known and everything has to be looked at.
    pub fn touched_since(&self, cursor: u64) -> Option<impl Iterator<Item = Touched>> {
        self.journal.since(cursor)
    }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
