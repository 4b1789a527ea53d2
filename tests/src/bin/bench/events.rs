//! When an interface changed, as another service hears it: the events of the change log on NATS.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::StreamExt;
use multihome_messages::{Encoding, Subject, decode};
use multihome_runtime::Failure;
use multihome_types::{Change, EntityKind, Generation, Timestamp};
use tokio::{sync::mpsc, task::JoinHandle};

/// Far more than any transition takes. An event that does not come by then was lost, and the measurement with it.
const PATIENCE: Duration = Duration::from_secs(30);

type Watchers = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Heard>>>>;

/// A subscription to the changes of all interfaces, as long as it lives.
pub struct Events {
    watchers: Watchers,
    listener: JoinHandle<()>,
}

/// A change of an interface.
#[derive(Clone, Debug)]
pub struct Heard {
    pub what: String,
    /// When the service decided it, by its own clock.
    pub at: Timestamp,
    /// When it was heard here.
    pub when: Instant,
    generation: Generation,
}

impl Heard {
    /// Whether the other is the change right after this one.
    pub fn precedes(&self, next: &Self) -> bool {
        self.generation.next() == next.generation
    }
}

/// What is heard of one interface.
pub struct Watch {
    interface: String,
    heard: mpsc::UnboundedReceiver<Heard>,
    newest: Generation,
    /// Everything since the last change that was waited for.
    meanwhile: Vec<Heard>,
}

impl Events {
    pub async fn listen(nats: &str) -> Result<Self, Failure> {
        let client = async_nats::connect(nats).await?;
        let mut messages = client.subscribe(Subject::changed(EntityKind::Interface, "*").to_string()).await?;
        // The subscription is made once the server has answered something sent after it.
        client.flush().await?;
        let watchers = Watchers::default();
        let shared = Arc::clone(&watchers);
        let listener = tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                let when = Instant::now();
                let Ok(change) = decode::<Change>(&message.payload, Encoding::Postcard) else { continue };
                let heard = Heard { what: change.what, at: change.at, when, generation: change.generation };
                let watchers = shared.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(watcher) = watchers.get(&change.entity_id) {
                    drop(watcher.send(heard));
                }
            }
        });
        Ok(Self { watchers, listener })
    }

    pub fn watch(&self, interface: &str) -> Watch {
        let (sender, heard) = mpsc::unbounded_channel();
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner).insert(interface.to_owned(), sender);
        Watch { interface: interface.to_owned(), heard, newest: Generation::default(), meanwhile: Vec::new() }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Watch {
    /// The next change to this, and before it what else was heard. Generations only rise, so what is heard twice counts once; an event
    /// that was overtaken by a later one is not waited for.
    pub async fn until(&mut self, what: &str) -> Result<(Heard, Vec<Heard>), Failure> {
        let next = async {
            while let Some(heard) = self.heard.recv().await {
                if heard.generation > self.newest {
                    self.newest = heard.generation;
                    if heard.what == what {
                        return Some(heard);
                    }
                }
                self.meanwhile.push(heard);
            }
            None
        };
        let heard = tokio::time::timeout(PATIENCE, next).await.ok().flatten();
        let meanwhile = std::mem::take(&mut self.meanwhile);
        match heard {
            Some(heard) => Ok((heard, meanwhile)),
            None => {
                let words: Vec<&str> = meanwhile.iter().map(|heard| heard.what.as_str()).collect();
                Err(format!("{} was not heard to be {what} within {PATIENCE:?}, only to be {words:?}", self.interface).into())
            }
        }
    }
}
