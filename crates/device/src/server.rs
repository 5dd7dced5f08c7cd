//! The agent as a server: what the composition root gives it, and how it listens.
//!
//! Kept here: it listens where it is told and nowhere else; cleartext leaves the machine only on an explicit word; the
//! same gate as before every other server of the house (hosts, origins, limits, times).
//! Deliberately not here: reading the token's file, the ready line, signals.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tenure_ledger::Clock;
use tenure_shell::edge::{Edge, OwnerTokens};
use tenure_shell::host::Hosts;
use tenure_shell::limits::{Limits, Login};
use tenure_shell::metrics::Metrics;
use tenure_shell::pages::Pages;
use tenure_shell::running::{Doors, Running};
use tenure_shell::secret::Secret;
use tenure_shell::serve::ServeFault;
use tenure_shell::shell::{Gate, RouterOnly, Shell};
use tenure_shell::tls::TlsFiles;

use crate::app::App;
use crate::class::Route;
use crate::device::Device;
use crate::routes::{description_text, router, with_pages};

const CERTIFICATE_CHECK: Duration = Duration::from_secs(60);

/// What the agent is told.
pub struct Options {
    /// The token that every call about containers needs.
    pub token: Secret,
    /// Names it answers to, beside the addresses it listens on.
    pub hosts: Hosts,
    /// Bounds of requests.
    pub limits: Limits,
    /// Serve cleartext on an address that others can reach.
    pub insecure_http: bool,
}

impl Options {
    /// For the loopback addresses, with limits for one device: few at a time.
    pub fn new(token: Secret) -> Self {
        let limits = Limits {
            // The largest document is smaller: the reader says what is wrong with a larger one.
            body_max: 2 * 1024 * 1024,
            connections_max: 64,
            in_flight_max: 32,
            ..Limits::default()
        };
        Self { token, hosts: Hosts::loopback(), limits, insecure_http: false }
    }
}

/// An agent that does not listen yet.
pub struct Server {
    app: App,
    hosts: Hosts,
    insecure_http: bool,
    pages: Option<Pages>,
}

impl Server {
    /// An agent for a device.
    pub fn new(device: Device, clock: Arc<dyn Clock>, options: Options) -> Self {
        let owner = OwnerTokens { admin: Some(options.token), ..OwnerTokens::default() };
        let metrics = Arc::new(Metrics::new::<Route>());
        let edge = Edge::new(clock, &Login::default(), owner, options.limits, metrics);
        let app = App::new(device, edge, description_text);
        Self { app, hosts: options.hosts, insecure_http: options.insecure_http, pages: None }
    }

    /// The API without the gate, for pages of this process.
    pub fn api(&self) -> Router {
        router(self.app.clone())
    }

    /// With pages beside the API.
    #[must_use]
    pub fn with_pages(mut self, pages: Pages) -> Self {
        self.pages = Some(pages);
        self
    }

    /// The whole service, as it answers on a connection.
    pub fn service(&self) -> Shell<impl tenure_shell::shell::Direct + use<>> {
        self.shell(self.hosts.clone())
    }

    fn shell(&self, hosts: Hosts) -> Shell<RouterOnly<Route>> {
        let edge: &Edge = self.app.as_ref();
        let gate = Gate::new(hosts, edge.metrics.clone(), &edge.limits);
        match &self.pages {
            None => Shell::new(RouterOnly::default(), router(self.app.clone()), gate),
            Some(pages) => Shell::new(
                RouterOnly::default(),
                with_pages(self.app.clone(), pages.router.clone()),
                gate.open_to_other_sites(pages.open_to_other_sites)
                    .with_problem_page(Some(pages.problem)),
            ),
        }
    }

    /// Binds the address, then accepts. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When the address can't be used, a certificate is unusable, or cleartext would leave the machine.
    pub fn listen(self, address: SocketAddr, tls: Option<TlsFiles>) -> Result<Running, ServeFault> {
        let doors = Doors::bind([(address, tls)], self.insecure_http)?;
        let hosts = doors.named_in(self.hosts.clone());
        let edge: &Edge = self.app.as_ref();
        Ok(doors.open(edge, CERTIFICATE_CHECK, |_| self.shell(hosts.clone())))
    }
}
