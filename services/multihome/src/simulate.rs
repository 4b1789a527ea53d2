//! `multihome simulate`: how slow and how broken a simulated cluster is from now on.

use std::time::Duration;

use clap::Args;
use multihome_messages::{Answer, AttachMode, NEVER_MS, ReportMode, SimulateReply, SimulateRequest, Subject};
use multihome_runtime::{Bus, BusArgs};
use multihome_types::ClusterName;

#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
    /// The cluster's name
    cluster: ClusterName,
    /// Forget all earlier settings first
    #[arg(long)]
    reset: bool,
    /// How long an instance takes to boot: a time such as 10s, or never
    #[arg(long, value_parser = delay, value_name = "TIME")]
    launch_delay: Option<u64>,
    /// How long a running instance takes to gain an interface, or never
    #[arg(long, value_parser = delay, value_name = "TIME")]
    attach_delay: Option<u64>,
    /// How long a running instance takes to lose an interface, or never
    #[arg(long, value_parser = delay, value_name = "TIME")]
    detach_delay: Option<u64>,
    /// How long an instance takes to shut down, or never
    #[arg(long, value_parser = delay, value_name = "TIME")]
    stop_delay: Option<u64>,
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

/// In milliseconds.
fn delay(text: &str) -> Result<u64, String> {
    if text == "never" {
        return Ok(NEVER_MS);
    }
    let delay = humantime::parse_duration(text).map_err(|why| format!("{why}; a delay is a time such as 10s, or never"))?;
    u64::try_from(delay.as_millis()).map_err(|_| "that is longer than a cluster can wait".to_owned())
}

/// The reply as people read it.
fn shown(reply: &SimulateReply) -> anyhow::Result<String> {
    let mut reply = serde_json::to_value(reply)?;
    for delay in reply.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()).filter(|value| value.as_u64() == Some(NEVER_MS)) {
        *delay = "never".into();
    }
    Ok(serde_json::to_string_pretty(&reply)?)
}

pub async fn run(args: SimulateArgs) -> anyhow::Result<()> {
    let request = SimulateRequest {
        reset: args.reset,
        launch_ms: args.launch_delay,
        attach_ms: args.attach_delay,
        detach_ms: args.detach_delay,
        stop_ms: args.stop_delay,
        attach: args.attach,
        report: args.report,
        ignore_broadcasts: args.ignore_broadcasts,
        save: args.save,
        restore: args.restore,
    };
    let bus = Bus::connect(&args.bus, "simulate").await?;
    let answer: Answer<SimulateReply> = bus.request(&Subject::Simulate(args.cluster), &request, Duration::from_secs(5)).await?;
    let reply = answer.into_result()?;
    println!("{}", shown(&reply)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_a_time_or_never() {
        assert_eq!((delay("10s"), delay("0s"), delay("never")), (Ok(10_000), Ok(0), Ok(NEVER_MS)));
        for bad in ["", "10", "Never", "-1s"] {
            assert!(delay(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_delay_without_an_end_is_shown_as_never() {
        let reply = SimulateReply {
            launch_ms: 500,
            attach_ms: 0,
            detach_ms: NEVER_MS,
            stop_ms: 1,
            attach: AttachMode::Normal,
            report: ReportMode::Normal,
            ignore_broadcasts: false,
            instances: 1,
            attachments: 2,
        };
        let text = shown(&reply).unwrap();
        assert!(text.contains("\"detach_ms\": \"never\"") && text.contains("\"launch_ms\": 500"), "{text}");
    }
}
