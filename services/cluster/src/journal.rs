//! Which instances changed between one report and the next, so that a poller is told only what it does not know.
//!
//! Bounded: a poller that missed more than the journal remembers is given the whole report, which is always right.

use std::collections::{HashMap, VecDeque};

use multihome_messages::ReportDigest;
use multihome_types::InstanceId;

/// How many steps are remembered, and how many instances in all of them.
const STEPS: usize = 256;
const INSTANCES: usize = 100_000;

/// An instance that a step touched, and whether it ran before the step.
pub(crate) type Touched = (InstanceId, bool);

#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    steps: VecDeque<Step>,
    /// The number of the first remembered step.
    first: u64,
    /// The newest step that began from this digest.
    from: HashMap<ReportDigest, u64>,
    instances: usize,
}

#[derive(Clone, Debug)]
struct Step {
    before: ReportDigest,
    /// In the order of their ids, each once.
    touched: Vec<Touched>,
}

impl Journal {
    /// Remembers that `touched` led away from the report `before`.
    pub fn push(&mut self, before: ReportDigest, touched: Vec<Touched>) {
        self.from.insert(before, self.first + self.steps.len() as u64);
        self.instances += touched.len();
        self.steps.push_back(Step { before, touched });
        while self.steps.len() > STEPS || self.instances > INSTANCES {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(step) = self.steps.pop_front() else { return };
        self.instances -= step.touched.len();
        if self.from.get(&step.before) == Some(&self.first) {
            self.from.remove(&step.before);
        }
        self.first += 1;
    }

    /// At most `limit` instances that were touched since the report `known`, those with the lowest ids above `after`, and
    /// whether there are more; `None` if that report is not remembered. With each, whether it ran in the known report.
    pub fn since(&self, known: ReportDigest, after: Option<InstanceId>, limit: usize) -> Option<(Vec<Touched>, bool)> {
        let start = usize::try_from(self.from.get(&known)? - self.first).ok()?;
        let mut found: Vec<Touched> = Vec::new();
        for step in self.steps.range(start..) {
            let from = after.map_or(0, |after| step.touched.partition_point(|(id, _)| *id <= after));
            // One more than fits from each step is enough to know the lowest and whether there are more.
            found.extend(step.touched[from..].iter().take(limit + 1));
        }
        // Stable: of several mentions the oldest stays first, and it knows what the known report said.
        found.sort_by_key(|(id, _)| *id);
        found.dedup_by_key(|(id, _)| *id);
        let more = found.len() > limit;
        found.truncate(limit);
        Some((found, more))
    }
}
