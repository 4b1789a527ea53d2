//! The vocabulary of Multihome: ids, states, addresses and the rows every service agrees on.
//!
//! Data only: no rule, no I/O. One enum serves the wire, the row and the XML document (convention 4), so a state
//! cannot be spelled in two ways. Deliberately absent: anything that decides; that is `services/core`.

mod account;
mod address;
mod attachment;
mod change;
mod cluster;
mod dhcp_options;
mod elastic_address;
mod gateway;
mod group;
mod id;
mod image;
mod instance;
mod instance_type;
mod interface;
mod interface_permission;
mod ipv6;
mod key_pair;
mod mac;
mod nat_gateway;
mod network_acl;
mod quota;
mod refusal;
mod route;
mod subnet;
mod tag;
mod text;
mod timestamp;
mod vpc;

pub use account::{AccessKeyStatus, AccountId, ClusterName, NodeName, Region, Zone};
pub use address::{Address, AddressOwner, Cidr, PrivateAddress};
pub use attachment::{Attachment, AttachmentState};
pub use change::{Change, ChangeId, DeviceIndex, EntityKind, Generation};
pub use cluster::{Applied, Cluster};
pub use dhcp_options::{DhcpOption, DhcpOptions};
pub use elastic_address::{AddressAssociation, ElasticAddress};
pub use gateway::InternetGateway;
pub use group::{Group, GroupRule, RulePeer};
pub use id::{
    AddressAssociationId, AllocationId, AttachmentId, CidrAssociationId, DhcpOptionsId, Digits, GroupId, GroupRuleId, IdLength, ImageId, InstanceId,
    InterfaceId, InterfacePermissionId, InternetGatewayId, InvalidId, KeyPairId, NatGatewayId, NetworkAclAssociationId, NetworkAclId, ReservationId,
    ResourceId, RouteTableAssociationId, RouteTableId, SubnetCidrAssociationId, SubnetId, VpcId,
};
pub use image::{BootMode, Image};
pub use instance::{HostnameOptions, Instance, InstanceAttributes, InstanceState, MetadataOptions, MetadataTokens, ShutdownBehavior, StateReason};
pub use instance_type::{Architecture, InstanceType};
pub use interface::{Assigned, Interface, InterfaceKind, InterfaceStatus};
pub use interface_permission::{InterfacePermission, InterfacePermissionKind};
pub use ipv6::{Ipv6Address, Ipv6Cidr};
pub use key_pair::{KeyKind, KeyPair};
pub use mac::{Mac, MacPrefix};
pub use nat_gateway::{Connectivity, NatGateway, NatGatewayState, NatInterface, NatPublicAddress};
pub use network_acl::{AclAction, IcmpTypeCode, NetworkAcl, NetworkAclEntry, PortRange};
pub use quota::{AccountQuota, QuotaName};
pub use refusal::Refusal;
pub use route::{Destination, Route, RouteOrigin, RouteState, RouteTable, RouteTarget};
pub use subnet::{HostnameType, Subnet, SubnetAttributes, SubnetIpv6Block};
pub use tag::Tag;
pub use timestamp::Timestamp;
pub use vpc::{Vpc, VpcBlock, VpcIpv6Block};
