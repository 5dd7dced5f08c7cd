//! The license server as a whole: made from an engine and options, asked in process or by listeners.
//!
//! Kept here: one `App` behind any number of listeners; certificates are looked at for changes; a stop is
//! graceful and leaves the engine to its owner. Deliberately not here: opening ledgers, reading files of the
//! data folder, signals (the composition root).

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tenure_document::Signer;
use tenure_leasing::Event;
use tenure_ledger::{Clock, Engine};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::direct::Direct;
use crate::machine::LeasingMachine;
use crate::metrics::Metrics;
use crate::options::{Listen, Options, Plane};
use crate::routes::{description_text, router};
use crate::serve::{Accepting, Bound, ServeFault};
use crate::shell::{Gate, Shell};
use crate::tls::Certificate;

/// A license server that does not listen yet.
pub struct Server {
    app: App,
    options: Options,
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
        let metrics = Arc::new(Metrics::new());
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
        Self { app, options }
    }

    /// The server as a service, as its listeners would run it: for tests in process.
    pub fn service(&self, plane: Plane) -> Shell {
        let direct = Direct::new(self.app.clone(), plane, self.options.bench_endpoints);
        let gate = Gate {
            hosts: self.options.hosts.clone(),
            metrics: self.app.metrics.clone(),
            request_timeout: self.options.limits.request_timeout,
            in_flight_max: self.options.limits.in_flight_max,
            in_flight: AtomicUsize::new(0),
        };
        Shell::new(direct, router(self.app.clone(), plane), Arc::new(gate))
    }

    /// Binds all addresses, then accepts. Must be called within a tokio runtime.
    ///
    /// # Errors
    /// When an address can't be used, a certificate is unusable, or cleartext would leave the machine.
    pub fn listen(mut self, listens: &[Listen]) -> Result<Running, ServeFault> {
        let mut bound = Vec::with_capacity(listens.len());
        for listen in listens {
            let one = Bound::bind(listen, self.options.insecure_http)?;
            self.options.hosts = std::mem::take(&mut self.options.hosts).and_address(one.address);
            bound.push((listen.plane, one));
        }
        let urls = bound.iter().map(|(_, one)| one.url()).collect();
        let certificates: Vec<Arc<Certificate>> =
            bound.iter().filter_map(|(_, one)| one.certificate.clone()).collect();
        *self.app.certificates.write().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            certificates.clone();
        let mut accepting = Accepting::new(&self.options.limits);
        for (plane, one) in bound {
            accepting.add(one, self.service(plane), &self.app.metrics, &self.options.limits);
        }
        let watch = watch(certificates.clone(), self.options.certificate_check_interval);
        Ok(Running { urls, accepting, certificates, watch })
    }
}

/// A server that accepts.
pub struct Running {
    urls: Vec<String>,
    accepting: Accepting,
    certificates: Vec<Arc<Certificate>>,
    watch: JoinHandle<()>,
}

impl Running {
    /// Where it listens, in the order asked for.
    pub fn urls(&self) -> &[String] {
        &self.urls
    }

    /// Reads the certificate files again now, changed or not: what SIGHUP asks for.
    pub fn reload_certificates(&self) {
        for certificate in &self.certificates {
            certificate.reload(true);
        }
    }

    /// Accepts nothing more, lets what is under way finish within `grace`, closes the rest. Stop the engine after
    /// it, not before: requests under way still need it.
    pub async fn stop(self, grace: Duration) {
        self.watch.abort();
        self.accepting.stop(grace).await;
    }
}

fn watch(certificates: Vec<Arc<Certificate>>, interval: Duration) -> JoinHandle<()> {
    tokio::spawn(async move {
        if certificates.is_empty() {
            return;
        }
        let mut ticks = tokio::time::interval(interval);
        loop {
            ticks.tick().await;
            for certificate in certificates.clone() {
                let read = move || certificate.reload(false);
                let _finished = tokio::task::spawn_blocking(read).await;
            }
        }
    })
}
