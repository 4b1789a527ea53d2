//! What was touched, in order, so that a composer looks only at that. Bounded: whoever is too far behind looks at everything.

use std::collections::VecDeque;

use multihome_types::{GroupId, InstanceId};

/// More than changes arrive between two documents; a composer that missed as many is as fast when it starts anew.
const CAPACITY: usize = 1 << 16;

/// Something that decides which elements an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It, or an interface that is or was attached to it.
    Instance(InstanceId),
    /// It came or went.
    Group(GroupId),
}

#[derive(Default)]
pub(super) struct Journal {
    entries: VecDeque<Touched>,
    /// How many entries have been dropped at the front.
    dropped: u64,
}

impl Journal {
    pub(super) fn push(&mut self, touched: Touched) {
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(touched);
    }

    pub(super) fn end(&self) -> u64 {
        self.dropped + self.entries.len() as u64
    }

    pub(super) fn since(&self, cursor: u64) -> Option<impl Iterator<Item = Touched>> {
        let skipped = usize::try_from(cursor.checked_sub(self.dropped)?).ok()?;
        (skipped <= self.entries.len()).then(|| self.entries.range(skipped..).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_sees_what_came_after_its_cursor() {
        let [first, second]: [InstanceId; 2] = ["i-00000001", "i-00000002"].map(|id| id.parse().unwrap());
        let mut journal = Journal::default();
        journal.push(Touched::Instance(first));
        let cursor = journal.end();
        journal.push(Touched::Instance(second));
        assert_eq!(journal.since(cursor).unwrap().collect::<Vec<_>>(), [Touched::Instance(second)]);
        assert_eq!(journal.since(journal.end()).unwrap().count(), 0);
    }

    #[test]
    fn a_reader_that_is_too_far_behind_or_ahead_is_told_so() {
        let id: InstanceId = "i-00000001".parse().unwrap();
        let mut journal = Journal::default();
        for _ in 0..=CAPACITY {
            journal.push(Touched::Instance(id));
        }
        assert!(journal.since(0).is_none());
        assert_eq!(journal.since(1).unwrap().count(), CAPACITY);
        assert!(journal.since(journal.end() + 1).is_none());
    }
}
