//! The attachment service: the only writer of attachments and of instance states (design, section 4).
//!
//! Requests, commands, observations and deadlines all go the same way: gather the rows, let `core` decide, apply the step
//! with the generations that were read, and answer after the commit. Any number of replicas may run: whoever is late finds
//! its generation stale and reads again. Deliberately absent: every rule.

mod apply;
mod attach;
mod commands;
mod deadlines;
mod detach;
mod gather;
mod instances;
mod modify;
mod observations;
mod requests;
mod settings;

use std::{future::Future, sync::Arc, time::Duration};

use multihome_messages::{Answer, InstanceObserved, RequestName, Stream, Subject};
use multihome_runtime::{Bus, Failure, Store, Tasks, service, work};
use multihome_types::Refusal;
use sea_orm::DbErr;

pub use settings::AttachmentArgs;
use settings::Settings;

/// How many requests of one kind are in hand at a time.
const AT_ONCE: usize = 64;

/// What every part of the service works with.
#[derive(Clone)]
struct Attachment {
    store: Store,
    bus: Bus,
    settings: Arc<Settings>,
}

/// Starts answering requests, working the queues and watching deadlines.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: AttachmentArgs) -> Result<(), Failure> {
    let this = Attachment { store, bus: bus.clone(), settings: Arc::new(args.into()) };
    let registered = service::register(&bus, "attachment", "Attaches and detaches interfaces; moves instances through their states").await?;

    let endpoint = service::endpoint(&registered, "attach", &Subject::Request(RequestName::Attach)).await?;
    let on = this.clone();
    tasks.spawn(
        "attachment: attach requests",
        service::answer(endpoint, AT_ONCE, tasks.stop(), move |request, meta| {
            let on = on.clone();
            async move { on.attach(request, requests::id_from(&meta), None).await }
        }),
    );

    let endpoint = service::endpoint(&registered, "detach", &Subject::Request(RequestName::Detach)).await?;
    let on = this.clone();
    tasks.spawn(
        "attachment: detach requests",
        service::answer(endpoint, AT_ONCE, tasks.stop(), move |request, meta| {
            let on = on.clone();
            async move { on.detach(request, requests::id_from(&meta), None).await }
        }),
    );

    let endpoint = service::endpoint(&registered, "modify-attachment", &Subject::Request(RequestName::ModifyAttachment)).await?;
    let on = this.clone();
    tasks.spawn(
        "attachment: modify requests",
        service::answer(endpoint, AT_ONCE, tasks.stop(), move |request, _| {
            let on = on.clone();
            async move { on.modify(request).await }
        }),
    );

    let endpoint = service::endpoint(&registered, "instances", &Subject::Request(RequestName::Instances)).await?;
    let on = this.clone();
    tasks.spawn(
        "attachment: instance requests",
        service::answer(endpoint, AT_ONCE, tasks.stop(), move |request, _| {
            let on = on.clone();
            async move { on.instances(request).await }
        }),
    );

    let on = this.clone();
    tasks.spawn(
        "attachment: commands",
        work::run_raw(bus.clone(), Stream::COMMANDS, AT_ONCE, tasks.stop(), move |delivery| {
            let on = on.clone();
            async move { on.command(delivery).await }
        }),
    );

    let on = this.clone();
    tasks.spawn(
        "attachment: observations",
        work::run(bus.clone(), Stream::OBSERVATIONS, AT_ONCE, tasks.stop(), move |observed: InstanceObserved| {
            let on = on.clone();
            async move { on.observed(observed).await }
        }),
    );

    let stop = tasks.stop();
    tasks.spawn("attachment: deadlines", async move {
        // The registration lives as long as the service does.
        let _registered = registered;
        this.watch_deadlines(stop).await
    });
    Ok(())
}

/// How often a stale decision is made again before the caller is told to come back.
const ATTEMPTS: u32 = 20;

/// What one attempt to decide and write came to.
enum Attempt<T> {
    Done(T),
    /// Somebody else was first.
    Stale,
}

/// Decides until the decision fits what is in the database.
async fn settle<T, F>(mut attempt: impl FnMut() -> F) -> Answer<T>
where
    F: Future<Output = Result<Attempt<Result<T, Refusal>>, DbErr>>,
{
    for round in 0..ATTEMPTS {
        match attempt().await {
            Ok(Attempt::Done(result)) => return result.into(),
            Ok(Attempt::Stale) => {
                // Losers of a race step aside for a moment each time longer, or they would race again.
                let aside = u64::from(rand_below(1 << round.min(5)));
                tokio::time::sleep(Duration::from_millis(aside)).await;
            }
            Err(why) => {
                tracing::error!(error = %why, "The database failed");
                return Answer::Refused(Refusal::new("Unavailable", "The service is temporarily unavailable. Try again."));
            }
        }
    }
    Answer::Refused(Refusal::new("RequestLimitExceeded", "The resource is changing too fast. Try again."))
}

fn rand_below(limit: u32) -> u32 {
    u32::try_from(multihome_runtime::random_bits() % u128::from(limit.max(1))).unwrap_or(0)
}
