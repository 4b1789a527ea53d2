//! What a document says, as plain structs. The reader makes one of these; a test or a small tool can write one.
//!
//! A field that is not here yet (public addresses, ACLs, NAT gateways, DHCP options) is added beside the others when there
//! is an entity that can fill it; the writer already leaves its place.

use multihome_types::{
    AccountId, Address, AttachmentId, Cidr, ClusterName, DeviceIndex, GroupId, InstanceId, InterfaceId, Mac, MacPrefix, NodeName, RouteTableId,
    RouteTarget, RulePeer, SubnetId, Timestamp, VpcId, Zone,
};

use crate::{Content, ContentHash, ContentHasher, FragmentHash, Sink, write};

/// `network-data`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    pub version: String,
    /// The version that the cluster has made real, once that is known.
    pub applied: Option<AppliedVersion>,
    pub configuration: Configuration,
    pub vpcs: Vec<Vpc>,
    pub instances: Vec<Instance>,
    pub security_groups: Vec<SecurityGroup>,
}

impl Document {
    /// The document as consumers read it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write::write_document(&mut |piece| out.extend_from_slice(piece), &self.version, self.applied.as_ref(), self);
        out
    }

    /// The hash of everything but the version and the applied version.
    pub fn content(&self) -> ContentHash {
        let mut hasher = ContentHasher::default();
        hasher.section(hashes(std::slice::from_ref(&self.configuration), write::write_configuration));
        hasher.section(hashes(&self.vpcs, write::write_vpc));
        hasher.section(hashes(&self.instances, write::write_instance));
        hasher.section(hashes(&self.security_groups, write::write_security_group));
        hasher.finish()
    }
}

impl Content for Document {
    fn configuration(&self, sink: &mut Sink<'_>) {
        each(std::slice::from_ref(&self.configuration), write::write_configuration, sink);
    }

    fn vpcs(&self, sink: &mut Sink<'_>) {
        each(&self.vpcs, write::write_vpc, sink);
    }

    fn instances(&self, sink: &mut Sink<'_>) {
        each(&self.instances, write::write_instance, sink);
    }

    fn security_groups(&self, sink: &mut Sink<'_>) {
        each(&self.security_groups, write::write_security_group, sink);
    }
}

/// Hands over the element of each entity.
fn each<T>(entities: &[T], write: fn(&mut Vec<u8>, &T), sink: &mut Sink<'_>) {
    let mut element = Vec::new();
    for entity in entities {
        element.clear();
        write(&mut element, entity);
        sink(&element);
    }
}

/// The hash of each entity's element.
fn hashes<T>(entities: &[T], write: fn(&mut Vec<u8>, &T)) -> Vec<FragmentHash> {
    let mut hashes = Vec::with_capacity(entities.len());
    each(entities, write, &mut |element| hashes.push(FragmentHash::of(element)));
    hashes
}

/// `applied-version` and `applied-time`; the time is written in whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedVersion {
    pub version: String,
    pub time: Timestamp,
}

/// The mode is always `VPCMIDO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// `enabledCLCIp`
    pub controller: Address,
    /// `instanceDNSDomain`
    pub dns_domain: String,
    /// `instanceDNSServers`
    pub dns_servers: Vec<Address>,
    pub clusters: Vec<Cluster>,
}

/// A cluster: its own `subnet` and `privateIps` are constants in this mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    pub name: ClusterName,
    /// `enabledCCIp`
    pub address: Address,
    pub mac_prefix: MacPrefix,
    pub nodes: Vec<Node>,
}

/// A host, and the instances that are meant to run on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub name: NodeName,
    pub instances: Vec<InstanceId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vpc {
    pub id: VpcId,
    pub owner: AccountId,
    pub cidr: Cidr,
    pub subnets: Vec<Subnet>,
    pub route_tables: Vec<RouteTable>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    pub id: SubnetId,
    pub owner: AccountId,
    pub cidr: Cidr,
    /// The element is called `cluster`.
    pub zone: Zone,
    pub route_table: Option<RouteTableId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteTable {
    pub id: RouteTableId,
    pub owner: AccountId,
    /// Those that traffic can take: the document has no word for the others.
    pub routes: Vec<Route>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    pub destination: Cidr,
    pub target: RouteTarget,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    pub id: InstanceId,
    pub owner: AccountId,
    /// That of the primary interface, like `private_address` and `groups`.
    pub mac: Mac,
    pub private_address: Address,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub interfaces: Vec<NetworkInterface>,
    pub groups: Vec<GroupId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkInterface {
    pub id: InterfaceId,
    pub owner: AccountId,
    pub device_index: DeviceIndex,
    pub attachment: AttachmentId,
    pub mac: Mac,
    pub private_address: Address,
    pub source_dest_check: bool,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub groups: Vec<GroupId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    pub id: GroupId,
    pub owner: AccountId,
    pub ingress: Vec<Rule>,
    pub egress: Vec<Rule>,
}

/// One protocol from or to one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// IANA number, or -1 for all.
    pub protocol: i32,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
    pub icmp_type: Option<i32>,
    pub icmp_code: Option<i32>,
    pub peer: RulePeer,
}
