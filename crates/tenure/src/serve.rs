//! `tenure server run`: composes data folder, engine and HTTP shell, says the ready line, and stops cleanly.
//!
//! Invariants: one server per folder; the ready line is the first and only line on standard output; tokens are in
//! owner-only files and never in log lines (the one-time set-up token is shown on the console while no administrator
//! exists); a stop answers what is under way, writes a snapshot, and loses no lease.
//! Deliberately not here: what a configuration key means (`settings`), how requests are answered (`tenure_server`).

use crate::{
    clock::RealClock,
    daemon::{self, DoorFlags},
    exit::Failure,
    folder::{self, DataFolder},
    logs,
    pages::with_manager,
    retention::Retention,
    say,
    settings::{self, SERVER, Settings},
    shared_folder,
    signals::{Signals, watched},
};
use anyhow::Context as _;
use clap::Args;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tenure_api::{ClientOptions, OfficeClient, TlsTrust};
use tenure_container::Reading;
use tenure_leasing::Leasing;
use tenure_ledger::{Clock, Engine, Options as EngineOptions};
use tenure_server::{
    Alarms, FolderState, Hosts, LeasingMachine, Limits, Listen, Office, Options, Plane, Running,
    ServedFolder, Server, delivery,
};
use tenure_shell::running::Doors;
use tokio::runtime::Runtime;

/// Serve the licenses of a data folder.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Data folder, made by `tenure server init`.
    #[arg(long, env = "TENURE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Configuration file instead of DIR/tenure.toml.
    #[arg(long, env = "TENURE_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Address and port; port 0 takes any free one. [default: 127.0.0.1:7070]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Another address for the admin plane.
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin_listen: Option<String>,
    #[command(flatten)]
    doors: DoorFlags,
    /// Add the endpoints that `tenure bench` compares with; never in service.
    #[arg(long)]
    bench_endpoints: bool,
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// The folder is in use, damaged or open to others; the address is taken; the configuration makes no sense.
pub fn run(args: &RunArgs) -> anyhow::Result<()> {
    let mut layers = settings::layers(&SERVER, Some(&args.data), args.config.as_deref())?;
    for (key, flag, value) in [
        ("listen", "--listen", &args.listen),
        ("admin_listen", "--admin-listen", &args.admin_listen),
    ] {
        if let Some(value) = value {
            layers.flags.set(key, value, flag);
        }
    }
    args.doors.set(&mut layers.flags);
    let settings = Settings::resolve(&layers)?;
    check(Some(&args.data), &settings)?;
    logs::start(&settings.log_filter.0, settings.log_format)?;

    let mut serving = Serving::start(&args.data, &settings, args.bench_endpoints)?;
    say::ready(format_args!("listening on {}", serving.url()));
    if settings.admin_listen.is_some() {
        note!("administration listens on {}", serving.pages_url());
    }
    if let Some(token) = serving.setup_token() {
        daemon::tell_setup(&args.data, &serving.pages_url(), token);
    }
    let told = serving.wait_until_told();
    let stopped = serving.stop();
    told.and(stopped)
}

/// What a run refuses before it opens the folder or takes an address.
///
/// # Errors
/// As [`run`], but for what only a start shows: a folder in use, a damaged ledger, an address that is taken.
pub fn check(data: Option<&Path>, settings: &Settings) -> anyhow::Result<()> {
    settings.check()?;
    if let Some(data) = data {
        folder::check_is_whole(data)?;
        if let Some(archive) = &settings.archive_dir {
            folder::is_apart(data, archive)?;
        }
    }
    let doors = addresses(settings).into_iter().map(|listen| (listen.address, listen.tls));
    Doors::check(doors, settings.insecure_http)
        .map_err(|fault| daemon::cant_listen("server", fault))?;
    office(settings).map(drop)
}

/// A license server in this process.
pub struct Serving {
    runtime: Runtime,
    engine: Engine<LeasingMachine>,
    running: Running,
    data: DataFolder,
    setup_token: Option<String>,
    signals: Signals,
    stop_within: std::time::Duration,
    retention: Option<Retention>,
    shared: Option<ServedFolder>,
}

impl Serving {
    /// Opens the folder and listens.
    ///
    /// # Errors
    /// As [`run`].
    pub fn start(
        data: &Path,
        settings: &Settings,
        bench_endpoints: bool,
    ) -> anyhow::Result<Serving> {
        let data = DataFolder::open(data)?;
        let clock: Arc<dyn Clock> = Arc::new(RealClock);
        let runtime = daemon::runtime()?;
        let mut engine_options = EngineOptions::new(clock.clone());
        let (deliver, writer) = watched(delivery(runtime.handle()));
        engine_options.deliver = Some(deliver);
        let engine = data.engine(engine_options)?;

        let mut options = Options::new(data.token_key()?);
        options.hosts = hosts(settings);
        options.limits = limits(settings);
        options.insecure_http = settings.insecure_http;
        options.bench_endpoints = bench_endpoints;
        options.host_ids = data.host_ids();
        options.admin_token = Some(daemon::admin_token(data.path())?);
        options.office = office(settings)?;
        let setup_token = setup_token(&data, &engine, &mut options)?;

        let identity = Arc::new(data.identity()?);
        let alarms = options.alarms.clone();
        let server = Server::new(engine.clone(), clock, identity, options);
        let name = engine
            .query_blocking(|machine, _| machine.0.container().name().to_owned())
            .map_err(|fault| Failure::fault(fault.to_string()))?;
        let server = with_manager(server, name, settings.tls_certificate.is_some());
        let shared = shared_folder::serve(&server, settings, &runtime)?;
        let running = {
            let _inside = runtime.enter();
            server
                .listen(&addresses(settings))
                .map_err(|fault| daemon::cant_listen("server", fault))?
        };
        let signals = Signals::catch(&runtime)?.and_writer(writer);
        let retention = match &settings.archive_dir {
            Some(folder) => Some(keep_days(&data, (&engine, alarms), folder, settings)?),
            None => None,
        };
        let serving = Serving {
            signals,
            runtime,
            engine,
            running,
            data,
            setup_token,
            stop_within: settings.stop_seconds.0,
            retention,
            shared,
        };
        daemon::keep_address(serving.data.path(), &serving.running)?;
        Ok(serving)
    }

    /// Where the client plane listens.
    pub fn url(&self) -> String {
        self.running.urls().first().cloned().unwrap_or_default()
    }

    /// Where the pages are: the admin plane listens last.
    fn pages_url(&self) -> String {
        self.running.urls().last().cloned().unwrap_or_default()
    }

    /// The one-time token, while no administrator exists.
    pub fn setup_token(&self) -> Option<&str> {
        self.setup_token.as_deref()
    }

    /// Waits for SIGTERM or Ctrl-C; SIGHUP reads the certificates again.
    ///
    /// # Errors
    /// The ledger's writer has ended.
    pub fn wait_until_told(&mut self) -> anyhow::Result<()> {
        let Serving { runtime, running, signals, .. } = self;
        signals.wait_until_told(runtime, || running.reload_certificates())
    }

    /// How the shared folder stands, where there is one.
    pub fn shared_state(&self) -> Option<FolderState> {
        self.shared.as_ref().map(|shared| shared.status.now())
    }

    /// Reads the committed state; nothing once the engine has stopped.
    pub fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Leasing, tenure_leasing::Now) -> T + Send + 'static,
    ) -> Option<T> {
        let looked = self.engine.query_blocking(move |machine, now| {
            let reading = Reading { wall: now.wall, since_boot_ms: now.since_boot_ms };
            look(&machine.0, tenure_leasing::Now { at: now.at, reading })
        });
        looked.ok()
    }

    /// As [`Serving::wait_until_told`], and shows something again and again meanwhile.
    ///
    /// # Errors
    /// As [`Serving::wait_until_told`].
    pub fn show_until_told(
        &mut self,
        every: std::time::Duration,
        show: impl Fn(&Serving),
    ) -> anyhow::Result<()> {
        loop {
            show(self);
            let Serving { runtime, running, signals, .. } = self;
            if signals.told_within(runtime, every, || running.reload_certificates())? {
                return Ok(());
            }
        }
    }

    /// Answers what is under way, writes a snapshot, gives the folder back.
    ///
    /// # Errors
    /// None at present: what could fail here is logged, and the ledger is complete all the same.
    pub fn stop(self) -> anyhow::Result<()> {
        let Serving { runtime, engine, running, data, stop_within, retention, mut shared, .. } =
            self;
        tracing::info!("stopping");
        if let Some(shared) = &mut shared {
            shared.tell_to_stop();
        }
        drop(retention);
        daemon::remove_traces(data.path());
        runtime.block_on(running.stop(stop_within));
        drop(shared);
        engine.stop();
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        drop(data);
        Ok(())
    }
}

/// The office that the server asks for updates.
fn office(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Office>>> {
    let Some(url) = &settings.office_url else { return Ok(None) };
    let mut options = ClientOptions::new(&url.0);
    if let Some(file) = &settings.office_ca {
        let pem = fs::read_to_string(file)
            .with_context(|| format!("reading office.ca, {}", file.display()))?;
        options.trust = TlsTrust::Roots(pem);
    }
    let client = OfficeClient::new(options)
        .map_err(|error| Failure::usage(format!("office.url: {error}")))?;
    Ok(Some(Arc::new(client)))
}

fn keep_days(
    data: &DataFolder,
    (engine, alarms): (&Engine<LeasingMachine>, Alarms),
    folder: &Path,
    settings: &Settings,
) -> anyhow::Result<Retention> {
    data.is_apart(folder)?;
    let keep = std::time::Duration::from_secs(u64::from(settings.keep_days.0) * 86_400);
    Retention::start(engine.clone(), alarms, folder.to_owned(), keep).context("starting a thread")
}

fn hosts(settings: &Settings) -> Hosts {
    let mut hosts = Hosts::loopback().and_address(settings.listen);
    if let Some(address) = settings.admin_listen {
        hosts = hosts.and_address(address);
    }
    settings.allowed_hosts.0.iter().fold(hosts, |hosts, name| hosts.and(name))
}

fn limits(settings: &Settings) -> Limits {
    Limits {
        connections_max: settings.max_connections.0 as usize,
        header_timeout: settings.header_seconds.0,
        request_timeout: settings.request_seconds.0,
        ..Limits::default()
    }
}

fn addresses(settings: &Settings) -> Vec<Listen> {
    let tls = daemon::tls_files(settings.tls_certificate.as_ref(), settings.tls_key.as_ref());
    match settings.admin_listen {
        None => vec![Listen { address: settings.listen, plane: Plane::Both, tls }],
        Some(admin) => vec![
            Listen { address: settings.listen, plane: Plane::Client, tls: tls.clone() },
            Listen { address: admin, plane: Plane::Admin, tls },
        ],
    }
}

/// While there is no user: the one-time token that makes the first.
fn setup_token(
    data: &DataFolder,
    engine: &Engine<LeasingMachine>,
    options: &mut Options,
) -> anyhow::Result<Option<String>> {
    let users = engine
        .query_blocking(|machine, _| machine.0.users().len())
        .map_err(|fault| Failure::fault(fault.to_string()))?;
    let Some(token) = daemon::setup_token(data.path(), users > 0)? else {
        return Ok(None);
    };
    options.setup_token = Some(token.secret);
    options.setup_done = Some(token.done);
    Ok(Some(token.text))
}
