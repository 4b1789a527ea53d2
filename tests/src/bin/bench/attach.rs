//! From `AttachNetworkInterface` to `attached`: how the user sees it, and how other services hear it.

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use multihome::client::Client;
use multihome_runtime::Failure;

use crate::{
    Plan,
    deployment::{Deployment, text},
    events::{Events, Watch},
    figure::{Figure, Target},
    interfaces::{TOGETHER, subnet},
    load::milliseconds,
};

/// Running instances, and interfaces to put on them.
pub struct Fleet {
    slots: Vec<Slot>,
}

/// An interface and the place where it goes.
struct Slot {
    interface: String,
    instance: String,
    index: String,
}

const INSTANCES: usize = 8;
/// Eight interfaces at most, and one is there from the start.
const INSTANCE_TYPE: &str = "m2.4xlarge";

/// One attach, in milliseconds since it was sent.
#[derive(Clone, Copy, Debug)]
struct Attach {
    /// The answer of `AttachNetworkInterface`.
    answered: f64,
    /// The event that says `attached`.
    heard: f64,
    /// Between the two decisions, by the clock of the services. Whole milliseconds. Nothing if the first was heard after the second.
    decided: Option<f64>,
}

impl Fleet {
    pub async fn launch(deployment: &Deployment) -> Result<Self, Failure> {
        eprintln!("launching {INSTANCES} instances");
        let client = &deployment.client;
        let subnet = subnet(client, "10.1.0.0/16").await?;
        let count = INSTANCES.to_string();
        let run = [
            ("ImageId", "ami-00000001"),
            ("InstanceType", INSTANCE_TYPE),
            ("MinCount", count.as_str()),
            ("MaxCount", count.as_str()),
            ("SubnetId", &subnet),
        ];
        let reply = client.call("RunInstances", &run).await?;
        let instances: Vec<String> = reply.all("instanceId").map(str::to_owned).collect();
        for instance in &instances {
            let is_running = |reply: &multihome::client::Reply| reply.text().contains("<name>running</name>");
            deployment.until("an instance to run", "DescribeInstances", &[("InstanceId.1", instance)], is_running).await?;
        }
        let mut slots = Vec::new();
        for index in 1..=TOGETHER / INSTANCES {
            for instance in &instances {
                let reply = client.call("CreateNetworkInterface", &[("SubnetId", &subnet)]).await?;
                slots.push(Slot { interface: text(&reply, "networkInterfaceId")?, instance: instance.clone(), index: index.to_string() });
            }
        }
        if slots.len() != TOGETHER {
            return Err(format!("{} instances were launched instead of {INSTANCES}", instances.len()).into());
        }
        Ok(Self { slots })
    }

    pub fn instances(&self) -> Vec<String> {
        self.slots.iter().take(INSTANCES).map(|slot| slot.instance.clone()).collect()
    }

    /// How many interfaces the fleet has, with the instances' own.
    pub fn interfaces(&self) -> usize {
        self.slots.len() + INSTANCES
    }
}

impl Slot {
    async fn attach(&self, client: &Client) -> Result<String, Failure> {
        let parameters = [("NetworkInterfaceId", self.interface.as_str()), ("InstanceId", &self.instance), ("DeviceIndex", &self.index)];
        text(&client.call("AttachNetworkInterface", &parameters).await?, "attachmentId")
    }

    async fn detach(&self, client: &Client, attachment: &str, watch: &mut Watch) -> Result<f64, Failure> {
        let sent = Instant::now();
        client.call("DetachNetworkInterface", &[("AttachmentId", attachment)]).await?;
        let (heard, _) = watch.until("available").await?;
        Ok((heard.when - sent).as_secs_f64() * 1e3)
    }

    /// Attaches, listening and not asking.
    async fn attach_and_listen(&self, client: &Client, watch: &mut Watch) -> Result<(String, Attach), Failure> {
        let sent = Instant::now();
        let attachment = self.attach(client).await?;
        let answered = milliseconds(sent);
        let (done, before) = watch.until("attached").await?;
        let heard = (done.when - sent).as_secs_f64() * 1e3;
        let begun = before.iter().rev().find(|earlier| earlier.what == "attaching" && earlier.precedes(&done));
        Ok((attachment, Attach { answered, heard, decided: begun.map(|begun| (done.at.0 - begun.at.0) as f64) }))
    }

    /// Attaches, asking again as soon as there was an answer.
    async fn attach_and_ask(&self, client: &Client) -> Result<(String, f64), Failure> {
        let sent = Instant::now();
        let attachment = self.attach(client).await?;
        loop {
            let reply = client.call("DescribeNetworkInterfaces", &[("NetworkInterfaceId.1", &self.interface)]).await?;
            if reply.all("status").any(|status| status == "attached") {
                return Ok((attachment, milliseconds(sent)));
            }
            if sent.elapsed().as_secs() > 30 {
                return Err(format!("{} is still not attached: {}", self.interface, reply.text()).into());
            }
        }
    }
}

const HEARD: &str = "from sending AttachNetworkInterface to the event on NATS that says `attached`; nobody asks meanwhile";
const ASKED: &str = "from sending AttachNetworkInterface to a DescribeNetworkInterfaces that says `attached`, asked without pause";
const ANSWERED: &str = "from sending AttachNetworkInterface to its own answer";
const DECIDED: &str = "between the changes `attaching` and `attached` by the services' clock, in whole milliseconds";
const DETACHED: &str = "from sending DetachNetworkInterface to the event on NATS that says `available`";

/// When an attach comes after what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pace {
    /// When nothing goes on any more: the last document was sent, made real and told of, and the next may go out at once.
    WhenIdle,
    /// At once, and so within the least interval between two documents, which it waits for.
    AtOnce,
}

/// Longer than the broadcaster's least interval, twice: for the document of the change, and the one that says that it was applied.
const IDLE: Duration = Duration::from_millis(120);

impl Pace {
    async fn wait(self) {
        if self == Self::WhenIdle {
            tokio::time::sleep(IDLE).await;
        }
    }
}

/// One attach at a time, on an idle system; and one right after the other.
pub async fn alone(deployment: &Deployment, fleet: &mut Fleet, plan: Plan) -> Result<Vec<Figure>, Failure> {
    let mut figures = paced(deployment, fleet, plan, Pace::WhenIdle).await?;
    let at_once = paced(deployment, fleet, plan, Pace::AtOnce).await?;
    figures.extend(at_once.into_iter().take(1).map(|figure| Figure { name: "attach → attached, one after another", targets: Vec::new(), ..figure }));
    Ok(figures)
}

async fn paced(deployment: &Deployment, fleet: &mut Fleet, plan: Plan, pace: Pace) -> Result<Vec<Figure>, Failure> {
    let Plan { runs, attaches_alone: attaches, .. } = plan;
    let events = Events::listen(&deployment.nats).await?;
    let client = &deployment.client;
    let mut watches: Vec<Watch> = fleet.slots.iter().map(|slot| events.watch(&slot.interface)).collect();
    let (mut listened, mut asked, mut detached) = (Vec::new(), Vec::new(), Vec::new());
    for left in (1..=runs).rev() {
        eprintln!("attach and detach, 1 in flight, {left} to go");
        let (mut heard_by, mut asked_by, mut detached_by) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..attaches {
            let place = number % fleet.slots.len();
            let (slot, watch) = (&fleet.slots[place], &mut watches[place]);
            pace.wait().await;
            let (attachment, attach) = slot.attach_and_listen(client, watch).await?;
            heard_by.push(attach);
            pace.wait().await;
            detached_by.push(slot.detach(client, &attachment, watch).await?);
            pace.wait().await;
            let (attachment, took) = slot.attach_and_ask(client).await?;
            asked_by.push(took);
            slot.detach(client, &attachment, watch).await?;
        }
        listened.push(heard_by);
        asked.push(asked_by);
        detached.push(detached_by);
    }
    let targets = vec![Target::at_most("p50", 20.0), Target::at_most("p99", 100.0)];
    let figures = [
        Figure { targets: targets.clone(), ..Figure::time("attach → attached, heard", HEARD, &part(&listened, |attach| attach.heard)) },
        Figure { targets, ..Figure::time("attach → attached, asked", ASKED, &asked) },
        Figure::time("attach → answer", ANSWERED, &part(&listened, |attach| attach.answered)),
        Figure::time("attaching → attached, change log", DECIDED, &decided(&listened)),
        Figure::time("detach → available, heard", DETACHED, &detached),
    ];
    Ok(figures.map(|figure| Figure { interfaces: fleet.interfaces(), ..figure }).into())
}

/// The same when there are many interfaces: the cost follows the change, not the size of the world.
pub async fn alone_among(deployment: &Deployment, fleet: &mut Fleet, plan: Plan) -> Result<Vec<Figure>, Failure> {
    let figures = paced(deployment, fleet, plan, Pace::WhenIdle).await?;
    Ok(figures.into_iter().take(2).map(|figure| Figure { interfaces: plan.interfaces, targets: Vec::new(), ..figure }).collect())
}

/// All of the fleet at once, again and again: every attach waits for the 31 others that were sent with it.
pub async fn together(deployment: &Deployment, fleet: &mut Fleet, runs: usize, rounds: usize) -> Result<Vec<Figure>, Failure> {
    let events = Events::listen(&deployment.nats).await?;
    let client = &deployment.client;
    let mut watches: Vec<Watch> = fleet.slots.iter().map(|slot| events.watch(&slot.interface)).collect();
    let (mut listened, mut detached) = (Vec::new(), Vec::new());
    for left in (1..=runs).rev() {
        eprintln!("attach and detach, {TOGETHER} in flight, {left} to go");
        let (mut heard_by, mut detached_by) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            let slots = || fleet.slots.iter();
            let attached = try_join_all(slots().zip(&mut watches).map(|(slot, watch)| slot.attach_and_listen(client, watch))).await?;
            let attachments = attached.iter().map(|(attachment, _)| attachment);
            let detaches = slots().zip(&mut watches).zip(attachments).map(|((slot, watch), attachment)| slot.detach(client, attachment, watch));
            detached_by.extend(try_join_all(detaches).await?);
            heard_by.extend(attached.into_iter().map(|(_, attach)| attach));
        }
        listened.push(heard_by);
        detached.push(detached_by);
    }
    let figures = [
        Figure::time("attach → attached, heard", HEARD, &part(&listened, |attach| attach.heard)),
        Figure::time("attach → answer", ANSWERED, &part(&listened, |attach| attach.answered)),
        Figure::time("attaching → attached, change log", DECIDED, &decided(&listened)),
        Figure::time("detach → available, heard", DETACHED, &detached),
    ];
    Ok(figures.map(|figure| Figure { interfaces: fleet.interfaces(), clients: TOGETHER, ..figure }).into())
}

fn decided(runs: &[Vec<Attach>]) -> Vec<Vec<f64>> {
    let in_order: Vec<Vec<f64>> = runs.iter().map(|run| run.iter().filter_map(|attach| attach.decided).collect()).collect();
    let (heard, all): (usize, usize) = (in_order.iter().map(Vec::len).sum(), runs.iter().map(Vec::len).sum());
    if heard < all {
        eprintln!("{} of {all} interfaces were heard to be `attached` before they were heard to be `attaching`", all - heard);
    }
    in_order
}

fn part(runs: &[Vec<Attach>], of: fn(&Attach) -> f64) -> Vec<Vec<f64>> {
    runs.iter().map(|run| run.iter().map(of).collect()).collect()
}
