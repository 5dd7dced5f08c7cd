//! Load on a server that somebody else started: throughput, latency, and the checker; nothing of its process is known.
//!
//! Deliberately not here: TLS, and figures that need the server's process or its data folder.

use super::{
    checker::check_intervals,
    load::{connect, drive},
    machine,
    report::{Figures, Report},
    requests::{Numbers, checkout_template},
    scripts::{Checkouts, Returns},
};
use crate::{chance, clock, exit::Failure};
use anyhow::Context as _;
use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    time::Duration,
};

/// Checks out on `connections` connections for `length`, checks the answers, and returns everything.
///
/// # Errors
/// The server can't be reached.
pub fn run(
    server: &str,
    feature: &str,
    connections: usize,
    length: Duration,
) -> anyhow::Result<Report> {
    let address = address(server)?;
    let mut report = Report::default();
    let signature = machine::signature()?;
    report.signature_us = signature.as_secs_f64() * 1e6;
    let run_name = format!("{:08x}", chance::seed()? & 0xffff_ffff);
    let template = checkout_template("/api/v1/leases", feature, &run_name);
    let mut script = Checkouts::new(template, 0, Numbers::starting_at(1), connections, None);
    let epoch = clock::monotonic();
    let tally =
        drive(epoch, connect(address, connections).context("connecting")?, length, &mut script)?;
    report.row(
        format!("durable signed checkout, {connections} connections"),
        Figures::of(&tally, Duration::ZERO, signature),
    );
    report.note("denied", script.findings.denials.to_string());
    report.faults = tally.faults;
    report.lost = tally.lost;
    report.intervals_checked = script.findings.held.len() as u64;
    let mut violations = check_intervals(&script.findings.held, &[None]);
    violations.append(&mut script.findings.violations);
    report.violations = violations.iter().take(20).map(ToString::to_string).collect();
    let mut returns = Returns::new(script.findings.tickets);
    drive(epoch, connect(address, 16)?, Duration::from_secs(120), &mut returns)?;
    Ok(report)
}

fn address(server: &str) -> anyhow::Result<SocketAddr> {
    let Some(name) = server.strip_prefix("http://") else {
        return Err(Failure::usage(format!(
            "`{server}` is not http://HOST:PORT; the load client does not speak TLS"
        ))
        .into());
    };
    let mut found = name
        .trim_end_matches('/')
        .to_socket_addrs()
        .with_context(|| format!("`{name}` can't be looked up"))?;
    found.next().with_context(|| format!("`{name}` has no address"))
}
