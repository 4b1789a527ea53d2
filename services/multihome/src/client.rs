//! A small signed EC2 client, for the tour and the benchmarks: what a user's SDK does, over real HTTP.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use hmac::{Hmac, Mac};
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request};
use hyper_util::{
    client::legacy::{Client as Http, connect::HttpConnector},
    rt::TokioExecutor,
};
use multihome_runtime::now;
use sha2::{Digest, Sha256};

/// Signs with one access key, for one region.
#[derive(Clone)]
pub struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    authority: String,
    access_key: String,
    secret: String,
    region: String,
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";
const TIMEOUT: Duration = Duration::from_secs(30);

/// An answer that says no, or none at all.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("{code}: {message}")]
    Refused { code: String, message: String },
    #[error("no answer: {0}")]
    Http(String),
}

/// A reply, read by the names of its elements.
#[derive(Clone, Debug)]
pub struct Reply(String);

impl Reply {
    /// The text of the first element with this name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The texts of all elements with this name, in order.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            let from = rest.find(&open)? + open.len();
            let to = from + rest[from..].find(&close)?;
            let text = &rest[from..to];
            rest = &rest[to..];
            Some(text)
        })
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Client {
    /// For the endpoint at `authority`, `127.0.0.1:4566`.
    pub fn new(authority: impl Into<String>, access_key: &str, secret: &str, region: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            http: Http::builder(TokioExecutor::new()).build(connector),
            authority: authority.into(),
            access_key: access_key.to_owned(),
            secret: secret.to_owned(),
            region: region.to_owned(),
        }
    }

    /// Calls an action with its parameters, named as on the wire.
    ///
    /// # Errors
    /// What the endpoint refused, with its code; or that there was no answer.
    pub async fn call(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Reply, ClientError> {
        let mut body = format!("Action={action}&Version=2016-11-15");
        for (name, value) in parameters {
            body.push('&');
            body.push_str(name);
            body.push('=');
            encode_into(&mut body, value);
        }
        let request = self.signed(body).map_err(|why| ClientError::Http(why.to_string()))?;
        let answer = tokio::time::timeout(TIMEOUT, self.http.request(request)).await;
        let answer = answer.map_err(|_| ClientError::Http(format!("{action} took longer than {TIMEOUT:?}")))?;
        let (head, body) = answer.map_err(|why| ClientError::Http(why.to_string()))?.into_parts();
        let body = body.collect().await.map_err(|why| ClientError::Http(why.to_string()))?.to_bytes();
        let reply = Reply(String::from_utf8_lossy(&body).into_owned());
        if head.status.is_success() {
            return Ok(reply);
        }
        let code = reply.first("Code").map_or_else(|| head.status.to_string(), str::to_owned);
        let message = reply.first("Message").unwrap_or_default().to_owned();
        Err(ClientError::Refused { code, message })
    }

    /// Signature V4 in its header form.
    fn signed(&self, body: String) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let digits: String = now().to_seconds_text().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let (moment, date) = (digits.as_str(), &digits[..8]);
        let scope = format!("{date}/{}/ec2/aws4_request", self.region);
        let headers = BTreeMap::from([("content-type", FORM), ("host", self.authority.as_str()), ("x-amz-date", moment)]);
        let names = headers.keys().copied().collect::<Vec<_>>().join(";");
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(body.as_bytes())));
        let to_sign = format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
        let key = [date, &self.region, "ec2", "aws4_request"]
            .iter()
            .fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| hmac(&key, part.as_bytes()));
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        Request::builder()
            .method(Method::POST)
            .uri(format!("http://{}/", self.authority))
            .header("content-type", FORM)
            .header("host", &self.authority)
            .header("x-amz-date", moment)
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}", self.access_key))
            .body(Full::new(Bytes::from(body)))
    }
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    // A key of any length is a good key.
    Hmac::<Sha256>::new_from_slice(key).map_or_else(
        |_| Vec::new(),
        |mut mac| {
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        },
    )
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode_into(body: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            body.push(char::from(byte));
        } else {
            body.push_str(&format!("%{byte:02X}"));
        }
    }
}
