//! Follows `vpc.broadcast.<cluster>`: the last value at once, then each new one.
//!
//! The consumer is nobody's but this process's: it is made when the cluster starts and made again, from the last value,
//! whenever something is wrong with it (a server restarted, somebody deleted the stream). So no broadcast can be missed,
//! and the same one may come twice. Nothing is acknowledged: the stream keeps the last value for ever.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use futures_util::StreamExt;
use multihome_messages::{Stream, Subject, header};
use multihome_runtime::{Bus, Failure, Stop};

use crate::{
    arrival::Arrival,
    controller::sentence,
    handle::{ClusterHandle, Stopped},
};

/// How long the server keeps the consumer of a process that is gone.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);
const HEARTBEAT: Duration = Duration::from_secs(1);
const RETRY: Duration = Duration::from_millis(200);

pub(crate) async fn follow(bus: Bus, cluster: ClusterHandle, stop: Stop) -> Result<(), Failure> {
    let mut troubled = false;
    loop {
        let why = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            why = session(&bus, &cluster, &mut troubled) => why,
        };
        let problem = sentence(why.as_ref());
        if troubled {
            tracing::debug!(cluster = %cluster.name(), error = problem, "Broadcasts are still out of reach");
        } else {
            tracing::warn!(cluster = %cluster.name(), error = problem, "Broadcasts are out of reach; trying again");
        }
        troubled = true;
        // The stream may be gone, and if nobody broadcasts nobody else will declare it.
        if let Err(why) = bus.declare().await {
            tracing::debug!(error = sentence(&why), "The streams cannot be declared");
        }
        // Not a wait for an event: there is none that says a server is back.
        tokio::time::timeout(RETRY, stop.cancelled()).await.unwrap_or_default();
    }
}

/// Follows until it can no longer, and says why.
async fn session(bus: &Bus, cluster: &ClusterHandle, troubled: &mut bool) -> Failure {
    let mut messages = match subscribe(bus, cluster).await {
        Ok(messages) => messages,
        Err(why) => return why,
    };
    if std::mem::take(troubled) {
        tracing::info!(cluster = %cluster.name(), "Broadcasts are in reach again");
    }
    loop {
        let message = match messages.next().await {
            Some(Ok(message)) => message,
            Some(Err(why)) => return why.into(),
            None => return "the subscription ended".into(),
        };
        let text = |name: &str| message.headers.as_ref().and_then(|headers| headers.get(name)).map(|value| value.as_str().to_owned());
        // Known before the arrival is handed over, so that the cluster can say it while it keeps to what it has.
        let (body, missing) = match text(header::OBJECT) {
            None => (message.payload.clone(), None),
            Some(name) => match bus.object(&name).await {
                Ok(body) => (body, None),
                Err(why) => (message.payload.clone(), Some(sentence(&why))),
            },
        };
        let arrival = Arrival {
            version: text(header::VERSION),
            revision: text(header::REVISION),
            content_encoding: text(header::CONTENT_ENCODING),
            traceparent: text(header::TRACEPARENT),
            missing: missing.clone(),
            body,
        };
        if let Err(Stopped) = cluster.broadcast(arrival).await {
            return Stopped.into();
        }
        if let Some(why) = missing {
            // Begins again with the last value: that one, or a newer one that has replaced it.
            return why.into();
        }
    }
}

async fn subscribe(bus: &Bus, cluster: &ClusterHandle) -> Result<pull::Stream, Failure> {
    let stream = bus.jetstream().get_stream_no_info(Stream::BROADCASTS.name).await?;
    let config = pull::Config {
        description: Some(format!("cluster {}", cluster.name())),
        deliver_policy: DeliverPolicy::LastPerSubject,
        filter_subject: Subject::Broadcast(cluster.name()).to_string(),
        ack_policy: AckPolicy::None,
        inactive_threshold: FORGOTTEN_AFTER,
        num_replicas: 1,
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = stream.create_consumer(config).await?;
    // One at a time: of several that wait only the newest is worth its way.
    Ok(consumer.stream().max_messages_per_batch(1).expires(Duration::from_secs(30)).heartbeat(HEARTBEAT).messages().await?)
}
