//! The difference between what was asked for and what is there, as operations; and what an operation does when it completes.

use std::time::Duration;

use super::{Actual, AttachMode, AttachmentId, Desired, DeviceIndex, InstanceId, Operation, ReportedAttachment, ReportedInstance, Simulation};
use crate::desired::DesiredInstance;

impl Simulation {
    /// Drops what is no longer asked for, begins what is missing, and leaves alone what is under way.
    pub(super) fn reconcile(&mut self, now: Duration) {
        let (desired, actual) = (&*self.desired, &self.actual);
        self.pending.retain(|operation| still_asked_for(operation, desired, actual));
        let mut begin = |operation| self.pending.begin(operation, now);
        for instance in desired.instances() {
            match actual.instance(instance.id) {
                Some(running) => difference(instance, running, &mut begin),
                None if instance.placed => begin(Operation::Launch(instance.id)),
                None => {}
            }
        }
        // Both are in the order of ids, so one walk finds the instances that are no longer listed at all.
        let mut listed = desired.instances().iter().peekable();
        for running in actual.instances() {
            while listed.next_if(|instance| instance.id < running.id).is_some() {}
            if listed.peek().is_none_or(|instance| instance.id != running.id) {
                begin(Operation::Stop(running.id));
            }
        }
    }

    /// Does to the actual state what the operation was for.
    pub(super) fn complete_now(&mut self, operation: Operation, now: Duration) {
        match operation {
            Operation::Launch(id) => self.launch(id, now),
            Operation::Attach { attachment, instance } => {
                if let Some(attachment) = self.desired.instance(instance).and_then(|desired| desired.attachment(attachment)) {
                    self.actual.plug(instance, attachment);
                }
            }
            Operation::Detach { attachment, instance } => self.actual.unplug(instance, attachment),
            Operation::Stop(id) => self.stop(id),
        }
    }

    fn launch(&mut self, id: InstanceId, now: Duration) {
        let Some(desired) = self.desired.instance(id) else { return };
        // A cluster on which no attach succeeds can still boot: the primary interface is part of the machine.
        let comes_along = |attachment: &&ReportedAttachment| match self.behaviour.attach {
            AttachMode::Normal => true,
            AttachMode::Never => attachment.device_index == DeviceIndex::PRIMARY,
        };
        let attachments: Vec<ReportedAttachment> = desired.attachments().iter().filter(comes_along).copied().collect();
        let running = ReportedInstance { id, attachments };
        difference(desired, &running, &mut |operation| self.pending.begin(operation, now));
        self.actual.put(running);
    }

    fn stop(&mut self, id: InstanceId) {
        let plugged = self.actual.instance(id).map(|instance| &*instance.attachments).unwrap_or_default();
        for attachment in plugged {
            self.pending.remove(Operation::Detach { attachment: attachment.id, instance: id });
        }
        self.actual.remove(id);
    }
}

/// The operations that make a running instance what it should be. One that is shutting down gains no interface.
fn difference(desired: &DesiredInstance, running: &ReportedInstance, begin: &mut impl FnMut(Operation)) {
    let instance = desired.id;
    if !desired.placed {
        begin(Operation::Stop(instance));
    }
    if desired.attachments() == running.attachments {
        return;
    }
    for plugged in running.attachments.iter().filter(|plugged| desired.attachment(plugged.id).is_none()) {
        begin(Operation::Detach { attachment: plugged.id, instance });
    }
    let missing = |listed: &&ReportedAttachment| crate::desired::find(&running.attachments, listed.id) != Some(**listed);
    for listed in desired.attachments().iter().filter(missing).filter(|_| desired.placed) {
        begin(Operation::Attach { attachment: listed.id, instance });
    }
}

/// Whether an operation that is under way still leads to what is asked for.
fn still_asked_for(operation: Operation, desired: &Desired, actual: &Actual) -> bool {
    let listed = desired.instance(operation.instance());
    let placed = listed.is_some_and(|instance| instance.placed);
    let listed_as = |attachment: AttachmentId| listed.and_then(|instance| instance.attachment(attachment));
    match operation {
        Operation::Launch(_) => placed,
        Operation::Stop(_) => !placed,
        Operation::Attach { attachment, instance } => {
            placed && listed_as(attachment).is_some_and(|listed| actual.attachment(instance, attachment) != Some(listed))
        }
        Operation::Detach { attachment, .. } => listed_as(attachment).is_none(),
    }
}
