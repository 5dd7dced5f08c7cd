//! The configuration of an office.
//!
//! Deliberately not here: how a table is read (`table`); what the publisher decides while the office runs (policies in
//! the ledger).

use super::{
    keys::check_tls,
    table::{Table, settings},
    value::{Amount, Filter, HostNames, Seconds, ServerAddress},
};
use crate::{exit::Failure, logs::Format};
use std::{net::SocketAddr, path::PathBuf};

/// The keys of an office.
pub const OFFICE: Table = Table { file: "office.toml", prefix: "TENURE_OFFICE_", keys: KEYS };

settings! {
    OfficeSettings:
    /// Address and port of API and portal. Port 0 takes any free port; the ready line says which.
    /// Anything but a loopback address needs TLS or `insecure_http`.
    "listen" listen: SocketAddr = "127.0.0.1:7080";

    /// Names under which the office may be asked, beside loopback names and the address it listens on.
    /// Requests for any other `Host` are answered 421, which stops DNS rebinding.
    "allowed_hosts" allowed_hosts: HostNames = "";

    /// Serve plain HTTP on a non-loopback address. Documents stay signed, but tokens, passwords and activation IDs can be read on the way.
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

    /// Let web hooks lead to addresses of this machine and of private networks. Whoever may make web hooks can then make
    /// the office send requests into those networks.
    "webhooks.private_addresses" private_hooks: bool = "false";

    /// Address at which applications check their host keys on line, such as `https://licenses.example.com`; it is written into
    /// the keys. Without it keys are verified off line only.
    "host_keys.check_url" check_url: Option<ServerAddress> = "";

    /// Checks of host keys that one source address may send in a second, ten times as many at once.
    "host_keys.checks_per_second" host_checks_per_second: Amount = "100";

    /// Which log lines appear: a level (`error`, `warn`, `info`, `debug`, `trace`) or a list such as `info,tenure_office=debug`.
    "log.filter" log_filter: Filter = "info";

    /// How log lines look: `text` for people, `json` for collectors. They go to standard error.
    "log.format" log_format: Format = "text";
}

impl OfficeSettings {
    /// What only makes sense together.
    ///
    /// # Errors
    /// One of a pair is missing.
    pub fn check(&self) -> Result<(), Failure> {
        check_tls(self.tls_certificate.as_ref(), self.tls_key.as_ref())
    }
}
