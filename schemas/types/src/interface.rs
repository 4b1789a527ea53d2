//! A network interface. Its status is derived from its attachment and is never a column.

use crate::{
    AccountId, Address, Attachment, AttachmentState, ElasticAddress, Generation, GroupId, InterfaceId, Mac, Region, SubnetId, Timestamp, VpcId, Zone,
};

crate::text::text_enum! {
    /// What an interface is for.
    pub enum InterfaceKind {
        Interface = "interface",
        NatGateway = "natGateway",
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
    /// The public addresses that lead to its private ones, in the order of those.
    pub public: Vec<ElasticAddress>,
    /// The cloud gives it a public address while its instance runs.
    pub automatic_public_address: bool,
    pub created: Timestamp,
    pub generation: Generation,
}

impl Interface {
    /// Whether a private address is one of its own.
    pub fn has(&self, private: Address) -> bool {
        self.address == private
    }

    /// The public address that leads to one of the private ones.
    pub fn public_of(&self, private: Address) -> Option<&ElasticAddress> {
        self.public.iter().find(|public| public.association.is_some_and(|association| association.private_address == private))
    }

    /// In use as long as there is an attachment in any state: progress is the attachment's to tell. That of a NAT gateway always is.
    pub fn status(&self) -> InterfaceStatus {
        match (self.kind, self.attachment.as_ref().map(|attachment| attachment.state)) {
            (InterfaceKind::Interface, None) => InterfaceStatus::Available,
            (InterfaceKind::NatGateway, None) | (_, Some(AttachmentState::Attaching | AttachmentState::Attached | AttachmentState::Detaching)) => {
                InterfaceStatus::InUse
            }
        }
    }
}
