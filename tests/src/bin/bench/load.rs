//! Closed loops: so many clients, each sending its next call when the last was answered.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use multihome_runtime::Failure;
use tokio::task::JoinSet;

use crate::{cpu::Cpu, deployment::Deployment};

/// What one run of a measurement found.
#[derive(Clone, Debug)]
pub struct Run {
    /// Of each call, in milliseconds.
    pub latencies: Vec<f64>,
    pub calls_per_second: f64,
    pub cpu: Cpu,
}

/// Makes `calls` calls from `clients` clients. `call` gets the number of the call, from 0.
pub async fn closed_loop<C, F>(deployment: &Deployment, clients: usize, calls: usize, call: C) -> Result<Run, Failure>
where
    C: Fn(usize) -> F + Clone + Send + 'static,
    F: Future<Output = Result<(), Failure>> + Send,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let (before, begun) = (deployment.cpu(), Instant::now());
    for _ in 0..clients {
        let (next, call) = (Arc::clone(&next), call.clone());
        tasks.spawn(async move {
            let mut latencies = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= calls {
                    return Ok::<_, Failure>(latencies);
                }
                let sent = Instant::now();
                call(number).await?;
                latencies.push(milliseconds(sent));
            }
        });
    }
    let mut latencies = Vec::with_capacity(calls);
    while let Some(ended) = tasks.join_next().await {
        latencies.extend(ended??);
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok(Run { calls_per_second: calls as f64 / seconds, cpu: deployment.cpu().since(before, calls), latencies })
}

pub fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// The value below which this share of the samples lies; not a number if there are none.
pub fn percentile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

pub fn median(samples: &[f64]) -> f64 {
    percentile(samples, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_samples() {
        let samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!((percentile(&samples, 0.5), percentile(&samples, 0.99), percentile(&samples, 1.0)), (50.0, 99.0, 100.0));
        assert_eq!(percentile(&[7.0], 0.99), 7.0);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
    }
}
