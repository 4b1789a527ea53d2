//! What the database says, in memory: enough of it to answer for every instance, and who is behind which address.
//!
//! The tree of an instance is made when somebody asks and kept until something of it changes, so memory follows what is asked for.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use multihome_core::metadata::Tree;
use multihome_types::{Address, AttachmentState, GroupId, Instance, InstanceId, Interface, InterfaceId, Subnet, SubnetId, VpcId};

use crate::rows::{Rows, VpcFacts};

mod guest;

/// How many trees are kept at most: some kilobytes each.
const MOST_TREES: usize = 10_000;

/// One view, shared by whoever answers and the one who follows the log.
#[derive(Default)]
pub(crate) struct Views(RwLock<View>);

#[derive(Default)]
pub(crate) struct View {
    vpcs: HashMap<VpcId, VpcFacts>,
    subnets: HashMap<SubnetId, Subnet>,
    groups: HashMap<GroupId, String>,
    instances: HashMap<InstanceId, Resident>,
    interfaces: HashMap<InterfaceId, Interface>,
    on: HashMap<InstanceId, BTreeSet<InterfaceId>>,
    sources: HashMap<(VpcId, Address), (InterfaceId, InstanceId)>,
    trees: HashMap<InstanceId, Arc<Tree>>,
}

/// An instance and its tags.
#[derive(Clone, Debug)]
pub(crate) struct Resident {
    pub instance: Instance,
    pub tags: Vec<(String, String)>,
}

/// What an instance's options say of its metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub enabled: bool,
    pub token_required: bool,
    pub hop_limit: u32,
}

impl Views {
    fn read(&self) -> RwLockReadGuard<'_, View> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, View> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who has an address of a VPC.
    pub(crate) fn at(&self, vpc: VpcId, address: Address) -> Option<InstanceId> {
        self.read().sources.get(&(vpc, address)).map(|(_, instance)| *instance)
    }

    pub(crate) fn has(&self, instance: InstanceId) -> bool {
        self.read().instances.contains_key(&instance)
    }

    pub(crate) fn options(&self, instance: InstanceId) -> Option<Options> {
        self.read().instances.get(&instance).map(|resident| guest::options(&resident.instance))
    }

    /// Everything that the instance can ask for.
    pub(crate) fn tree(&self, instance: InstanceId) -> Option<Arc<Tree>> {
        if let Some(tree) = self.read().trees.get(&instance) {
            return Some(tree.clone());
        }
        self.write().make_tree(instance)
    }

    pub(crate) fn take(&self, rows: Rows) {
        self.write().take(rows);
    }
}

impl View {
    fn make_tree(&mut self, instance: InstanceId) -> Option<Arc<Tree>> {
        if let Some(tree) = self.trees.get(&instance) {
            return Some(tree.clone());
        }
        let tree = Arc::new(Tree::of(&self.guest(instance)?));
        if self.trees.len() >= MOST_TREES {
            self.trees.clear();
        }
        self.trees.insert(instance, tree.clone());
        Some(tree)
    }

    pub(crate) fn take(&mut self, rows: Rows) {
        let Rows { vpcs, subnets, groups, instances, interfaces } = rows;
        // These are in the trees of nobody knows whom, and change seldom.
        if !(vpcs.is_empty() && subnets.is_empty() && groups.is_empty()) {
            self.trees.clear();
        }
        for (id, vpc) in vpcs.found {
            self.vpcs.insert(id, vpc);
        }
        for subnet in subnets.found {
            self.subnets.insert(subnet.id, subnet);
        }
        self.groups.extend(groups.found);
        for resident in instances.found {
            self.trees.remove(&resident.instance.id);
            self.instances.insert(resident.instance.id, resident);
        }
        for interface in interfaces.found {
            self.replace(interface.id, Some(interface));
        }
        interfaces.gone.into_iter().for_each(|id| self.replace(id, None));
        for id in instances.gone {
            self.trees.remove(&id);
            self.instances.remove(&id);
        }
        for id in groups.gone {
            self.groups.remove(&id);
        }
        for id in subnets.gone {
            self.subnets.remove(&id);
        }
        for id in vpcs.gone {
            self.vpcs.remove(&id);
        }
    }

    fn replace(&mut self, id: InterfaceId, new: Option<Interface>) {
        if let Some(old) = self.interfaces.remove(&id)
            && let Some(instance) = told_to(&old)
        {
            self.trees.remove(&instance);
            if let Some(members) = self.on.get_mut(&instance) {
                members.remove(&id);
                if members.is_empty() {
                    self.on.remove(&instance);
                }
            }
            for address in guest::sources(&old) {
                // One that moved to another interface is that one's already if its instance was told of first.
                let source = (old.vpc, address);
                if self.sources.get(&source).is_some_and(|(of, _)| *of == id) {
                    self.sources.remove(&source);
                }
            }
        }
        let Some(new) = new else { return };
        // One that is on nothing is nobody's to ask for.
        if let Some(instance) = told_to(&new) {
            self.trees.remove(&instance);
            self.on.entry(instance).or_default().insert(id);
            for address in guest::sources(&new) {
                self.sources.insert((new.vpc, address), (id, instance));
            }
            self.interfaces.insert(id, new);
        }
    }
}

/// The instance that is told of an interface: from when it is attaching, which is before the interface appears in it, until it is
/// detaching, which is before it disappears.
fn told_to(interface: &Interface) -> Option<InstanceId> {
    let attachment = interface.attachment.as_ref()?;
    match attachment.state {
        AttachmentState::Attaching | AttachmentState::Attached => Some(attachment.instance),
        AttachmentState::Detaching => None,
    }
}

#[cfg(test)]
mod tests;
