//! `multihome metadata`: the service alone, or, with an instance, a look through that instance's eyes.

mod front;

use std::{io::Write, net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Args;
use hyper::{HeaderMap, Method};
use multihome_metadata::Secret;
use multihome_types::InstanceId;

use crate::services::{self, MetadataCommand};
pub use front::Front;

#[derive(Clone, Debug, Args)]
pub struct MetadataLook {
    /// The instance to look through the eyes of; without one this runs the service
    instance: Option<InstanceId>,
    /// What to ask for, such as latest/meta-data/network/interfaces/macs/
    #[arg(requires = "instance", default_value = "latest/meta-data/")]
    path: String,
    /// Answer plain requests on this address as the instance's own, until Ctrl-C, instead of asking once
    #[arg(long, requires = "instance", value_name = "ADDRESS:PORT")]
    serve: Option<SocketAddr>,
    /// The state folder of the `multihome up` whose service is asked
    #[arg(long, env = "MULTIHOME_STATE", default_value = ".state")]
    state: PathBuf,
    #[command(flatten)]
    service: MetadataCommand,
}

impl MetadataLook {
    /// The service tells what it does; a look only what is wrong.
    pub fn usual_log(&self) -> &'static str {
        if self.instance.is_some() { "warn" } else { "info" }
    }
}

/// Where the embedded run keeps the secret of its fronts.
pub fn secret_file(state: &std::path::Path) -> PathBuf {
    state.join("metadata-secret")
}

pub async fn run(look: MetadataLook) -> anyhow::Result<()> {
    let Some(instance) = look.instance else { return services::run(look.service).await };
    let args = &look.service.args;
    let path = args.metadata_secret_file.clone().unwrap_or_else(|| secret_file(&look.state));
    let secret = Secret::read(&path).map_err(anyhow::Error::msg)?;
    let front = Front::new(args.metadata_listen, &secret, instance);
    if let Some(address) = look.serve {
        return front.serve(address).await;
    }
    let (parts, body) = front.ask(Method::GET, &look.path, HeaderMap::new()).await?.into_parts();
    let status = parts.status;
    anyhow::ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body).trim_end());
    let mut out = std::io::stdout().lock();
    out.write_all(&body).context("cannot write to standard output")?;
    if !body.ends_with(b"\n") {
        out.write_all(b"\n").context("cannot write to standard output")?;
    }
    Ok(())
}
