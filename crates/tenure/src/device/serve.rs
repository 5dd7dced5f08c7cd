//! `tenure device serve`: the agent on this machine, for programs and the browser on it.
//!
//! Invariants: on loopback unless told otherwise; the token stands in an owner-only file, of the device folder where
//! nothing else is said, and in no log; the ready line is the first and only line on standard output.
//! Deliberately not here: what the agent answers (`tenure_device`).

use super::place::Place;
use crate::{
    clock::RealClock, daemon, exit::Failure, explain, logs, pages::with_page, say,
    settings::host_name, signals::Signals,
};
use anyhow::Context as _;
use clap::Args;
use std::{net::SocketAddr, path::Path, path::PathBuf, sync::Arc, time::Duration};
use tenure_device::{Device, Options, Server};
use tenure_ledger::FolderLock;
use tenure_shell::{
    running::Running,
    secret::{Secret, bearer_token},
};
use tenure_vault::{VaultError, create_new, read_owner_only};
use tokio::runtime::Runtime;

/// File with the agent's token; made at the first start, kept from then on.
const TOKEN_FILE: &str = "agent.token";
const TOKEN_MAX: u64 = 256;
const GRACE: Duration = Duration::from_secs(5);

/// Serve the containers of a device.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    place: Place,
    /// Address and port; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7090")]
    listen: SocketAddr,
    /// Name under which the agent may be asked; may be given several times.
    #[arg(long, value_name = "NAME", value_parser = host_name)]
    allow_host: Vec<String>,
    /// PEM file with the certificate chain.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the private key of the certificate.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Serve plain HTTP on a non-loopback address.
    #[arg(long)]
    insecure_http: bool,
    /// Address of the office, to which the bridge of the device's page leads.
    #[arg(long, value_name = "URL", value_parser = office_address)]
    office: Option<String>,
    /// File of the agent's token, owner-only; made at the first start. On a medium that knows no owners it must be
    /// elsewhere. [default: agent.token in the folder of the containers]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Log level or filter.
    #[arg(long, value_name = "FILTER", default_value = "info")]
    log: String,
}

impl ServeArgs {
    /// Runs until SIGTERM or Ctrl-C.
    ///
    /// # Errors
    /// The folder can't be used; the address is taken.
    pub fn run(self) -> anyhow::Result<()> {
        logs::start(&self.log, logs::Format::Text)?;
        let device = self.place.made()?;
        let alone = FolderLock::take(device.folder().path()).map_err(|error| {
            explain::lock(error).hint("one agent serves a folder: ask that one, or stop it")
        })?;
        let in_folder = || device.folder().path().join(TOKEN_FILE);
        let token_file = self.token_file.clone().unwrap_or_else(in_folder);
        let token = token(&token_file)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .context("starting the runtime")?;
        let running = self.listening(&runtime, device.clone(), &token)?;
        let mut signals = Signals::catch(&runtime)?;
        say::ready(format_args!(
            "listening on {}",
            running.urls().first().map_or("", String::as_str)
        ));
        note!("the token is in {}", token_file.display());
        let told = signals.wait_until_told(&runtime, || running.reload_certificates());
        runtime.block_on(running.stop(GRACE));
        runtime.shutdown_timeout(Duration::from_secs(1));
        drop(alone);
        told
    }

    fn listening(&self, runtime: &Runtime, device: Device, token: &str) -> anyhow::Result<Running> {
        let mut options = Options::new(Secret::new(token));
        options.hosts = self.allow_host.iter().fold(options.hosts, |hosts, name| hosts.and(name));
        options.insecure_http = self.insecure_http;
        let tls = daemon::tls_files(self.tls_cert.as_ref(), self.tls_key.as_ref());
        let server = Server::new(device, Arc::new(RealClock), options);
        let server = with_page(server, tls.is_some(), self.office.clone());
        let _inside = runtime.enter();
        Ok(server.listen(self.listen, tls).map_err(|fault| daemon::cant_listen("agent", fault))?)
    }
}

fn office_address(text: &str) -> Result<String, &'static str> {
    tenure_web::origin_of(text).ok_or("not an address such as https://licenses.example.com")
}

/// The agent's token: the one that is there, or a new one.
fn token(file: &Path) -> anyhow::Result<String> {
    let fresh = bearer_token().context("the operating system has no random numbers")?;
    match create_new(file, format!("{fresh}\n").as_bytes(), 0o600) {
        Ok(()) => return Ok(fresh),
        Err(VaultError::Exists { .. }) => {}
        Err(error) => return Err(explain::vault(error).into()),
    }
    let kept = read_owner_only(file, TOKEN_MAX).map_err(explain::vault)?;
    let kept = String::from_utf8_lossy(kept.expose()).trim().to_owned();
    if kept.len() < 32 {
        let why = format!("{} holds no token of this agent", file.display());
        return Err(Failure::corrupt(why).hint("remove it; the next start makes a new one").into());
    }
    Ok(kept)
}
