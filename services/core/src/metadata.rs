//! What an instance is told about itself: the tree behind 169.254.169.254.
//!
//! The tree is made whole for one instance and then only looked up, so an entry is listed if and only if it can be fetched: a client
//! that crawls everything it is shown (cloud-init does) never meets a hole. Rules (spec: EC2's keys and formats):
//! - Every interface is listed from the moment it is attaching until it is detaching: before it appears in the instance, and no longer
//!   than it is there. Which ones those are is said by [`Guest::interfaces`].
//! - `public-*` keys exist only where there is a public address, `tags` only where the instance's options allow it, `user-data` and
//!   `public-keys` only where there are some.
//! - Every version directory holds the same tree: EC2's differ in keys that older clients do not ask for.
//!
//! Deliberately absent: HTTP, tokens, and who is asking.

mod document;
mod interfaces;

use std::collections::BTreeMap;

use multihome_types::{
    AccountId, Address, Cidr, DeviceIndex, GroupId, HostnameType, ImageId, InstanceId, InterfaceId, Ipv6Address, Ipv6Cidr, Mac, Region,
    ReservationId, SubnetId, Timestamp, VpcId, Zone,
};

use crate::{host_names::instance_name, zone_id::zone_id};

/// The versions that are listed, the newest last but for `latest`.
pub const VERSIONS: &[&str] =
    &["1.0", "2007-01-19", "2008-02-01", "2009-04-04", "2011-01-01", "2014-02-25", "2016-09-02", "2018-09-24", "2021-03-23", "2022-09-24", "latest"];

/// An instance as its metadata tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    pub id: InstanceId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub image: ImageId,
    pub instance_type: String,
    pub architecture: String,
    pub reservation: ReservationId,
    pub launch_index: i32,
    pub hostname_type: HostnameType,
    pub launched_at: Timestamp,
    /// Name and OpenSSH public key.
    pub key: Option<(String, String)>,
    /// As the caller gave it, decoded.
    pub user_data: Option<Vec<u8>>,
    /// `None`: not to be told.
    pub tags: Option<Vec<(String, String)>>,
    /// Those that it has, is getting, and is not losing; in any order.
    pub interfaces: Vec<GuestInterface>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestInterface {
    pub id: InterfaceId,
    pub account: AccountId,
    pub mac: Mac,
    pub device_index: DeviceIndex,
    /// The primary first.
    pub addresses: Vec<Address>,
    pub prefixes: Vec<Cidr>,
    pub ipv6_addresses: Vec<Ipv6Address>,
    pub ipv6_prefixes: Vec<Ipv6Cidr>,
    pub subnet: SubnetId,
    pub subnet_cidr: Cidr,
    pub subnet_ipv6_cidrs: Vec<Ipv6Cidr>,
    pub vpc: VpcId,
    /// The primary first.
    pub vpc_cidrs: Vec<Cidr>,
    pub vpc_ipv6_cidrs: Vec<Ipv6Cidr>,
    /// Ids and names.
    pub groups: Vec<(GroupId, String)>,
    pub public: Vec<GuestAssociation>,
}

/// A public address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuestAssociation {
    pub public: Address,
    pub private: Address,
    /// Where the VPC gives names.
    pub name: Option<String>,
}

/// What there is under a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry<'t> {
    Text(&'t str),
    Bytes(&'t [u8]),
    Json(&'t str),
}

/// Everything that one instance can ask for, below a version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// By path, without slashes at the ends. Directories too: what they list.
    entries: BTreeMap<String, Leaf>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Leaf {
    Text(String),
    Bytes(Vec<u8>),
    Json(String),
    Listing(String),
}

impl Tree {
    /// The tree of an instance.
    pub fn of(guest: &Guest) -> Self {
        let mut tree = Self::default();
        let primary = guest.interfaces.iter().find(|interface| interface.device_index == DeviceIndex::PRIMARY);
        tree.instance(guest);
        if let Some(primary) = primary {
            tree.primary(guest, primary);
        }
        for interface in &guest.interfaces {
            interfaces::put(&mut tree, guest, interface);
        }
        if let Some(user_data) = &guest.user_data {
            tree.entries.insert("user-data".to_owned(), Leaf::Bytes(user_data.clone()));
        }
        tree.entries.insert("dynamic/instance-identity/document".to_owned(), Leaf::Json(document::identity(guest, primary)));
        tree.list_directories();
        tree
    }

    /// What is at a path below a version, with or without a slash at its end.
    pub fn get(&self, path: &str) -> Option<Entry<'_>> {
        Some(match self.entries.get(path.strip_suffix('/').unwrap_or(path))? {
            // A leaf is not a directory.
            Leaf::Text(_) | Leaf::Bytes(_) | Leaf::Json(_) if path.ends_with('/') => return None,
            Leaf::Text(text) | Leaf::Listing(text) => Entry::Text(text),
            Leaf::Bytes(bytes) => Entry::Bytes(bytes),
            Leaf::Json(text) => Entry::Json(text),
        })
    }

    /// Every path at which something is, directories with a slash at their end: for tests and tools that crawl.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(|(path, leaf)| if matches!(leaf, Leaf::Listing(_)) { format!("{path}/") } else { path.clone() })
    }

    fn put(&mut self, path: &str, value: impl Into<String>) {
        self.entries.insert(format!("meta-data/{path}"), Leaf::Text(value.into()));
    }

    /// One value on each line; nothing where there is none.
    fn put_lines<T: ToString>(&mut self, path: &str, values: impl IntoIterator<Item = T>) {
        let lines: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        if !lines.is_empty() {
            self.put(path, lines.join("\n"));
        }
    }

    fn instance(&mut self, guest: &Guest) {
        self.put("ami-id", guest.image.to_string());
        self.put("ami-launch-index", guest.launch_index.to_string());
        self.put("ami-manifest-path", "(unknown)");
        self.put("instance-action", "none");
        self.put("instance-id", guest.id.to_string());
        self.put("instance-life-cycle", "on-demand");
        self.put("instance-type", guest.instance_type.as_str());
        self.put("placement/availability-zone", guest.zone.to_string());
        self.put("placement/availability-zone-id", zone_id(guest.region, guest.zone));
        self.put("placement/region", guest.region.to_string());
        self.put("profile", "default-hvm");
        self.put("reservation-id", guest.reservation.to_string());
        self.put("services/domain", "amazonaws.com");
        self.put("services/partition", "aws");
        if let Some((name, key)) = &guest.key {
            self.put("public-keys/0/openssh-key", key.trim_end());
            // The listing that EC2 has here names the key and not the entry.
            self.entries.insert("meta-data/public-keys".to_owned(), Leaf::Listing(format!("0={name}")));
        }
        for (key, value) in guest.tags.iter().flatten() {
            // A key with a slash or a blank could not be asked for: EC2 refuses such tags on instances that tell theirs.
            if is_plain_tag(key) {
                self.put(&format!("tags/instance/{key}"), value.as_str());
            }
        }
    }

    /// What stands at the top for the primary interface.
    fn primary(&mut self, guest: &Guest, primary: &GuestInterface) {
        if let Some(address) = primary.addresses.first() {
            let name = instance_name((guest.id, guest.region), guest.hostname_type, *address);
            self.put("hostname", name.as_str());
            self.put("local-hostname", name);
            self.put("local-ipv4", address.to_string());
        }
        self.put("mac", primary.mac.to_string());
        self.put_lines("security-groups", primary.groups.iter().map(|(_, name)| name));
        if let Some(association) = primary.addresses.first().and_then(|first| primary.public.iter().find(|association| association.private == *first))
        {
            self.put("public-ipv4", association.public.to_string());
            if let Some(name) = &association.name {
                self.put("public-hostname", name.as_str());
            }
        }
        self.put_lines("ipv6", primary.ipv6_addresses.first());
    }

    /// A directory for every part of a path that leads to something.
    fn list_directories(&mut self) {
        let mut listed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in self.entries.keys() {
            let mut rest = path.as_str();
            let mut is_directory = false;
            loop {
                let (parent, name) = rest.rsplit_once('/').unwrap_or(("", rest));
                let entry = if is_directory { format!("{name}/") } else { name.to_owned() };
                let entries = listed.entry(parent.to_owned()).or_default();
                if !entries.contains(&entry) {
                    entries.push(entry);
                }
                if parent.is_empty() {
                    break;
                }
                (rest, is_directory) = (parent, true);
            }
        }
        for (directory, mut entries) in listed {
            // What was put as a listing of its own, as a directory of its parent.
            entries.retain(|entry| entry.ends_with('/') || !entries_contain_directory(&self.entries, &directory, entry));
            entries.sort_unstable();
            entries.dedup();
            self.entries.entry(directory).or_insert_with(|| Leaf::Listing(entries.join("\n")));
        }
    }
}

/// Whether the entry is a directory whose listing was put by hand; its children bring it into the list with a slash.
fn entries_contain_directory(entries: &BTreeMap<String, Leaf>, directory: &str, entry: &str) -> bool {
    let path = if directory.is_empty() { entry.to_owned() } else { format!("{directory}/{entry}") };
    matches!(entries.get(&path), Some(Leaf::Listing(_)))
}

/// Source: the EC2 user guide, "Work with instance tags in instance metadata".
pub(crate) fn is_plain_tag(key: &str) -> bool {
    !key.is_empty()
        && key != "."
        && key != ".."
        && key != "_index"
        && key.chars().all(|character| character.is_ascii_alphanumeric() || "+-=._:@,".contains(character))
}

#[cfg(test)]
mod tests;
