//! HTTP for guests: two methods, a few headers, and limits on everything that a guest could make large.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::{Body, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use multihome_core::metadata::{Entry, VERSIONS};
use multihome_runtime::{Failure, Stop, now, random_bits};
use multihome_types::InstanceId;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

use crate::{
    args::MetadataArgs,
    identity::{self, Who, speaker, who},
    places::Places,
    secret::Secret,
    throttle::Throttle,
    token,
    view::Views,
};

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const FORWARDED: &str = "x-forwarded-for";
const TOKEN_PATH: &str = "/latest/api/token";
/// What a guest may send before its request begins to be answered.
const LARGEST_HEAD: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;
/// How long it may take to send that, and to begin the next request on a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// What packets leave with that may go any way.
const FAR: u32 = 64;

type Answer = Response<Full<Bytes>>;

/// What every request is answered with.
pub(crate) struct Door {
    views: Arc<Views>,
    secret: Secret,
    throttle: Throttle,
    connections: u32,
    per_guest: u32,
    patience: Duration,
}

impl Door {
    pub(crate) fn new(views: Arc<Views>, secret: Secret, args: &MetadataArgs) -> Self {
        Self {
            views,
            secret,
            throttle: Throttle::new(args.metadata_rate),
            connections: args.metadata_connections,
            per_guest: args.metadata_connections_per_guest,
            patience: PATIENCE,
        }
    }
}

/// Opens a port, so that a taken one stops the start.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| format!("cannot listen on {address} for instance metadata: {why}").into())
}

/// Answers until told to stop; then finishes the requests it has.
pub(crate) async fn run(listener: TcpListener, source: identity::Door, door: Arc<Door>, stop: Stop) -> Result<(), Failure> {
    let free = Arc::new(Semaphore::new(usize::try_from(door.connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let places = Arc::new(Places::default());
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let (connection, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(why) => {
                // Out of file descriptors, most likely: those of others will end.
                tracing::debug!(error = %why, "A connection was not accepted");
                tokio::time::timeout(Duration::from_millis(50), stop.cancelled()).await.unwrap_or_default();
                continue;
            }
        };
        // Whoever is over a limit is let go at once: a queue would only be longer for everybody.
        let Ok(permit) = free.clone().try_acquire_owned() else { continue };
        let place = match source {
            identity::Door::Vpc(vpc) => match Places::enter(&places, speaker(vpc, peer.ip(), &door.views), door.per_guest) {
                Some(place) => Some(place),
                None => continue,
            },
            // All of a front's guests have its address.
            identity::Door::Front => None,
        };
        let (door, stop) = (door.clone(), stop.clone());
        open.spawn(async move {
            serve(connection, peer, source, door, stop).await;
            drop((permit, place));
        });
    }
    while open.join_next().await.is_some() {}
    Ok(())
}

async fn serve(connection: TcpStream, peer: SocketAddr, source: identity::Door, door: Arc<Door>, stop: Stop) {
    drop(connection.set_nodelay(true));
    // A handle of its own on the same socket: the time to live of an answer is decided with the answer.
    let socket = match source {
        identity::Door::Vpc(_) => handle(&connection),
        identity::Door::Front => None,
    };
    let service = service_fn(|request: Request<Incoming>| {
        let answer = answer(&door, source, peer, request.method(), request.uri().path(), request.headers(), request.body().size_hint().lower());
        if let Some(socket) = &socket {
            drop(socket.set_ttl(answer.hops.unwrap_or(FAR)));
        }
        std::future::ready(Ok::<_, Infallible>(answer.response))
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(door.patience)
        .max_buf_size(LARGEST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(connection), service);
    let mut serving = std::pin::pin!(serving);
    let served = tokio::select! {
        served = &mut serving => served,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(why) = served {
        tracing::debug!(%peer, error = %why, "A connection ended in disorder");
    }
}

#[cfg(unix)]
fn handle(connection: &TcpStream) -> Option<std::net::TcpStream> {
    use std::os::fd::AsFd;
    connection.as_fd().try_clone_to_owned().ok().map(Into::into)
}

/// An answer, and how many hops it may go if that is limited.
struct Answered {
    response: Answer,
    hops: Option<u32>,
}

fn answer(door: &Door, source: identity::Door, peer: SocketAddr, method: &Method, path: &str, headers: &HeaderMap, body: u64) -> Answered {
    let near = |response| Answered { response, hops: None };
    if body > 0 {
        return near(text(StatusCode::PAYLOAD_TOO_LARGE, "A request has no body here.\n"));
    }
    let guest = match who(source, peer, headers, &door.secret, &door.views) {
        Who::Guest(guest) => guest,
        Who::Nobody => return near(text(StatusCode::NOT_FOUND, "Nothing is known of this address.\n")),
        Who::Forged => return near(text(StatusCode::FORBIDDEN, "The front did not sign for whom it asks.\n")),
    };
    let Some(options) = door.views.options(guest) else { return near(not_found()) };
    if !options.enabled {
        return near(text(StatusCode::FORBIDDEN, "Metadata is switched off for this instance.\n"));
    }
    if !door.throttle.admits(guest, Instant::now()) {
        return near(text(StatusCode::SERVICE_UNAVAILABLE, "Too many requests from this instance.\n"));
    }
    match *method {
        Method::PUT if path == TOKEN_PATH => Answered { response: begin_session(door, guest, headers), hops: Some(options.hop_limit) },
        Method::PUT => near(not_found()),
        Method::GET | Method::HEAD => near(look_up(door, guest, options.token_required, path, headers)),
        _ => near(text(StatusCode::METHOD_NOT_ALLOWED, "Only GET, and PUT for a token.\n")),
    }
}

fn begin_session(door: &Door, guest: InstanceId, headers: &HeaderMap) -> Answer {
    // Whoever put it there is a proxy that anybody might use.
    if headers.contains_key(FORWARDED) {
        return text(StatusCode::FORBIDDEN, "A token is not given through a proxy.\n");
    }
    let mut asked = headers.get_all(TOKEN_TTL).iter();
    let seconds = asked.next().and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u32>().ok());
    let Some(seconds) = seconds.filter(|seconds| (1..=token::LONGEST_SECONDS).contains(seconds) && asked.next().is_none()) else {
        return text(StatusCode::BAD_REQUEST, "X-aws-ec2-metadata-token-ttl-seconds is from 1 to 21600.\n");
    };
    let nonce = u64::try_from(random_bits() & u128::from(u64::MAX)).unwrap_or(0);
    let mut response = text(StatusCode::OK, token::issue(&door.secret, guest, now(), seconds, nonce));
    response.headers_mut().insert(TOKEN_TTL, HeaderValue::from(seconds));
    response
}

fn look_up(door: &Door, guest: InstanceId, token_required: bool, path: &str, headers: &HeaderMap) -> Answer {
    match headers.get(TOKEN) {
        Some(given) if !given.to_str().is_ok_and(|given| token::is_good(&door.secret, guest, now(), given)) => {
            return text(StatusCode::UNAUTHORIZED, "The token is not good, or no longer.\n");
        }
        Some(_) => {}
        None if token_required => return text(StatusCode::UNAUTHORIZED, "This instance has to use tokens.\n"),
        None => {}
    }
    let Some(rest) = path.strip_prefix('/') else { return not_found() };
    if rest.is_empty() {
        return text(StatusCode::OK, VERSIONS.join("\n"));
    }
    let (version, rest) = rest.split_once('/').unwrap_or((rest, ""));
    // Nothing is decoded: no path here has anything to escape but the keys of tags, which are plain.
    if !VERSIONS.contains(&version) {
        return not_found();
    }
    let Some(tree) = door.views.tree(guest) else { return not_found() };
    match tree.get(rest) {
        Some(Entry::Text(found) | Entry::Json(found)) => text(StatusCode::OK, found.to_owned()),
        Some(Entry::Bytes(bytes)) => {
            let mut response = Response::new(Full::new(Bytes::copy_from_slice(bytes)));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
            response
        }
        None => not_found(),
    }
}

fn not_found() -> Answer {
    text(StatusCode::NOT_FOUND, "There is no such entry.\n")
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

#[cfg(test)]
mod tests;
