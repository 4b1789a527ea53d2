//! How slow and how broken a simulated cluster is at the moment.

use std::time::Duration;

use multihome_messages::{AttachMode, NEVER_MS, ReportMode, SimulateRequest};

use crate::operation::Kind;

/// The delay of an operation that fails: it never ends, or not before it is given another delay.
pub const NEVER: Duration = Duration::from_millis(NEVER_MS);

/// How long each kind of operation takes; [`NEVER`] where it does not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    pub launch: Duration,
    pub attach: Duration,
    pub detach: Duration,
    pub stop: Duration,
}

impl Delays {
    /// Everything happens at once.
    pub const NONE: Self = Self { launch: Duration::ZERO, attach: Duration::ZERO, detach: Duration::ZERO, stop: Duration::ZERO };
}

/// Delays and faults. A change applies to every operation that has not completed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Behaviour {
    pub delays: Delays,
    pub attach: AttachMode,
    pub report: ReportMode,
    pub ignore_broadcasts: bool,
}

impl Behaviour {
    /// No faults.
    pub fn new(delays: Delays) -> Self {
        Self { delays, attach: AttachMode::Normal, report: ReportMode::Normal, ignore_broadcasts: false }
    }

    /// What a request makes of it; `usual` is what a reset goes back to.
    pub fn changed(&self, request: &SimulateRequest, usual: Delays) -> Self {
        let from = if request.reset { Self::new(usual) } else { self.clone() };
        let delay = |asked: Option<u64>, now: Duration| asked.map_or(now, Duration::from_millis);
        Self {
            delays: Delays {
                launch: delay(request.launch_ms, from.delays.launch),
                attach: delay(request.attach_ms, from.delays.attach),
                detach: delay(request.detach_ms, from.delays.detach),
                stop: delay(request.stop_ms, from.delays.stop),
            },
            attach: request.attach.unwrap_or(from.attach),
            report: request.report.unwrap_or(from.report),
            ignore_broadcasts: request.ignore_broadcasts.unwrap_or(from.ignore_broadcasts),
        }
    }

    /// How long an operation of this kind takes; `None` where it never ends.
    pub fn delay(&self, kind: Kind) -> Option<Duration> {
        let delay = match (kind, self.attach) {
            (Kind::Launch, _) => self.delays.launch,
            (Kind::Attach, AttachMode::Normal) => self.delays.attach,
            (Kind::Attach, AttachMode::Never) => NEVER,
            (Kind::Detach, _) => self.delays.detach,
            (Kind::Stop, _) => self.delays.stop,
        };
        (delay != NEVER).then_some(delay)
    }
}
