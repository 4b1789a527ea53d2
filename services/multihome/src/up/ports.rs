//! A taken port is said before anything is started.

use std::net::{SocketAddr, TcpListener};

pub fn must_be_free(address: SocketAddr, what: &str, flag: &str) -> anyhow::Result<()> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(why) if why.kind() == std::io::ErrorKind::AddrInUse => {
            anyhow::bail!("{address} is needed for {what} and is taken: stop what uses it, or choose another with {flag}")
        }
        Err(why) => anyhow::bail!("{address} cannot be used for {what}: {why}; choose another with {flag}"),
    }
}
