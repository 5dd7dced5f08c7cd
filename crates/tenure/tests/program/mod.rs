//! The built program under test: commands run to their end, servers run until a test ends them.
//!
//! Invariants: port 0 and the ready line, never a fixed port, never a pause; whatever was started here is ended here,
//! by its id, also when a test fails.
//! Deliberately not here: any knowledge of what a command answers.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

/// What a command left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    /// The standard output of a command that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stdout
    }

    /// The standard error of a command that must have ended with `code`.
    #[track_caller]
    pub fn fails(self, code: i32) -> String {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stderr
    }

    /// The standard output as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let text = self.ok();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON: {error}: {text}"))
    }
}

/// The program with a clean environment.
pub fn tenure() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("TENURE_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Ended {
    ended(tenure().args(arguments))
}

/// Runs a prepared command to its end.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program can be started");
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Where what is said goes to nobody: a pipe whose reader is gone.
pub fn unread() -> Stdio {
    let (_, writer) = std::io::pipe().expect("a pipe");
    writer.into()
}

/// Where nothing can be said: as a file on a full disk.
pub fn full() -> Stdio {
    fs::File::options().write(true).open("/dev/full").expect("/dev/full").into()
}

/// A publisher's key folder and a licensed server folder, made by the commands of the README.
pub struct Site {
    pub folder: tempfile::TempDir,
    passphrase: PathBuf,
}

impl Site {
    /// Keys, a server folder, and `items` (a JSON list) issued to it and applied.
    pub fn licensed(items: &str) -> Site {
        let site = Site::unlicensed();
        site.issue(items);
        let data = site.data();
        run(&["server", "apply", "--data", &data, &site.path("update.tnr")]).ok();
        site
    }

    /// Keys and a server folder without a license.
    pub fn unlicensed() -> Site {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let passphrase = folder.path().join("passphrase");
        fs::write(&passphrase, "correct horse battery staple\n").expect("passphrase file");
        owner_only(&passphrase);
        let site = Site { folder, passphrase };
        site.publisher(&[
            "keys",
            "init",
            "--dir",
            &site.path("keys"),
            "--publisher",
            "Example Publisher",
            "--no-passphrase",
        ])
        .ok();
        let data = site.data();
        run(&[
            "server",
            "init",
            "--data",
            &data,
            "--keyset",
            &site.path("keys/keyset.tnr"),
            "--name",
            "test server",
        ])
        .ok();
        site
    }

    /// Issues items to the server's present context, into `update.tnr`.
    pub fn issue(&self, items: &str) {
        let context = run(&["server", "context", "--data", &self.data()]).ok();
        self.issue_to(&context, items);
    }

    /// Issues items to a context, into `update.tnr`.
    pub fn issue_to(&self, context: &str, items: &str) {
        fs::write(self.path("context.tnr"), context).expect("context file");
        fs::write(self.path("items.json"), items).expect("items file");
        self.publisher(&[
            "issue",
            "--keys",
            &self.path("keys"),
            "--context",
            &self.path("context.tnr"),
            "--items",
            &self.path("items.json"),
            "-o",
            &self.path("update.tnr"),
        ])
        .ok();
    }

    /// A new self-signed certificate for localhost in `cert.pem` and `key.pem`.
    pub fn certify(&self) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()])
            .expect("a certificate");
        fs::write(self.path("cert.pem"), made.cert.pem()).expect("certificate");
        fs::write(self.path("key.pem"), made.signing_key.serialize_pem()).expect("key");
        owner_only(Path::new(&self.path("key.pem")));
    }

    /// A command that needs the passphrase.
    pub fn publisher(&self, arguments: &[&str]) -> Ended {
        ended(tenure().args(arguments).env("TENURE_PASSPHRASE_FILE", &self.passphrase))
    }

    /// A path in the site's folder.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The server's data folder.
    pub fn data(&self) -> String {
        self.path("data")
    }

    /// Starts the server.
    pub fn serve(&self, more: &[&str]) -> Served {
        Served::start(&self.data(), more)
    }

    /// `tenure admin --data DIR …`.
    pub fn admin(&self, arguments: &[&str]) -> Ended {
        run(&[&["admin", "--data", &self.data()], arguments].concat())
    }
}

/// A file that only its owner may read.
pub fn owner_only(file: &Path) {
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).expect("permission bits");
}

/// A running server.
pub struct Served {
    child: Child,
    pub url: String,
    stdout: BufReader<ChildStdout>,
    stderr: Option<BufReader<ChildStderr>>,
}

impl Served {
    /// Starts a server on a free port and waits for its ready line.
    pub fn start(data: &str, more: &[&str]) -> Served {
        Served::from(
            tenure().args(["server", "run", "--listen", "127.0.0.1:0", "--data", data]).args(more),
        )
    }

    /// Starts a prepared server command and waits for its ready line.
    pub fn from(command: &mut Command) -> Served {
        Served::by_line(command, "listening on ")
    }

    /// Starts a server on a free port whose log goes to `log`, and waits for its ready line.
    pub fn logging_to(log: Stdio, data: &str) -> Served {
        let mut command = tenure();
        command.args(["server", "run", "--listen", "127.0.0.1:0", "--data", data]);
        Served::launched(command.stderr(log), "listening on ")
    }

    /// Starts a command and waits for the line that begins with `mark` and ends with the address.
    pub fn by_line(command: &mut Command, mark: &str) -> Served {
        Served::launched(command.stderr(Stdio::piped()), mark)
    }

    fn launched(command: &mut Command, mark: &str) -> Served {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program can be started");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        let found = loop {
            line.clear();
            let more = stdout.read_line(&mut line).expect("the ready line") > 0;
            if let Some(url) = line.trim().strip_prefix(mark) {
                break Some(url.to_owned());
            }
            if !more {
                break None;
            }
        };
        let Some(url) = found else {
            let said = rest(child.stderr.take().map(BufReader::new));
            child.wait().expect("its end");
            panic!("not ready: {line:?} {said}");
        };
        let stderr = child.stderr.take().map(BufReader::new);
        Served { url, child, stdout, stderr }
    }

    /// Where it listens, without the scheme.
    pub fn address(&self) -> &str {
        self.url.rsplit("//").next().unwrap_or_default()
    }

    /// The next line it says on standard output.
    #[track_caller]
    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        line.trim().to_owned()
    }

    /// SIGTERM, and what it said on stderr until its end; it must end with code 0.
    #[track_caller]
    pub fn stop(mut self) -> String {
        self.signal(rustix::process::Signal::TERM);
        let said = rest(self.stderr.take());
        let status = self.child.wait().expect("its end");
        assert!(status.success(), "{status}: {said}");
        said
    }

    /// SIGHUP, and waits for the log line that holds `mark`.
    #[track_caller]
    pub fn reload(&mut self, mark: &str) {
        self.signal(rustix::process::Signal::HUP);
        let log = self.stderr.as_mut().expect("a pipe");
        let logged = log.lines().map_while(Result::ok).any(|line| line.contains(mark));
        assert!(logged, "it ended without saying: {mark}");
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.child.kill().expect("kill");
        self.child.wait().expect("its end");
    }

    /// The process number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = rustix::process::Pid::from_raw(self.child.id().cast_signed())
            .expect("a process number");
        rustix::process::kill_process(id, signal).expect("a signal");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What a program still says on a pipe, until it ends.
fn rest(pipe: Option<BufReader<ChildStderr>>) -> String {
    let mut said = String::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_string(&mut said).expect("what it said");
    }
    said
}
