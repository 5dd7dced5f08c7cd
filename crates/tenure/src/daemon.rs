//! What every command that runs for long shares: flags, token files, where it listens, why it can't.
//!
//! Invariants: tokens are in owner-only files and never in log lines; files that tell of a run go with it.
//! Deliberately not here: what is served (`serve`, `office`), what ends it (`signals`).

use crate::{
    admin::{ADDRESS_FILE, TOKEN_FILE},
    chance,
    exit::Failure,
    settings::{Layer, host_name},
};
use anyhow::Context as _;
use clap::Args;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tenure_document::Hash;
use tenure_shell::{
    host::Hosts,
    running::Running,
    secret::Secret,
    serve::ServeFault,
    tls::{TlsFault, TlsFiles},
};
use tenure_vault::write_atomic;
use tokio::runtime::Runtime;

/// File with the one-time token, until the first administrator exists.
const SETUP_FILE: &str = "setup.token";

/// The runtime of a server.
///
/// # Errors
/// The system gives no threads.
pub fn runtime() -> anyhow::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")
}

/// The flags by which every server is told who may reach it, and how.
#[derive(Debug, Args)]
pub struct DoorFlags {
    /// Name under which it may be asked; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    allow_host: Vec<String>,
    /// PEM file with the certificate chain.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<String>,
    /// PEM file with the private key of the certificate.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<String>,
    /// Serve plain HTTP on a non-loopback address.
    #[arg(long)]
    insecure_http: bool,
    /// Log level or filter.
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

impl DoorFlags {
    /// The names it may be asked under, beside the addresses it listens on.
    pub fn hosts(&self) -> Hosts {
        self.allow_host.iter().fold(Hosts::loopback(), |hosts, name| hosts.and(name))
    }

    /// Certificate and key.
    ///
    /// # Errors
    /// One without the other.
    pub fn tls(&self) -> Result<Option<TlsFiles>, Failure> {
        match (&self.tls_cert, &self.tls_key) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into() }))
            }
            _ => Err(Failure::usage("--tls-cert and --tls-key belong together")),
        }
    }

    /// Cleartext may leave the machine.
    pub const fn insecure_http(&self) -> bool {
        self.insecure_http
    }

    /// The log filter.
    pub fn log(&self) -> &str {
        self.log.as_deref().unwrap_or("info")
    }

    /// Those that were given, as values of the keys of a configuration.
    pub fn set(&self, flags: &mut Layer) {
        let texts = [
            ("tls.certificate", "--tls-cert", &self.tls_cert),
            ("tls.key", "--tls-key", &self.tls_key),
            ("log.filter", "--log", &self.log),
        ];
        for (key, flag, value) in texts {
            if let Some(value) = value {
                flags.set(key, value, flag);
            }
        }
        if self.insecure_http {
            flags.set("insecure_http", "true", "--insecure-http");
        }
        if !self.allow_host.is_empty() {
            flags.set("allowed_hosts", self.allow_host.join(","), "--allow-host");
        }
    }
}

/// Why a server or agent, as people call it, does not listen, and what to do.
pub fn cant_listen(what: &str, fault: ServeFault) -> Failure {
    match &fault {
        ServeFault::Cleartext(_) => Failure::usage(fault.to_string()),
        ServeFault::Address { .. } => Failure::fault(fault.to_string()).hint(format!(
            "is another {what} running there? `--listen 127.0.0.1:0` takes any free port"
        )),
        ServeFault::Tls(TlsFault::KeyReadable(_)) => {
            Failure::refused("open-to-others", fault.to_string())
        }
        ServeFault::Tls(_) => Failure::fault(fault.to_string()),
    }
}

/// Certificate and key, where both are set.
pub fn tls_files(certificate: Option<&PathBuf>, key: Option<&PathBuf>) -> Option<TlsFiles> {
    Some(TlsFiles { certificate: certificate?.clone(), key: key?.clone() })
}

/// Makes the bearer token of this machine's administrator, anew at each start.
///
/// # Errors
/// The file can't be written.
pub fn admin_token(folder: &Path) -> anyhow::Result<Secret> {
    Ok(fresh_token(folder, TOKEN_FILE)?.1)
}

/// A one-time token that makes the first administrator.
pub struct SetupToken {
    /// Its text, to be shown on the console.
    pub text: String,
    /// What it is compared with.
    pub secret: Secret,
    /// Takes its file away.
    pub done: Arc<dyn Fn() + Send + Sync>,
}

/// While there is no user: a one-time token in a file that goes when it was used.
///
/// # Errors
/// The file can't be written.
pub fn setup_token(folder: &Path, has_users: bool) -> anyhow::Result<Option<SetupToken>> {
    let file = folder.join(SETUP_FILE);
    if has_users {
        // Left over when a crash came between the first user and its removal.
        let _ = fs::remove_file(file);
        return Ok(None);
    }
    let (text, secret) = fresh_token(folder, SETUP_FILE)?;
    let done = Arc::new(move || {
        // The token is spent in the server already; the file is only tidied away.
        let _ = fs::remove_file(&file);
    });
    Ok(Some(SetupToken { text, secret, done }))
}

/// Says on the console how the first administrator is made.
pub fn tell_setup(folder: &Path, pages: &str, token: &str) {
    note!(
        "no administrator exists yet; make the first one with\n  tenure admin --data {} setup NAME\n\
         or in a browser at {pages}, with this one-time token: {token}",
        folder.display()
    );
}

/// Says in the folder where the admin plane listens, for `tenure admin --data`: anew whenever its certificate changes.
///
/// # Errors
/// The file can't be written.
pub fn keep_address(folder: &Path, running: &Running) -> anyhow::Result<()> {
    let url = running.urls().last().cloned().unwrap_or_default();
    // An unspecified address can't be connected to; the loopback of the same family can.
    let url = url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:");
    let file = folder.join(ADDRESS_FILE);
    let write = move |pin: Option<Hash>| {
        let pin = pin.map_or_else(String::new, |pin| format!("pin {pin}\n"));
        write_atomic(&file, format!("{url}\n{pin}").as_bytes(), 0o600).map_err(io::Error::other)
    };
    Ok(running.follow_pin(Box::new(write))?)
}

/// Takes away what tells of a run. Stale files would do no harm: the token is known to that run only.
pub fn remove_traces(folder: &Path) {
    for file in [ADDRESS_FILE, TOKEN_FILE] {
        let _ = fs::remove_file(folder.join(file));
    }
}

/// Writes a new token to an owner-only file.
fn fresh_token(folder: &Path, file: &str) -> anyhow::Result<(String, Secret)> {
    let token = format!("{}{}", chance::idempotency_key()?, chance::idempotency_key()?);
    write_atomic(&folder.join(file), format!("{token}\n").as_bytes(), 0o600)?;
    let secret = Secret::new(token.clone());
    Ok((token, secret))
}
