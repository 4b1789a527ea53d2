//! An interface as replies show it, and what replies say of it that is not in its own row.

use std::{
    collections::{HashMap, HashSet},
    num::ParseIntError,
};

use multihome_core::{
    host_names::private_name,
    nat_gateway::{REQUESTER, shown_attachment},
};
use multihome_ec2::{
    Operator, Tag,
    network_interface::{GroupIdentifier, Ipv4Prefix, Ipv6Address, Ipv6Prefix, NetworkInterface, NetworkInterfaceAttachment, PrivateIpAddress},
};
use multihome_entities::{interface, place};
use multihome_types::{Address, Attachment, AttachmentState, GroupId, Interface, InterfaceKind, VpcId};
use sea_orm::{ConnectionTrait, DbErr, Statement, Value};

use crate::operations::availability_zones::zone_id;

/// The tags of some resources, the names of groups, which VPCs name their hosts, and how many processors types of instances have.
#[derive(Debug, Default)]
pub(in crate::operations) struct Surroundings {
    tags: HashMap<String, Vec<Tag>>,
    groups: HashMap<GroupId, String>,
    with_names: HashSet<VpcId>,
    processors: HashMap<String, i32>,
}

/// How many ids of each kind one statement looks for.
const BATCH: usize = 4_000;

impl Surroundings {
    /// What is known from making something, so that nothing has to be read back.
    pub(in crate::operations) fn new(groups: impl IntoIterator<Item = (GroupId, String)>, with_names: impl IntoIterator<Item = VpcId>) -> Self {
        Self { groups: groups.into_iter().collect(), with_names: with_names.into_iter().collect(), ..Self::default() }
    }

    /// What was read with an interface.
    pub(super) fn of(interface: &Interface, around: interface::Around) -> Self {
        let mut found = Self::new(around.groups, around.vpc_names_hosts.then_some(interface.vpc));
        found.tag(interface.id.to_string(), around.tags.into_iter().map(|(key, value)| Tag { key, value }).collect());
        found
    }

    pub(in crate::operations) fn tag(&mut self, resource: String, mut tags: Vec<Tag>) {
        tags.sort_unstable();
        self.tags.insert(resource, tags);
    }

    /// Everything that replies say of some interfaces, and the tags of other resources. One statement for up to [`BATCH`] of them: what a
    /// describe by id costs is statements.
    pub(in crate::operations) async fn gather<C: ConnectionTrait>(conn: &C, interfaces: &[Interface], tagged: Vec<String>) -> Result<Self, DbErr> {
        Self::gather_with_types(conn, interfaces, tagged, HashSet::new()).await
    }

    /// As [`gather`](Self::gather), and in the same statement what is said of the types of instances.
    pub(in crate::operations) async fn gather_with_types<C: ConnectionTrait>(
        conn: &C,
        interfaces: &[Interface],
        tagged: Vec<String>,
        types: HashSet<String>,
    ) -> Result<Self, DbErr> {
        let mut found = Self::default();
        let groups: HashSet<GroupId> = interfaces.iter().flat_map(|interface| interface.groups.iter().copied()).collect();
        let vpcs: HashSet<VpcId> = interfaces.iter().map(|interface| interface.vpc).collect();
        let mut resources = tagged.into_iter();
        let mut groups = groups.into_iter().map(|id| id.to_string());
        let mut vpcs = vpcs.into_iter().map(|id| id.to_string());
        let mut types = types.into_iter();
        loop {
            let some: [Vec<String>; 4] = [
                resources.by_ref().take(BATCH).collect(),
                groups.by_ref().take(BATCH).collect(),
                vpcs.by_ref().take(BATCH).collect(),
                types.by_ref().take(BATCH).collect(),
            ];
            if some.iter().all(Vec::is_empty) {
                break;
            }
            found.read(conn, some).await?;
        }
        for tags in found.tags.values_mut() {
            tags.sort_unstable();
        }
        Ok(found)
    }

    async fn read<C: ConnectionTrait>(&mut self, conn: &C, ids: [Vec<String>; 4]) -> Result<(), DbErr> {
        const PARTS: [&str; 4] = [
            "SELECT 'tag', resource, key, value FROM tags WHERE resource IN (",
            "SELECT 'group', id, name, '' FROM groups WHERE id IN (",
            "SELECT 'vpc', id, '', '' FROM vpcs WHERE dns_hostnames AND id IN (",
            "SELECT 'type', name, CAST(cpu AS TEXT), '' FROM instance_types WHERE name IN (",
        ];
        let backend = conn.get_database_backend();
        let mut sql = String::new();
        let mut values: Vec<Value> = Vec::new();
        for (part, ids) in PARTS.into_iter().zip(ids).filter(|(_, ids)| !ids.is_empty()) {
            sql.push_str(if sql.is_empty() { "" } else { " UNION ALL " });
            sql.push_str(part);
            let from = values.len();
            values.extend(ids.into_iter().map(Value::from));
            let places: Vec<String> = (from + 1..=values.len()).map(|number| place(backend, number)).collect();
            sql.push_str(&places.join(", "));
            sql.push(')');
        }
        for row in conn.query_all_raw(Statement::from_sql_and_values(backend, sql, values)).await? {
            let (kind, id, name): (String, String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let unreadable = |why: multihome_types::InvalidId| DbErr::Type(why.to_string());
            match &*kind {
                "tag" => self.tags.entry(id).or_default().push(Tag { key: name, value: row.try_get_by_index(3)? }),
                "group" => drop(self.groups.insert(id.parse().map_err(unreadable)?, name)),
                "type" => drop(self.processors.insert(id, name.parse().map_err(|why: ParseIntError| DbErr::Type(why.to_string()))?)),
                _ => drop(self.with_names.insert(id.parse().map_err(unreadable)?)),
            }
        }
        Ok(())
    }

    pub(in crate::operations) fn tags_of(&self, resource: &str) -> Vec<Tag> {
        self.tags.get(resource).cloned().unwrap_or_default()
    }

    /// How many processors a type has now. Only of types that were asked for.
    pub(in crate::operations) fn processors_of(&self, instance_type: &str) -> Option<i32> {
        self.processors.get(instance_type).copied()
    }

    /// The name of the host at the primary address, where the VPC names its hosts.
    pub(in crate::operations) fn name_of(&self, interface: &Interface) -> Option<String> {
        self.name_at(interface, interface.address)
    }

    /// The name of the host at one of an interface's addresses, where the VPC names its hosts.
    pub(in crate::operations) fn name_at(&self, interface: &Interface, address: Address) -> Option<String> {
        self.names_hosts_of(interface).then(|| private_name(address, interface.region))
    }

    fn show_address(&self, interface: &Interface, address: Address) -> PrivateIpAddress {
        PrivateIpAddress {
            association: self.association_of(interface, address),
            primary: address == interface.address,
            private_dns_name: self.name_at(interface, address),
            private_ip_address: address.to_string(),
        }
    }

    /// Whether the interface's VPC names its hosts.
    pub(super) fn names_hosts_of(&self, interface: &Interface) -> bool {
        self.with_names.contains(&interface.vpc)
    }

    pub(super) fn show(&self, interface: &Interface) -> NetworkInterface {
        let id = interface.id.to_string();
        let private_ip_address = interface.address.to_string();
        let private_dns_name = self.name_of(interface);
        NetworkInterface {
            association: self.association_of(interface, interface.address),
            attachment: interface.attachment.as_ref().map(attachment_shown).or_else(|| managed_attachment(interface)),
            availability_zone: interface.zone.to_string(),
            description: interface.description.clone(),
            groups: groups_shown(interface, self),
            interface_type: kind_shown(interface.kind),
            ipv6_addresses: ipv6_shown(interface),
            mac_address: interface.mac.to_string(),
            owner_id: interface.account.to_string(),
            private_ip_addresses: interface.addresses().map(|address| self.show_address(interface, address)).collect(),
            private_dns_name,
            private_ip_address,
            ipv4_prefixes: prefixes_shown(interface),
            ipv6_prefixes: ipv6_prefixes_shown(interface),
            requester_id: requester_id(interface.kind),
            requester_managed: is_managed(interface.kind),
            source_dest_check: interface.source_dest_check,
            status: interface.status().to_string(),
            subnet_id: interface.subnet.to_string(),
            tags: self.tags_of(&id),
            vpc_id: interface.vpc.to_string(),
            operator: Operator { managed: false },
            availability_zone_id: Some(zone_id(interface.region, interface.zone)),
            network_interface_id: id,
        }
    }
}

/// The prefixes of an interface: nothing at all where there are none.
pub(in crate::operations) fn prefixes_shown(interface: &Interface) -> Option<Vec<Ipv4Prefix>> {
    let shown: Vec<Ipv4Prefix> = interface.assigned.prefixes.iter().map(|prefix| Ipv4Prefix { ipv4_prefix: prefix.to_string() }).collect();
    Some(shown).filter(|shown| !shown.is_empty())
}

pub(in crate::operations) fn ipv6_shown(interface: &Interface) -> Vec<Ipv6Address> {
    interface.assigned.ipv6_addresses.iter().map(|address| Ipv6Address { ipv6_address: address.to_string() }).collect()
}

/// As [`prefixes_shown`].
pub(in crate::operations) fn ipv6_prefixes_shown(interface: &Interface) -> Option<Vec<Ipv6Prefix>> {
    let shown: Vec<Ipv6Prefix> = interface.assigned.ipv6_prefixes.iter().map(|prefix| Ipv6Prefix { ipv6_prefix: prefix.to_string() }).collect();
    Some(shown).filter(|shown| !shown.is_empty())
}

/// The groups of an interface with their names, in the order of their ids.
pub(in crate::operations) fn groups_shown(interface: &Interface, around: &Surroundings) -> Vec<GroupIdentifier> {
    let shown = |id: &GroupId| GroupIdentifier { group_id: id.to_string(), group_name: around.groups.get(id).cloned().unwrap_or_default() };
    interface.groups.iter().map(shown).collect()
}

/// The form that EC2 answers with and filters by; its documents and the broadcast have another.
pub(in crate::operations) fn kind_shown(kind: InterfaceKind) -> String {
    match kind {
        InterfaceKind::Interface | InterfaceKind::Efa => kind.to_string(),
        InterfaceKind::NatGateway => "nat_gateway".to_owned(),
    }
}

fn is_managed(kind: InterfaceKind) -> bool {
    match kind {
        InterfaceKind::Interface | InterfaceKind::Efa => false,
        InterfaceKind::NatGateway => true,
    }
}

fn requester_id(kind: InterfaceKind) -> Option<String> {
    is_managed(kind).then(|| REQUESTER.to_owned())
}

/// What an interface that the cloud has for itself is shown to be attached by.
fn managed_attachment(interface: &Interface) -> Option<NetworkInterfaceAttachment> {
    is_managed(interface.kind).then(|| NetworkInterfaceAttachment {
        attach_time: interface.created.into(),
        attachment_id: shown_attachment(interface.id),
        delete_on_termination: false,
        device_index: 1,
        network_card_index: 0,
        instance_id: None,
        instance_owner_id: REQUESTER.to_owned(),
        status: AttachmentState::Attached.to_string(),
    })
}

pub(super) fn attachment_shown(attachment: &Attachment) -> NetworkInterfaceAttachment {
    NetworkInterfaceAttachment {
        attach_time: attachment.attached_at.into(),
        attachment_id: attachment.id.to_string(),
        delete_on_termination: attachment.delete_on_termination,
        device_index: u32::from(attachment.device_index.0),
        network_card_index: 0,
        instance_id: Some(attachment.instance.to_string()),
        instance_owner_id: attachment.instance_account.to_string(),
        status: attachment.state.to_string(),
    }
}
