//! `multihome explain eni-…`: where an interface is, what it waits for, since when, until when, and how it came there.

use clap::Args;
use multihome_core::explain::{BroadcastFacts, Explained, explain};
use multihome_entities::{change, cluster, instance, interface};
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::{Bus, BusArgs, Store, now};
use multihome_types::{Attachment, Change, ChangeId, Cluster, Instance, InterfaceId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::{broadcast::document, database::DatabaseArgs};

#[derive(Clone, Debug, Args)]
pub struct ExplainArgs {
    /// The interface's id
    interface: InterfaceId,
    #[command(flatten)]
    database: DatabaseArgs,
    /// How many lines of history to print
    #[arg(long, default_value_t = 50)]
    history: u64,
    #[command(flatten)]
    bus: BusArgs,
}

pub async fn run(args: ExplainArgs) -> anyhow::Result<()> {
    let store = args.database.open().await?;
    let conn = store.reader();
    let history = gather_history(&store, args.interface, args.history).await?;
    let Some(interface) = interface::find(conn, args.interface).await? else {
        anyhow::ensure!(!history.is_empty(), "there is no interface {}, and there never was one", args.interface);
        println!("{} is gone.", args.interface);
        print_history(&history);
        return Ok(());
    };
    let attachment = interface.attachment.as_ref();
    let instance = match attachment {
        Some(attachment) => instance::Entity::find_by_id(attachment.instance).one(conn).await?.map(Instance::from),
        None => None,
    };
    let cluster = match attachment {
        Some(attachment) => cluster::Entity::find_by_id(attachment.cluster).one(conn).await?.map(Cluster::try_from).transpose()?,
        None => None,
    };
    // The bus may be away; then the explanation does without what only it knows.
    let broadcast = match attachment {
        Some(attachment) => gather_broadcast(&args.bus, attachment).await.unwrap_or_else(|why| {
            eprintln!("(the last broadcast cannot be read: {why:#})");
            None
        }),
        None => None,
    };
    let explained = Explained { interface: &interface, instance: instance.as_ref(), cluster: cluster.as_ref(), broadcast };
    let explanation = explain(&explained, now());

    println!("{}  {}", interface.id, explanation.state);
    println!("  account   {} in {}", interface.account, interface.zone);
    println!("  address   {} ({}) in {} of {}", interface.address, interface.mac, interface.subnet, interface.vpc);
    if let Some(attachment) = attachment {
        println!("  attached  as {} to {} at device index {}", attachment.id, attachment.instance, attachment.device_index);
    }
    if let Some(instance) = &instance {
        println!("  instance  {} is {} on cluster {}, node {}", instance.id, instance.state, instance.cluster, instance.node);
    }
    if let Some(waiting_for) = explanation.waiting_for {
        println!("  waits     {waiting_for}");
    }
    if let Some(reason) = explanation.reason {
        println!("  because   {reason}");
    }
    if let Some(since) = explanation.since {
        println!("  since     {since}");
    }
    if let Some(until) = explanation.until {
        println!("  until     {until} at the latest");
    }
    print_history(&history);
    Ok(())
}

async fn gather_history(store: &Store, id: InterfaceId, limit: u64) -> anyhow::Result<Vec<Change>> {
    let mut rows = change::Entity::find()
        .filter(change::Column::EntityId.eq(id.to_string()))
        .order_by_desc(change::Column::Id)
        .limit(limit)
        .all(store.reader())
        .await?;
    rows.reverse();
    Ok(rows.into_iter().map(Change::from).collect())
}

/// What the last broadcast for the attachment's cluster says.
async fn gather_broadcast(bus: &BusArgs, attachment: &Attachment) -> anyhow::Result<Option<BroadcastFacts>> {
    let bus = Bus::connect(bus, "explain").await?;
    let Some(kept) = bus.last(&Stream::BROADCASTS, &Subject::Broadcast(attachment.cluster)).await? else { return Ok(None) };
    let said = |name: &str| kept.headers.get(name).map_or("", async_nats::HeaderValue::as_str).to_owned();
    let listed = format!("<attachmentId>{}</attachmentId>", attachment.id);
    Ok(Some(BroadcastFacts {
        version: said(header::VERSION),
        revision: ChangeId(said(header::REVISION).parse().unwrap_or_default()),
        lists_attachment: document(&kept)?.windows(listed.len()).any(|window| window == listed.as_bytes()),
    }))
}

fn print_history(history: &[Change]) {
    println!("  history");
    for change in history {
        println!("    {}  {:<10} {} ({})", change.at, change.what, change.why, change.who);
    }
}
