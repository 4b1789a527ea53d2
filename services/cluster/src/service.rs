//! A cluster on the bus: its tasks, and who answers what.

use async_nats::{
    HeaderMap,
    service::{Request, Service, endpoint::Endpoint},
};
use futures_util::StreamExt;
use multihome_messages::{Answer, Encoding, Report, ReportRequest, Subject, decode, encode, header};
use multihome_runtime::{Bus, Failure, Stop, Tasks, service};
use multihome_types::{ClusterName, Refusal};

use crate::{
    behaviour::Delays,
    controller::{Controller, sentence},
    follow::follow,
    handle::{ClusterHandle, Stopped},
};

/// Starts a cluster: when this returns, it answers polls. Several can run in one process.
pub async fn start(bus: &Bus, name: ClusterName, delays: Delays, tasks: &mut Tasks) -> Result<ClusterHandle, Failure> {
    let speaker = bus.clone();
    let (controller, handle) = Controller::new(name, delays, move |changed| {
        let speaker = speaker.clone();
        async move { speaker.hint(&Subject::ClusterChanged(name), &changed).await }
    });
    let registered = service::register(bus, "cluster", "A simulated cluster: answers polls and is told how slow and broken to be").await?;
    let polls = service::endpoint(&registered, "report", &Subject::Report(name)).await?;
    let wishes = service::endpoint(&registered, "simulate", &Subject::Simulate(name)).await?;
    bus.flush().await;

    let stop = tasks.stop();
    tasks.spawn(format!("cluster {name}"), {
        let stop = stop.clone();
        async move {
            controller.run(stop).await;
            Ok(())
        }
    });
    tasks.spawn(format!("broadcasts of cluster {name}"), follow(bus.clone(), handle.clone(), stop.clone()));
    tasks.spawn(format!("reports of cluster {name}"), answer_polls(registered, polls, handle.clone(), stop.clone()));
    let simulated = handle.clone();
    tasks.spawn(
        format!("behaviour of cluster {name}"),
        service::answer(wishes, 1, stop, move |request, _| {
            let simulated = simulated.clone();
            async move { simulated.simulate(request).await.unwrap_or_else(|stopped| Err(unavailable(stopped))).into() }
        }),
    );
    Ok(handle)
}

fn unavailable(stopped: Stopped) -> Refusal {
    Refusal::new("Unavailable", stopped.to_string())
}

/// Not [`service::answer`]: a report travels bare, and a cluster may keep silent. What cannot be read is refused all the same.
async fn answer_polls(registered: Service, mut polls: Endpoint, cluster: ClusterHandle, stop: Stop) -> Result<(), Failure> {
    loop {
        let poll = tokio::select! {
            () = stop.cancelled() => break,
            poll = polls.next() => poll.ok_or("the subscription ended")?,
        };
        let content_type = poll.message.headers.as_ref().and_then(|headers| headers.get(header::CONTENT_TYPE));
        let encoding = Encoding::of(content_type.map(async_nats::HeaderValue::as_str), &poll.message.payload);
        match decode::<ReportRequest>(&poll.message.payload, encoding) {
            Ok(request) => match cluster.report(request).await {
                Ok(Some(report)) => respond(&poll, encode(&report, encoding), encoding).await,
                Ok(None) => tracing::debug!(cluster = %cluster.name(), "The cluster keeps silent"),
                Err(Stopped) => break,
            },
            Err(why) => {
                let refusal = Answer::<Report>::Refused(Refusal::new("InvalidParameterValue", why.to_string()));
                respond(&poll, encode(&refusal, encoding), encoding).await;
            }
        }
    }
    drop(polls.stop().await);
    registered.stop().await
}

async fn respond(request: &Request, body: Vec<u8>, encoding: Encoding) {
    let mut headers = HeaderMap::new();
    let content_type = match encoding {
        Encoding::Json => "application/json",
        Encoding::Postcard => "application/x-postcard",
    };
    headers.insert(header::CONTENT_TYPE, content_type);
    if let Err(why) = request.respond_with_headers(Ok(body.into()), headers).await {
        tracing::warn!(subject = %request.message.subject, error = sentence(&why), "A report was not sent");
    }
}
