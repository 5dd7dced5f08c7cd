//! Many live leases: their memory, service beside them, starts with them, and a fleet that returns at once.
//!
//! Memory is compared between two moments at which one client is served, so that what the connections of a crowd take
//! is in neither. Deliberately not here: throughput (`phases.rs`).

use super::{
    findings::Ticket,
    phases::{FEATURES, Run},
    process::ServerProcess,
    report::Figures,
    requests::{Numbers, checkout_template},
    scripts::{Checkouts, Herd},
};
use std::time::Duration;

/// One client is served for so long before memory is looked at.
const SETTLING: Duration = Duration::from_millis(300);

impl Run {
    /// What many live leases cost in memory, service, start-up, and when their holders come back at once.
    ///
    /// # Errors
    /// The server does not start, or can't be reached.
    pub(super) fn live(&mut self) -> anyhow::Result<()> {
        let (server, data) = self.server()?;
        let connections = self.plan.connections;
        self.checkouts(&server, connections, Duration::from_millis(500))?;
        let mut empty = Vec::new();
        for _ in 0..self.plan.rounds {
            empty.push(self.cycles(&server, 0, 64, self.plan.round / 2)?.figures);
        }
        let resident = self.settled_bytes(&server)?;
        let tickets = self.fill(&server)?;
        let settled = self.settled_bytes(&server)?;
        let grown = settled.saturating_sub(resident) as f64 / tickets.len().max(1) as f64;
        let mut full = Vec::new();
        for _ in 0..self.plan.rounds {
            full.push(self.cycles(&server, 0, 64, self.plan.round / 2)?.figures);
        }
        let [empty, full] = [&empty, &full].map(|rounds| Figures::median(rounds));
        let live = tickets.len();
        self.report.at_most("memory per live lease", 400.0, grown, "bytes");
        self.report.at_most(
            &format!("cost with {live} live leases : with few"),
            1.2,
            full.cpu_signatures / empty.cpu_signatures,
            "",
        );
        self.report.row("checkout or return, few live leases", empty);
        self.report.row(format!("checkout or return, {live} live leases"), full);
        server.kill()?;
        let server = ServerProcess::start(&data)?;
        self.report.at_most(
            &format!("ready after kill -9, {live} live leases"),
            5.0,
            server.ready_after.as_secs_f64(),
            "s",
        );
        let stopped = server.stop()?;
        self.report
            .note("clean stop with snapshot", format!("{:.0} ms", stopped.as_secs_f64() * 1e3));
        let server = ServerProcess::start(&data)?;
        self.report.at_most(
            &format!("cold start, {live} live leases"),
            2.0,
            server.ready_after.as_secs_f64(),
            "s",
        );
        self.herd(&server, tickets)?;
        server.stop()?;
        Ok(())
    }

    /// Memory while one client is served: what the connections of a crowd took is no part of a lease.
    fn settled_bytes(&mut self, server: &ServerProcess) -> anyhow::Result<u64> {
        self.cycles(server, 0, 1, SETTLING)?;
        Ok(server.resident_bytes())
    }

    /// Checks out `plan.live` leases and keeps them.
    fn fill(&mut self, server: &ServerProcess) -> anyhow::Result<Vec<Ticket>> {
        let connections = self.plan.connections;
        let template = checkout_template("/api/v1/leases", FEATURES[0].0, "r");
        let mut script =
            Checkouts::new(template, 0, self.numbers, connections, Some(self.plan.live));
        let tally =
            self.drive(server.address, connections, Duration::from_secs(120), &mut script)?;
        self.numbers = script.numbers();
        let tickets = std::mem::take(&mut script.findings.tickets);
        self.take_in(server.address, &tally, script.findings)?;
        Ok(tickets)
    }

    fn herd(&mut self, server: &ServerProcess, mut tickets: Vec<Ticket>) -> anyhow::Result<()> {
        let total = self.plan.herd;
        tickets.truncate(total * 8 / 10);
        let renewals = tickets.len();
        let newcomers = checkout_template("/api/v1/leases", FEATURES[0].0, "r");
        let mut script = Herd::new(tickets, newcomers, total, self.numbers);
        let start = self.now();
        let tally = self.drive(server.address, total, Duration::from_secs(30), &mut script)?;
        self.numbers = Numbers::starting_at(self.numbers.take() + total as u64);
        let middle = |mut arrivals: Vec<u64>| {
            arrivals.sort_unstable();
            let middle = arrivals.get(arrivals.len() / 2).copied().unwrap_or(start);
            middle.saturating_sub(start) as f64 / 1e6
        };
        self.report.at_most(
            &format!("herd of {total} served"),
            10.0,
            tally.elapsed.as_secs_f64(),
            "s",
        );
        let served = script.renewed.len() + script.granted.len();
        if served < total {
            self.report.violations.push(format!("herd: {served} of {total} served"));
        }
        self.report.note(
            format!("herd of {total}: {renewals} renew, {} come new", total - renewals),
            format!(
                "half of the renewals after {:.0} ms, of the newcomers after {:.0} ms",
                middle(script.renewed),
                middle(script.granted)
            ),
        );
        self.report.violations.extend(script.violations.iter().take(20).map(ToString::to_string));
        self.count(&tally);
        Ok(())
    }
}
