//! What the composition root decides for this shell: limits, names, secrets, addresses.
//!
//! Kept here: every option has a working default, and no default is unsafe: loopback, TLS elsewhere, bounded
//! everything. Deliberately not here: files and environment; `tenure` reads them and passes values.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tenure_document::HostId;

use crate::host::Hosts;
use crate::password::PasswordCost;
use crate::secret::Secret;
use crate::token::Tokens;

/// Bounds that keep one client from taking the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Largest body in bytes; beyond it 413.
    pub body_max: usize,
    /// Time for the header of a request, and for an idle connection.
    pub header_timeout: Duration,
    /// Time for the body of a request; beyond it 408.
    pub body_timeout: Duration,
    /// Time for the whole answer; beyond it 503.
    pub request_timeout: Duration,
    /// Open connections; further ones are closed at once.
    pub connections_max: usize,
    /// Requests in flight; beyond it 503 with `Retry-After`.
    pub in_flight_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_max: 1024 * 1024,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            connections_max: 20_000,
            in_flight_max: 20_000,
        }
    }
}

/// How long idle sessions live and how dear a password is. How long any session lives is a property of the state.
#[derive(Debug, Clone)]
pub struct Login {
    /// A session that is not used for this long ends.
    pub idle: Duration,
    /// Cost of one argon2id hash.
    pub cost: PasswordCost,
}

impl Default for Login {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), cost: PasswordCost::default() }
    }
}

/// Which routes a listener offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// Client and admin plane.
    Both,
    /// What applications and devices use.
    Client,
    /// What administrators use.
    Admin,
}

/// Certificate and key of a TLS listener, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, the server's own first.
    pub certificate: PathBuf,
    /// Its private key; readable by the owner only.
    pub key: PathBuf,
}

/// One address to listen on.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Port 0 takes any free port.
    pub address: SocketAddr,
    /// What is offered there.
    pub plane: Plane,
    /// Without it: cleartext, on loopback only unless `insecure_http`.
    pub tls: Option<TlsFiles>,
}

/// Everything this shell is told.
pub struct Options {
    /// Names this server answers to.
    pub hosts: Hosts,
    /// Makes and checks lease tokens.
    pub tokens: Tokens,
    /// The owner-only token of this machine; its bearer may do everything.
    pub admin_token: Option<Secret>,
    /// The one-time token that makes the first administrator.
    pub setup_token: Option<Secret>,
    /// Called once when the set-up token was used, so that its file can go.
    pub setup_done: Option<Arc<dyn Fn() + Send + Sync>>,
    /// What identifies the machine the server runs on.
    pub host_ids: Vec<HostId>,
    /// Cleartext on addresses other than loopback.
    pub insecure_http: bool,
    /// Adds `/bench/*`: never in service.
    pub bench_endpoints: bool,
    /// Bounds.
    pub limits: Limits,
    /// Sessions and passwords.
    pub login: Login,
    /// Certificate files are looked at for changes in this interval.
    pub certificate_check_interval: Duration,
}

impl Options {
    /// Safe defaults with the server's token key.
    pub fn new(token_key: [u8; 32]) -> Self {
        Self {
            hosts: Hosts::loopback(),
            tokens: Tokens::new(token_key),
            admin_token: None,
            setup_token: None,
            setup_done: None,
            host_ids: Vec::new(),
            insecure_http: false,
            bench_endpoints: false,
            limits: Limits::default(),
            login: Login::default(),
            certificate_check_interval: Duration::from_secs(10),
        }
    }
}
