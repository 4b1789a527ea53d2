//! Measures a whole Multihome from outside: over HTTP with signatures, as an SDK, and over NATS, as another service.
//!
//! `scripts/bench` builds what it needs and starts it. It starts a deployment of its own (`deployment`), and prints a table
//! and JSON lines (`figure`). Load comes from this process, so it competes with what it measures for the processors: each
//! throughput says how much of them it took itself. Deliberately absent: a verdict. Targets stand beside the figures.

mod attach;
mod broadcast;
mod cpu;
mod deployment;
mod events;
mod figure;
mod interfaces;
mod load;
mod metadata;

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use multihome_runtime::{Failure, signalled};

use crate::{
    deployment::{Deployment, Machine},
    figure::{Context, Figure, Target},
};

// As in the product, whose composing of documents is measured in this process.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure a whole Multihome
#[derive(Debug, Parser)]
#[command(max_term_width = 110)]
struct Args {
    /// The multihome program to measure
    #[arg(long)]
    program: PathBuf,
    /// The nats-server program
    #[arg(long)]
    nats_server: PathBuf,
    /// Measure the distributed form on this empty PostgreSQL database (postgres://…) instead of `multihome up`
    #[arg(long)]
    database: Option<String>,
    /// Where the deployment keeps its files while it runs; on a disk, or commits cost nothing
    #[arg(long)]
    folder: PathBuf,
    /// The file to write JSON lines to
    #[arg(long)]
    json: PathBuf,
    /// The version of the sources, for the JSON lines
    #[arg(long, default_value = "unknown")]
    git: String,
    /// A tenth of the work: figures that show whether something is broken, not how fast it is
    #[arg(long)]
    quick: bool,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    /// How often each measurement is repeated; the median counts.
    runs: usize,
    /// How many interfaces there are when reads are measured.
    interfaces: usize,
    creates_alone: usize,
    reads_alone: usize,
    reads_together: usize,
    attaches_alone: usize,
    attach_rounds: usize,
    metadata: usize,
    /// How many instances are in the document that is composed.
    instances: u32,
}

const FULL: Plan = Plan {
    runs: 5,
    interfaces: 10_000,
    creates_alone: 300,
    reads_alone: 2_000,
    reads_together: 10_000,
    attaches_alone: 40,
    attach_rounds: 8,
    metadata: 200_000,
    instances: 10_000,
};
const QUICK: Plan = Plan {
    runs: 1,
    interfaces: 1_000,
    creates_alone: 100,
    reads_alone: 500,
    reads_together: 2_000,
    attaches_alone: 20,
    attach_rounds: 3,
    metadata: 20_000,
    instances: 1_000,
};

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let measured = tokio::select! {
        measured = measure(&args) => measured,
        // Dropping the measurement stops what it started.
        () = signalled() => Err("interrupted".into()),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bench: {why}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &Args) -> Result<(), Failure> {
    let plan = if args.quick { QUICK } else { FULL };
    let folder = tempfile::TempDir::new_in(&args.folder).map_err(|why| format!("cannot write to {}: {why}", args.folder.display()))?;
    let machine = Machine { program: &args.program, nats_server: &args.nats_server, folder: folder.path() };
    let context = Context {
        database: if args.database.is_some() { "postgresql" } else { "sqlite" },
        deployment: if args.database.is_some() { "distributed" } else { "embedded" },
        git: args.git.clone(),
        quick: args.quick,
    };
    let mut figures = broadcast::compose(plan.instances, plan.runs)?;

    let deployment = match &args.database {
        Some(url) => Deployment::distributed(&machine, url).await?,
        None => {
            // The empty start is measured on folders of its own; the last one is kept.
            let mut starts = Vec::new();
            for run in 1..plan.runs {
                let deployment = Deployment::embedded(&machine, &format!("state-{run}")).await?;
                starts.push(deployment.ready_after_ms);
            }
            let deployment = Deployment::embedded(&machine, "state").await?;
            starts.push(deployment.ready_after_ms);
            let targets = vec![Target::at_most("value", 100.0)];
            figures.push(Figure { targets, ..Figure::time("start to ready, empty", "from starting the process to its ready line", &[starts]) });
            deployment
        }
    };

    let mut fleet = attach::Fleet::launch(&deployment).await?;
    figures.extend(attach::alone(&deployment, &mut fleet, plan).await?);
    figures.extend(attach::together(&deployment, &mut fleet, plan.runs, plan.attach_rounds).await?);

    if let Some(metadata) = &deployment.metadata {
        figures.extend(metadata::ask(&deployment, plan, metadata, &fleet.instances()).await?);
    }

    let (created, subnet) = interfaces::create(&deployment, plan, fleet.interfaces()).await?;
    figures.extend(created);
    figures.extend(interfaces::describe(&deployment, plan, &subnet).await?);
    figures.extend(attach::alone_among(&deployment, &mut fleet, plan).await?);
    deployment.stop();

    if let Some(parent) = args.json.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::write(&args.json, figure::json_lines(&figures, &context))?;
    print!("{}", figure::table(&figures, &context));
    eprintln!("JSON lines: {}", args.json.display());
    Ok(())
}
