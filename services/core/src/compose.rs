//! Composes the network broadcast of a [`World`]: which entities are listed, and what is wrong with those that are not.
//!
//! Rules (from the seed's builder, with the fixes that its consumers need):
//! - An instance is listed until it is stopped or terminated. One without a primary interface, or without a security group
//!   on it, is omitted with a reason: consumers refuse a whole document for one such instance.
//! - An interface is listed under its instance while its attachment is attaching or attached. A detaching one disappears
//!   at once: that is what makes the cluster detach it.
//! - Ours: only a pending or running instance stands in its node's `instanceIds`. A stopping or shutting-down one is
//!   still in `instances` with its network, but on no node: that is how a cluster learns that it has to shut it down. The
//!   seed's clusters learnt it by a separate call.
//! - A VPC is listed when an interface in it has an attachment, in any state, to a listed instance, or a NAT gateway is at work in it;
//!   with all its subnets, ACLs, route tables and gateways, and its DHCP options beside them. Only routes that traffic can take are listed, and of those to interfaces only where the interface is;
//!   a route whose stored state is wrong is returned.
//! - A security group is listed when a listed instance uses it, or a rule of a group in a listed VPC refers to it. Rules
//!   that refer to groups that are not listed are left out.
//! - Everything is in the byte order of its id; interfaces too, not by device index.
//!
//! A [`Composer`] keeps the elements of instances between documents and renders again only those that the world says were
//! touched (design, principle 6). VPCs, groups and nodes, of which there are few, are composed anew each time.

mod fragment;
mod omission;
mod pages;
mod sections;
mod sent;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use multihome_broadcast::{
    AddressRange, AppliedVersion, Content, ContentHash, ContentHasher, Dialect, FragmentHash, Mido, Sink, write_document, write_instance,
};
use multihome_types::{Address, ChangeId, ClusterName, GroupId, InstanceId, InterfaceId, MacPrefix, NodeName, VpcId};

use crate::{
    route::RouteKey,
    world::{InstanceWithInterfaces, Touched, World},
};
use fragment::{Judged, Rules, Use, judge};
pub use omission::{EntryKey, Long, Omission};
use pages::Pages;
use sections::Frame;
pub use sent::{Next, Sent, worth_sending};

/// Which clusters and instances a document is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// One document for every cluster of the region, as the seed has it.
    #[default]
    Region,
    /// One cluster, its instances, and what they need.
    Cluster(ClusterName),
}

impl Scope {
    fn includes(self, cluster: ClusterName) -> bool {
        match self {
            Self::Region => true,
            Self::Cluster(name) => name == cluster,
        }
    }
}

/// What a document says that no entity does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address of the control plane, as network agents see it.
    pub controller: Address,
    /// The domain of private host names.
    pub dns_domain: String,
    /// The name servers of instances; 127.0.0.1 stands in where there is none, because consumers demand one.
    pub dns_servers: Vec<Address>,
    pub mac_prefix: MacPrefix,
    /// Whose consumers it is for.
    pub dialect: Dialect,
    /// The addresses that elastic ones are taken from.
    pub public_addresses: Vec<AddressRange>,
    /// How the fabric of MidoNet is tied to the world outside, where there is one.
    pub mido: Option<Mido>,
    /// How many interfaces besides the primary the nodes hold per instance. Those of Eucalyptus hold eight, in an array that
    /// they fill unchecked.
    pub most_secondaries: usize,
}

/// A composed document, and what was found on the way.
pub struct Composition<'a> {
    pub content: ContentHash,
    /// The last change that the document covers.
    pub revision: ChangeId,
    /// Routes, of all tables of the world, whose stored state or instance is wrong.
    pub invalid_routes: Vec<RouteKey>,
    /// What should be listed and cannot be: in the order of instance ids, then of those without a node, then of VPCs, and then of groups.
    /// Further addresses of interfaces are apart: there may be very many ([`Self::further_addresses`]).
    pub omitted: Vec<Omission>,
    instances: &'a Instances,
    rendered: &'a Rendered,
}

impl Composition<'_> {
    /// How many listed interfaces have addresses for which the document has no words.
    pub fn with_further_addresses(&self) -> usize {
        self.instances.with_further
    }

    /// Those, in the order of their instances' ids.
    pub fn further_addresses(&self) -> impl Iterator<Item = Omission> {
        let of_one = |(instance, tracked): (&InstanceId, &Tracked)| {
            let instance = *instance;
            tracked.with_further.clone().into_iter().map(move |interface| Omission::FurtherAddresses { instance, interface })
        };
        self.instances.tracked.iter().flat_map(of_one)
    }

    /// Appends the document, as it is for a cluster that has made `applied` real.
    pub fn write(&self, applied: Option<&AppliedVersion>, out: &mut Vec<u8>) {
        out.reserve(self.rendered.len() + 1024);
        self.write_pieces(applied, &mut |piece| out.extend_from_slice(piece));
    }

    /// Hands over the same document in pieces of some tens of kilobytes, for whoever compresses it.
    pub fn write_pieces(&self, applied: Option<&AppliedVersion>, sink: &mut Sink<'_>) {
        write_document(sink, &self.content.version(), applied, self.rendered);
    }
}

/// The sections of the document that was composed last.
#[derive(Default)]
struct Rendered {
    configuration: Vec<u8>,
    vpcs: Vec<u8>,
    instances: Pages<InstanceId>,
    dhcp_option_sets: Vec<u8>,
    internet_gateways: Vec<u8>,
    groups: Vec<u8>,
}

impl Rendered {
    fn len(&self) -> usize {
        [&self.configuration, &self.vpcs, &self.dhcp_option_sets, &self.internet_gateways, &self.groups].into_iter().map(Vec::len).sum::<usize>()
            + self.instances.len()
    }
}

impl Content for Rendered {
    fn configuration(&self, sink: &mut Sink<'_>) {
        sink(&self.configuration);
    }

    fn vpcs(&self, sink: &mut Sink<'_>) {
        sink(&self.vpcs);
    }

    fn instances(&self, sink: &mut Sink<'_>) {
        self.instances.chunks().for_each(sink);
    }

    fn dhcp_option_sets(&self, sink: &mut Sink<'_>) {
        sink(&self.dhcp_option_sets);
    }

    fn internet_gateways(&self, sink: &mut Sink<'_>) {
        sink(&self.internet_gateways);
    }

    fn security_groups(&self, sink: &mut Sink<'_>) {
        sink(&self.groups);
    }
}

/// Composes the documents of one scope, one after the other, always from the same [`World`].
pub struct Composer {
    scope: Scope,
    settings: Settings,
    /// How far the world's journal has been read.
    cursor: Option<u64>,
    instances: Instances,
    rendered: Rendered,
    scratch: Vec<u8>,
}

/// What is known about the instances that were judged, and the sums over them.
#[derive(Default)]
struct Instances {
    tracked: BTreeMap<InstanceId, Tracked>,
    omitted: BTreeMap<InstanceId, Vec<Omission>>,
    /// How many listed interfaces have addresses for which the document has no words.
    with_further: usize,
    /// How many listed instances have an interface in the VPC.
    vpcs: HashMap<VpcId, u32>,
    /// How many listed instances have an interface in the group.
    groups: HashMap<GroupId, u32>,
    /// Instances with an interface in a group that the world does not know.
    missing_groups: HashMap<GroupId, BTreeSet<InstanceId>>,
    /// In the order of their ids.
    nodes: HashMap<(ClusterName, NodeName), Vec<InstanceId>>,
}

struct Tracked {
    /// Whether it has an element.
    listed: bool,
    with_further: Box<[InterfaceId]>,
    uses: Box<[Use]>,
    node: Option<(ClusterName, NodeName)>,
}

impl Composer {
    pub fn new(scope: Scope, settings: Settings) -> Self {
        Self { scope, settings, cursor: None, instances: Instances::default(), rendered: Rendered::default(), scratch: Vec::new() }
    }

    /// The document of the world as it is now. The first one costs what the world holds, each later one what was touched
    /// since, and a pass over VPCs, groups, routes and nodes.
    pub fn compose(&mut self, world: &World) -> Composition<'_> {
        self.catch_up(world);
        let mut hasher = ContentHasher::default();
        let frame = Frame::new(world, self.scope, &self.settings, &self.instances);

        self.rendered.configuration.clear();
        sections::configuration(&mut self.rendered.configuration, &frame);
        hasher.section([FragmentHash::of(&self.rendered.configuration)]);

        self.rendered.vpcs.clear();
        let (vpcs, entries) = sections::vpcs(&mut self.rendered.vpcs, &frame);
        hasher.section(vpcs);

        hasher.section(self.rendered.instances.hashes());

        self.rendered.dhcp_option_sets.clear();
        hasher.section(sections::dhcp_option_sets(&mut self.rendered.dhcp_option_sets, &frame));
        self.rendered.internet_gateways.clear();
        hasher.section(sections::internet_gateways(&mut self.rendered.internet_gateways, &frame));

        self.rendered.groups.clear();
        let (groups, rules) = sections::groups(&mut self.rendered.groups, &frame);
        hasher.section(groups);

        let lost = sections::on_no_node(&frame);
        let long = if self.settings.dialect.has_room_for_long_ids() { Vec::new() } else { sections::with_long_ids(&frame) };
        Composition {
            content: hasher.finish(),
            revision: world.revision(),
            invalid_routes: sections::invalid_routes(world),
            omitted: self.instances.omitted.values().flatten().copied().chain(lost).chain(long).chain(entries).chain(rules).collect(),
            instances: &self.instances,
            rendered: &self.rendered,
        }
    }

    fn catch_up(&mut self, world: &World) {
        let touched = self.cursor.and_then(|cursor| world.touched_since(cursor)).and_then(|touched| self.affected(world, touched));
        match touched {
            Some(affected) => affected.into_iter().for_each(|id| self.refresh(world, id)),
            None => {
                self.instances = Instances::default();
                self.rendered.instances = Pages::default();
                world.instances().for_each(|(id, view)| self.judge(world, id, Some(view)));
            }
        }
        self.cursor = Some(world.cursor());
    }

    /// The instances whose elements may have to change; `None` if that may be all of them.
    fn affected(&self, world: &World, touched: impl Iterator<Item = Touched>) -> Option<BTreeSet<InstanceId>> {
        let mut affected = BTreeSet::new();
        for touched in touched {
            match touched {
                Touched::Instance(id) => {
                    affected.insert(id);
                }
                Touched::Group(id) => {
                    affected.extend(self.instances.missing_groups.get(&id).into_iter().flatten());
                    // A group in use is not deleted, so this is a world in disorder and not worth an index.
                    if world.group(id).is_none() && self.instances.groups.contains_key(&id) {
                        return None;
                    }
                }
            }
        }
        Some(affected)
    }

    fn rules(&self) -> Rules {
        Rules { scope: self.scope, most_secondaries: self.settings.most_secondaries, dialect: self.settings.dialect }
    }

    fn refresh(&mut self, world: &World, id: InstanceId) {
        self.instances.forget(id);
        self.judge(world, id, world.instance_with_interfaces(id));
    }

    fn judge(&mut self, world: &World, id: InstanceId, view: Option<InstanceWithInterfaces<'_>>) {
        let judged = view.and_then(|view| judge(world, self.rules(), id, view));
        match judged.as_ref().and_then(|judged| judged.element.as_ref()) {
            Some(element) => {
                self.scratch.clear();
                write_instance(&mut self.scratch, element);
                self.rendered.instances.put(id, &self.scratch);
            }
            None => self.rendered.instances.remove(id),
        }
        if let Some(Judged { element, omissions, with_further, uses, node }) = judged {
            let (with_further, uses) = (with_further.into_boxed_slice(), uses.into_boxed_slice());
            self.instances.track(id, Tracked { listed: element.is_some(), with_further, uses, node }, omissions);
        }
    }
}

/// Takes one from a count, and the count away with the last.
fn decrement<K: Eq + std::hash::Hash + Copy>(counts: &mut HashMap<K, u32>, key: K) {
    if let Some(count) = counts.get_mut(&key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

impl Instances {
    /// Whether the document has an element for the interface.
    fn lists(&self, world: &World, interface: InterfaceId) -> bool {
        let Some(attachment) = world.interface(interface).and_then(|interface| interface.attachment.as_ref()) else { return false };
        let omitted = |omissions: &Vec<Omission>| omissions.iter().any(|omission| omission.interface() == Some(interface));
        attachment.is_listed()
            && self.tracked.get(&attachment.instance).is_some_and(|tracked| tracked.listed)
            && !self.omitted.get(&attachment.instance).is_some_and(omitted)
    }

    fn track(&mut self, id: InstanceId, tracked: Tracked, omissions: Vec<Omission>) {
        for used in &tracked.uses {
            match *used {
                Use::Vpc(vpc) => *self.vpcs.entry(vpc).or_default() += 1,
                Use::Group(group) => *self.groups.entry(group).or_default() += 1,
                Use::MissingGroup(group) => {
                    self.missing_groups.entry(group).or_default().insert(id);
                }
            }
        }
        if let Some(node) = tracked.node {
            let members = self.nodes.entry(node).or_default();
            if let Err(place) = members.binary_search(&id) {
                members.insert(place, id);
            }
        }
        if !omissions.is_empty() {
            self.omitted.insert(id, omissions);
        }
        self.with_further += tracked.with_further.len();
        self.tracked.insert(id, tracked);
    }

    fn forget(&mut self, id: InstanceId) {
        let Some(tracked) = self.tracked.remove(&id) else { return };
        self.with_further -= tracked.with_further.len();
        for used in &tracked.uses {
            match *used {
                Use::Vpc(vpc) => decrement(&mut self.vpcs, vpc),
                Use::Group(group) => decrement(&mut self.groups, group),
                Use::MissingGroup(group) => {
                    if let Some(members) = self.missing_groups.get_mut(&group) {
                        members.remove(&id);
                        if members.is_empty() {
                            self.missing_groups.remove(&group);
                        }
                    }
                }
            }
        }
        if let Some(node) = tracked.node
            && let Some(members) = self.nodes.get_mut(&node)
        {
            members.retain(|member| *member != id);
            if members.is_empty() {
                self.nodes.remove(&node);
            }
        }
        self.omitted.remove(&id);
    }
}

#[cfg(test)]
mod tests;
