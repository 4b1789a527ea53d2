//! EC2 Query over HTTP with Signature V4.
//!
//! The door of the system: who asks ([`signature`], `credentials`), what for (`dispatch`), and one function per operation in `operations`
//! that gathers rows, asks `services/core` and applies what it answers. Attachments and instance states belong to the attachment
//! service and are asked for over the bus. Deliberately absent: rules.

pub mod accounts;
mod call;
mod callers;
mod client_token;
mod credentials;
mod dispatch;
mod embedded;
mod fault;
mod filter;
mod http;
mod ids;
mod lines;
mod operations;
mod page;
mod quotas;
mod remembered;
mod reset;
mod settings;
pub mod signature;
#[cfg(test)]
mod test_store;
#[cfg(test)]
mod testing;
mod throttle;

use std::{net::SocketAddr, sync::Arc};

use multihome_runtime::{Bus, Failure, Store, Tasks, random_bits, service};
use multihome_types::ResourceId;

use crate::{
    accounts::Keyring,
    dispatch::Door,
    operations::{Creates, Welcomed},
    quotas::Headroom,
};
pub use crate::{
    call::Call,
    embedded::{Clusters, Embedded},
    fault::Fault,
    settings::{ApiArgs, Hidden, Settings},
    throttle::Throttling,
};

/// What every operation works with, cheap to clone.
#[derive(Clone)]
pub struct Api {
    pub store: Store,
    pub bus: Bus,
    pub settings: Arc<Settings>,
    /// `None` but in the embedded run.
    pub embedded: Option<Arc<Embedded>>,
    /// Of quotas that are not counted each time.
    pub(crate) headroom: Arc<Headroom>,
    pub(crate) welcomed: Arc<Welcomed>,
    pub(crate) creates: Arc<Creates>,
}

impl Api {
    /// An id that nobody has yet, most likely: the schema has the last word.
    pub(crate) fn fresh<T: ResourceId>(&self) -> T {
        T::from_bits(random_bits(), self.settings.id_length)
    }
}

/// Takes the port and registers as a service of the bus, then answers until told to stop.
///
/// # Errors
/// Settings that cannot be, a port that is taken, a bus that does not answer.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: ApiArgs) -> Result<SocketAddr, Failure> {
    serve(tasks, (bus, store), args, None).await
}

/// As [`start`], with the habits of the embedded run.
///
/// # Errors
/// As [`start`].
pub async fn start_embedded(tasks: &mut Tasks, bus: Bus, store: Store, args: ApiArgs, embedded: Arc<Embedded>) -> Result<SocketAddr, Failure> {
    serve(tasks, (bus, store), args, Some(embedded)).await
}

async fn serve(tasks: &mut Tasks, (bus, store): (Bus, Store), args: ApiArgs, embedded: Option<Arc<Embedded>>) -> Result<SocketAddr, Failure> {
    let settings = Settings::read(&args)?;
    let keyring = match args.master_key.read()? {
        Some(master) => Some(Keyring::open(master, &store).await.map_err(|why| format!("the access keys in the database cannot be used: {why}"))?),
        None => None,
    };
    let listener = http::bind(args.listen).await?;
    let address = listener.local_addr()?;
    let registered = service::register(&bus, "api", "EC2 Query over HTTP").await?;
    let welcomed = embedded.as_ref().map_or_else(Arc::default, |embedded| embedded.welcomed.clone());
    let api = Api { store, bus, settings: Arc::new(settings), embedded, headroom: Arc::default(), welcomed, creates: Arc::default() };
    let door = Arc::new(Door::new(api, keyring));
    let stop = tasks.stop();
    tasks.spawn("the EC2 endpoint", async move {
        let served = http::run(listener, door, stop).await;
        drop(registered.stop().await);
        served
    });
    tracing::info!(%address, "EC2 requests are answered at http://{address}/");
    Ok(address)
}
