//! The NATS server of an embedded run: a child process whose streams live in the state folder.

use std::{
    future::Future,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use multihome_runtime::{Failure, Stop};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    sync::watch,
    task::JoinHandle,
};

/// Direct reads, per-subject discards and work queues as they are used here.
const OLDEST: (u32, u32) = (2, 10);
const READY: Duration = Duration::from_secs(20);

pub struct NatsServer {
    program: PathBuf,
    pid: u32,
    /// Owns the process: it is killed when this task is given up.
    keeper: JoinHandle<()>,
    /// How it ended, once it has.
    ended: watch::Receiver<Option<String>>,
    pid_file: PathBuf,
}

impl NatsServer {
    /// Starts it and waits until it says that it is ready. It is killed if nobody waits to the end: nobody was connected yet.
    pub async fn start(program: &Path, state: &Path, port: u16) -> anyhow::Result<Self> {
        let config = state.join("nats.conf");
        let text = format!(
            "# Written at every start.\nserver_name: multihome\nlisten: 127.0.0.1:{port}\nmax_payload: 8MB\njetstream {{ store_dir: {:?} }}\npid_file: {:?}\n",
            state.join("nats"),
            pid_file(state)
        );
        std::fs::write(&config, text).with_context(|| format!("cannot write {}", config.display()))?;
        let mut child = Command::new(program)
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Ctrl-C is for us: the server is stopped last, when everybody has said goodbye.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} cannot be run: {}", program.display(), remedy()))?;
        let lines = child.stderr.take().context("the server's output is not there")?;
        let mut lines = BufReader::new(lines).lines();
        let mut said = Vec::new();
        let ready = async {
            let mut is_known = false;
            while let Some(line) = lines.next_line().await? {
                if let Some(version) = version_of(&line) {
                    // Its first words. Dropping the child ends it, whatever it has opened by then: what is in the streams can be done without.
                    check_version(program, version)?;
                    is_known = true;
                }
                if line.contains("Server is ready") {
                    anyhow::ensure!(is_known, "{} does not say its version", program.display());
                    return anyhow::Ok(true);
                }
                said.push(line);
            }
            Ok(false)
        };
        if !tokio::time::timeout(READY, ready).await.unwrap_or(Ok(false))? {
            let last = said.iter().rev().find(|line| line.contains("[FTL]") || line.contains("[ERR]")).or(said.last());
            anyhow::bail!("the NATS server did not start: {}", last.map_or("it said nothing", String::as_str));
        }
        // It must not stop for want of somebody who reads what it says.
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                tracing::debug!("nats-server: {line}");
            }
        });
        let pid = child.id().context("the NATS server ended as soon as it was ready")?;
        let (tell, ended) = watch::channel(None);
        let keeper = tokio::spawn(async move {
            let how = match child.wait().await {
                Ok(status) => format!("it ended while it was needed ({status})"),
                Err(why) => format!("it cannot be watched: {why}"),
            };
            tell.send_replace(Some(how));
        });
        Ok(Self { program: program.to_owned(), pid, keeper, ended, pid_file: pid_file(state) })
    }

    /// Waits until it has ended, however that came about, and says how.
    pub fn ended(&self) -> impl Future<Output = String> + Send + use<> {
        let mut ended = self.ended.clone();
        async move {
            match ended.wait_for(Option::is_some).await {
                Ok(how) => how.clone().unwrap_or_default(),
                Err(_) => "nobody watches it any more".to_owned(),
            }
        }
    }

    /// Fails if it ends before everybody else is told to stop: without it nothing works, and nothing starts it again.
    pub fn outlive(&self, stop: Stop) -> impl Future<Output = Result<(), Failure>> + Send + use<> {
        let ended = self.ended();
        async move {
            tokio::select! {
                biased;
                () = stop.cancelled() => Ok(()),
                how = ended => Err(how.into()),
            }
        }
    }

    /// Stops it softly, so that its files are whole.
    pub async fn stop(self) {
        let has_ended = self.ended.borrow().is_some();
        if !has_ended {
            quit(&self.program, self.pid).await;
            if tokio::time::timeout(Duration::from_secs(10), self.ended()).await.is_err() {
                self.keeper.abort();
            }
        }
        drop(std::fs::remove_file(&self.pid_file));
    }
}

fn pid_file(state: &Path) -> PathBuf {
    state.join("nats.pid")
}

async fn quit(program: &Path, pid: u32) {
    let told = Command::new(program).arg("--signal").arg(format!("quit={pid}")).stdout(Stdio::null()).stderr(Stdio::null()).status().await;
    if let Err(why) = told {
        tracing::warn!(error = %why, "The NATS server could not be told to stop");
    }
}

/// Ends a server that an earlier run left behind when it was killed: it holds our port and our files.
pub async fn end_orphan(program: &Path, state: &Path) {
    let Ok(text) = std::fs::read_to_string(pid_file(state)) else { return };
    let Ok(pid) = text.trim().parse::<u32>() else { return };
    let folder = PathBuf::from(format!("/proc/{pid}"));
    let command = std::fs::read(folder.join("cmdline")).unwrap_or_default();
    let ours = String::from_utf8_lossy(&command).contains(&*state.join("nats.conf").to_string_lossy());
    if !ours {
        return;
    }
    println!("Stopping the NATS server (process {pid}) that an earlier run left behind.");
    quit(program, pid).await;
    for _ in 0..100 {
        if !folder.exists() {
            return;
        }
        // The process is not our child: there is no event to wait for.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn check_version(program: &Path, version: (u32, u32)) -> anyhow::Result<()> {
    anyhow::ensure!(version >= OLDEST, "{} is version {}.{}, which is too old: {}", program.display(), version.0, version.1, remedy());
    Ok(())
}

fn remedy() -> String {
    format!("install nats-server {}.{} or newer, or name it with --nats-server", OLDEST.0, OLDEST.1)
}

/// From the line in which a server says it: `[7] 2026/01/31 12:00:00.000000 [INF]   Version:  2.15.1`.
fn version_of(line: &str) -> Option<(u32, u32)> {
    let (_, version) = line.split_once("[INF]   Version:")?;
    let mut parts = version.trim().split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_what_the_server_says() {
        let said = |version: &str| version_of(&format!("[5305] 2026/11/26 16:57:13.456659 [INF]   Version:  {version}"));
        assert_eq!(said("2.15.1"), Some((2, 15)));
        assert_eq!(said("2.11.0-RC.3"), Some((2, 11)));
        assert_eq!(said("hello"), None);
        assert_eq!(version_of("[5305] 2026/11/26 16:57:13.456668 [INF]   Git:      [b2fd3ef]"), None);
    }

    #[test]
    fn a_server_that_is_too_old_is_refused() {
        let program = Path::new("/opt/nats-server");
        check_version(program, (2, 10)).unwrap();
        check_version(program, (3, 0)).unwrap();
        let why = check_version(program, (2, 9)).unwrap_err().to_string();
        assert!(why.contains("2.9") && why.contains("install nats-server 2.10 or newer"), "{why}");
    }
}
