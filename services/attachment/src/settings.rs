//! Settings of the attachment service.

use std::time::Duration;

use clap::Args;
use multihome_core::{deadlines::Deadlines, public_pool::PublicPool};
use multihome_types::IdLength;

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Attachment")]
pub struct AttachmentArgs {
    /// How long an interface may be attaching before the attach is given up
    #[arg(long, env = "MULTIHOME_ATTACH_DEADLINE", default_value = "2m", value_parser = humantime::parse_duration)]
    pub attach_deadline: Duration,
    /// How long an interface may be detaching before it is released without the cluster's word
    #[arg(long, env = "MULTIHOME_DETACH_DEADLINE", default_value = "2m", value_parser = humantime::parse_duration)]
    pub detach_deadline: Duration,
    // Not `launch-deadline`, which is the EC2 endpoint's. The variable is the same.
    /// How long a started instance may be pending before the start is given up
    #[arg(long, env = "MULTIHOME_LAUNCH_DEADLINE", default_value = "10m", value_parser = humantime::parse_duration)]
    pub start_deadline: Duration,
    /// How long an instance may be stopping or shutting down
    #[arg(long, env = "MULTIHOME_STOP_DEADLINE", default_value = "5m", value_parser = humantime::parse_duration)]
    pub stop_deadline: Duration,
    /// How long a forced detach or stop waits for the cluster
    #[arg(long, env = "MULTIHOME_FORCE_GRACE", default_value = "2s", value_parser = humantime::parse_duration)]
    pub force_grace: Duration,
    /// How long a terminated instance can be described
    #[arg(long, env = "MULTIHOME_TERMINATED_SHOWN", default_value = "1h", value_parser = humantime::parse_duration)]
    pub terminated_shown: Duration,
    // Not `id-length`: in one process with the EC2 endpoint, which has that flag. The variable is the same.
    /// How many digits the ids of new attachments have: 8 or 17
    #[arg(long, env = "MULTIHOME_ID_LENGTH", default_value = "8", value_name = "DIGITS")]
    pub attachment_id_length: IdLength,
    // Not `public-addresses`, which is the EC2 endpoint's. The variable is the same.
    /// The blocks that the public addresses of started instances come out of, separated by commas
    #[arg(long, env = "MULTIHOME_PUBLIC_ADDRESSES", default_value = "203.0.113.0/24,198.51.100.0/24", value_name = "BLOCK,...")]
    pub start_public_addresses: PublicPool,
}

pub(crate) struct Settings {
    pub deadlines: Deadlines,
    pub id_length: IdLength,
    pub public_addresses: PublicPool,
}

impl From<AttachmentArgs> for Settings {
    fn from(args: AttachmentArgs) -> Self {
        Self {
            deadlines: Deadlines {
                attach: args.attach_deadline,
                detach: args.detach_deadline,
                launch: args.start_deadline,
                stop: args.stop_deadline,
                terminate: args.stop_deadline,
                force_grace: args.force_grace,
                terminated_shown: args.terminated_shown,
            },
            id_length: args.attachment_id_length,
            public_addresses: args.start_public_addresses,
        }
    }
}
