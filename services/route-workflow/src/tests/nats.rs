//! A nats-server of the test's own: a free port, JetStream in a folder that goes with it.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use multihome_runtime::{Bus, BusArgs};

pub struct Nats {
    child: Child,
    _folder: tempfile::TempDir,
    port: u16,
}

impl Nats {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = std::env::var("MULTIHOME_TEST_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
        let mut child = Command::new(&program)
            .args(["-a", "127.0.0.1", "-p", "-1", "-js", "-sd"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|why| panic!("{program} cannot be started ({why}); scripts/test provides one"));
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (mut said, mut port) = (Vec::new(), None);
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
        let port = port.unwrap_or_else(|| panic!("nats-server ended without being ready: {said:#?}"));
        Self { child, _folder: folder, port }
    }

    pub async fn bus(&self, name: &str) -> Bus {
        Bus::connect(&BusArgs { nats: format!("nats://127.0.0.1:{}", self.port), stream_replicas: 1 }, name).await.unwrap()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
