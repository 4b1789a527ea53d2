//! What becomes of interfaces when their instance terminates (seed: interface resources belong to the interface, not to
//! the instance; delete-on-terminate releases them).
//!
//! An interface survives its instance and keeps its address unless its attachment says otherwise; then it goes, and with it
//! everything that is its own: its private addresses, its group memberships, its tags, and the public address that the cloud gave it
//! ([`crate::automatic`]). An elastic address stays with its account and leads nowhere. Deliberately absent: routes through it, which
//! stay and turn to blackholes.

use multihome_types::{Attachment, AttachmentId, InterfaceId};

use crate::transition::AttachmentStep;

/// One attachment that goes with its instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub attachment: AttachmentId,
    pub interface: InterfaceId,
    /// [`AttachmentStep::Release`] or [`AttachmentStep::ReleaseAndDelete`].
    pub step: AttachmentStep,
}

/// What the termination of its instance does to one attachment, whatever its state.
pub fn on_termination(attachment: &Attachment) -> AttachmentStep {
    if attachment.delete_on_termination { AttachmentStep::ReleaseAndDelete } else { AttachmentStep::Release { reason: None } }
}

/// What goes when an instance terminates: every attachment, some of them with their interface.
pub fn release(attachments: &[Attachment]) -> Vec<Departure> {
    attachments
        .iter()
        .map(|attachment| Departure { attachment: attachment.id, interface: attachment.interface, step: on_termination(attachment) })
        .collect()
}

#[cfg(test)]
mod tests {
    use multihome_types::{AttachmentState, DeviceIndex};

    use super::*;
    use crate::transition::sample::attachment;

    #[test]
    fn every_attachment_goes_and_only_the_marked_interfaces_with_it() {
        let kept = attachment(1, AttachmentState::Attached);
        let deleted = Attachment { delete_on_termination: true, device_index: DeviceIndex(2), ..attachment(2, AttachmentState::Detaching) };
        let steps: Vec<_> = release(&[kept.clone(), deleted.clone()]).into_iter().map(|departure| (departure.interface, departure.step)).collect();
        assert_eq!(steps, [(kept.interface, AttachmentStep::Release { reason: None }), (deleted.interface, AttachmentStep::ReleaseAndDelete)]);
    }
}
