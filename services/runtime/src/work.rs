//! Takes messages from a work queue, hands them to a handler, and acknowledges: the one place where acks happen.
//!
//! A handler answers [`Outcome`] after its commit. A message that makes no sense is copied to `vpc.dead.>` with its reason
//! and then ended, never dropped. A stream that is gone is declared again.

use std::{future::Future, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{AckKind, Message as Taken},
};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use multihome_messages::{Encoding, Message, Stream, Subject, decode, header};
use tracing::Instrument;

use crate::{Bus, Failure, Stop, trace::TraceContext};

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is done and may be forgotten.
    Done,
    /// Give it back, to be taken again by anybody after this long.
    Retry(Duration),
    /// It can never be done.
    Reject(String),
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub subject: Subject,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub encoding: Encoding,
    /// 1 at the first time.
    pub attempt: i64,
    /// The same at every delivery of this message, and of no other message ever.
    pub stamp: String,
}

impl Delivery {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }
}

/// What headers may take of the server's limit on a message.
const HEADER_ROOM: usize = 16 * 1024;
/// How long the server keeps a request for messages.
const EXPIRES: Duration = Duration::from_secs(15);
/// How often the server says that it still does. Two that are missed end the session, and what was on its way to it then waits for
/// its ack wait: so not so short that a busy machine misses them. A deleted consumer and a lost connection show at once.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// Works a queue of one kind of message until told to stop; up to `at_once` messages are in hand.
pub async fn run<M, H, F>(bus: Bus, stream: Stream, at_once: usize, stop: Stop, handler: H) -> Result<(), Failure>
where
    M: Message,
    H: Fn(M) -> F,
    F: Future<Output = Outcome>,
{
    run_raw(bus, stream, at_once, stop, |delivery: Delivery| {
        let handling = decode::<M>(&delivery.body, delivery.encoding).map(&handler);
        async move {
            match handling {
                Ok(handling) => handling.await,
                Err(why) => Outcome::Reject(why.to_string()),
            }
        }
    })
    .await
}

/// As [`run`], for handlers that answer even what they cannot read.
pub async fn run_raw<H, F>(bus: Bus, stream: Stream, at_once: usize, stop: Stop, handler: H) -> Result<(), Failure>
where
    H: Fn(Delivery) -> F,
    F: Future<Output = Outcome>,
{
    let mut troubled = false;
    while !stop.is_cancelled() {
        match session(&bus, &stream, at_once, &stop, &handler).await {
            Ok(()) => troubled = false,
            Err(why) => {
                if !troubled {
                    tracing::warn!(stream = stream.name, error = %why, "The queue is out of reach; trying again");
                }
                troubled = true;
                // Not a wait for an event: there is none that says a server is back.
                tokio::time::timeout(Duration::from_millis(200), stop.cancelled()).await.unwrap_or_default();
            }
        }
    }
    Ok(())
}

async fn session<H, F>(bus: &Bus, stream: &Stream, at_once: usize, stop: &Stop, handler: &H) -> Result<(), String>
where
    H: Fn(Delivery) -> F,
    F: Future<Output = Outcome>,
{
    let consumer = bus.consumer(stream).await?;
    let messages =
        consumer.stream().max_messages_per_batch(at_once).expires(EXPIRES).heartbeat(HEARTBEAT).messages().await.map_err(|why| why.to_string())?;
    let mut messages = std::pin::pin!(messages);
    let mut broken = None;
    {
        let taken = futures_util::stream::poll_fn(|context| futures_util::Stream::poll_next(messages.as_mut(), context))
            .take_until(stop.cancelled())
            .scan((), |(), next| std::future::ready(next.map_err(|why| broken = Some(why.to_string())).ok()));
        taken.for_each_concurrent(at_once, |message| handle(bus, stream, message, handler)).await;
    }
    // What was taken but not begun is given back, so that another replica need not wait for it.
    while let Some(Some(Ok(message))) = messages.next().now_or_never() {
        acknowledge(&message, AckKind::Nak(None)).await;
    }
    broken.map_or(Ok(()), Err)
}

async fn handle<H, F>(bus: &Bus, stream: &Stream, message: Taken, handler: &H)
where
    H: Fn(Delivery) -> F,
    F: Future<Output = Outcome>,
{
    let headers = message.headers.clone().unwrap_or_default();
    let context = TraceContext::continued(headers.get(header::TRACEPARENT).map(async_nats::HeaderValue::as_str));
    let span = tracing::info_span!("message", subject = %message.subject, trace.id = context.trace_id());
    let work = async {
        let outcome = match message.subject.parse::<Subject>() {
            Ok(subject) => {
                let encoding = Encoding::of(headers.get(header::CONTENT_TYPE).map(async_nats::HeaderValue::as_str), &message.payload);
                let (attempt, stamp) = message.info().map_or((1, String::new()), |info| {
                    (info.delivered, format!("{}-{}", info.published.unix_timestamp_nanos(), info.stream_sequence))
                });
                let delivery = Delivery { subject, headers: headers.clone(), body: message.payload.clone(), encoding, attempt, stamp };
                held(stream, &message, handler(delivery)).await
            }
            Err(why) => Outcome::Reject(why.to_string()),
        };
        match outcome {
            Outcome::Done => acknowledge(&message, AckKind::Ack).await,
            Outcome::Retry(after) => acknowledge(&message, AckKind::Nak(Some(after))).await,
            Outcome::Reject(reason) => reject(bus, &message, headers, &reason).await,
        }
    };
    context.scope(work.instrument(span)).await;
}

/// Keeps the message ours while it is being worked on, however long that takes.
async fn held(stream: &Stream, message: &Taken, work: impl Future<Output = Outcome>) -> Outcome {
    let third = stream.consumer.map_or(EXPIRES, |consumer| consumer.ack_wait) / 3;
    let mut progress = tokio::time::interval_at(tokio::time::Instant::now() + third, third);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            outcome = &mut work => return outcome,
            _ = progress.tick() => acknowledge(message, AckKind::Progress).await,
        }
    }
}

/// Copied first, ended second: between the two it may be copied twice, never lost.
async fn reject(bus: &Bus, message: &Taken, mut headers: HeaderMap, reason: &str) {
    tracing::warn!(reason, "A message was rejected and moved to vpc.dead.>");
    headers.insert(header::REASON, reason.replace(['\r', '\n'], " "));
    // What belonged to the first publication must not decide about the second.
    let mut kept = HeaderMap::new();
    for (name, values) in headers.iter().filter(|(name, _)| !name.to_string().starts_with("Nats-")) {
        for value in values {
            kept.append(name.clone(), value.clone());
        }
    }
    // With the reason it may be more than the server takes; then its beginning has to do.
    let room = bus.client().server_info().max_payload.saturating_sub(HEADER_ROOM);
    let body = if message.payload.len() > room {
        kept.insert(header::TRUNCATED, message.payload.len().to_string());
        message.payload.slice(..room)
    } else {
        message.payload.clone()
    };
    match bus.clone().put(format!("vpc.dead.{}", message.subject), kept, body, None).await {
        Ok(()) => acknowledge(message, AckKind::Term).await,
        Err(why) => {
            tracing::warn!(error = %why, "The rejected message could not be copied and is given back");
            acknowledge(message, AckKind::Nak(Some(Duration::from_secs(1)))).await;
        }
    }
}

async fn acknowledge(message: &Taken, kind: AckKind) {
    // A lost ack means the message comes again, which every handler bears.
    if let Err(why) = message.ack_with(kind).await {
        tracing::debug!(error = %why, "An acknowledgement was not sent");
    }
}
