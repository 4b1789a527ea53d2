//! The settings of a simulated cluster, as flags and environment variables.

use std::time::Duration;

use clap::Args;
use multihome_types::ClusterName;

use crate::behaviour::Delays;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Simulated cluster")]
pub struct ClusterArgs {
    /// Which cluster of the broadcast this is
    #[arg(long, env = "MULTIHOME_CLUSTER")]
    pub name: ClusterName,
    #[command(flatten)]
    pub delays: DelayArgs,
}

/// Apart from the name, because one process may run several clusters.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Simulated cluster")]
pub struct DelayArgs {
    /// How long an instance takes to boot
    #[arg(long, env = "MULTIHOME_LAUNCH_DELAY", default_value = "500ms", value_parser = humantime::parse_duration)]
    pub launch_delay: Duration,
    /// How long a running instance takes to gain an interface
    #[arg(long, env = "MULTIHOME_ATTACH_DELAY", default_value = "250ms", value_parser = humantime::parse_duration)]
    pub attach_delay: Duration,
    /// How long a running instance takes to lose an interface
    #[arg(long, env = "MULTIHOME_DETACH_DELAY", default_value = "250ms", value_parser = humantime::parse_duration)]
    pub detach_delay: Duration,
    /// How long an instance takes to shut down
    #[arg(long, env = "MULTIHOME_STOP_DELAY", default_value = "250ms", value_parser = humantime::parse_duration)]
    pub stop_delay: Duration,
}

impl DelayArgs {
    pub fn delays(&self) -> Delays {
        Delays { launch: self.launch_delay, attach: self.attach_delay, detach: self.detach_delay, stop: self.stop_delay }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        cluster: ClusterArgs,
    }

    #[test]
    fn delays_are_durations_for_people() {
        let command = Command::try_parse_from(["cluster", "--name", "one", "--attach-delay", "10s"]).unwrap();
        let Delays { launch, attach, detach, stop } = command.cluster.delays.delays();
        assert_eq!([launch, attach, detach, stop].map(|delay| delay.as_millis()), [500, 10_000, 250, 250]);
        assert!(Command::try_parse_from(["cluster", "--name", "No.1"]).is_err());
        assert!(Command::try_parse_from(["cluster", "--name", "one", "--stop-delay", "soon"]).is_err());
    }
}
