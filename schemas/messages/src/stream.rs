//! The streams and their consumers, as data. Declaring them is `runtime`'s; nothing is ever deleted and made again.

use std::time::Duration;

/// What becomes of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// Each is handled once, then gone.
    WorkQueue,
    /// Kept up to an age.
    Limits { max_age: Duration },
    /// The last one of each subject, for ever.
    LastValue,
}

/// How a group of replicas shares a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// The durable's name: the service's.
    pub name: &'static str,
    /// After this a message that was taken and neither done nor given back goes to another replica.
    pub ack_wait: Duration,
}

/// A stream of the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    pub name: &'static str,
    pub subjects: &'static [&'static str],
    pub retention: Retention,
    /// At most one message of each subject: the newest (`Some(true)`) or the first (`Some(false)`) stays.
    pub one_per_subject: Option<bool>,
    pub consumer: Option<Consumer>,
}

const DAY: Duration = Duration::from_secs(86_400);

/// What a replica that dies with a message in hand costs: far longer than handling one takes, and handling one twice harms
/// nothing.
const SOON: Duration = Duration::from_secs(5);

impl Stream {
    /// Attach and detach commands from other services.
    pub const COMMANDS: Self = Self {
        name: "COMMANDS",
        subjects: &["vpc.command.*.*"],
        retention: Retention::WorkQueue,
        one_per_subject: None,
        consumer: Some(Consumer { name: "attachment", ack_wait: SOON }),
    };

    /// One message per cluster, for ever going round among the pollers. The ack wait is what a dead poller costs its clusters.
    pub const POLLS: Self = Self {
        name: "POLLS",
        subjects: &["vpc.task.poll.*"],
        retention: Retention::WorkQueue,
        one_per_subject: Some(false),
        consumer: Some(Consumer { name: "poller", ack_wait: SOON }),
    };

    /// Clusters whose document may have to be sent.
    pub const BROADCAST_TASKS: Self = Self {
        name: "BROADCAST_TASKS",
        subjects: &["vpc.task.broadcast.*"],
        retention: Retention::WorkQueue,
        one_per_subject: Some(true),
        consumer: Some(Consumer { name: "broadcaster", ack_wait: SOON }),
    };

    /// The last document of each cluster.
    pub const BROADCASTS: Self =
        Self { name: "BROADCASTS", subjects: &["vpc.broadcast.*"], retention: Retention::LastValue, one_per_subject: Some(true), consumer: None };

    /// What pollers concluded.
    pub const OBSERVATIONS: Self = Self {
        name: "OBSERVATIONS",
        subjects: &["vpc.event.instance-observed.*"],
        retention: Retention::WorkQueue,
        one_per_subject: None,
        consumer: Some(Consumer { name: "attachment", ack_wait: SOON }),
    };

    /// VPCs with routes whose stored state is wrong.
    pub const ROUTES: Self = Self {
        name: "ROUTES",
        subjects: &["vpc.event.route-state-invalidated.*"],
        retention: Retention::WorkQueue,
        one_per_subject: Some(true),
        consumer: Some(Consumer { name: "route-workflow", ack_wait: SOON }),
    };

    /// The change log, for anyone.
    pub const CHANGES: Self = Self {
        name: "CHANGES",
        subjects: &[
            "vpc.event.vpc-changed.*",
            "vpc.event.subnet-changed.*",
            "vpc.event.group-changed.*",
            "vpc.event.interface-changed.*",
            "vpc.event.attachment-changed.*",
            "vpc.event.instance-changed.*",
            "vpc.event.instance-type-changed.*",
            "vpc.event.route-table-changed.*",
            "vpc.event.cluster-report-changed.*",
            "vpc.event.internet-gateway-changed.*",
            "vpc.event.network-acl-changed.*",
            "vpc.event.dhcp-options-changed.*",
            "vpc.event.elastic-address-changed.*",
            "vpc.event.nat-gateway-changed.*",
            "vpc.event.key-pair-changed.*",
            "vpc.event.image-changed.*",
        ],
        retention: Retention::Limits { max_age: DAY },
        one_per_subject: None,
        consumer: None,
    };

    /// Answers to commands.
    pub const ANSWERS: Self = Self {
        name: "ANSWERS",
        subjects: &["vpc.event.command-answered.*"],
        retention: Retention::Limits { max_age: DAY },
        one_per_subject: None,
        consumer: None,
    };

    /// Messages that nobody could make sense of, with the reason.
    pub const DEAD: Self = Self {
        name: "DEAD",
        subjects: &["vpc.dead.>"],
        retention: Retention::Limits { max_age: Duration::from_secs(7 * 86_400) },
        one_per_subject: None,
        consumer: None,
    };
}

/// Every stream.
pub const STREAMS: &[Stream] = &[
    Stream::COMMANDS,
    Stream::POLLS,
    Stream::BROADCAST_TASKS,
    Stream::BROADCASTS,
    Stream::OBSERVATIONS,
    Stream::ROUTES,
    Stream::CHANGES,
    Stream::ANSWERS,
    Stream::DEAD,
];

#[cfg(test)]
mod tests {
    use multihome_types::EntityKind;

    use super::*;

    #[test]
    fn every_kind_of_change_has_its_subject_in_the_stream() {
        let expected: Vec<String> = EntityKind::ALL.iter().map(|kind| format!("vpc.event.{kind}-changed.*")).collect();
        assert_eq!(Stream::CHANGES.subjects, expected);
    }
}
