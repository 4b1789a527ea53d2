//! Works one task: look at what the cluster was sent, catch up, compose, and publish what is new.
//!
//! In this order: what the bus keeps is read before the database, so whatever was covered by the kept document is covered by
//! the next, and the compare-and-set on the subject sees to it that nobody published in between.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex as StdMutex, PoisonError},
    time::{Duration, Instant},
};

use multihome_broadcast::LONGEST;
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::{
    Bus, Store,
    bus::{BusError, Kept},
    now,
    trace::TraceContext,
    work::Outcome,
};
use multihome_types::{Cluster, ClusterName};
use sea_orm::DbErr;
use tokio::sync::Mutex;

use crate::{
    draft::{Draft, Drafted, Verdict},
    kept::{self, KeptDocument},
    lag::Lag,
    millis,
    model::Model,
    rows::gather_newest,
};

/// Documents over this size are compressed.
const PLAIN_MAX: usize = 32 * 1024;
/// The fastest: a thirteenth of the size.
const LEVEL: i32 = 1;
/// What a message's headers may take of the server's limit.
const HEADER_ROOM: usize = 1024;
/// Until another replica's newer knowledge of the log has reached this one.
const BEHIND: Duration = Duration::from_millis(100);
const TROUBLE: Duration = Duration::from_millis(500);

pub(crate) struct Sender {
    bus: Bus,
    store: Store,
    model: Arc<Mutex<Model>>,
    lag: Arc<Lag>,
    /// Between two documents for a cluster, whichever replicas send them.
    least_interval: Duration,
    /// Since when the message that the bus keeps is known here, by its sequence.
    known: StdMutex<HashMap<ClusterName, (u64, Instant)>>,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("the bus failed")]
    Bus(#[source] BusError),
    #[error("the database cannot be read")]
    Database(#[source] DbErr),
    #[error("the document cannot be compressed")]
    Compress(#[source] std::io::Error),
    #[error("composing died")]
    Died(#[source] tokio::task::JoinError),
}

/// A document as it is published.
struct Letter {
    /// Of the newest change that it covers.
    trace: TraceContext,
    draft: Draft,
    compressed: bool,
}

impl Sender {
    pub(crate) fn new((bus, store): (Bus, Store), model: Arc<Mutex<Model>>, lag: Arc<Lag>, least_interval: Duration) -> Self {
        Self { bus, store, model, lag, least_interval, known: StdMutex::default() }
    }

    /// Clusters that were behind before this replica started are behind.
    pub(crate) async fn seed_lag(&self) {
        let (clusters, newest) = {
            let model = self.model.lock().await;
            let applied = |cluster: &Cluster| cluster.applied.as_ref().map(|applied| applied.revision);
            (model.clusters().map(|cluster| (cluster.name, applied(cluster))).collect::<Vec<_>>(), model.revision())
        };
        for (cluster, applied) in clusters {
            let Ok(Some(kept)) = self.gather_kept(cluster).await else { continue };
            // One of a later revision than there is comes from another database, and is about to be replaced.
            let unapplied = |document: &KeptDocument| applied < Some(document.revision) && document.revision <= newest;
            let Some(document) = KeptDocument::of(&kept).filter(unapplied) else { continue };
            // This machine's clock may have begun later: then it is at least behind.
            let started = Instant::now();
            self.lag.was_sent(cluster, document.revision, started.checked_sub(kept::first_sent(&kept, now())).unwrap_or(started));
        }
    }

    /// Sends what the bus keeps once more, unless that was sent less than `rest` ago. If it fails, the timer comes again.
    pub(crate) async fn resend(&self, cluster: ClusterName, rest: Duration) {
        match self.send_again(cluster, rest).await {
            Ok(true) => tracing::debug!(cluster.name = %cluster, "Cluster {cluster} was sent its document again"),
            Ok(false) => {}
            Err(why) => tracing::debug!(cluster.name = %cluster, error = sentence(&why), "A document was not sent again"),
        }
    }

    async fn send_again(&self, cluster: ClusterName, rest: Duration) -> Result<bool, SendError> {
        let Some(kept) = self.gather_kept(cluster).await? else { return Ok(false) };
        let age = self.known_for(cluster, kept.sequence).max(kept::last_sent(&kept, now()));
        if KeptDocument::of(&kept).is_none() || age < rest {
            return Ok(false);
        }
        let trace = TraceContext::continued(kept.headers.get(header::TRACEPARENT).map(async_nats::HeaderValue::as_str));
        let (subject, headers) = (Subject::Broadcast(cluster), kept::again(&kept));
        // The compare-and-set: what was sent meanwhile is newer.
        let published = trace.scope(self.bus.publish_after(&subject, kept.body.to_vec(), &headers, kept.sequence)).await;
        published.map_err(SendError::Bus)?;
        Lag::sent_again(cluster);
        Ok(true)
    }

    /// Since when this replica knows that the bus keeps this message and no other.
    fn known_for(&self, cluster: ClusterName, sequence: u64) -> Duration {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entry(cluster).or_insert_with(|| (sequence, Instant::now()));
        if entry.0 != sequence {
            *entry = (sequence, Instant::now());
        }
        entry.1.elapsed()
    }

    /// What is left of the least interval since the last document. The clocks of the server and of this machine may differ, so a
    /// message is never waited for longer than the interval after it was first seen here.
    fn rest(&self, cluster: ClusterName, kept: &Kept) -> Option<Duration> {
        KeptDocument::of(kept)?;
        let age = self.known_for(cluster, kept.sequence).max(kept::first_sent(kept, now()));
        self.least_interval.checked_sub(age).filter(|rest| !rest.is_zero())
    }

    pub(crate) async fn handle(&self, cluster: ClusterName) -> Outcome {
        match self.send(cluster).await {
            Ok(outcome) => outcome,
            // Another replica sent first. What it sent may be older or newer than this: look again.
            Err(SendError::Bus(BusError::Moved { .. })) => Outcome::Retry(Duration::ZERO),
            Err(why) => {
                tracing::warn!(cluster.name = %cluster, error = sentence(&why), "The document of cluster {cluster} could not be sent; trying again");
                Outcome::Retry(TROUBLE)
            }
        }
    }

    async fn send(&self, cluster: ClusterName) -> Result<Outcome, SendError> {
        let started = Instant::now();
        let kept = self.gather_kept(cluster).await?;
        if let Some(rest) = kept.as_ref().and_then(|kept| self.rest(cluster, kept)) {
            return Ok(Outcome::Retry(rest));
        }
        let sequence = kept.as_ref().map_or(0, |kept| kept.sequence);
        let mut known = kept.as_ref().and_then(KeptDocument::of);
        let letter = loop {
            let Some((drafted, letter)) = self.compose(cluster, known.clone()).await? else {
                // It was removed; its task ends here.
                return Ok(Outcome::Done);
            };
            // Before anything can end this: the model counts them as told of.
            self.apply_invalidated(&drafted).await;
            say_omitted(&drafted);
            let (Verdict::Behind, Some(document)) = (&drafted.verdict, &known) else { break letter };
            if gather_newest(self.store.reader()).await.map_err(SendError::Database)? >= document.revision {
                return Ok(Outcome::Retry(BEHIND));
            }
            tracing::warn!(
                cluster.name = %cluster,
                revision = document.revision.0,
                "What cluster {cluster} was sent last is not of this database; its document is written anew"
            );
            known = None;
        };
        if let Some(letter) = letter {
            let trace = letter.trace;
            trace.scope(self.apply_letter(cluster, letter, sequence, started)).await?;
        }
        Ok(Outcome::Done)
    }

    /// What the bus keeps for the cluster. The stream may be gone, and nobody else declares it before something is published.
    async fn gather_kept(&self, cluster: ClusterName) -> Result<Option<Kept>, SendError> {
        let subject = Subject::Broadcast(cluster);
        match self.bus.last(&Stream::BROADCASTS, &subject).await {
            Ok(kept) => Ok(kept),
            Err(_) => {
                self.bus.declare().await.map_err(SendError::Bus)?;
                self.bus.last(&Stream::BROADCASTS, &subject).await.map_err(SendError::Bus)
            }
        }
    }

    /// Catches up and composes. The model is locked meanwhile, but not while the document is compressed; neither holds up the
    /// threads that messages are handled on.
    async fn compose(&self, cluster: ClusterName, kept: Option<KeptDocument>) -> Result<Option<(Drafted, Option<Letter>)>, SendError> {
        let mut model = self.model.clone().lock_owned().await;
        model.keep_up(&self.store).await.map_err(SendError::Database)?;
        let composing = tokio::task::spawn_blocking(move || {
            let Some(mut drafted) = model.draft(cluster, kept.as_ref()) else { return Ok(None) };
            let trace = model.trace();
            drop(model);
            let verdict = std::mem::replace(&mut drafted.verdict, Verdict::NothingNew);
            let letter = match verdict {
                Verdict::Send(draft) => Some(Letter::of(draft, trace)?),
                verdict @ (Verdict::NothingNew | Verdict::Behind) => {
                    drafted.verdict = verdict;
                    None
                }
            };
            Ok(Some((drafted, letter)))
        });
        composing.await.map_err(SendError::Died)?.map_err(SendError::Compress)
    }

    async fn apply_letter(&self, cluster: ClusterName, letter: Letter, sequence: u64, started: Instant) -> Result<(), SendError> {
        let Letter { draft, compressed, .. } = letter;
        let bytes = draft.body.len();
        let subject = Subject::Broadcast(cluster);
        let key = cluster.to_string();
        // What is larger than a message may be goes first, so that the reference never leads nowhere.
        let is_object = bytes + HEADER_ROOM > self.bus.client().server_info().max_payload;
        let object = if is_object { Some(self.bus.put_object(&key, &draft.body).await.map_err(SendError::Bus)?) } else { None };
        let body = if is_object { Vec::new() } else { draft.body };
        let revision = draft.revision.to_string();
        let mut headers = vec![
            (header::VERSION, draft.version.as_str()),
            (header::CONTENT, &draft.content),
            (header::REVISION, &revision),
            (header::CONTENT_TYPE, "application/xml"),
        ];
        headers.extend(draft.applied.as_deref().map(|applied| (header::APPLIED, applied)));
        headers.extend(compressed.then_some((header::CONTENT_ENCODING, "zstd")));
        headers.extend(object.as_deref().map(|name| (header::OBJECT, name)));
        let published = self.bus.publish_after(&subject, body, &headers, sequence).await.map_err(SendError::Bus);
        // What was put for nothing stays until the next document is sent: it cannot be told here from what another sender is about to refer to.
        published?;
        if let Some(name) = &object {
            self.forget_objects(cluster, name).await;
        }
        self.lag.sent(cluster, draft.revision);
        if draft.length > LONGEST {
            tracing::warn!(
                cluster.name = %cluster,
                bytes = draft.length,
                "The document of cluster {cluster} is longer than {LONGEST} bytes: controllers of Eucalyptus cut it off there"
            );
        }
        tracing::info!(
            cluster.name = %cluster,
            broadcast.version = draft.version,
            broadcast.revision = draft.revision.0,
            broadcast.applied_version = draft.applied,
            instances = draft.instances,
            bytes,
            duration_ms = millis(started),
            "Cluster {cluster} was sent document {} of revision {}", draft.version, draft.revision
        );
        Ok(())
    }

    /// Forgets the objects of a cluster's earlier documents. Whoever is about to refer to one of them is late: this one's reference was taken.
    async fn forget_objects(&self, cluster: ClusterName, kept: &str) {
        if let Err(why) = self.bus.forget_objects(&cluster.to_string(), Some(kept)).await {
            tracing::debug!(cluster.name = %cluster, error = sentence(&why), "Older documents could not be forgotten");
        }
    }

    /// Tells of wrong routes. If that fails they are told of with the next document.
    async fn apply_invalidated(&self, drafted: &Drafted) {
        for invalidated in &drafted.invalidated {
            let subject = Subject::RouteStateInvalidated(invalidated.vpc);
            match self.bus.publish(&subject, invalidated).await {
                Ok(()) => tracing::debug!(vpc.id = %invalidated.vpc, "Routes of {} have a wrong state", invalidated.vpc),
                Err(why) => {
                    tracing::warn!(vpc.id = %invalidated.vpc, error = sentence(&why), "Wrong routes could not be told of; trying again with the next document");
                    return self.model.lock().await.forget_reported();
                }
            }
        }
    }
}

impl Letter {
    fn of(mut draft: Draft, trace: TraceContext) -> Result<Self, std::io::Error> {
        let compressed = draft.body.len() > PLAIN_MAX;
        if compressed {
            draft.body = zstd::bulk::compress(&draft.body, LEVEL)?;
        }
        Ok(Self { trace, draft, compressed })
    }
}

/// What is left out from now on, each with its reason.
fn say_omitted(drafted: &Drafted) {
    if let Some(count) = drafted.further {
        tracing::info!("{count} interfaces have addresses for which a document has no words; `multihome broadcast check` names them");
    }
    for omission in &drafted.omitted {
        // That is how a VPC with an IPv6 block is.
        if omission.is_beyond_the_format() { tracing::info!("{omission}") } else { tracing::warn!("{omission}") }
    }
}

/// An error and what lies under it, in one line.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut under = error.source();
    while let Some(source) = under {
        text.push_str(": ");
        text.push_str(&source.to_string());
        under = source.source();
    }
    text
}
