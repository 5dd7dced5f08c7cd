//! What the composition root decides for this shell: limits, names, secrets, addresses.
//!
//! Kept here: every option has a working default, and no default is unsafe: loopback, TLS elsewhere, bounded
//! everything. Deliberately not here: files and environment; `tenure` reads them and passes values.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tenure_document::HostId;
use tenure_shell::host::Hosts;
use tenure_shell::limits::{Limits, Login};
use tenure_shell::secret::Secret;
use tenure_shell::tls::TlsFiles;

use crate::alarms::Alarms;
use crate::office::Office;
use crate::token::Tokens;

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
    /// Raised by what works beside this shell; the status tells them.
    pub alarms: Alarms,
    /// The publisher's office, where the server may ask it for updates.
    pub office: Option<Arc<dyn Office>>,
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
            alarms: Alarms::default(),
            office: None,
            limits: Limits::default(),
            login: Login::default(),
            certificate_check_interval: Duration::from_secs(10),
        }
    }
}
