//! What a broadcast asks of one cluster: the part of the network-information document that it has to make real.
//!
//! Everything else in the document (VPCs, routes, groups, addresses) is for consumers that move packets; a simulated
//! cluster moves none.

use std::collections::HashMap;

use multihome_broadcast::Document;
use multihome_messages::ReportedAttachment;
use multihome_types::{AttachmentId, ChangeId, ClusterName, DeviceIndex, InstanceId};

/// A broadcast as one cluster understands it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desired {
    /// The document's version; empty before the first.
    pub version: String,
    /// The last change that the document covers.
    pub revision: ChangeId,
    instances: Vec<DesiredInstance>,
}

/// An instance of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredInstance {
    pub id: InstanceId,
    /// It stands in the `instanceIds` of one of the cluster's nodes. One that does not is shutting down.
    pub placed: bool,
    attachments: Vec<ReportedAttachment>,
}

/// The document has no `cluster` element with this cluster's name, so it says nothing about what should run there.
/// Taking it for "nothing" would shut everything down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document does not mention cluster {0}")]
pub struct NotMentioned(pub ClusterName);

impl DesiredInstance {
    /// Attachments may come in any order; of two with the same id the first counts.
    pub fn new(id: InstanceId, placed: bool, attachments: impl IntoIterator<Item = (AttachmentId, DeviceIndex)>) -> Self {
        let mut attachments: Vec<_> = attachments.into_iter().map(|(id, device_index)| ReportedAttachment { id, device_index }).collect();
        attachments.sort_by_key(|attachment| attachment.id);
        attachments.dedup_by_key(|attachment| attachment.id);
        Self { id, placed, attachments }
    }

    /// In the order of their ids.
    pub fn attachments(&self) -> &[ReportedAttachment] {
        &self.attachments
    }

    pub fn attachment(&self, id: AttachmentId) -> Option<ReportedAttachment> {
        find(&self.attachments, id)
    }
}

/// One of a list in the order of ids.
pub(crate) fn find(attachments: &[ReportedAttachment], id: AttachmentId) -> Option<ReportedAttachment> {
    attachments.binary_search_by_key(&id, |attachment| attachment.id).ok().map(|index| attachments[index])
}

impl Desired {
    /// Instances may come in any order; of two with the same id the first counts.
    pub fn new(version: impl Into<String>, revision: ChangeId, mut instances: Vec<DesiredInstance>) -> Self {
        instances.sort_by_key(|instance| instance.id);
        instances.dedup_by_key(|instance| instance.id);
        Self { version: version.into(), revision, instances }
    }

    /// What `document` asks of `cluster`. Instances on other clusters' nodes are not its business.
    pub fn of(document: &Document, cluster: ClusterName, revision: ChangeId) -> Result<Self, NotMentioned> {
        let clusters = &document.configuration.clusters;
        if !clusters.iter().any(|listed| listed.name == cluster) {
            return Err(NotMentioned(cluster));
        }
        let placement: HashMap<InstanceId, ClusterName> = clusters
            .iter()
            .flat_map(|listed| listed.nodes.iter().flat_map(|node| node.instances.iter().map(|instance| (*instance, listed.name))))
            .collect();
        let instances = document
            .instances
            .iter()
            .filter(|instance| placement.get(&instance.id).is_none_or(|place| *place == cluster))
            .map(|instance| {
                let interfaces = instance.interfaces.iter().map(|interface| (interface.attachment, interface.device_index));
                DesiredInstance::new(instance.id, placement.contains_key(&instance.id), interfaces)
            })
            .collect();
        Ok(Self::new(document.version.clone(), revision, instances))
    }

    /// In the order of their ids.
    pub fn instances(&self) -> &[DesiredInstance] {
        &self.instances
    }

    pub fn instance(&self, id: InstanceId) -> Option<&DesiredInstance> {
        self.instances.binary_search_by_key(&id, |instance| instance.id).ok().map(|index| &self.instances[index])
    }
}
