//! A front for one instance: it asks the metadata service in the instance's name, and can answer others in the service's.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    body::Incoming,
    header::{CONNECTION, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use multihome_metadata::{GUEST, SIGNATURE, Secret};
use multihome_runtime::signalled;
use multihome_types::InstanceId;
use tokio::net::TcpListener;

pub struct Front {
    http: Client<HttpConnector, Full<Bytes>>,
    service: SocketAddr,
    guest: HeaderValue,
    signature: HeaderValue,
}

/// The longest answer: user data has 16 KB.
const LARGEST: usize = 1 << 20;

impl Front {
    pub fn new(service: SocketAddr, secret: &Secret, instance: InstanceId) -> Self {
        let guest = instance.to_string();
        let header = |text: &str| HeaderValue::from_str(text).expect("ids and digits can stand in a header");
        Self {
            http: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            service,
            signature: header(&secret.sign_guest(&guest)),
            guest: header(&guest),
        }
    }

    /// Asks in the instance's name. The path may begin with a slash or without.
    ///
    /// # Errors
    /// The service does not answer, or with more than anybody has to say.
    pub async fn ask(&self, method: Method, path: &str, mut headers: HeaderMap) -> anyhow::Result<Response<Bytes>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        // Of this connection, not of the next; and nobody but the front says for whom it asks.
        for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, HOST] {
            headers.remove(name);
        }
        headers.insert(GUEST, self.guest.clone());
        headers.insert(SIGNATURE, self.signature.clone());
        let mut request = Request::builder().method(method).uri(format!("http://{}/{path}", self.service)).body(Full::default())?;
        request.headers_mut().extend(headers);
        let answer = self.http.request(request).await.with_context(|| format!("the metadata service at {} does not answer", self.service))?;
        let (parts, body) = answer.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(anyhow::Error::from_boxed)?.to_bytes();
        Ok(Response::from_parts(parts, body))
    }

    /// Answers until a signal comes.
    pub async fn serve(self, address: SocketAddr) -> anyhow::Result<()> {
        let listener = TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))?;
        println!("Answering as the metadata of {} at http://{}. Ctrl-C stops.", self.guest.to_str()?, listener.local_addr()?);
        let front = Arc::new(self);
        let mut signal = std::pin::pin!(signalled());
        loop {
            let (connection, _) = tokio::select! {
                () = &mut signal => return Ok(()),
                accepted = listener.accept() => accepted?,
            };
            let front = front.clone();
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let front = front.clone();
                    async move { Ok::<_, Infallible>(front.forward(request).await) }
                });
                if let Err(why) = http1::Builder::new().serve_connection(TokioIo::new(connection), service).await {
                    tracing::debug!(error = %why, "A connection ended in disorder");
                }
            });
        }
    }

    async fn forward(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, _) = request.into_parts();
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        match self.ask(parts.method, path, parts.headers).await {
            Ok(answer) => {
                let (mut parts, body) = answer.into_parts();
                for name in [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING] {
                    parts.headers.remove(name);
                }
                Response::from_parts(parts, Full::new(body))
            }
            Err(why) => {
                let mut response = Response::new(Full::new(format!("{why:#}\n").into()));
                *response.status_mut() = StatusCode::BAD_GATEWAY;
                response
            }
        }
    }
}
