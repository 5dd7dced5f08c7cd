//! Guests of one host, made of namespaces: each with processes, a network, a host name and a machine of its own, over one
//! medium that is plugged into all of them.
//!
//! Invariants: the medium is mounted in a namespace that ends with its keeper; a guest's time since boot can be moved on;
//! what was started here is ended here, by its id.
//! Deliberately not here: what the guests do.
#![allow(dead_code, reason = "each test binary uses its part")]

use crate::{
    machine::Machine,
    program::{Ended, ended},
};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

/// What the medium is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// An image of a file system, mounted by a loop device.
    Image,
    /// A folder of the host, mounted at another place.
    Folder,
}

/// A process that was started here and talks by lines; ended when dropped.
pub struct Talking {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Talking {
    pub fn start(command: &mut Command) -> Talking {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("a pipe"));
        Talking { child, lines }
    }

    /// The rest of the next line that begins with this word; none at the end.
    pub fn hears(&mut self, word: &str) -> Option<String> {
        let mut line = String::new();
        loop {
            line.clear();
            if self.lines.read_line(&mut line).expect("its output") == 0 {
                return None;
            }
            if let Some((_, rest)) = line.split_once(word) {
                return Some(rest.trim().to_owned());
            }
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The innermost process that it led to, by the number that the host knows it by.
    pub fn inside(&self) -> u32 {
        let mut id = self.id();
        loop {
            let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
            let children = children.expect("the kernel lists children");
            match children.split_whitespace().next().and_then(|child| child.parse().ok()) {
                Some(child) => id = child,
                None => return id,
            }
        }
    }

    /// A signal to one process, by its id.
    pub fn signal(id: u32, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(id.cast_signed()).expect("a process number");
        rustix::process::kill_process(id, signal).expect("a signal");
    }

    /// Its input ends, and so does it.
    pub fn end(mut self) {
        drop(self.child.stdin.take());
        let mut rest = String::new();
        let _ = self.lines.read_to_string(&mut rest);
        let status = self.child.wait().expect("its end");
        assert!(status.success(), "{status}: {rest}");
    }

    /// A line to it.
    pub fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        writeln!(input, "{line}").expect("it listens");
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A host with one medium.
pub struct Bed {
    keeper: Talking,
    pub stick: PathBuf,
}

impl Bed {
    /// Plugs a medium in below `folder`; none where that is not permitted.
    pub fn plug(medium: Medium, folder: &Path) -> Option<Bed> {
        let stick = folder.join("stick");
        std::fs::create_dir_all(&stick).expect("a folder");
        let (behind, mount) = match medium {
            Medium::Image => ("stick.img", "mount -o loop"),
            Medium::Folder => ("behind", "mount --bind"),
        };
        let behind = folder.join(behind);
        if medium == Medium::Folder {
            std::fs::create_dir_all(&behind).expect("a folder");
        } else if !behind.exists() {
            let file = std::fs::File::create(&behind).expect("a file");
            file.set_len(8 << 20).expect("its length");
            let made = Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&behind).output();
            let made = made.expect("mkfs.ext4 (package e2fsprogs) is installed");
            assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        }
        let script =
            format!("{mount} {} {} && echo plugged && exec cat", behind.display(), stick.display());
        let mut command = Command::new("unshare");
        command.args(["-m", "--propagation", "private", "sh", "-c", &script]);
        let mut keeper = Talking::start(&mut command);
        if keeper.hears("plugged").is_none() {
            eprintln!("SKIPPED: {medium:?} can't be mounted here, guests over it were not tried");
            return None;
        }
        Some(Bed { keeper, stick })
    }

    /// A guest with this machine, into which the medium is plugged.
    pub fn guest(&self, machine: Machine) -> Guest {
        let script = format!("{}echo ready && exec cat", machine.mounts());
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.keeper.id().to_string(), "-m"]).args([
            "unshare",
            "-m",
            "-n",
            "-p",
            "-u",
            "--kill-child",
            "--mount-proc",
            "sh",
            "-c",
            &script,
        ]);
        let mut keeper = Talking::start(&mut command);
        keeper.hears("ready").expect("namespaces are permitted where mounts are");
        let first = keeper.inside();
        Guest { keeper, first, machine }
    }
}

/// A guest: processes, a network, a host name and a machine of its own.
pub struct Guest {
    keeper: Talking,
    /// Its first process, as the host knows it.
    first: u32,
    machine: Machine,
}

impl Guest {
    /// A command in it: `later` seconds further on since its boot.
    pub fn command(&self, later: u64, program: &Path, line: &[&str]) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.first.to_string(), "-m", "-n", "-p", "-u"]);
        command.args(["unshare", "-T", "--boottime", &later.to_string(), "--kill-child"]);
        command.arg(program).args(line);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TENURE_")) {
            command.env_remove(name);
        }
        command
    }

    /// Runs the program in it to its end.
    pub fn run(&self, later: u64, line: &str) -> Ended {
        let words: Vec<&str> = line.split_whitespace().collect();
        let program = Path::new(env!("CARGO_BIN_EXE_tenure"));
        ended(self.command(later, program, &words).stdin(Stdio::null()))
    }
}
