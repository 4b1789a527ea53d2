//! Declares the streams of the bus from their data. A mismatch with what exists stops the start; nothing is deleted.

use async_nats::jetstream::{
    Context,
    consumer::{AckPolicy, Config as ConsumerConfig, PullConsumer, pull},
    stream::{Config, ConsumerErrorKind, DiscardPolicy, RetentionPolicy, StorageType},
};
use futures_util::future::try_join_all;
use multihome_messages::{Retention, STREAMS, Stream};

fn config(stream: &Stream, replicas: usize) -> Config {
    Config {
        name: stream.name.to_owned(),
        subjects: stream.subjects.iter().map(|subject| (*subject).to_owned()).collect(),
        retention: match stream.retention {
            Retention::WorkQueue => RetentionPolicy::WorkQueue,
            Retention::Limits { .. } | Retention::LastValue => RetentionPolicy::Limits,
        },
        max_age: match stream.retention {
            Retention::Limits { max_age } => max_age,
            Retention::WorkQueue | Retention::LastValue => std::time::Duration::ZERO,
        },
        max_messages_per_subject: if stream.one_per_subject.is_some() { 1 } else { -1 },
        discard: if stream.one_per_subject == Some(false) { DiscardPolicy::New } else { DiscardPolicy::Old },
        discard_new_per_subject: stream.one_per_subject == Some(false),
        storage: StorageType::File,
        num_replicas: replicas,
        allow_direct: true,
        max_messages: -1,
        max_bytes: -1,
        ..Config::default()
    }
}

/// What must agree between what exists and what is declared.
fn differs(have: &Config, want: &Config) -> Option<&'static str> {
    let mut subjects = (have.subjects.clone(), want.subjects.clone());
    subjects.0.sort();
    subjects.1.sort();
    if subjects.0 != subjects.1 {
        Some("subjects")
    } else if have.retention != want.retention {
        Some("retention")
    } else if have.max_messages_per_subject != want.max_messages_per_subject || have.discard_new_per_subject != want.discard_new_per_subject {
        Some("messages per subject")
    } else if have.max_age != want.max_age {
        Some("age")
    } else {
        None
    }
}

/// Whether it differs only in that it takes fewer subjects.
fn is_narrower(have: &Config, want: &Config) -> bool {
    have.subjects.iter().all(|subject| want.subjects.contains(subject))
        && differs(&Config { subjects: want.subjects.clone(), ..have.clone() }, want).is_none()
}

/// Why the streams are not as they have to be.
pub(crate) enum Undeclared {
    /// What exists differs. Waiting does not help.
    Differs(String),
    /// The server does not answer, or not yet: a cluster that has just started elects its leaders first.
    Unanswered(String),
}

impl Undeclared {
    pub(crate) fn sentence(self) -> String {
        match self {
            Self::Differs(why) | Self::Unanswered(why) => why,
        }
    }
}

/// All at the same time: none needs another, and each is a file or two that the server makes.
pub(crate) async fn declare_all(jetstream: &Context, replicas: usize) -> Result<(), Undeclared> {
    let each = STREAMS.iter().map(async |stream| {
        declare(jetstream, stream, replicas).await?;
        if stream.consumer.is_some() {
            consumer(jetstream, stream, replicas).await?;
        }
        Ok(())
    });
    try_join_all(each).await.map(drop)
}

async fn declare(jetstream: &Context, stream: &Stream, replicas: usize) -> Result<(), Undeclared> {
    let want = config(stream, replicas);
    let have = jetstream
        .get_or_create_stream(want.clone())
        .await
        .map_err(|why| Undeclared::Unanswered(format!("stream {} cannot be declared: {why}", stream.name)))?;
    let present = &have.cached_info().config;
    match differs(present, &want) {
        None => Ok(()),
        // An older version made it, which had fewer kinds of messages. Nothing is lost by taking more.
        Some("subjects") if is_narrower(present, &want) => jetstream
            .update_stream(Config { subjects: want.subjects, ..present.clone() })
            .await
            .map(drop)
            .map_err(|why| Undeclared::Unanswered(format!("stream {} cannot be widened: {why}", stream.name))),
        Some(what) => Err(Undeclared::Differs(format!(
            "stream {} exists with other {what} than this version of Multihome needs; no message was touched: remove or rename the stream, or run the version that made it",
            stream.name
        ))),
    }
}

/// The durable consumer of a work queue, made if it is missing.
pub(crate) async fn consumer(jetstream: &Context, stream: &Stream, replicas: usize) -> Result<PullConsumer, Undeclared> {
    let wanted = stream.consumer.ok_or_else(|| Undeclared::Differs(format!("stream {} has no shared consumer", stream.name)))?;
    let failed = |why: String| Undeclared::Unanswered(format!("consumer {} of stream {} cannot be declared: {why}", wanted.name, stream.name));
    let have = jetstream.get_or_create_stream(config(stream, replicas)).await.map_err(|why| failed(why.to_string()))?;
    let config = pull::Config {
        durable_name: Some(wanted.name.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ack_wait: wanted.ack_wait,
        max_deliver: -1,
        max_ack_pending: 10_000,
        max_waiting: 512,
        ..pull::Config::default()
    };
    let differs = |what: &str| {
        Undeclared::Differs(format!(
            "consumer {} of stream {} exists with other {what} than this version of Multihome needs; remove the consumer (no message is lost by that), or run the version that made it",
            wanted.name, stream.name
        ))
    };
    let present: PullConsumer = have.get_or_create_consumer(wanted.name, config.clone()).await.map_err(|why| match why.kind() {
        ConsumerErrorKind::InvalidConsumerType => differs("delivery"),
        _ => failed(why.to_string()),
    })?;
    match consumer_differs(&present.cached_info().config, &config) {
        None => Ok(present),
        Some(what) => Err(differs(what)),
    }
}

/// What must agree between a consumer that exists and the one that is declared.
fn consumer_differs(have: &ConsumerConfig, want: &pull::Config) -> Option<&'static str> {
    if have.ack_policy != want.ack_policy {
        Some("acknowledgements")
    } else if have.ack_wait != want.ack_wait {
        Some("ack wait")
    } else if have.max_deliver != want.max_deliver {
        Some("number of deliveries")
    } else if !have.filter_subject.is_empty() || !have.filter_subjects.is_empty() {
        Some("filter")
    } else {
        None
    }
}
