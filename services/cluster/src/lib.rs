//! A simulated cluster controller: takes the network broadcast, makes it real in memory, and answers polls about it.
//!
//! It implements the cluster's side of the design's first principle: desired state comes with the broadcast, is made real
//! by the cluster, and is confirmed by the poll. How slow and how broken it is can be set while it runs
//! (`vpc.request.simulate.<cluster>`), and a test can decide about each step ([`Stepper`]).
//!
//! - [`Simulation`] is pure: everything above without a bus, a clock or a task.
//! - [`start`] puts one on the bus; several can run in a process.
//!
//! Deliberately absent: packets, and anything that survives the process. A cluster that restarts is empty, takes the
//! last broadcast, and boots everything again.

mod actual;
mod args;
mod arrival;
mod behaviour;
mod controller;
mod desired;
mod follow;
mod handle;
mod journal;
mod operation;
mod service;
mod simulation;

#[cfg(test)]
mod controller_tests;

pub use args::{ClusterArgs, DelayArgs};
pub use arrival::{Arrival, ArrivalError};
pub use behaviour::{Behaviour, Delays};
pub use desired::{Desired, DesiredInstance, NotMentioned};
pub use handle::{ClusterHandle, ClusterState, StepError, Stepper, Stopped};
pub use operation::{Kind, Operation};
pub use service::start;
pub use simulation::{Changes, Simulation, Taken};
