//! `tenure office run`: composes data folder, publisher keys, engine and HTTP shell, says the ready line, stops cleanly.
//!
//! Invariants: one office per folder; the ready line is the first and only line on standard output; keys are unlocked
//! before it; a stop answers what is under way, writes a snapshot, and loses nothing.
//! Deliberately not here: what a configuration key means (`settings`), how requests are answered (`tenure_office`).

use super::{
    folder::OfficeFolder,
    unlocked::{keeper, unlocked},
};
use crate::{
    clock::RealClock,
    daemon::{self, DoorFlags},
    exit::Failure,
    logs,
    pages::with_office_pages,
    say,
    settings::{self, OFFICE, OfficeSettings},
    signals::{Signals, watched},
};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tenure_ledger::{Clock, Engine, Options as EngineOptions};
use tenure_office::{Desk, Listen, OfficeMachine, Options, Server};
use tenure_shell::{
    deliver::delivery,
    host::Hosts,
    limits::Limits,
    running::{Doors, Running},
};
use tokio::runtime::Runtime;

/// Serve an office.
#[derive(Debug, Args)]
pub struct OfficeRunArgs {
    /// Data folder, made by `tenure office init`.
    #[arg(long, env = "TENURE_OFFICE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// The publisher's key folder. It is read at the start and at SIGHUP.
    #[arg(long, env = "TENURE_KEYS", value_name = "DIR")]
    keys: PathBuf,
    /// Configuration file instead of DIR/office.toml.
    #[arg(long, env = "TENURE_OFFICE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port; port 0 takes any free one. [default: 127.0.0.1:7080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    #[command(flatten)]
    doors: DoorFlags,
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// A folder is in use, damaged or open to others; the address is taken; the configuration makes no sense.
pub fn run(args: &OfficeRunArgs) -> anyhow::Result<()> {
    let mut layers = settings::layers(&OFFICE, Some(&args.data), args.config.as_deref())?;
    if let Some(listen) = &args.listen {
        layers.flags.set("listen", listen, "--listen");
    }
    args.doors.set(&mut layers.flags);
    let settings = OfficeSettings::resolve(&layers)?;
    check(Some(&args.data), &settings)?;
    logs::start(&settings.log_filter.0, settings.log_format)?;

    let mut serving = OfficeServing::start(&args.data, &args.keys, &settings)?;
    say::ready(format_args!("listening on {}", serving.url()));
    if let Some(token) = serving.setup_token() {
        daemon::tell_setup(&args.data, &format!("{}/console", serving.url()), token);
    }
    let told = serving.wait_until_told();
    let stopped = serving.stop();
    told.and(stopped)
}

/// What a run refuses before it takes an address.
///
/// # Errors
/// As [`run`], but for what only a start shows: a folder in use, a damaged ledger, an address that is taken.
pub fn check(data: Option<&Path>, settings: &OfficeSettings) -> anyhow::Result<()> {
    settings.check()?;
    if let Some(data) = data {
        OfficeFolder::open(data)?;
    }
    let Listen { address, tls } = address(settings);
    Ok(Doors::check([(address, tls)], settings.insecure_http)
        .map_err(|fault| daemon::cant_listen("server", fault))?)
}

/// An office in this process.
pub struct OfficeServing {
    runtime: Runtime,
    engine: Engine<OfficeMachine>,
    running: Running,
    desk: Desk,
    data: OfficeFolder,
    keys: PathBuf,
    setup_token: Option<String>,
    signals: Signals,
    stop_within: Duration,
}

impl OfficeServing {
    /// Unlocks the keys, opens the folder and listens.
    ///
    /// # Errors
    /// As [`run`].
    pub fn start(
        data: &Path,
        keys: &Path,
        settings: &OfficeSettings,
    ) -> anyhow::Result<OfficeServing> {
        let data = OfficeFolder::open(data)?;
        let keyring = unlocked(keys)?;
        let clock: Arc<dyn Clock> = Arc::new(RealClock);
        let runtime = daemon::runtime()?;
        let mut engine_options = EngineOptions::new(clock.clone());
        let (deliver, writer) = watched(delivery(runtime.handle()));
        engine_options.deliver = Some(deliver);
        let engine = data.engine(engine_options)?;

        let mut options = Options::new(data.hook_key()?);
        options.hosts = hosts(settings);
        options.limits = limits(settings);
        options.insecure_http = settings.insecure_http;
        options.private_hooks = settings.private_hooks;
        options.check_signer = Some(Arc::new(data.check_key()?));
        options.check_url = settings.check_url.as_ref().map(|url| url.0.clone());
        options.host_checks_per_second = settings.host_checks_per_second.0;
        options.keep_revocation = Some(keeper(keys.to_owned()));
        options.admin_token = Some(daemon::admin_token(data.path())?);
        let (users, publisher) = engine
            .query_blocking(|machine, _| {
                (machine.0.people().all().len(), machine.0.publisher().name.clone())
            })
            .map_err(|fault| Failure::fault(fault.to_string()))?;
        let setup = daemon::setup_token(data.path(), users > 0)?;
        let setup_token = setup.as_ref().map(|token| token.text.clone());
        if let Some(token) = setup {
            options.setup_token = Some(token.secret);
            options.setup_done = Some(token.done);
        }

        options.read_picture = Some(Arc::new(|bytes: &[u8]| {
            tenure_web::read_picture(bytes).map_err(|fault| fault.to_string())
        }));
        let server = Server::new(engine.clone(), clock, keyring, options);
        let server = with_office_pages(server, publisher, settings.tls_certificate.is_some());
        let (running, desk) = {
            let _inside = runtime.enter();
            server
                .listen(&[address(settings)])
                .map_err(|fault| daemon::cant_listen("server", fault))?
        };
        let signals = Signals::catch(&runtime)?.and_writer(writer);
        daemon::keep_address(data.path(), &running)?;
        let (keys, stop_within) = (keys.to_owned(), settings.stop_seconds.0);
        Ok(OfficeServing {
            runtime,
            engine,
            running,
            desk,
            data,
            keys,
            setup_token,
            signals,
            stop_within,
        })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        self.running.urls().first().cloned().unwrap_or_default()
    }

    /// The one-time token, while no administrator exists.
    pub fn setup_token(&self) -> Option<&str> {
        self.setup_token.as_deref()
    }

    /// Waits for SIGTERM or Ctrl-C; SIGHUP reads certificates and the key folder again.
    ///
    /// # Errors
    /// The ledger's writer has ended.
    pub fn wait_until_told(&mut self) -> anyhow::Result<()> {
        let OfficeServing { runtime, running, signals, desk, keys, .. } = self;
        signals.wait_until_told(runtime, || {
            running.reload_certificates();
            match unlocked(keys) {
                Ok(keyring) => desk.set_keyring(keyring),
                Err(error) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the key folder was not read again; the former keys stay in use"
                    );
                }
            }
        })
    }

    /// Answers what is under way, writes a snapshot, gives the folder back.
    ///
    /// # Errors
    /// None at present: what could fail here is logged, and the ledger is complete all the same.
    pub fn stop(self) -> anyhow::Result<()> {
        let OfficeServing { runtime, engine, running, data, stop_within, .. } = self;
        tracing::info!("stopping");
        daemon::remove_traces(data.path());
        runtime.block_on(running.stop(stop_within));
        engine.stop();
        runtime.shutdown_timeout(Duration::from_secs(1));
        Ok(())
    }
}

fn hosts(settings: &OfficeSettings) -> Hosts {
    let hosts = Hosts::loopback().and_address(settings.listen);
    settings.allowed_hosts.0.iter().fold(hosts, |hosts, name| hosts.and(name))
}

fn limits(settings: &OfficeSettings) -> Limits {
    Limits {
        connections_max: settings.max_connections.0 as usize,
        header_timeout: settings.header_seconds.0,
        request_timeout: settings.request_seconds.0,
        ..Limits::default()
    }
}

fn address(settings: &OfficeSettings) -> Listen {
    let tls = daemon::tls_files(settings.tls_certificate.as_ref(), settings.tls_key.as_ref());
    Listen { address: settings.listen, tls }
}
