//! What is measured: a Multihome of its own, on free ports and in a fresh folder, whose clusters do everything at once.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use multihome::client::{Client, Reply};
use multihome_runtime::Failure;

use crate::{cpu::Cpu, load::milliseconds, metadata::Metadata};

/// The programs, and where there is room.
#[derive(Clone, Copy, Debug)]
pub struct Machine<'a> {
    pub program: &'a Path,
    pub nats_server: &'a Path,
    pub folder: &'a Path,
}

/// A running system. Dropping it stops every process of it, the last started first.
pub struct Deployment {
    pub client: Client,
    pub nats: String,
    /// From the start of the process to its word that it is ready. 0 for the distributed form, which has no such moment.
    pub ready_after_ms: f64,
    /// Only of the embedded form.
    pub metadata: Option<Metadata>,
    nats_pid: Option<u32>,
    processes: Vec<Process>,
}

const CREDENTIALS: &str = "bench:bench:000000000000";
/// More than anything here makes.
const QUOTAS: &str = "--quotas=interfaces-per-region=10000000,vpcs-per-region=1000";
const AT_ONCE: [&str; 4] = ["--launch-delay=0s", "--attach-delay=0s", "--detach-delay=0s", "--stop-delay=0s"];
const CLUSTER: &str = "name=one,zone=us-east-1a";
/// How long anything may take to start, or a transition may last.
const PATIENCE: Duration = Duration::from_secs(60);

impl Deployment {
    /// `multihome up`: one process on SQLite, with a NATS server that it starts itself.
    pub async fn embedded(machine: &Machine<'_>, state: &str) -> Result<Self, Failure> {
        let state = machine.folder.join(state);
        let (port, nats_port, metadata_port) = (free_port()?, free_port()?, free_port()?);
        let mut command = Command::new(machine.program);
        command.args(["up", "--no-tour", "--cluster", CLUSTER, "--credentials", CREDENTIALS, QUOTAS]).args(AT_ONCE);
        command
            .arg(format!("--listen=127.0.0.1:{port}"))
            .arg(format!("--nats-port={nats_port}"))
            .arg(format!("--metadata-listen=127.0.0.1:{metadata_port}"));
        // What is measured is how fast it can answer, and not how well it holds a few guests back.
        command.arg("--metadata-rate=0");
        command.arg("--nats-server").arg(machine.nats_server).arg("--state").arg(&state);
        let begun = Instant::now();
        let mut up = Process::start("up", command, machine.folder)?;
        up.until_it_says("Multihome is ready").await?;
        let ready_after_ms = milliseconds(begun);
        let nats_pid = std::fs::read_to_string(state.join("nats.pid")).ok().and_then(|text| text.trim().parse().ok());
        let client = Client::new(format!("127.0.0.1:{port}"), "bench", "bench", "us-east-1");
        let metadata = Metadata { address: SocketAddr::from(([127, 0, 0, 1], metadata_port)), secret: state.join("metadata-secret") };
        Ok(Self { metadata: Some(metadata), client, nats: format!("nats://127.0.0.1:{nats_port}"), ready_after_ms, nats_pid, processes: vec![up] })
    }

    /// One process for each service, on PostgreSQL, with a NATS server.
    pub async fn distributed(machine: &Machine<'_>, database: &str) -> Result<Self, Failure> {
        let (port, nats_port) = (free_port()?, free_port()?);
        let nats = format!("nats://127.0.0.1:{nats_port}");
        let mut command = Command::new(machine.nats_server);
        command.args(["-js", "-a", "127.0.0.1", "-p", &nats_port.to_string(), "-sd"]).arg(machine.folder.join("jetstream"));
        let server = Process::start("nats-server", command, machine.folder)?;
        let nats_pid = Some(server.child.id());
        let mut processes = vec![server];
        let reached = Instant::now();
        while TcpStream::connect(("127.0.0.1", nats_port)).is_err() {
            give_up_after(reached, "the NATS server to answer")?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }

        let mut migrate = Command::new(machine.program);
        migrate.args(["migrate", "--cluster", CLUSTER]).env("MULTIHOME_DATABASE", database).stdout(Stdio::null());
        let migrated = migrate.status()?;
        if !migrated.success() {
            return Err("`multihome migrate` failed, as it said above".into());
        }
        for service in ["cluster", "attachment", "broadcaster", "route-workflow", "poller", "api"] {
            let mut command = Command::new(machine.program);
            command.arg(service).args(["--nats", &nats]);
            match service {
                "cluster" => command.args(["--name", "one"]).args(AT_ONCE),
                "api" => command
                    .args(["--credentials", CREDENTIALS, "--throttle", "off", QUOTAS])
                    .arg(format!("--listen=127.0.0.1:{port}"))
                    .env("MULTIHOME_DATABASE", database),
                _ => command.env("MULTIHOME_DATABASE", database),
            };
            processes.push(Process::start(service, command, machine.folder)?);
        }
        let client = Client::new(format!("127.0.0.1:{port}"), "bench", "bench", "us-east-1");
        let mut deployment = Self { client, nats, ready_after_ms: 0.0, metadata: None, nats_pid, processes };
        let begun = Instant::now();
        while let Err(why) = deployment.client.call("DescribeAvailabilityZones", &[]).await {
            for process in &mut deployment.processes {
                process.must_live()?;
            }
            give_up_after(begun, &format!("the EC2 endpoint to answer ({why})"))?;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(deployment)
    }

    pub fn cpu(&self) -> Cpu {
        let nats: Vec<u32> = self.nats_pid.into_iter().collect();
        let services: Vec<u32> = self.processes.iter().map(|process| process.child.id()).filter(|pid| !nats.contains(pid)).collect();
        Cpu::of(&services, &nats)
    }

    /// Asks until the answer is what it should be.
    pub async fn until(&self, what: &str, action: &str, parameters: &[(&str, &str)], is_so: impl Fn(&Reply) -> bool) -> Result<(), Failure> {
        let begun = Instant::now();
        while !is_so(&self.client.call(action, parameters).await?) {
            give_up_after(begun, what)?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// Ends everything now rather than at the end of the scope.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Deployment {
    fn drop(&mut self) {
        // The NATS server was started first and goes last.
        while let Some(process) = self.processes.pop() {
            drop(process);
        }
    }
}

/// The text of an element that must be in the reply.
pub fn text(reply: &Reply, name: &str) -> Result<String, Failure> {
    reply.first(name).map(str::to_owned).ok_or_else(|| format!("a reply has no {name}: {}", reply.text()).into())
}

fn give_up_after(begun: Instant, what: &str) -> Result<(), Failure> {
    if begun.elapsed() < PATIENCE { Ok(()) } else { Err(format!("waited {PATIENCE:?} for {what}").into()) }
}

fn free_port() -> Result<u16, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A child that writes to files of the folder and is stopped softly.
struct Process {
    name: String,
    child: Child,
    said: PathBuf,
    log: PathBuf,
}

impl Process {
    fn start(name: &str, mut command: Command, folder: &Path) -> Result<Self, Failure> {
        let (said, log) = (folder.join(format!("{name}.out")), folder.join(format!("{name}.log")));
        // Settings of the surroundings are not part of what is measured.
        for (key, _) in std::env::vars_os().filter(|(key, _)| key.to_string_lossy().starts_with("MULTIHOME_")) {
            if !command.get_envs().any(|(given, _)| given == key) {
                command.env_remove(key);
            }
        }
        command.stdin(Stdio::null()).stdout(File::create(&said)?).stderr(File::create(&log)?);
        let child = command.spawn().map_err(|why| format!("cannot start {}: {why}", command.get_program().display()))?;
        Ok(Self { name: name.to_owned(), child, said, log })
    }

    async fn until_it_says(&mut self, words: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        while !std::fs::read_to_string(&self.said)?.contains(words) {
            self.must_live()?;
            give_up_after(begun, &format!("{} to say '{words}'", self.name))?;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    fn must_live(&mut self) -> Result<(), Failure> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                let log = std::fs::read_to_string(&self.log)?;
                let last: Vec<&str> = log.lines().rev().take(5).collect();
                Err(format!("{} ended ({status}): {}", self.name, last.into_iter().rev().collect::<Vec<_>>().join("\n")).into())
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Softly: it has processes and files of its own to take care of.
        drop(Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        eprintln!("bench: {} does not stop and is killed", self.name);
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
