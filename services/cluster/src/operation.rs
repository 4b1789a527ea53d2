//! What a cluster is in the middle of, and since when.
//!
//! An operation is due when its kind's delay has passed since it began. The delay is not stored with it: operations of
//! one kind fall due in the order in which they began whatever the delay is, so changing it while ten thousand are
//! under way costs nothing.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    time::Duration,
};

use multihome_types::{AttachmentId, Digits, IdLength, InstanceId, ResourceId};

use crate::behaviour::Behaviour;

/// Something that takes time. At most one of each is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Boot an instance with every interface that is listed for it when the boot ends.
    Launch(InstanceId),
    /// Plug an interface into a running instance.
    Attach { attachment: AttachmentId, instance: InstanceId },
    /// Unplug an interface from a running instance.
    Detach { attachment: AttachmentId, instance: InstanceId },
    /// Shut an instance down; its interfaces go with it.
    Stop(InstanceId),
}

/// Operations of one kind take equally long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Launch,
    Detach,
    Attach,
    Stop,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Launch, Self::Detach, Self::Attach, Self::Stop];
}

impl Operation {
    pub fn kind(self) -> Kind {
        match self {
            Self::Launch(_) => Kind::Launch,
            Self::Attach { .. } => Kind::Attach,
            Self::Detach { .. } => Kind::Detach,
            Self::Stop(_) => Kind::Stop,
        }
    }

    pub fn instance(self) -> InstanceId {
        match self {
            Self::Launch(instance) | Self::Attach { instance, .. } | Self::Detach { instance, .. } | Self::Stop(instance) => instance,
        }
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Launch(instance) => write!(f, "launch {instance}"),
            Self::Attach { attachment, instance } => write!(f, "attach {attachment} to {instance}"),
            Self::Detach { attachment, instance } => write!(f, "detach {attachment} from {instance}"),
            Self::Stop(instance) => write!(f, "stop {instance}"),
        }
    }
}

/// The operations under way. Moments are counted from the cluster's start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pending {
    began: BTreeMap<Operation, Duration>,
    /// For each of [`Kind::ALL`], the oldest first.
    queues: [BTreeSet<(Duration, Operation)>; 4],
}

impl Pending {
    /// One that is under way already keeps the moment at which it began.
    pub fn begin(&mut self, operation: Operation, now: Duration) {
        if let Entry::Vacant(slot) = self.began.entry(operation) {
            slot.insert(now);
            self.queues[operation.kind() as usize].insert((now, operation));
        }
    }

    /// Whether it was under way.
    pub fn remove(&mut self, operation: Operation) -> bool {
        let began = self.began.remove(&operation);
        began.is_some_and(|began| self.queues[operation.kind() as usize].remove(&(began, operation)))
    }

    pub fn retain(&mut self, keep: impl Fn(Operation) -> bool) {
        let dropped: Vec<Operation> = self.iter().filter(|operation| !keep(*operation)).collect();
        for operation in dropped {
            self.remove(operation);
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn iter(&self) -> impl Iterator<Item = Operation> {
        self.began.keys().copied()
    }

    pub fn len(&self) -> usize {
        self.began.len()
    }

    /// The attach or detach of an attachment.
    pub fn about(&self, attachment: AttachmentId) -> Option<Operation> {
        let instance = InstanceId::from_digits(Digits::from_bits(0, IdLength::Short));
        [Operation::Attach { attachment, instance }, Operation::Detach { attachment, instance }].into_iter().find_map(|lowest| {
            let (found, _) = self.began.range(lowest..).next()?;
            match found {
                Operation::Attach { attachment: other, .. } | Operation::Detach { attachment: other, .. } => {
                    (found.kind() == lowest.kind() && *other == attachment).then_some(*found)
                }
                Operation::Launch(_) | Operation::Stop(_) => None,
            }
        })
    }

    /// Takes out the one that has been due for longest; of equals a detach goes before an attach, which may be waiting for its place.
    pub fn take_due(&mut self, behaviour: &Behaviour, now: Duration) -> Option<Operation> {
        let (_, operation) = self.next(behaviour).filter(|(due, _)| *due <= now)?;
        self.remove(operation);
        Some(operation)
    }

    /// When the next one is due.
    pub fn next_due(&self, behaviour: &Behaviour) -> Option<Duration> {
        self.next(behaviour).map(|(due, _)| due)
    }

    fn next(&self, behaviour: &Behaviour) -> Option<(Duration, Operation)> {
        Kind::ALL.into_iter().filter_map(|kind| self.first(kind, behaviour)).min_by_key(|(due, _)| *due)
    }

    fn first(&self, kind: Kind, behaviour: &Behaviour) -> Option<(Duration, Operation)> {
        let delay = behaviour.delay(kind)?;
        self.queues[kind as usize].first().map(|(began, operation)| (began.saturating_add(delay), *operation))
    }
}
