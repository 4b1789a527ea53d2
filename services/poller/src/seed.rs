//! Sees to it that every registered cluster has its message going round: at the start, after the bus was wiped, and when a
//! cluster is added.

use multihome_messages::{PollTask, Stream, Subject};
use multihome_runtime::{Failure, Stop};

use crate::{Poller, gather::gather_clusters};

pub(crate) async fn run(poller: Poller, stop: Stop) -> Result<(), Failure> {
    let mut look = tokio::time::interval(poller.args.poll_interval);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            _ = look.tick() => {}
        }
        let clusters = match gather_clusters(poller.store.reader()).await {
            Ok(clusters) => clusters,
            Err(why) => {
                tracing::warn!(error = %why, "The clusters could not be read; trying again");
                continue;
            }
        };
        for cluster in clusters {
            let subject = Subject::PollTask(cluster);
            // The stream keeps the first message of a subject and refuses a second, so that asking twice harms nothing.
            if !matches!(poller.bus.last(&Stream::POLLS, &subject).await, Ok(Some(_)))
                && let Err(why) = poller.bus.publish(&subject, &PollTask { cluster }).await
            {
                tracing::debug!(%cluster, error = %why, "The cluster's poll message was not placed");
            }
        }
    }
}
