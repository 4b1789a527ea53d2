//! Logs: one span per message or request, a sentence readable alone and dotted fields.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Text,
    Json,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Logs")]
pub struct LogArgs {
    /// What to log: error, warn, info, debug or trace, also per target (multihome_poller=debug,warn); info for services, warn for commands
    #[arg(long, env = "MULTIHOME_LOG", global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// How to write log lines (to standard error)
    #[arg(long, env = "MULTIHOME_LOG_FORMAT", value_enum, default_value = "text", global = true)]
    pub log_format: LogFormat,
}

impl LogArgs {
    /// Starts logging, at the level `usual` where nothing was said; only the first call in a process counts.
    pub fn start(&self, usual: &str) -> Result<(), String> {
        let wanted = self.log.as_deref().unwrap_or(usual);
        let filter = EnvFilter::try_new(wanted).map_err(|why| format!("'{wanted}' is not a log filter: {why}"))?;
        // What the libraries say below a warning is about their insides.
        let filter = ["async_nats=warn", "sqlx=warn", "sea_orm=warn", "sea_orm_migration=warn", "hyper=warn"]
            .iter()
            .filter(|directive| !wanted.contains(directive.split('=').next().unwrap_or_default()))
            .filter_map(|directive| directive.parse().ok())
            .fold(filter, EnvFilter::add_directive);
        let registry = tracing_subscriber::registry().with(filter);
        let started = match self.log_format {
            LogFormat::Text => {
                let colours = std::io::stderr().is_terminal();
                registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours)).try_init()
            }
            LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
        };
        drop(started);
        Ok(())
    }
}
