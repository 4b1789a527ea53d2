//! How long each transition may take (design, principle 3: every transition ends, and can be explained).
//!
//! One value of durations, given to every rule that sets a deadline, so that an operator's setting and a test's shorter
//! one reach all of them. A deadline is a column; when it passes somebody looks, and the rule checks the column again, so
//! that a late or repeated reminder does nothing. Deliberately absent: a clock, and the timer that reminds.

use std::time::Duration;

use multihome_types::{DeviceIndex, Instance, InstanceState, Timestamp};

/// How long each transitional state may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// `attaching`, on a running instance.
    pub attach: Duration,
    /// `detaching`.
    pub detach: Duration,
    /// `pending`.
    pub launch: Duration,
    /// `stopping`.
    pub stop: Duration,
    /// `shutting-down`.
    pub terminate: Duration,
    /// What is left of a transition once its user forces it.
    pub force_grace: Duration,
    /// How long a terminated instance can still be described.
    pub terminated_shown: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            attach: Duration::from_secs(120),
            detach: Duration::from_secs(120),
            launch: Duration::from_secs(600),
            stop: Duration::from_secs(300),
            terminate: Duration::from_secs(300),
            force_grace: Duration::from_secs(2),
            terminated_shown: Duration::from_secs(3600),
        }
    }
}

impl Deadlines {
    /// When an attachment that was made by a launch stops being `attaching`. The primary ends with its instance's
    /// `pending`, so it has no deadline of its own; a secondary has the launch's time and then its own.
    pub fn attach_at_launch(&self, index: DeviceIndex, now: Timestamp) -> Option<Timestamp> {
        (index != DeviceIndex::PRIMARY).then(|| now + self.launch + self.attach)
    }

    /// The deadline of a transition that is forced: never later than the one it has.
    pub(crate) fn forced(&self, present: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let forced = now + self.force_grace;
        present.map_or(forced, |present| present.min(forced))
    }

    /// Whether an instance can be described: a terminated one for a while only.
    pub fn is_shown(&self, instance: &Instance, now: Timestamp) -> bool {
        match instance.state {
            InstanceState::Terminated => now < instance.since + self.terminated_shown,
            InstanceState::Pending | InstanceState::Running | InstanceState::ShuttingDown | InstanceState::Stopping | InstanceState::Stopped => true,
        }
    }
}

/// Whether there is a deadline and it has passed.
pub fn is_due(deadline: Option<Timestamp>, now: Timestamp) -> bool {
    deadline.is_some_and(|deadline| deadline <= now)
}

/// A duration as people say it: its two largest units, `1 m 47 s`.
pub fn brief(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        small => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match seconds {
        0 if duration.is_zero() => "0 s".to_owned(),
        0 => "less than 1 s".to_owned(),
        1..60 => format!("{seconds} s"),
        60..3600 => two(seconds / 60, "m", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds % 3600 / 60, "m"),
        86_400.. => two(seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_for_people() {
        let texts = [0, 400, 3000, 60_000, 107_000, 7_500_000, 86_400_000].map(|millis| brief(Duration::from_millis(millis)));
        assert_eq!(texts, ["0 s", "less than 1 s", "3 s", "1 m", "1 m 47 s", "2 h 5 m", "1 d"]);
    }

    #[test]
    fn a_deadline_is_due_from_its_own_moment_on() {
        let at = Timestamp(1000);
        assert!(!is_due(None, at) && !is_due(Some(Timestamp(1001)), at) && is_due(Some(at), at));
    }

    #[test]
    fn forcing_never_prolongs() {
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.forced(None, Timestamp(0)), Timestamp(2000));
        assert_eq!(deadlines.forced(Some(Timestamp(500)), Timestamp(0)), Timestamp(500));
        assert_eq!(deadlines.forced(Some(Timestamp(9000)), Timestamp(0)), Timestamp(2000));
    }

    #[test]
    fn the_primary_of_a_launch_has_no_deadline_of_its_own() {
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.attach_at_launch(DeviceIndex::PRIMARY, Timestamp(0)), None);
        assert_eq!(deadlines.attach_at_launch(DeviceIndex(1), Timestamp(0)), Some(Timestamp(720_000)));
    }
}
