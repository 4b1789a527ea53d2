//! A network interface. Its status is derived from its attachment and is never a column.

use crate::{
    AccountId, Address, Attachment, AttachmentState, Cidr, ElasticAddress, Generation, GroupId, InterfaceId, Ipv6Address, Ipv6Cidr, Mac, Region,
    SubnetId, Timestamp, VpcId, Zone,
};

crate::text::text_enum! {
    /// What an interface is for.
    pub enum InterfaceKind {
        Interface = "interface",
        /// An Elastic Fabric Adapter: on instances of some types only.
        Efa = "efa",
        NatGateway = "natGateway",
    }
}

impl Default for InterfaceKind {
    /// What a request makes that names none.
    fn default() -> Self {
        Self::Interface
    }
}

crate::text::text_enum! {
    /// The status EC2 shows of an interface.
    pub enum InterfaceStatus {
        Available = "available",
        Attaching = "attaching",
        InUse = "in-use",
        Detaching = "detaching",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub id: InterfaceId,
    pub account: AccountId,
    pub region: Region,
    pub zone: Zone,
    pub vpc: VpcId,
    pub subnet: SubnetId,
    pub kind: InterfaceKind,
    pub mac: Mac,
    /// The primary private address.
    pub address: Address,
    pub description: String,
    pub source_dest_check: bool,
    /// In the order of their ids.
    pub groups: Vec<GroupId>,
    pub attachment: Option<Attachment>,
    /// What it has besides its primary address.
    pub assigned: Assigned,
    /// The public addresses that lead to its private ones, in the order of those.
    pub public: Vec<ElasticAddress>,
    /// The cloud gives it a public address while its instance runs.
    pub automatic_public_address: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

/// What an interface has besides its primary address, each in the order of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assigned {
    /// Secondary private addresses.
    pub addresses: Vec<Address>,
    /// Blocks of sixteen addresses that belong to it whole.
    pub prefixes: Vec<Cidr>,
    pub ipv6_addresses: Vec<Ipv6Address>,
    /// Blocks of 80 bits that belong to it whole.
    pub ipv6_prefixes: Vec<Ipv6Cidr>,
}

impl Interface {
    /// Its private addresses, the primary first. Those in its prefixes are not listed.
    pub fn addresses(&self) -> impl Iterator<Item = Address> {
        std::iter::once(self.address).chain(self.assigned.addresses.iter().copied())
    }

    /// Whether a private address is one of its own.
    pub fn has(&self, private: Address) -> bool {
        self.addresses().any(|own| own == private)
    }

    /// How many addresses it has by the measure of instance types, to which a prefix is as much as an address.
    pub fn slots(&self) -> usize {
        1 + self.assigned.addresses.len() + self.assigned.prefixes.len()
    }

    /// As [`Self::slots`], of IPv6, which types limit by itself.
    pub fn ipv6_slots(&self) -> usize {
        self.assigned.ipv6_addresses.len() + self.assigned.ipv6_prefixes.len()
    }

    /// The public address that leads to one of the private ones.
    pub fn public_of(&self, private: Address) -> Option<&ElasticAddress> {
        self.public.iter().find(|public| public.association.is_some_and(|association| association.private_address == private))
    }

    /// In use as long as there is an attachment in any state: progress is the attachment's to tell. That of a NAT gateway always is.
    pub fn status(&self) -> InterfaceStatus {
        match (self.kind, self.attachment.as_ref().map(|attachment| attachment.state)) {
            (InterfaceKind::Interface | InterfaceKind::Efa, None) => InterfaceStatus::Available,
            (InterfaceKind::NatGateway, None) | (_, Some(AttachmentState::Attaching | AttachmentState::Attached | AttachmentState::Detaching)) => {
                InterfaceStatus::InUse
            }
        }
    }
}
