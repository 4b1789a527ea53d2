//! A NATS server of the test's own, which it can kill and start again on the same port with the same files.

use std::{
    io::{BufRead, BufReader},
    path::Path,
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
    /// Starts a server on a port that it chooses, and waits until it answers.
    pub async fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (child, port) = serve(&folder, None).expect("a server that may choose its port starts");
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
        // The port may still be the dead one's, or somebody's outgoing connection has it for a moment.
        let (folder, port) = (&self.folder, self.port);
        (self.child, _) = until("the server has its port again", || async { serve(folder, Some(port)) }).await;
        self.ready().await;
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Starts the server and waits until it says that it is ready; or says what it said instead.
fn serve(folder: &TempDir, port: Option<u16>) -> Result<(Child, u16), String> {
    let program = std::env::var("MULTIHOME_TEST_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
    let mut child = Command::new(&program)
        .args(["-js", "-a", "127.0.0.1", "-p", &port.map_or("-1".to_owned(), |port| port.to_string()), "-sd"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|why| panic!("{program} cannot be started ({why}): name one in MULTIHOME_TEST_NATS_SERVER, or use scripts/test"));
    let mut lines = BufReader::new(child.stderr.take().expect("it was piped")).lines();
    let (mut said, mut listening) = (Vec::new(), None);
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, rest)) = line.split_once("Listening for client connections on 127.0.0.1:") {
            listening = rest.trim().parse().ok();
        }
        if line.contains("Server is ready") {
            break;
        }
        said.push(line);
    }
    // Its log must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    match listening {
        Some(port) => Ok((child, port)),
        None => {
            child.wait().expect("it has ended, or will");
            Err(format!("nats-server ended without being ready: {said:#?}"))
        }
    }
}
