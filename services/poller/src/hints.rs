//! A cluster that says it changed is polled at once, by whichever poller hears it.

use futures_util::StreamExt;
use multihome_messages::{Subject, header};
use multihome_runtime::{Failure, Stop, trace::TraceContext};

use crate::Poller;

pub(crate) async fn run(poller: Poller, stop: Stop) -> Result<(), Failure> {
    let subscription = poller.bus.client().queue_subscribe("vpc.event.cluster-changed.*", "poller".to_owned()).await?;
    subscription
        .take_until(stop.cancelled())
        .for_each_concurrent(crate::AT_ONCE, |message| {
            let poller = poller.clone();
            async move {
                let traceparent = message.headers.as_ref().and_then(|headers| headers.get(header::TRACEPARENT));
                let context = TraceContext::continued(traceparent.map(async_nats::HeaderValue::as_str));
                // The hint's own words are not believed: it only says where to look.
                if let Ok(Subject::ClusterChanged(cluster)) = message.subject.parse() {
                    context.scope(poller.poll(cluster)).await;
                }
            }
        })
        .await;
    Ok(())
}
