//! HTTP: one path, `GET` and `POST`, and every answer an EC2 document, also where HTTP itself is what went wrong.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header, request::Parts},
    response::Response,
    serve::ListenerExt,
};
use futures_util::StreamExt;
use multihome_ec2::Ec2Error;
use multihome_runtime::{Failure, Stop, now, random_bits};
use tokio::net::TcpListener;

use crate::{
    dispatch::{self, Door},
    signature::SignedRequest,
};

/// More than the longest request that EC2's own limits allow.
const LARGEST_BODY: usize = 1 << 20;
/// How long a caller may take to send a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Opens the port, so that a taken one stops the start.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| format!("cannot listen on {address} for EC2 requests: {why}").into())
}

/// Answers until told to stop; then finishes the requests it has.
pub(crate) async fn run(listener: TcpListener, door: Arc<Door>, stop: Stop) -> Result<(), Failure> {
    let app = Router::new().fallback(handle).with_state(door);
    // Answers are small and whole: waiting to fill a packet only costs time.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await.map_err(Into::into)
}

/// What is sent back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn refusal(error: &Ec2Error, request_id: &str) -> Self {
        Self { status: error.status(), body: error.to_xml(request_id) }
    }

    pub(crate) fn sts_refusal(error: &Ec2Error, request_id: &str) -> Self {
        Self { status: error.status(), body: error.to_sts_xml(request_id) }
    }
}

async fn handle(State(door): State<Arc<Door>>, request: Request) -> Response {
    let request_id = request_id();
    let answer = match read(request).await {
        Ok((parts, body)) => {
            let headers: Vec<(&str, &[u8])> = parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
            let signed = SignedRequest {
                method: parts.method.as_str(),
                path: parts.uri.path(),
                query: parts.uri.query().unwrap_or_default(),
                headers: &headers,
                body: &body,
            };
            dispatch::answer(&door, &signed, &request_id, now()).await
        }
        Err((status, error)) => Answer { status: status.as_u16(), body: error.to_xml(&request_id) },
    };
    respond(answer, &request_id)
}

/// The whole request, or what HTTP has against it.
async fn read(request: Request) -> Result<(Parts, Vec<u8>), (StatusCode, Ec2Error)> {
    let (parts, body) = request.into_parts();
    if parts.uri.path() != "/" {
        return Err((StatusCode::NOT_FOUND, Ec2Error::new("InvalidURI", "EC2 requests are for the path /.")));
    }
    if parts.method != Method::POST && parts.method != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, Ec2Error::new("MethodNotAllowed", "EC2 requests are GET or POST.")));
    }
    match tokio::time::timeout(PATIENCE, read_body(body)).await {
        Ok(body) => Ok((parts, body?)),
        Err(_) => Err((StatusCode::REQUEST_TIMEOUT, Ec2Error::new("RequestTimeout", "The request's body did not arrive in time."))),
    }
}

async fn read_body(body: Body) -> Result<Vec<u8>, (StatusCode, Ec2Error)> {
    let mut whole = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let incomplete = |_| (StatusCode::BAD_REQUEST, Ec2Error::new("IncompleteBody", "The request ended before its body did."));
        let chunk = chunk.map_err(incomplete)?;
        if whole.len() + chunk.len() > LARGEST_BODY {
            let message = format!("The request is longer than {LARGEST_BODY} bytes.");
            return Err((StatusCode::PAYLOAD_TOO_LARGE, Ec2Error::new("RequestEntityTooLarge", message)));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole)
}

fn respond(answer: Answer, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml;charset=UTF-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

/// A random UUID (version 4), as EC2's request ids are.
fn request_id() -> String {
    let bits = random_bits() & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests;
