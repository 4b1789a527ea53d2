//! What instances ask of 169.254.169.254: plain requests on connections that stay open, signed as a front's are.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use multihome_metadata::{GUEST, SIGNATURE, Secret};
use multihome_runtime::Failure;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Mutex,
};

use crate::{
    Plan,
    deployment::Deployment,
    figure::{Figure, Target},
    load::closed_loop,
};

/// Where the measured service answers fronts, and the file with the secret that they sign with.
#[derive(Clone, Debug)]
pub struct Metadata {
    pub address: SocketAddr,
    pub secret: PathBuf,
}

const CONNECTIONS: usize = 64;
/// What a client asks for again and again once it is up.
const PATH: &str = "/latest/meta-data/local-ipv4";

/// As many requests as there can be, from guests that take turns.
pub async fn ask(deployment: &Deployment, plan: Plan, metadata: &Metadata, instances: &[String]) -> Result<Vec<Figure>, Failure> {
    let secret = Secret::read(&metadata.secret)?;
    let mut connections = Vec::new();
    for instance in instances.iter().cycle().take(CONNECTIONS) {
        let mut connection = Connection::open(metadata.address, instance, &secret).await?;
        // Not measured: the first answer of all may have to wait for the view.
        connection.ask().await?;
        connections.push(Mutex::new(connection));
    }
    let connections = Arc::new(connections);
    let mut runs = Vec::new();
    for left in (1..=plan.runs).rev() {
        eprintln!("instance metadata: {CONNECTIONS} connections, {left} to go");
        let (connections, turn) = (Arc::clone(&connections), Arc::new(AtomicUsize::new(0)));
        let call = move |_| {
            let (connections, turn) = (Arc::clone(&connections), Arc::clone(&turn));
            async move {
                let place = turn.fetch_add(1, Ordering::Relaxed) % CONNECTIONS;
                connections[place].lock().await.ask().await
            }
        };
        runs.push(closed_loop(deployment, CONNECTIONS, plan.metadata, call).await?);
    }
    let targets = vec![Target::at_least("value", 20_000.0), Target::at_most("p99", 5.0)];
    Ok(vec![Figure {
        targets,
        ..Figure::rate("instance metadata", "from sending a request on an open connection to having its answer", CONNECTIONS, &runs)
    }])
}

/// An open connection, with the request that is sent on it.
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    received: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr, instance: &str, secret: &Secret) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let request =
            format!("GET {PATH} HTTP/1.1\r\nHost: 169.254.169.254\r\n{GUEST}: {instance}\r\n{SIGNATURE}: {}\r\n\r\n", secret.sign_guest(instance));
        Ok(Self { stream, request: request.into_bytes(), received: Vec::with_capacity(4096) })
    }

    /// One request and the whole of its answer, which must be the address.
    async fn ask(&mut self) -> Result<(), Failure> {
        self.stream.write_all(&self.request).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the metadata service closed a connection".into());
            }
            let text = std::str::from_utf8(&self.received)?;
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            if !head.starts_with("HTTP/1.1 200 ") {
                return Err(format!("the metadata service answered: {head}").into());
            }
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).and_then(|digits| digits.parse::<usize>().ok());
            if length.is_some_and(|length| body.len() >= length) {
                return Ok(());
            }
        }
    }
}
