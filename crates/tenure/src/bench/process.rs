//! The server under test as a process of its own: started, watched, stopped, killed.
//!
//! The one place of the program that starts a process, always this same executable, and only for bench and demo-like
//! tests. Invariants: what was started here is ended here, by its id; a server that does not say its ready line in
//! time is reported with what it said on stderr.
//! Deliberately not here: how its data folder was made (`crate::setup`).

use crate::clock;
use anyhow::{Context as _, bail};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A running license server or office that this process started.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From spawn to ready line.
    pub ready_after: Duration,
}

impl ServerProcess {
    /// Starts `tenure server run` on a data folder and waits for its ready line.
    ///
    /// # Errors
    /// It does not start, or ends before it is ready.
    pub fn start(data: &Path) -> anyhow::Result<ServerProcess> {
        let arguments = ["server", "run", "--listen", "127.0.0.1:0", "--bench-endpoints", "--data"];
        Self::spawn(data, |command| command.args(arguments).arg(data))
    }

    /// Starts `tenure office run` on a data folder with a publisher's keys and waits for its ready line.
    ///
    /// # Errors
    /// As [`ServerProcess::start`].
    pub fn start_office(data: &Path, keys: &Path) -> anyhow::Result<ServerProcess> {
        let arguments = ["office", "run", "--listen", "127.0.0.1:0", "--data"];
        Self::spawn(data, |command| command.args(arguments).arg(data).arg("--keys").arg(keys))
    }

    fn spawn(
        data: &Path,
        arguments: impl FnOnce(&mut Command) -> &mut Command,
    ) -> anyhow::Result<ServerProcess> {
        let program = std::env::current_exe().context("where is this program?")?;
        let started = clock::monotonic();
        let log = data.join("server.log");
        let mut child = arguments(&mut Command::new(program))
            .env("TENURE_LOG_FILTER", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::OpenOptions::new().create(true).append(true).open(&log)?)
            .spawn()
            .context("can't start a server process")?;
        let stdout = child.stdout.take().context("no pipe to the server")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).context("reading the ready line")?;
        let ready_after = clock::monotonic().duration_since(started);
        match line.trim().strip_prefix("listening on http://").map(str::parse) {
            Some(Ok(address)) => Ok(ServerProcess { child, address, ready_after }),
            _ => {
                // It may have ended already; either way nothing of it is left.
                let _ = child.kill();
                let _ = child.wait();
                let said = fs::read_to_string(&log).unwrap_or_default();
                let tail: Vec<&str> = said.lines().rev().take(5).collect();
                bail!(
                    "the server did not become ready: {}",
                    tail.into_iter().rev().collect::<Vec<_>>().join(" / ")
                )
            }
        }
    }

    /// User and system CPU time it has used, all threads.
    pub fn cpu(&self) -> Duration {
        let ticks_per_second = rustix::param::clock_ticks_per_second();
        let stat =
            fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The second field is a name in parentheses that may hold anything; fields are counted after it.
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let ticks: u64 = after_name
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Duration::from_secs_f64(ticks as f64 / ticks_per_second.max(1) as f64)
    }

    /// Resident memory in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        status
            .lines()
            .find_map(|line| {
                line.strip_prefix("VmRSS:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()
            })
            .unwrap_or(0)
            * 1024
    }

    /// Ends it as an administrator would (SIGTERM) and waits; gives the time that took.
    ///
    /// # Errors
    /// It does not end by itself with code 0.
    pub fn stop(mut self) -> anyhow::Result<Duration> {
        let asked = clock::monotonic();
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
            .context("no process id")?;
        rustix::process::kill_process(id, rustix::process::Signal::TERM)
            .context("asking the server to stop")?;
        let status = self.child.wait().context("waiting for the server")?;
        if !status.success() {
            bail!("the server stopped with {status}");
        }
        Ok(clock::monotonic().duration_since(asked))
    }

    /// Ends it with SIGKILL, in the middle of whatever it does.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn kill(mut self) -> anyhow::Result<()> {
        self.child.kill().context("killing the server")?;
        self.child.wait().context("waiting for the killed server")?;
        Ok(())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            // Left over by an error on the way; it must not outlive us.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
