//! The operator's port: whether the process lives, whether it can do its work, and what it has counted.

use std::net::SocketAddr;

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    routing::get,
};
use clap::Args;
use tokio::net::TcpListener;

use crate::{Bus, Failure, Stop, Store, metrics};

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Operator")]
pub struct OperatorArgs {
    /// Where to answer /livez, /readyz and /metrics, such as 0.0.0.0:9090; nowhere if left out
    #[arg(long, env = "MULTIHOME_OPERATOR")]
    pub operator: Option<SocketAddr>,
}

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Opens the port, so that a taken one stops the start.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|why| format!("cannot listen on {address} for the operator's port: {why}").into())
}

/// Answers until told to stop; what else the process has for its operator is in `more`.
pub async fn run(listener: TcpListener, (bus, store): (Bus, Option<Store>), more: Router, stop: Stop) -> Result<(), Failure> {
    let app = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(|| async { ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics::text()) }))
        .with_state((bus, store))
        .merge(more);
    axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned()).await.map_err(Into::into)
}

async fn ready(State((bus, store)): State<(Bus, Option<Store>)>) -> (StatusCode, String) {
    let mut missing = Vec::new();
    if !bus.is_connected() {
        missing.push("the bus is not connected".to_owned());
    }
    if let Some(store) = store
        && let Err(why) = store.ping().await
    {
        missing.push(format!("the database does not answer: {why}"));
    }
    if missing.is_empty() { (StatusCode::OK, "ready\n".to_owned()) } else { (StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", missing.join("; "))) }
}
