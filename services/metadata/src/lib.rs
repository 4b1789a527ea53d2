//! 169.254.169.254 for instances: what `core::metadata` says of them, over HTTP, versions 1 and 2.
//!
//! The service holds a view of the database in memory and brings it up to date from the change log, as the broadcaster does, so a request
//! costs a look into a map and no query. Any number of replicas answer alike: tokens are signed with a key that all of them have.
//! Guests are hostile: who is asking is known from where the connection came in, or from a header that only the holder of a secret can
//! write, and from nothing else ([`identity`]).
//!
//! Deliberately absent: what the answers say, and any write.

mod args;
mod follow;
mod http;
mod identity;
mod places;
mod rows;
#[cfg(test)]
mod samples;
mod secret;
mod throttle;
mod token;
mod view;

use std::{net::SocketAddr, sync::Arc};

use multihome_runtime::{Bus, Failure, Store, Tasks, service};

pub use crate::{
    args::{MetadataArgs, VpcListener},
    identity::{GUEST, SIGNATURE},
    secret::Secret,
};
use crate::{http::Door, identity::Door as Source, view::Views};

/// Reads the database, takes the ports, and answers until told to stop.
///
/// # Errors
/// Settings that cannot be, a database that cannot be read, a port that is taken.
pub async fn start(tasks: &mut Tasks, bus: Bus, store: Store, args: MetadataArgs) -> Result<SocketAddr, Failure> {
    let secret = args.secret()?;
    let registered = service::register(&bus, "metadata", "Tells instances about themselves").await?;
    let events = follow::subscribe(&bus).await?;
    let views = Arc::new(Views::default());
    let follower = follow::Follower::start(store, views.clone()).await?;
    let stop = tasks.stop();
    tasks.spawn("metadata: changes", async move {
        // The registration lives as long as the service does.
        let _registered = registered;
        follower.run(events, stop).await
    });

    let door = Arc::new(Door::new(views, secret, &args));
    let front = http::bind(args.metadata_listen).await?;
    let address = front.local_addr()?;
    tasks.spawn("metadata: the front's port", http::run(front, Source::Front, door.clone(), tasks.stop()));
    for VpcListener { vpc, address } in args.metadata_vpcs {
        let listener = http::bind(address).await?;
        tasks.spawn(format!("metadata: the port of {vpc}"), http::run(listener, Source::Vpc(vpc), door.clone(), tasks.stop()));
    }
    Ok(address)
}
