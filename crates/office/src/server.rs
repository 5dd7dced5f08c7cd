//! The office as a whole: made from an engine, keys and options, asked in process or by a listener.
//!
//! Kept here: one `App` behind any number of listeners; pages stand beside the API on the same listener; a stop is
//! graceful and leaves the engine to its owner. Deliberately not here: opening ledgers and key folders, signals (the
//! composition root).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tenure_api::client::Outgoing;
use tenure_ledger::{Clock, Engine};
use tenure_shell::fallback::closed;
use tenure_shell::metrics::Metrics;
use tenure_shell::pages::Pages;
use tenure_shell::running::{Doors, Running};
use tenure_shell::serve::ServeFault;
use tenure_shell::shell::{Gate, RouterOnly};
use tokio::sync::Notify;

use crate::app::App;
use crate::hook_job;
use crate::keyring::Keyring;
use crate::machine::OfficeMachine;
use crate::options::{Listen, Options};
use crate::papers_job;
use crate::route_class::RouteClass;
use crate::routes::{api, description_text, router};

/// Time for one message to a web hook in all.
const HOOK_TIMEOUT: Duration = Duration::from_secs(15);

/// The office as a service: the router behind the gate.
pub type Shell = tenure_shell::shell::Shell<RouterOnly<RouteClass>>;

/// An office that does not listen yet.
pub struct Server {
    app: App,
    options: Options,
    pages: Option<Pages>,
}

impl Server {
    /// Puts the shell around an engine. `keyring` signs what leaves the house.
    pub fn new(
        engine: Engine<OfficeMachine>,
        clock: Arc<dyn Clock>,
        keyring: Keyring,
        options: Options,
    ) -> Self {
        let metrics = Arc::new(Metrics::new::<RouteClass>());
        let app = App::new(engine, clock, keyring, &options, metrics, description_text);
        Self { app, options, pages: None }
    }

    /// The API as a router without the gate: for pages that ask it in process. It takes the caller's address from
    /// `ConnectInfo<SocketAddr>`, as the listeners set it.
    pub fn api(&self) -> Router {
        closed(api(self.app.clone()))
    }

    /// Mounts pages beside the API.
    #[must_use]
    pub fn with_pages(mut self, pages: Pages) -> Self {
        self.pages = Some(pages);
        self
    }

    /// The office as a service, as its listeners would run it: for tests in process.
    pub fn service(&self) -> Shell {
        let edge = &self.app.edge;
        let gate = Gate::new(self.options.hosts.clone(), edge.metrics.clone(), &edge.limits);
        let (pages, foreign) = match &self.pages {
            Some(pages) => (Some(pages.router.clone()), pages.open_to_other_sites),
            None => (None, [].as_slice()),
        };
        let gate = gate.with_problem_page(self.pages.as_ref().map(|pages| pages.problem));
        let router = router(self.app.clone(), pages);
        Shell::new(RouterOnly::default(), router, gate.open_to_other_sites(foreign))
    }

    /// Binds all addresses, then accepts. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When an address can't be used, a certificate is unusable, or cleartext would leave the machine.
    pub fn listen(mut self, listens: &[Listen]) -> Result<(Running, Desk), ServeFault> {
        let addresses = listens.iter().map(|listen| (listen.address, listen.tls.clone()));
        let doors = Doors::bind(addresses, self.options.insecure_http)?;
        self.options.hosts = doors.named_in(std::mem::take(&mut self.options.hosts));
        let interval = self.options.certificate_check_interval;
        let running = doors.open(&self.app.edge, interval, |_| self.service());
        Ok((running, self.start_jobs()))
    }

    /// Starts what the office does by itself: messages to web hooks, key and revocation lists. Must be called within a
    /// tokio runtime; [`Server::listen`] does. The jobs end when the engine stops.
    pub fn start_jobs(&self) -> Desk {
        let (hooks, papers) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let wake = [Arc::clone(&hooks), Arc::clone(&papers)];
        let heard = self.app.engine.listen(move |_| wake.iter().for_each(|job| job.notify_one()));
        if let Err(fault) = heard {
            tracing::error!(%fault, "nothing is published or told to web hooks");
        }
        let Options { hook_trust, private_hooks, keep_revocation, .. } = &self.options;
        match Outgoing::new(hook_trust, HOOK_TIMEOUT, *private_hooks) {
            Ok(outgoing) => {
                let secrets = self.app.hook_secrets.clone();
                tokio::spawn(hook_job::run(self.app.clone(), outgoing, secrets, hooks));
            }
            Err(error) => tracing::error!(%error, "web hooks are told nothing"),
        }
        let keep = keep_revocation.clone();
        tokio::spawn(papers_job::run(self.app.clone(), keep, Arc::clone(&papers)));
        Desk { app: self.app.clone(), papers }
    }
}

/// What whoever composes can still tell an office that runs.
pub struct Desk {
    app: App,
    papers: Arc<Notify>,
}

impl Desk {
    /// Signs with other keys and publishes newer lists from now on: after the key folder has changed.
    pub fn set_keyring(&self, keyring: Keyring) {
        self.app.set_keyring(keyring);
        self.papers.notify_one();
    }
}
