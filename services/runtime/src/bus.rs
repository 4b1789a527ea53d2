//! The bus: NATS and its JetStream. Built so that it can be thrown away: streams are declared again when they are gone.

use std::{future::Future, sync::Arc, time::Duration};

use async_nats::{
    Client, ConnectOptions, HeaderMap,
    jetstream::{self, context::PublishErrorKind, message::PublishMessage},
};
use bytes::Bytes;
use clap::Args;
use multihome_messages::{DecodeError, Encoding, Message, Subject, decode, encode, header};
use tokio::sync::Mutex;

use crate::{Health, streams, trace::TraceContext};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Bus")]
pub struct BusArgs {
    /// NATS servers, separated by commas; user and password may stand in the URL
    #[arg(long, env = "MULTIHOME_NATS", default_value = "nats://127.0.0.1:4222", hide_env_values = true)]
    pub nats: String,
    /// How many servers keep a copy of each stream
    #[arg(long, env = "MULTIHOME_STREAM_REPLICAS", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub stream_replicas: u8,
}

/// Why the bus could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("cannot reach NATS at {servers}")]
    Connect { servers: String, source: async_nats::ConnectError },
    #[error("nobody answers {subject}")]
    NoResponders { subject: String },
    #[error("no answer to {subject} in time")]
    TimedOut { subject: String },
    #[error("the request to {subject} failed")]
    Request { subject: String, source: async_nats::RequestError },
    #[error("the answer to {subject} is unreadable")]
    Answer { subject: String, source: DecodeError },
    #[error("publishing to {subject} failed")]
    Publish { subject: String, source: jetstream::context::PublishError },
    /// Somebody else published on the subject since the caller looked.
    #[error("{subject} has moved on")]
    Moved { subject: String },
    #[error("{0}")]
    Stream(String),
}

/// A connection, cheap to clone.
#[derive(Clone)]
pub struct Bus {
    client: Client,
    jetstream: jetstream::Context,
    replicas: usize,
    /// How many times the streams were declared again.
    declared: Arc<Mutex<u64>>,
    health: Health,
}

const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a starting service waits for the streams.
const PATIENCE: Duration = Duration::from_secs(30);
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

impl Bus {
    /// Connects once, and then keeps the connection alive by itself.
    pub async fn connect(args: &BusArgs, name: &str) -> Result<Self, BusError> {
        let client = ConnectOptions::new()
            .name(format!("multihome {name}"))
            .request_timeout(Some(REQUEST_TIMEOUT))
            .ping_interval(Duration::from_secs(10))
            .reconnect_delay_callback(|attempts| Duration::from_millis(20 * u64::try_from(attempts.min(50)).unwrap_or(50)))
            .connect(args.nats.split(',').map(str::trim).collect::<Vec<_>>())
            .await
            .map_err(|source| BusError::Connect { servers: without_passwords(&args.nats), source })?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(ACK_TIMEOUT);
        Ok(Self { client, jetstream, replicas: usize::from(args.stream_replicas), declared: Arc::default(), health: Health::default() })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Conditions of the bus that the process needs.
    pub fn health(&self) -> &Health {
        &self.health
    }

    pub fn jetstream(&self) -> &jetstream::Context {
        &self.jetstream
    }

    pub(crate) fn replicas(&self) -> usize {
        self.replicas
    }

    /// Declares every stream; one that exists and differs is an error, nothing is deleted.
    pub async fn declare(&self) -> Result<(), BusError> {
        streams::declare_all(&self.jetstream, self.replicas).await.map_err(|why| BusError::Stream(why.sentence()))
    }

    /// Declares the streams again, once for everybody who saw the bus without them: `seen` is how often they had been when the
    /// caller looked.
    async fn declare_again(&self, seen: u64) -> Result<(), BusError> {
        let mut times = self.declared.lock().await;
        if *times == seen {
            self.declare().await?;
            *times += 1;
        }
        Ok(())
    }

    /// As [`Self::declare`], for a start: gives servers that start at the same time a while to find each other.
    pub async fn declare_patiently(&self) -> Result<(), BusError> {
        let begun = tokio::time::Instant::now();
        loop {
            match streams::declare_all(&self.jetstream, self.replicas).await {
                Ok(()) => return Ok(()),
                Err(streams::Undeclared::Unanswered(why)) if begun.elapsed() < PATIENCE => {
                    tracing::info!(reason = why, "The streams cannot be declared yet");
                    // There is no event that says that a leader was elected.
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
                Err(why) => return Err(BusError::Stream(why.sentence())),
            }
        }
    }

    pub(crate) async fn consumer(&self, stream: &multihome_messages::Stream) -> Result<jetstream::consumer::PullConsumer, String> {
        streams::consumer(&self.jetstream, stream, self.replicas).await.map_err(streams::Undeclared::sentence)
    }

    fn headers(&self, extra: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in extra {
            headers.insert(*name, *value);
        }
        if let Some(context) = TraceContext::current() {
            headers.insert(header::TRACEPARENT, context.to_string());
        }
        headers
    }

    /// Asks and waits for the answer, in postcard.
    pub async fn request<Q: Message, A: Message>(&self, subject: &Subject, question: &Q, timeout: Duration) -> Result<A, BusError> {
        let subject = subject.to_string();
        let request =
            async_nats::Request::new().headers(self.headers(&[])).payload(encode(question, Encoding::Postcard).into()).timeout(Some(timeout));
        let answer = self.client.send_request(subject.clone(), request).await.map_err(|source| match source.kind() {
            async_nats::RequestErrorKind::NoResponders => BusError::NoResponders { subject: subject.clone() },
            async_nats::RequestErrorKind::TimedOut => BusError::TimedOut { subject: subject.clone() },
            _ => BusError::Request { subject: subject.clone(), source },
        })?;
        decode(&answer.payload, Encoding::Postcard).map_err(|source| BusError::Answer { subject, source })
    }

    /// A hint: nobody may be listening, and that is all right.
    pub async fn hint<M: Message>(&self, subject: &Subject, message: &M) {
        let body = encode(message, Encoding::Postcard).into();
        if let Err(why) = self.client.publish_with_headers(subject.to_string(), self.headers(&[]), body).await {
            tracing::debug!(%subject, error = %why, "A hint was not sent");
        }
    }

    /// Publishes to a stream and waits until the stream has it.
    pub async fn publish<M: Message>(&self, subject: &Subject, message: &M) -> Result<(), BusError> {
        self.publish_later(subject, encode(message, Encoding::Postcard), &[]).await
    }

    /// As [`Self::publish`], with a body and headers of one's own. The message is on its way when the future is first polled.
    pub fn publish_later(
        &self,
        subject: &Subject,
        body: Vec<u8>,
        extra: &[(&'static str, &str)],
    ) -> impl Future<Output = Result<(), BusError>> + Send + use<> {
        let headers = self.headers(extra);
        self.clone().put(subject.to_string(), headers, body.into(), None)
    }

    /// Publishes if the subject's last message is still the one with this sequence (0: none).
    pub async fn publish_after(&self, subject: &Subject, body: Vec<u8>, extra: &[(&'static str, &str)], last: u64) -> Result<(), BusError> {
        let headers = self.headers(extra);
        self.clone().put(subject.to_string(), headers, body.into(), Some(last)).await
    }

    pub(crate) async fn put(self, subject: String, headers: HeaderMap, body: Bytes, last: Option<u64>) -> Result<(), BusError> {
        let mut declared = false;
        loop {
            let seen = *self.declared.lock().await;
            let mut message = PublishMessage::build().payload(body.clone()).headers(headers.clone());
            if let Some(last) = last {
                message = message.expected_last_subject_sequence(last);
            }
            let published = match self.jetstream.send_publish(subject.clone(), message).await {
                Ok(ack) => ack.await.map(drop),
                Err(why) => Err(why),
            };
            match published {
                Ok(()) => return Ok(()),
                Err(source) => match source.kind() {
                    PublishErrorKind::WrongLastSequence => return Err(BusError::Moved { subject }),
                    // The stream is gone: the bus was wiped. Once more, with streams.
                    PublishErrorKind::StreamNotFound if !declared => {
                        declared = true;
                        self.declare_again(seen).await?;
                    }
                    _ => return Err(BusError::Publish { subject, source }),
                },
            }
        }
    }

    /// The last message that a stream keeps of a subject, and its sequence.
    pub async fn last(&self, stream: &multihome_messages::Stream, subject: &Subject) -> Result<Option<Kept>, BusError> {
        let stream = self.jetstream.get_stream_no_info(stream.name).await.map_err(|why| BusError::Stream(why.to_string()))?;
        match stream.direct_get_last_for_subject(subject.to_string()).await {
            Ok(message) => Ok(Some(Kept { sequence: message.sequence, headers: message.headers, body: message.payload })),
            Err(why) => match why.kind() {
                jetstream::stream::DirectGetErrorKind::NotFound => Ok(None),
                _ => Err(BusError::Stream(format!("cannot read {subject}: {why}"))),
            },
        }
    }

    /// Whether the connection stands.
    pub fn is_connected(&self) -> bool {
        matches!(self.client.connection_state(), async_nats::connection::State::Connected)
    }

    /// Sends what is buffered.
    pub async fn flush(&self) {
        if let Err(why) = self.client.flush().await {
            tracing::debug!(error = %why, "The bus could not be flushed");
        }
    }
}

/// A message that a stream keeps.
#[derive(Clone, Debug)]
pub struct Kept {
    pub sequence: u64,
    pub headers: HeaderMap,
    pub body: Bytes,
}

fn without_passwords(urls: &str) -> String {
    urls.split(',').map(|url| url.rsplit_once('@').map_or(url, |(_, host)| host)).collect::<Vec<_>>().join(", ")
}
