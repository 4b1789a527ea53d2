//! A nats-server of the test's own: a free port, JetStream in a folder that goes with it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use multihome_runtime::{Bus, BusArgs};

pub struct Nats {
    child: Child,
    folder: tempfile::TempDir,
    pub port: u16,
}

impl Nats {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, port) = serve(&folder, None);
        Self { child, folder, port }
    }

    /// Killed, and started again on the same port with what it had stored.
    pub fn restart(&mut self) {
        self.kill();
        (self.child, _) = serve(&self.folder, Some(self.port));
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub async fn bus(&self, name: &str) -> Bus {
        Bus::connect(&BusArgs { nats: format!("nats://127.0.0.1:{}", self.port), stream_replicas: 1 }, name).await.unwrap()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts the server and waits until it says that it is ready.
fn serve(folder: &tempfile::TempDir, port: Option<u16>) -> (Child, u16) {
    let program = std::env::var("MULTIHOME_TEST_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
    let mut child = Command::new(&program)
        .args(["-a", "127.0.0.1", "-p", &port.map_or("-1".to_owned(), |port| port.to_string()), "-js", "-sd"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|why| panic!("{program} cannot be started ({why}); scripts/test provides one"));
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let mut port = None;
    for line in lines.by_ref().map_while(Result::ok) {
        if let Some((_, rest)) = line.split_once("Listening for client connections on 127.0.0.1:") {
            port = rest.trim().parse().ok();
        }
        if line.contains("Server is ready") {
            break;
        }
        said.push(line);
    }
    // Its log must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port.unwrap_or_else(|| panic!("nats-server ended without being ready: {said:#?}")))
}
