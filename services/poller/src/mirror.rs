//! A copy of what a cluster last reported, kept up to date by differences and checked by its digest.

use std::collections::HashMap;

use multihome_messages::{Report, ReportDigest, ReportRequest, ReportedInstance};
use multihome_types::InstanceId;

/// The instances of a report, and their digest.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    instances: HashMap<InstanceId, ReportedInstance>,
    digest: Option<ReportDigest>,
}

/// Why pages could not be put together; the next request asks for everything.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The report changed between its pages.
    Moved,
    /// What was put together does not have the digest that was promised.
    Digest,
    /// A difference to something else than what is here.
    Base,
}

impl Mirror {
    /// What to ask for first.
    pub fn question(&self) -> ReportRequest {
        ReportRequest { known: self.digest, after: None }
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes all pages of one report.
    pub fn take(&mut self, pages: Vec<Report>) -> Result<(), Mismatch> {
        let taken = self.put_together(pages);
        if taken.is_err() {
            self.forget();
        }
        taken
    }

    fn put_together(&mut self, pages: Vec<Report>) -> Result<(), Mismatch> {
        let Some(first) = pages.first() else { return Ok(()) };
        let (digest, since) = (first.digest, first.since);
        if pages.iter().any(|page| page.digest != digest || page.since != since) {
            return Err(Mismatch::Moved);
        }
        let mut sum = match since {
            None => {
                self.instances.clear();
                ReportDigest::default()
            }
            Some(base) if Some(base) == self.digest => base,
            Some(_) => return Err(Mismatch::Base),
        };
        for page in pages {
            for gone in page.gone {
                if let Some(old) = self.instances.remove(&gone) {
                    sum.toggle(&old);
                }
            }
            for instance in page.instances {
                sum.toggle(&instance);
                if let Some(old) = self.instances.insert(instance.id, instance) {
                    sum.toggle(&old);
                }
            }
        }
        if sum != digest {
            return Err(Mismatch::Digest);
        }
        self.digest = Some(digest);
        Ok(())
    }

    pub fn get(&self, instance: InstanceId) -> Option<&ReportedInstance> {
        self.instances.get(&instance)
    }
}

#[cfg(test)]
mod tests {
    use multihome_messages::ReportedAttachment;
    use multihome_types::{ChangeId, DeviceIndex};

    use super::*;

    fn instance(id: &str, attachments: &[&str]) -> ReportedInstance {
        let attachments = attachments.iter().map(|id| ReportedAttachment { id: id.parse().unwrap(), device_index: DeviceIndex(0) }).collect();
        ReportedInstance { id: id.parse().unwrap(), attachments }
    }

    fn page(digest: ReportDigest, since: Option<ReportDigest>, instances: Vec<ReportedInstance>) -> Report {
        Report { cluster: "one".parse().unwrap(), version: String::new(), revision: ChangeId(1), digest, since, instances, gone: vec![], next: None }
    }

    #[test]
    fn differences_lead_to_the_same_as_the_whole() {
        let (a, b, c) = (instance("i-00000001", &[]), instance("i-00000002", &[]), instance("i-00000002", &["eni-attach-00000001"]));
        let mut mirror = Mirror::default();
        let whole = ReportDigest::of([&a, &b]);
        mirror.take(vec![page(whole, None, vec![a.clone()]), page(whole, None, vec![b])]).unwrap();
        assert_eq!(mirror.question().known, Some(whole));
        mirror.take(vec![Report { gone: vec![a.id], ..page(ReportDigest::of([&c]), Some(whole), vec![c.clone()]) }]).unwrap();
        assert_eq!((mirror.get(c.id), mirror.get(a.id)), (Some(&c), None));
    }

    #[test]
    fn what_does_not_fit_is_forgotten_and_asked_for_again() {
        let a = instance("i-00000001", &[]);
        let good = ReportDigest::of([&a]);
        for (pages, why) in [
            (vec![page(ReportDigest(1), None, vec![a.clone()])], Mismatch::Digest),
            (vec![page(good, None, vec![a.clone()]), page(ReportDigest(2), None, vec![])], Mismatch::Moved),
            (vec![page(good, Some(ReportDigest(9)), vec![a.clone()])], Mismatch::Base),
        ] {
            let mut mirror = Mirror::default();
            assert_eq!(mirror.take(pages), Err(why));
            assert_eq!(mirror.question().known, None);
        }
    }
}
