//! What the state of every shell has at its edge: sessions, secrets, limits, counters.
//!
//! Kept here: the parts of this crate that stand in a request's way take them from `AsRef<Edge>` and ask nothing
//! else of a shell's state. Deliberately not here: the engine and whatever it decides.

use std::sync::{Arc, PoisonError, RwLock};

use tenure_document::Time;
use tenure_ledger::Clock;

use crate::backoff::Backoff;
use crate::limits::{Limits, Login};
use crate::metrics::Metrics;
use crate::outside::Uptime;
use crate::password::Passwords;
use crate::secret::Secret;
use crate::session::Sessions;
use crate::tls::{Certificate, CertificateState};
use crate::turns::Turns;

/// Readings of the past at once.
const READINGS: usize = 4;

/// Who may come in without being a user: whoever can read files of this machine's data folder.
#[derive(Clone, Default)]
pub struct OwnerTokens {
    /// The owner-only token of this machine; its bearer may do everything.
    pub admin: Option<Secret>,
    /// The one-time token that makes the first administrator.
    pub setup: Option<Secret>,
    /// Called once when the set-up token was used, so that its file can go.
    pub setup_done: Option<Arc<dyn Fn() + Send + Sync>>,
}

/// The shared parts of a shell's edge.
pub struct Edge {
    /// The wall clock, for dates that are shown or compared at the edge.
    pub clock: Arc<dyn Clock>,
    /// What ages of sessions and delays go by.
    pub uptime: Uptime,
    /// Who is logged in.
    pub sessions: Sessions,
    /// Delays after wrong passwords.
    pub backoff: Backoff,
    /// The one who hashes.
    pub passwords: Passwords,
    /// Readings of the past, and other work of seconds.
    pub readings: Turns,
    /// Proofs of the whole ledger: one at a time, and no reading waits for it.
    pub proofs: Turns,
    /// Tokens of the machine's owner.
    pub owner: OwnerTokens,
    /// Bounds of requests.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    certificates: RwLock<Vec<Arc<Certificate>>>,
}

impl Edge {
    /// An edge without sessions.
    pub fn new(
        clock: Arc<dyn Clock>,
        login: &Login,
        owner: OwnerTokens,
        limits: Limits,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            clock,
            uptime: Uptime::start(),
            sessions: Sessions::new(login.idle),
            backoff: Backoff::default(),
            passwords: Passwords::new(login.cost),
            readings: Turns::new(READINGS),
            proofs: Turns::new(1),
            owner,
            limits,
            metrics,
            certificates: RwLock::default(),
        }
    }

    /// The wall clock's time.
    pub fn wall(&self) -> Time {
        self.clock.wall()
    }

    /// The certificates of the listeners that were opened.
    pub fn set_certificates(&self, certificates: Vec<Arc<Certificate>>) {
        *self.certificates.write().unwrap_or_else(PoisonError::into_inner) = certificates;
    }

    /// How each TLS listener's certificate stands.
    pub fn certificate_states(&self) -> Vec<CertificateState> {
        let certificates = self.certificates.read().unwrap_or_else(PoisonError::into_inner);
        certificates.iter().map(|certificate| certificate.state()).collect()
    }
}
