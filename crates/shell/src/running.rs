//! A server that listens: bound doors, then listeners that accept, then a graceful stop.
//!
//! Kept here: all addresses are bound before any of them accepts; a bound address is a name the server answers to;
//! certificates are looked at for changes. Deliberately not here: what is answered, when to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::edge::Edge;
use crate::host::Hosts;
use crate::serve::{Accepting, Bound, ServeFault, certificate};
use crate::shell::{Direct, Shell};
use crate::tls::{Certificate, FollowPin, TlsFiles};

/// Addresses that are bound and don't accept yet.
pub struct Doors {
    bound: Vec<Bound>,
}

impl Doors {
    /// Binds all addresses; port 0 takes any free port. Cleartext is for loopback, unless `insecure_http`.
    ///
    /// # Errors
    /// When an address can't be used, a certificate is unusable, or cleartext would leave the machine.
    pub fn bind(
        addresses: impl IntoIterator<Item = (SocketAddr, Option<TlsFiles>)>,
        insecure_http: bool,
    ) -> Result<Self, ServeFault> {
        let bound = addresses
            .into_iter()
            .map(|(address, tls)| Bound::bind(address, tls, insecure_http))
            .collect::<Result<_, _>>()?;
        Ok(Self { bound })
    }

    /// Refuses what [`Doors::bind`] would, but for an address that is taken: nothing is bound.
    ///
    /// # Errors
    /// As [`Doors::bind`].
    pub fn check(
        addresses: impl IntoIterator<Item = (SocketAddr, Option<TlsFiles>)>,
        insecure_http: bool,
    ) -> Result<(), ServeFault> {
        let mut addresses = addresses.into_iter();
        addresses.try_for_each(|(address, tls)| certificate(address, tls, insecure_http).map(drop))
    }

    /// The hosts, with the addresses that were bound.
    #[must_use]
    pub fn named_in(&self, hosts: Hosts) -> Hosts {
        self.bound.iter().fold(hosts, |hosts, one| hosts.and_address(one.address))
    }

    /// Accepts; `service` makes the shell of each address, by its place in the order of binding. Must be called
    /// within a tokio runtime. Certificate files are looked at for changes in the given interval.
    pub fn open<D: Direct>(
        self,
        edge: &Edge,
        certificate_check_interval: Duration,
        service: impl Fn(usize) -> Shell<D>,
    ) -> Running {
        let urls = self.bound.iter().map(Bound::url).collect();
        let certificates: Vec<Arc<Certificate>> =
            self.bound.iter().filter_map(|one| one.certificate.clone()).collect();
        edge.set_certificates(certificates.clone());
        let mut accepting = Accepting::new(&edge.limits);
        for (place, one) in self.bound.into_iter().enumerate() {
            accepting.add(one, service(place), &edge.metrics, &edge.limits);
        }
        let watch = watch(certificates.clone(), certificate_check_interval);
        Running { urls, accepting, certificates, watch }
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

    /// Gives `follow` the pin of the certificate of the last address, now and whenever it is another one.
    ///
    /// # Errors
    /// What it answers now; later that is logged.
    pub fn follow_pin(&self, follow: FollowPin) -> io::Result<()> {
        match self.certificates.last() {
            Some(certificate) => certificate.follow_pin(follow),
            None => follow(None),
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
