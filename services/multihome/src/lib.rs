//! The commands of `multihome`, and the signed EC2 client that its tour and the benchmarks use.

mod account;
mod broadcast;
pub mod client;
mod clusters;
mod database;
mod explain;
mod healthcheck;
mod metadata;
mod migrate;
mod quota;
mod services;
mod simulate;
mod up;

pub use broadcast::document;
pub use metadata::Front;
pub use services::with_relay;
pub use up::Fleet;

use clap::{Parser, Subcommand};
use multihome_runtime::LogArgs;

/// An EC2-compatible control plane for VPC network interfaces
#[derive(Debug, Parser)]
#[command(name = "multihome", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
pub struct Command {
    #[command(flatten)]
    log: LogArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Run everything in one process: NATS, SQLite, every service and simulated clusters
    Up(Box<up::UpArgs>),
    /// Run the EC2 endpoint alone
    Api(Box<services::ApiCommand>),
    /// Run the attachment service alone
    Attachment(Box<services::AttachmentCommand>),
    /// Run a poller alone
    Poller(Box<services::PollerCommand>),
    /// Run a broadcaster alone
    Broadcaster(Box<services::BroadcasterCommand>),
    /// Run the route workflow alone
    RouteWorkflow(Box<services::RouteWorkflowCommand>),
    /// Run the metadata service alone, or look at an instance's metadata through its eyes
    Metadata(Box<metadata::MetadataLook>),
    /// Run a simulated cluster alone
    Cluster(Box<services::ClusterCommand>),
    /// Bring the database's schema up to date and register clusters; then end
    Migrate(migrate::MigrateArgs),
    /// Make, list and delete accounts
    Account(account::AccountArgs),
    /// Make, list, disable, enable and delete the access keys of accounts
    Key(account::KeyArgs),
    /// Delete everything that an account has, or that anybody has, in a running `multihome up`
    Reset(up::ResetArgs),
    /// List, set and reset what an account may have
    Quota(quota::QuotaArgs),
    /// Say where an interface is, what it waits for, since when and until when, and how it came there
    Explain(explain::ExplainArgs),
    /// Show the network broadcast of a cluster
    Broadcast(broadcast::BroadcastArgs),
    /// Tell a simulated cluster, while it runs, how slow and how broken to be
    Simulate(simulate::SimulateArgs),
    /// Ask a service's operator port whether it is ready; for container health checks
    Healthcheck(healthcheck::HealthcheckArgs),
}

impl What {
    /// A service tells what it does; a command, and the embedded run with its tour, only what is wrong.
    fn usual_log(&self) -> &'static str {
        match self {
            Self::Api(_) | Self::Attachment(_) | Self::Poller(_) | Self::Broadcaster(_) | Self::RouteWorkflow(_) | Self::Cluster(_) => "info",
            Self::Metadata(look) => look.usual_log(),
            Self::Up(_)
            | Self::Migrate(_)
            | Self::Account(_)
            | Self::Key(_)
            | Self::Reset(_)
            | Self::Quota(_)
            | Self::Explain(_)
            | Self::Broadcast(_)
            | Self::Simulate(_)
            | Self::Healthcheck(_) => "warn",
        }
    }
}

impl Command {
    /// Runs the command to its end.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn run(self) -> anyhow::Result<()> {
        self.log.start(self.what.usual_log()).map_err(anyhow::Error::msg)?;
        match self.what {
            What::Up(args) => up::run(*args).await,
            What::Api(command) => services::run(*command).await,
            What::Attachment(command) => services::run(*command).await,
            What::Poller(command) => services::run(*command).await,
            What::Broadcaster(command) => services::run(*command).await,
            What::RouteWorkflow(command) => services::run(*command).await,
            What::Metadata(look) => metadata::run(*look).await,
            What::Cluster(command) => services::run(*command).await,
            What::Migrate(args) => migrate::run(args).await,
            What::Account(args) => account::run(args).await,
            What::Key(args) => account::run_key(args).await,
            What::Reset(args) => up::run_reset(args).await,
            What::Quota(args) => quota::run(args).await,
            What::Explain(args) => explain::run(args).await,
            What::Broadcast(args) => broadcast::run(args).await,
            What::Simulate(args) => simulate::run(args).await,
            What::Healthcheck(args) => healthcheck::run(args).await,
        }
    }
}

/// Makes the database know clusters, each said as for `multihome migrate --cluster`, and the predefined instance types.
///
/// # Errors
/// A specification that cannot be read, or a database that does not take it.
pub async fn register_clusters(store: &multihome_runtime::Store, specs: Vec<String>) -> anyhow::Result<()> {
    let specs = specs.iter().map(|spec| spec.parse()).collect::<Result<_, _>>().map_err(anyhow::Error::msg)?;
    clusters::register(store, specs).await
}

/// A failure of a service as an error of a command.
fn failed(why: multihome_runtime::Failure) -> anyhow::Error {
    anyhow::anyhow!(why)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_flag_has_help_and_every_setting_an_environment_variable() {
        let mut command = Command::command();
        command.build();
        for sub in command.get_subcommands() {
            for arg in sub.get_arguments().filter(|arg| !matches!(arg.get_id().as_str(), "help" | "version")) {
                assert!(arg.get_help().is_some(), "{} --{} has no help", sub.get_name(), arg.get_id());
            }
        }
        command.debug_assert();
    }
}
