//! What a document says, as plain structs. The reader makes one of these; a test or a small tool can write one.
//!
//! Everything that the 4.3 and 4.4 models have in VPC mode is here. What an entity of ours has beyond that (IPv6, secondary
//! addresses) the document cannot say.

use multihome_types::{
    AccountId, AclAction, Address, AttachmentId, Cidr, ClusterName, DeviceIndex, DhcpOptionsId, GroupId, InstanceId, InterfaceId, InternetGatewayId,
    Mac, MacPrefix, NatGatewayId, NetworkAclId, NodeName, RouteTableId, RouteTarget, SubnetId, Timestamp, VpcId, Zone,
};

use crate::{Content, ContentHash, ContentHasher, Dialect, FragmentHash, Sink, mido::Mido, write};

/// `network-data`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// In whose dialect it is written. A reader understands both and cannot tell: it answers the newer one.
    pub dialect: Dialect,
    pub version: String,
    /// The version that the cluster has made real, once that is known.
    pub applied: Option<AppliedVersion>,
    pub configuration: Configuration,
    pub vpcs: Vec<Vpc>,
    pub instances: Vec<Instance>,
    pub dhcp_option_sets: Vec<DhcpOptionSet>,
    pub internet_gateways: Vec<InternetGateway>,
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
        hasher.section(hashes(&self.dhcp_option_sets, write::write_dhcp_option_set));
        hasher.section(hashes(&self.internet_gateways, write::write_internet_gateway));
        hasher.section(hashes(&self.security_groups, |out, group| write::write_security_group(out, group, self.dialect)));
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

    fn dhcp_option_sets(&self, sink: &mut Sink<'_>) {
        each(&self.dhcp_option_sets, write::write_dhcp_option_set, sink);
    }

    fn internet_gateways(&self, sink: &mut Sink<'_>) {
        each(&self.internet_gateways, write::write_internet_gateway, sink);
    }

    fn security_groups(&self, sink: &mut Sink<'_>) {
        each(&self.security_groups, |out, group| write::write_security_group(out, group, self.dialect), sink);
    }
}

/// Hands over the element of each entity.
fn each<T>(entities: &[T], write: impl Fn(&mut Vec<u8>, &T), sink: &mut Sink<'_>) {
    let mut element = Vec::new();
    for entity in entities {
        element.clear();
        write(&mut element, entity);
        sink(&element);
    }
}

/// The hash of each entity's element.
fn hashes<T>(entities: &[T], write: impl Fn(&mut Vec<u8>, &T)) -> Vec<FragmentHash> {
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
    /// `publicIps`: the addresses that elastic ones are taken from. Left out where there are none.
    pub public_addresses: Vec<AddressRange>,
    /// `enabledCLCIp`
    pub controller: Address,
    /// `instanceDNSDomain`
    pub dns_domain: String,
    /// `instanceDNSServers`
    pub dns_servers: Vec<Address>,
    /// What MidoNet's agent needs to know of its gateways. Left out where it is not configured.
    pub mido: Option<Mido>,
    pub clusters: Vec<Cluster>,
}

/// Addresses from one to another, both included. One address is a range of its own: `10.0.0.7`, and otherwise `10.0.0.7-10.0.0.9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    pub first: Address,
    pub last: Address,
}

impl std::fmt::Display for AddressRange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.first == self.last { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

impl std::str::FromStr for AddressRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = Self { first: first.parse()?, last: last.parse()? };
        if range.first > range.last { Err(format!("the range '{text}' ends before it begins")) } else { Ok(range) }
    }
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
    pub dhcp_option_set: Option<DhcpOptionsId>,
    pub subnets: Vec<Subnet>,
    pub network_acls: Vec<NetworkAcl>,
    pub route_tables: Vec<RouteTable>,
    pub nat_gateways: Vec<NatGateway>,
    pub internet_gateways: Vec<InternetGatewayId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    pub id: SubnetId,
    pub owner: AccountId,
    pub cidr: Cidr,
    /// The element is called `cluster`.
    pub zone: Zone,
    pub network_acl: Option<NetworkAclId>,
    pub route_table: Option<RouteTableId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkAcl {
    pub id: NetworkAclId,
    pub owner: AccountId,
    /// By number.
    pub ingress: Vec<AclEntry>,
    /// By number.
    pub egress: Vec<AclEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AclEntry {
    /// 1 to 32767.
    pub number: u16,
    /// IANA number, or -1 for all. Consumers refuse a document with protocol 0.
    pub protocol: i32,
    pub action: AclAction,
    pub cidr: Cidr,
    pub icmp_code: Option<i32>,
    pub icmp_type: Option<i32>,
    pub from_port: Option<i32>,
    pub to_port: Option<i32>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatGateway {
    pub id: NatGatewayId,
    pub owner: AccountId,
    pub mac: Option<Mac>,
    pub public_address: Option<Address>,
    pub private_address: Address,
    pub vpc: VpcId,
    pub subnet: SubnetId,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DhcpOptionSet {
    pub id: DhcpOptionsId,
    pub owner: AccountId,
    /// Names (`domain-name`, …) and their values.
    pub options: Vec<(String, Vec<String>)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InternetGateway {
    pub id: InternetGatewayId,
    pub owner: AccountId,
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
    pub public_address: Option<Address>,
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
    pub public_address: Option<Address>,
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

/// The other side of a rule. There is no IPv6: consumers take every block for an IPv4 one, and one that is none for 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulePeer {
    Cidr(Cidr),
    Group { id: GroupId, account: AccountId },
}
