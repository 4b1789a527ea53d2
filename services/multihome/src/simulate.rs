//! `multihome simulate`: how slow and how broken a simulated cluster is from now on.

use std::time::Duration;

use clap::Args;
use multihome_messages::{Answer, AttachMode, ReportMode, SimulateReply, SimulateRequest, Subject};
use multihome_runtime::{Bus, BusArgs};
use multihome_types::ClusterName;

#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// The cluster's name
    cluster: ClusterName,
    /// Forget all earlier settings first
    #[arg(long)]
    reset: bool,
    /// How long an instance takes to boot
    #[arg(long, value_parser = humantime::parse_duration)]
    launch_delay: Option<Duration>,
    /// How long a running instance takes to gain an interface
    #[arg(long, value_parser = humantime::parse_duration)]
    attach_delay: Option<Duration>,
    /// How long a running instance takes to lose an interface
    #[arg(long, value_parser = humantime::parse_duration)]
    detach_delay: Option<Duration>,
    /// How long an instance takes to shut down
    #[arg(long, value_parser = humantime::parse_duration)]
    stop_delay: Option<Duration>,
    /// What becomes of interfaces that should be attached: normal or never
    #[arg(long, value_parser = mode::<AttachMode>)]
    attach: Option<AttachMode>,
    /// How polls are answered: normal, silent (not at all) or empty (as if nothing ran)
    #[arg(long, value_parser = mode::<ReportMode>)]
    report: Option<ReportMode>,
    /// Take broadcasts and do nothing about them: true or false
    #[arg(long)]
    ignore_broadcasts: Option<bool>,
    /// Remember what is there now
    #[arg(long)]
    save: bool,
    /// Come back with what was remembered
    #[arg(long)]
    restore: bool,
    #[command(flatten)]
    bus: BusArgs,
}

fn mode<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|why| why.to_string())
}

fn millis(duration: Option<Duration>) -> Option<u64> {
    duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

pub async fn run(args: SimulateArgs) -> anyhow::Result<()> {
    let request = SimulateRequest {
        reset: args.reset,
        launch_ms: millis(args.launch_delay),
        attach_ms: millis(args.attach_delay),
        detach_ms: millis(args.detach_delay),
        stop_ms: millis(args.stop_delay),
        attach: args.attach,
        report: args.report,
        ignore_broadcasts: args.ignore_broadcasts,
        save: args.save,
        restore: args.restore,
    };
    let bus = Bus::connect(&args.bus, "simulate").await?;
    let answer: Answer<SimulateReply> = bus.request(&Subject::Simulate(args.cluster), &request, Duration::from_secs(5)).await?;
    let reply = answer.into_result()?;
    println!("{}", serde_json::to_string_pretty(&reply)?);
    Ok(())
}
