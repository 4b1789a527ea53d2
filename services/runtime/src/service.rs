//! Answers requests, as a service of the NATS services protocol: `nats micro ls` shows every replica with its statistics.

use std::future::Future;

use async_nats::{
    HeaderMap,
    service::{Request, Service, ServiceExt, endpoint::Endpoint},
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use multihome_messages::{Answer, Encoding, Message, Subject, decode, encode, header};
use multihome_types::Refusal;
use tracing::Instrument;

use crate::{Bus, Failure, Stop, trace::TraceContext};

/// Registers a service. Its replicas share each request subject as one queue group.
pub async fn register(bus: &Bus, name: &str, description: &str) -> Result<Service, Failure> {
    bus.client().service_builder().description(description).queue_group(name).start(name, env!("CARGO_PKG_VERSION")).await
}

/// An endpoint of a service on a subject.
pub async fn endpoint(service: &Service, name: &str, subject: &Subject) -> Result<Endpoint, Failure> {
    service.endpoint_builder().name(name).add(subject.to_string()).await
}

/// Answers requests until told to stop, up to `at_once` at a time; then finishes those it has been given. What cannot be read
/// is refused with the reason, in the encoding it came in.
pub async fn answer<Q, A, H, F>(endpoint: Endpoint, at_once: usize, stop: Stop, handler: H) -> Result<(), Failure>
where
    Q: Message,
    Answer<A>: Message,
    H: Fn(Q, Meta) -> F,
    F: Future<Output = Answer<A>>,
{
    until_stopped(endpoint, stop)
        .for_each_concurrent(at_once, |request| {
            let meta = Meta::of(&request);
            let context = TraceContext::continued(meta.header(header::TRACEPARENT));
            let span = tracing::info_span!("request", subject = %request.message.subject, trace.id = context.trace_id());
            let encoding = meta.encoding;
            let work = match decode::<Q>(&request.message.payload, encoding) {
                Ok(question) => Ok(handler(question, meta)),
                Err(why) => Err(Refusal::new("InvalidParameterValue", why.to_string())),
            };
            let work = async move {
                let answer = match work {
                    Ok(work) => work.await,
                    Err(refusal) => Answer::Refused(refusal),
                };
                respond(&request, &answer, encoding).await;
            };
            context.scope(work.instrument(span))
        })
        .await;
    Ok(())
}

/// The requests of an endpoint. Once told to stop it asks for no more, and then gives what has arrived already: nobody else was given
/// those. One that is on its way from the server at that moment is lost, which the sender notices by the missing answer.
fn until_stopped(endpoint: Endpoint, stop: Stop) -> impl Stream<Item = Request> {
    futures_util::stream::unfold((endpoint, stop, false), |(mut endpoint, stop, stopped)| async move {
        let next = if stopped {
            endpoint.next().await
        } else {
            tokio::select! {
                biased;
                () = stop.cancelled() => None,
                next = endpoint.next() => next,
            }
        };
        match next {
            Some(request) => Some((request, (endpoint, stop, stopped))),
            None if stopped => None,
            None => {
                drop(endpoint.stop().await);
                endpoint.next().await.map(|request| (request, (endpoint, stop, true)))
            }
        }
    })
}

/// What came with a request.
#[derive(Clone, Debug)]
pub struct Meta {
    pub headers: HeaderMap,
    pub encoding: Encoding,
}

impl Meta {
    fn of(request: &Request) -> Self {
        let headers = request.message.headers.clone().unwrap_or_default();
        let encoding = Encoding::of(headers.get(header::CONTENT_TYPE).map(async_nats::HeaderValue::as_str), &request.message.payload);
        Self { headers, encoding }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }
}

async fn respond<A: Message>(request: &Request, answer: &A, encoding: Encoding) {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        match encoding {
            Encoding::Json => "application/json",
            Encoding::Postcard => "application/x-postcard",
        },
    );
    let body = Bytes::from(encode(answer, encoding));
    if let Err(why) = request.respond_with_headers(Ok(body), headers).await {
        tracing::debug!(error = %why, "An answer was not sent");
    }
}
