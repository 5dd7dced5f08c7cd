//! The configuration of a license server.
//!
//! Deliberately not here: how a table is read (`table`), precedence (`layers`) and the syntax of the file (`file`).

use super::{
    table::{Table, settings},
    value::{Amount, Filter, HostNames, Seconds, ServerAddress},
};
use crate::{exit::Failure, logs::Format};
use std::{net::SocketAddr, path::PathBuf};

/// The keys of a license server.
pub const SERVER: Table = Table { file: "tenure.toml", prefix: "TENURE_", keys: KEYS };

settings! {
    Settings:
    /// Address and port of the client plane (and of the admin plane, unless it listens apart).
    /// Port 0 takes any free port; the ready line says which.
    /// Anything but a loopback address needs TLS or `insecure_http`.
    "listen" listen: SocketAddr = "127.0.0.1:7070";

    /// Address and port of the admin plane when it shall listen apart, for example on an inner network.
    "admin_listen" admin_listen: Option<SocketAddr> = "";

    /// Names under which the server may be asked, beside loopback names and the addresses it listens on.
    /// Requests for any other `Host` are answered 421, which stops DNS rebinding.
    "allowed_hosts" allowed_hosts: HostNames = "";

    /// Serve plain HTTP on a non-loopback address. Leases stay signed, but tokens and passwords can be read on the way.
    "insecure_http" insecure_http: bool = "false";

    /// PEM file with the certificate chain. Read again when it changes.
    "tls.certificate" tls_certificate: Option<PathBuf> = "";

    /// PEM file with the private key of the certificate; must not be readable by others.
    "tls.key" tls_key: Option<PathBuf> = "";

    /// Largest number of connections open at once; more are closed at once.
    "limits.connections" max_connections: Amount = "20000";

    /// Time a client has to send the head of a request.
    "limits.header_seconds" header_seconds: Seconds = "30";

    /// Time one request may take in all, body included.
    "limits.request_seconds" request_seconds: Seconds = "60";

    /// How long a stop waits for requests that are being answered.
    "limits.stop_seconds" stop_seconds: Seconds = "10";

    /// Folder that old entries of the ledger go to, at start and once a day; none: the ledger keeps everything.
    /// On another disk, and in the backup: without it the past before `ledger.keep_days` can't be looked at.
    "ledger.archive_dir" archive_dir: Option<PathBuf> = "";

    /// How many days the ledger itself keeps when `ledger.archive_dir` is set.
    "ledger.keep_days" keep_days: Amount = "400";

    /// Address of the publisher's office, such as `https://office.example.com`: the server asks it for updates by itself
    /// (properties `polling.enabled` and `polling.interval-seconds`). None: updates come as files.
    "office.url" office_url: Option<ServerAddress> = "";

    /// PEM file with the certificates to believe the office by; none: those of the operating system.
    "office.ca" office_ca: Option<PathBuf> = "";

    /// Directory that clients ask through files, beside the network or instead of it; none: there is none. Everybody who
    /// may ask must be able to write there. See docs/FOLDER.md.
    "shared_folder.directory" shared_directory: Option<PathBuf> = "";

    /// Milliseconds between two looks into the shared folder.
    "shared_folder.scan_milliseconds" shared_scan_ms: Amount = "500";

    /// Write `license.html` into the shared folder: who holds what, for anyone who can open it.
    "shared_folder.page" shared_page: bool = "true";

    /// Refuse to start while the shared folder is not there; without this it is waited for, and an alarm says so.
    "shared_folder.required" shared_required: bool = "false";

    /// Which log lines appear: a level (`error`, `warn`, `info`, `debug`, `trace`) or a list such as `info,tenure_server=debug`.
    "log.filter" log_filter: Filter = "info";

    /// How log lines look: `text` for people, `json` for collectors. They go to standard error.
    "log.format" log_format: Format = "text";
}

impl Settings {
    /// What only makes sense together.
    ///
    /// # Errors
    /// One of a pair is missing, or a folder depends on where the program was started.
    pub fn check(&self) -> Result<(), Failure> {
        if self.archive_dir.as_ref().is_some_and(|folder| folder.is_relative()) {
            return Err(Failure::usage("ledger.archive_dir is not an absolute path").hint(
                "a folder of its own, outside of the data folder, such as /var/backups/tenure",
            ));
        }
        if self.shared_directory.as_ref().is_some_and(|folder| folder.is_relative()) {
            return Err(Failure::usage("shared_folder.directory is not an absolute path")
                .hint("a directory that clients reach too, such as /srv/license"));
        }
        if self.shared_required && self.shared_directory.is_none() {
            return Err(Failure::usage(
                "shared_folder.required is set, shared_folder.directory is not",
            )
            .hint("name the directory with shared_folder.directory"));
        }
        check_tls(self.tls_certificate.as_ref(), self.tls_key.as_ref())
    }
}

/// A certificate needs its key, and the reverse.
///
/// # Errors
/// One of the two is missing.
pub(super) fn check_tls(
    certificate: Option<&PathBuf>,
    key: Option<&PathBuf>,
) -> Result<(), Failure> {
    match (certificate, key) {
        (Some(_), None) => Err(Failure::usage("tls.certificate is set, tls.key is not")
            .hint("name the private key with tls.key")),
        (None, Some(_)) => Err(Failure::usage("tls.key is set, tls.certificate is not")
            .hint("name the certificate chain with tls.certificate")),
        _ => Ok(()),
    }
}
