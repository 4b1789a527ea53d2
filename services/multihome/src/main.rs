//! The one binary: every service in one process (`multihome up`), one at a time (`multihome api`), and the operator's
//! commands (`multihome explain eni-…`).

use std::process::ExitCode;

use clap::Parser;

// Answering requests allocates many small things on many threads, which costs a twentieth less than with the allocator of glibc.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let command = multihome::Command::parse();
    match command.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // One sentence: what the operator reads first.
            eprintln!("multihome: {why:#}");
            ExitCode::FAILURE
        }
    }
}
