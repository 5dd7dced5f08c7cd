//! The license server as a whole: made from an engine and options, asked in process or by listeners.
//!
//! Kept here: one `App` behind any number of listeners; certificates are looked at for changes; a stop is
//! graceful and leaves the engine to its owner. Deliberately not here: opening ledgers, reading files of the
//! data folder, signals (the composition root).

use std::sync::Arc;

use axum::Router;
use tenure_document::Signer;
use tenure_leasing::Event;
use tenure_ledger::{Clock, Engine};
use tenure_shell::metrics::Metrics;
use tenure_shell::pages::Pages;
use tenure_shell::running::{Doors, Running};
use tenure_shell::serve::ServeFault;
use tenure_shell::shell::Gate;

use crate::app::App;
use crate::direct::Direct;
use crate::in_step::keep_in_step;
use crate::machine::LeasingMachine;
use crate::options::{Listen, Options, Plane};
use crate::route_class::RouteClass;
use crate::routes::{description_text, router};

/// The server as a service: the router behind the gate, the busiest route before it.
pub type Shell = tenure_shell::shell::Shell<Direct>;

/// A license server that does not listen yet.
pub struct Server {
    app: App,
    options: Options,
    pages: Option<Pages>,
}

impl Server {
    /// Puts the shell around an engine. `identity` is the key of the server's container: it signs contexts and
    /// receipts.
    pub fn new(
        engine: Engine<LeasingMachine>,
        clock: Arc<dyn Clock>,
        identity: Arc<dyn Signer>,
        options: Options,
    ) -> Self {
        let metrics = Arc::new(Metrics::new::<RouteClass>());
        let app = App::new(engine, clock, identity, &options, metrics, description_text);
        let waiters = app.waiters.clone();
        let heard = app.engine.listen(move |event| match event {
            Event::Offered(offered) => waiters.wake(offered.ticket),
            Event::Unqueued(end) => waiters.wake(end.ticket),
            _ => {}
        });
        if let Err(fault) = heard {
            tracing::error!(%fault, "nobody who waits will be woken");
        }
        Self { app, options, pages: None }
    }

    pub(crate) fn app(&self) -> &App {
        &self.app
    }

    /// The API as a router without the gate: for pages that ask it in process. It takes the caller's address from
    /// `ConnectInfo<SocketAddr>`, as the listeners set it.
    pub fn api(&self) -> Router {
        router(self.app.clone(), Plane::Both, None)
    }

    /// Mounts pages beside the API, on every listener that has the admin plane.
    #[must_use]
    pub fn with_pages(mut self, pages: Pages) -> Self {
        self.pages = Some(pages);
        self
    }

    /// The server as a service, as its listeners would run it: for tests in process.
    pub fn service(&self, plane: Plane) -> Shell {
        let direct = Direct::new(self.app.clone(), plane, self.options.bench_endpoints);
        let edge = &self.app.edge;
        let gate = Gate::new(self.options.hosts.clone(), edge.metrics.clone(), &edge.limits);
        let pages = self.pages.as_ref().filter(|_| plane != Plane::Client);
        let foreign = pages.map_or([].as_slice(), |pages| pages.open_to_other_sites);
        let router = router(self.app.clone(), plane, pages.map(|pages| pages.router.clone()));
        let gate = gate.with_problem_page(pages.map(|pages| pages.problem));
        Shell::new(direct, router, gate.open_to_other_sites(foreign))
    }

    /// Binds all addresses, then accepts. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When an address can't be used, a certificate is unusable, or cleartext would leave the machine.
    pub fn listen(mut self, listens: &[Listen]) -> Result<Running, ServeFault> {
        let addresses = listens.iter().map(|listen| (listen.address, listen.tls.clone()));
        let doors = Doors::bind(addresses, self.options.insecure_http)?;
        self.options.hosts = doors.named_in(std::mem::take(&mut self.options.hosts));
        let interval = self.options.certificate_check_interval;
        // Ends by itself when the engine stops, and with the runtime.
        tokio::spawn(keep_in_step(self.app.clone()));
        Ok(doors.open(&self.app.edge, interval, |place| self.service(listens[place].plane)))
    }
}
