//! What the composition root decides for this shell: names, secrets, addresses, what is mounted beside the API.
//!
//! Kept here: every option has a working default, and no default is unsafe. Deliberately not here: files and
//! environment; `tenure` reads them and passes values.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tenure_api::TlsTrust;
use tenure_document::{Envelope, Signer};
use tenure_shell::host::Hosts;
use tenure_shell::limits::{Limits, Login};
use tenure_shell::secret::Secret;
use tenure_shell::tls::TlsFiles;

/// Reads the text of a context out of a picture (PNG or JPEG); the error is a sentence for people.
pub type ReadPicture = Arc<dyn Fn(&[u8]) -> Result<String, String> + Send + Sync>;

/// Keeps a new revocation list where the publisher's keys are; the error is a sentence for the log.
pub type KeepRevocation = Arc<dyn Fn(&Envelope) -> Result<(), String> + Send + Sync>;

/// One address to listen on.
#[derive(Debug, Clone)]
pub struct Listen {
    /// Port 0 takes any free port.
    pub address: SocketAddr,
    /// Without it: cleartext, on loopback only unless `insecure_http`.
    pub tls: Option<TlsFiles>,
}

/// Everything this shell is told.
pub struct Options {
    /// Names this office answers to.
    pub hosts: Hosts,
    /// The owner-only token of this machine; its bearer may do everything.
    pub admin_token: Option<Secret>,
    /// The one-time token that makes the first administrator.
    pub setup_token: Option<Secret>,
    /// Called once when the set-up token was used, so that its file can go.
    pub setup_done: Option<Arc<dyn Fn() + Send + Sync>>,
    /// What secrets of web hooks are made with.
    pub hook_key: [u8; 32],
    /// Web hooks may lead to addresses of private networks.
    pub private_hooks: bool,
    /// Whom to believe at the other end of a web hook.
    pub hook_trust: TlsTrust,
    /// Keeps new revocation lists; without it they are in the books alone.
    pub keep_revocation: Option<KeepRevocation>,
    /// Signs answers to checks of host keys, once a publisher key has certified it; without it publisher keys answer.
    pub check_signer: Option<Arc<dyn Signer>>,
    /// Where host keys are checked, written into the keys; without it they are not checked on line.
    pub check_url: Option<String>,
    /// Checks of host keys that one source may send in a second; 0: any number.
    pub host_checks_per_second: u32,
    /// Cleartext on addresses other than loopback.
    pub insecure_http: bool,
    /// Reads pictures of contexts; without it only texts are read.
    pub read_picture: Option<ReadPicture>,
    /// Bounds.
    pub limits: Limits,
    /// Sessions and passwords.
    pub login: Login,
    /// Certificate files are looked at for changes in this interval.
    pub certificate_check_interval: Duration,
}

impl Options {
    /// Safe defaults with the office's key for web hooks.
    pub fn new(hook_key: [u8; 32]) -> Self {
        Self {
            hosts: Hosts::loopback(),
            admin_token: None,
            setup_token: None,
            setup_done: None,
            hook_key,
            private_hooks: false,
            hook_trust: TlsTrust::System,
            keep_revocation: None,
            check_signer: None,
            check_url: None,
            host_checks_per_second: 100,
            insecure_http: false,
            read_picture: None,
            limits: Limits::default(),
            login: Login::default(),
            certificate_check_interval: Duration::from_secs(10),
        }
    }
}
