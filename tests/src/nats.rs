//! A NATS server of the test's own, which it can kill and start again on the same port with the same files.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use multihome_runtime::{Bus, BusArgs};
use tempfile::TempDir;

use crate::until;

pub struct Nats {
    port: u16,
    folder: TempDir,
    child: Child,
}

impl Nats {
    /// Starts a server on a free port and waits until it answers.
    pub async fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address").port();
        let folder = TempDir::new().expect("a temporary folder");
        let child = spawn(port, folder.path().into());
        let nats = Self { port, folder, child };
        nats.ready().await;
        nats
    }

    /// A folder that is gone when the server is; for what else a test keeps.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    pub fn args(&self) -> BusArgs {
        BusArgs { nats: self.url(), stream_replicas: 1 }
    }

    pub async fn bus(&self, name: &str) -> Bus {
        Bus::connect(&self.args(), name).await.expect("the test's NATS server answers")
    }

    async fn ready(&self) {
        until("the NATS server answers", || async { Bus::connect(&self.args(), "ready?").await.map(drop).map_err(|why| why.to_string()) }).await;
    }

    /// Kills it as a power cut would, and starts it again on its files.
    pub async fn kill_and_restart(&mut self) {
        self.child.kill().expect("the server is ours");
        self.child.wait().expect("the server ends");
        self.child = spawn(self.port, self.folder.path().into());
        self.ready().await;
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(port: u16, folder: PathBuf) -> Child {
    let program = std::env::var("MULTIHOME_TEST_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
    Command::new(&program)
        .args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-sd"])
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|why| panic!("{program} cannot be started ({why}): name one in MULTIHOME_TEST_NATS_SERVER, or use scripts/test"))
}
