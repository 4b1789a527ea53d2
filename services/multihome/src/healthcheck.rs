//! `multihome healthcheck`: what a container without a shell can run.

use std::{net::SocketAddr, time::Duration};

use clap::Args;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

#[derive(Clone, Debug, Args)]
pub struct HealthcheckArgs {
    /// The operator port of the service
    #[arg(long, env = "MULTIHOME_OPERATOR", default_value = "127.0.0.1:9090")]
    operator: SocketAddr,
}

pub async fn run(args: HealthcheckArgs) -> anyhow::Result<()> {
    let answer = tokio::time::timeout(Duration::from_secs(3), ask(reachable(args.operator))).await??;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "not ready: {}", answer.rsplit("\r\n").next().unwrap_or_default().trim());
    Ok(())
}

/// A service that listens everywhere is asked here.
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}
