//! `multihome broadcast show`: the document that a cluster was sent last, as it was sent. `multihome broadcast check` is in [`check`].

mod check;

use std::{io::Write, path::PathBuf};

use clap::{Args, Subcommand};
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::{Bus, BusArgs, bus::Kept};
use multihome_types::ClusterName;

#[derive(Clone, Debug, Args)]
pub struct BroadcastArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Debug, Subcommand)]
enum What {
    /// Print the last document of a cluster to standard output
    Show(ShowArgs),
    /// Say what cannot be expressed in the document of a cluster, whether its last one is valid, and how far behind it is;
    /// fails if anything is invalid, or left out that the format has words for
    Check(Box<check::CheckArgs>),
}

#[derive(Clone, Debug, Args)]
struct ShowArgs {
    /// The cluster's name
    cluster: ClusterName,
    /// Indent the document; without this it is printed byte by byte as it was sent
    #[arg(long)]
    pretty: bool,
    /// Write to a file instead
    #[arg(long)]
    output: Option<PathBuf>,
    #[command(flatten)]
    bus: BusArgs,
}

pub async fn run(args: BroadcastArgs) -> anyhow::Result<()> {
    match args.what {
        What::Show(args) => show(args).await,
        What::Check(args) => check::run(*args).await,
    }
}

async fn show(args: ShowArgs) -> anyhow::Result<()> {
    let bus = Bus::connect(&args.bus, "broadcast show").await?;
    let kept = bus.last(&Stream::BROADCASTS, &Subject::Broadcast(args.cluster)).await?;
    let kept = kept.ok_or_else(|| anyhow::anyhow!("cluster {} has not been sent a broadcast yet", args.cluster))?;
    let kept = bus.whole(kept).await?;
    let document = document(&kept)?;
    let said = |name: &str| kept.headers.get(name).map_or("none", async_nats::HeaderValue::as_str).to_owned();
    eprintln!(
        "cluster {}: version {}, revision {}, applied version {}, {} bytes",
        args.cluster,
        said(header::VERSION),
        said(header::REVISION),
        said(header::APPLIED),
        document.len()
    );
    let text = if args.pretty { indented(&document)? } else { document };
    match args.output {
        Some(path) => std::fs::write(&path, text).map_err(|why| anyhow::anyhow!("cannot write {}: {why}", path.display()))?,
        None => {
            let mut out = std::io::stdout().lock();
            match out.write_all(&text).and_then(|()| out.write_all(b"\n")) {
                // Whoever reads has seen enough, as `head` has.
                Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
    }
    Ok(())
}

/// The XML of a kept broadcast, unpacked.
pub fn document(kept: &Kept) -> anyhow::Result<Vec<u8>> {
    match kept.headers.get(header::CONTENT_ENCODING).map(async_nats::HeaderValue::as_str) {
        None => Ok(kept.body.to_vec()),
        Some("zstd") => Ok(zstd::decode_all(kept.body.as_ref())?),
        Some(other) => anyhow::bail!("the broadcast is encoded as '{other}', which this version does not know"),
    }
}

fn indented(document: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut reader = quick_xml::Reader::from_reader(document);
    let mut writer = quick_xml::Writer::new_with_indent(Vec::new(), b' ', 2);
    loop {
        match reader.read_event()? {
            quick_xml::events::Event::Eof => return Ok(writer.into_inner()),
            event => writer.write_event(event)?,
        }
    }
}
