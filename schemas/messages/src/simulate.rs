//! Telling a simulated cluster, while it runs, how slow and how broken to be.

use serde::{Deserialize, Serialize};

use crate::Message;

/// What becomes of interfaces that should be attached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttachMode {
    #[default]
    Normal,
    /// They are never made real.
    Never,
}

/// How polls are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportMode {
    #[default]
    Normal,
    /// Not at all.
    Silent,
    /// As if nothing ran there.
    Empty,
}

/// The time of an operation that never ends, or not before it is given another.
pub const NEVER_MS: u64 = u64::MAX;

/// Only what is named changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SimulateRequest {
    /// Back to the delays it was started with and no faults, before anything else in this request.
    pub reset: bool,
    /// How long each kind of operation takes from now on, in milliseconds; [`NEVER_MS`] for one that fails.
    pub launch_ms: Option<u64>,
    pub attach_ms: Option<u64>,
    pub detach_ms: Option<u64>,
    pub stop_ms: Option<u64>,
    pub attach: Option<AttachMode>,
    pub report: Option<ReportMode>,
    /// Take broadcasts and do nothing about them.
    pub ignore_broadcasts: Option<bool>,
    /// Remember what is there now.
    pub save: bool,
    /// Come back with what was remembered: applied version, instances and interfaces.
    pub restore: bool,
}

impl Message for SimulateRequest {
    const NAME: &'static str = "simulate-request";
}

/// How it behaves from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulateReply {
    pub launch_ms: u64,
    pub attach_ms: u64,
    pub detach_ms: u64,
    pub stop_ms: u64,
    pub attach: AttachMode,
    pub report: ReportMode,
    pub ignore_broadcasts: bool,
    pub instances: usize,
    pub attachments: usize,
}
