//! What really runs on the simulated cluster, and the reports about it.
//!
//! The digest is kept with every change instead of being computed for a report, and a step (everything that happens at
//! one moment) is journaled as one, so a report costs what changed since the poller's last.

use std::{
    collections::BTreeMap,
    ops::Bound::{Excluded, Unbounded},
};

use multihome_messages::{ReportDigest, ReportRequest, ReportedAttachment, ReportedInstance};
use multihome_types::{AttachmentId, InstanceId};

use crate::{
    desired::find,
    journal::{Journal, Touched},
};

/// How many instances a page of a report speaks of.
pub(crate) const PAGE: usize = 2_000;

/// A page ends early once it has this many attachments, so that it stays below the bus's limit for a message (1 MiB).
pub(crate) const PAGE_ATTACHMENTS: usize = 10_000;

/// The running instances. Mutations belong to a step that [`Actual::commit`] ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Actual {
    instances: BTreeMap<InstanceId, ReportedInstance>,
    attachments: usize,
    digest: ReportDigest,
    journal: Journal,
    /// The digest when the open step began.
    before: ReportDigest,
    /// What the open step touched, and whether it ran before.
    touched: BTreeMap<InstanceId, bool>,
}

/// What is there at a moment, to come back to.
pub(crate) type Snapshot = BTreeMap<InstanceId, ReportedInstance>;

/// The instances of one page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Page {
    pub since: Option<ReportDigest>,
    pub instances: Vec<ReportedInstance>,
    pub gone: Vec<InstanceId>,
    pub next: Option<InstanceId>,
}

impl Actual {
    pub fn instances(&self) -> impl Iterator<Item = &ReportedInstance> {
        self.instances.values()
    }

    pub fn instance(&self, id: InstanceId) -> Option<&ReportedInstance> {
        self.instances.get(&id)
    }

    pub fn attachment(&self, instance: InstanceId, attachment: AttachmentId) -> Option<ReportedAttachment> {
        find(&self.instance(instance)?.attachments, attachment)
    }

    pub fn counts(&self) -> (usize, usize) {
        (self.instances.len(), self.attachments)
    }

    pub fn digest(&self) -> ReportDigest {
        self.digest
    }

    pub fn snapshot(&self) -> Snapshot {
        self.instances.clone()
    }

    /// Starts or replaces an instance.
    pub fn put(&mut self, instance: ReportedInstance) {
        self.digest.toggle(&instance);
        self.attachments += instance.attachments.len();
        let id = instance.id;
        let old = self.instances.insert(id, instance);
        self.leave(id, old);
    }

    pub fn remove(&mut self, id: InstanceId) {
        let old = self.instances.remove(&id);
        if old.is_some() {
            self.leave(id, old);
        }
    }

    fn leave(&mut self, id: InstanceId, old: Option<ReportedInstance>) {
        self.touched.entry(id).or_insert(old.is_some());
        if let Some(old) = old {
            self.digest.toggle(&old);
            self.attachments -= old.attachments.len();
        }
    }

    /// Plugs an interface into an instance, if that runs.
    pub fn plug(&mut self, instance: InstanceId, attachment: ReportedAttachment) {
        self.change(instance, |attachments| match attachments.binary_search_by_key(&attachment.id, |plugged| plugged.id) {
            Ok(index) => attachments[index] = attachment,
            Err(index) => attachments.insert(index, attachment),
        });
    }

    pub fn unplug(&mut self, instance: InstanceId, attachment: AttachmentId) {
        self.change(instance, |attachments| attachments.retain(|plugged| plugged.id != attachment));
    }

    fn change(&mut self, instance: InstanceId, change: impl FnOnce(&mut Vec<ReportedAttachment>)) {
        if let Some(mut changed) = self.instance(instance).cloned() {
            change(&mut changed.attachments);
            self.put(changed);
        }
    }

    /// Makes it as it was at the snapshot.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        let extra: Vec<InstanceId> = self.instances.keys().filter(|id| !snapshot.contains_key(id)).copied().collect();
        for id in extra {
            self.remove(id);
        }
        for (id, saved) in snapshot {
            if self.instances.get(id) != Some(saved) {
                self.put(saved.clone());
            }
        }
    }

    /// Ends the step. Whether a report would say anything else than before it.
    pub fn commit(&mut self) -> bool {
        let touched: Vec<Touched> = std::mem::take(&mut self.touched).into_iter().collect();
        let before = std::mem::replace(&mut self.before, self.digest);
        if before == self.digest {
            return false;
        }
        self.journal.push(before, touched);
        true
    }

    /// The page that a poller asks for: what changed since the report it knows, or the whole where that is not remembered.
    pub fn page(&self, request: &ReportRequest) -> Page {
        if let Some(known) = request.known {
            let nothing = || (Vec::new(), false);
            let touched = if known == self.digest { Some(nothing()) } else { self.journal.since(known, request.after, PAGE) };
            if let Some((touched, more)) = touched {
                return self.filled(Some(known), touched.into_iter(), more);
            }
        }
        let mut rest = self.instances.range((request.after.map_or(Unbounded, Excluded), Unbounded)).map(|(id, _)| (*id, true));
        let touched: Vec<Touched> = rest.by_ref().take(PAGE).collect();
        self.filled(None, touched.into_iter(), rest.next().is_some())
    }

    /// A page about `touched`, as far as there is room; `more` of them follow.
    fn filled(&self, since: Option<ReportDigest>, mut touched: impl ExactSizeIterator<Item = Touched>, more: bool) -> Page {
        let mut page = Page { since, ..Page::default() };
        let mut room = PAGE_ATTACHMENTS;
        let mut last = None;
        while room > 0
            && let Some((id, ran)) = touched.next()
        {
            last = Some(id);
            match self.instances.get(&id) {
                Some(instance) => {
                    room = room.saturating_sub(instance.attachments.len());
                    page.instances.push(instance.clone());
                }
                None if ran => page.gone.push(id),
                None => {}
            }
        }
        page.next = last.filter(|_| more || touched.len() > 0);
        page
    }
}
