//! The kill loop: a server killed with SIGKILL under load, restarted, and asked for everything it ever promised.
//!
//! Each round: load on many connections (check out, return, keep), SIGKILL at a random moment, restart on the same
//! folder. Then every unanswered checkout is sent again with its key, every unanswered return is repeated, every lease
//! that was acknowledged is renewed, and the server's own count of live leases must be exactly ours.
//! Invariants shown: no acknowledged lease lost, none granted twice, no seat in two leases, one grant per key.
//! Deliberately not here: power cuts; those need a block device that forgets.

use super::{
    checker::{Held, Violation, check_intervals},
    findings::{Findings, Ticket, shorten},
    load::{Script, Tally, connect, drive},
    process::ServerProcess,
    requests::{Numbers, checkout_template, write_release, write_renewal},
    scripts::{Retries, Returns},
    wire::Template,
};
use crate::{
    chance, clock,
    setup::{self, Licensed},
};
use anyhow::Context as _;
use serde::Serialize;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tenure_api::{Client, ClientOptions, Credential};

/// The feature under load and its seats: few enough that seats are fought for.
const FEATURE: (&str, u64) = ("s10k", 10_000);

/// What all rounds found.
#[derive(Debug, Default, Serialize)]
pub struct KillReport {
    /// Kills survived.
    pub rounds: u32,
    /// Grants acknowledged before a kill.
    pub granted: u64,
    /// Returns acknowledged or repeated.
    pub returned: u64,
    /// Checkouts under way at a kill, sent again afterwards.
    pub retried: u64,
    /// Renewals after a restart, one per acknowledged lease.
    pub renewed: u64,
    /// Intervals checked.
    pub intervals: u64,
    /// Longest time from start to ready line, milliseconds.
    pub slowest_start_ms: u64,
    /// Answers with status 500 and above.
    pub faults: u64,
    /// What was wrong.
    pub violations: Vec<String>,
}

/// Runs `rounds` kills in `folder`.
///
/// # Errors
/// The server does not start again, or the machine refuses; violations are in the report, not errors.
pub fn run(
    folder: &Path,
    rounds: u32,
    connections: usize,
    progress: &dyn Fn(&str),
) -> anyhow::Result<KillReport> {
    let items = vec![setup::plain_item(FEATURE.0, FEATURE.1)];
    let licensed = setup::licensed_server(&folder.join("kill"), "kill loop", items)?;
    let template = checkout_template("/api/v1/leases", FEATURE.0, "k");
    let mut rounds_run = Rounds {
        licensed,
        template,
        connections,
        epoch: clock::monotonic(),
        numbers: Numbers::starting_at(1),
        kept: Vec::new(),
        held: Vec::new(),
        report: KillReport::default(),
    };
    let mut server = rounds_run.start()?;
    for round in 1..=rounds {
        let left = rounds_run.load_and_kill(server)?;
        server = rounds_run.start()?;
        rounds_run.reconcile(&server, left)?;
        rounds_run.report.rounds = round;
        progress(&format!(
            "kill {round} of {rounds}: {} leases held, {} violations",
            rounds_run.kept.len(),
            rounds_run.report.violations.len()
        ));
    }
    server.stop()?;
    rounds_run.check();
    Ok(rounds_run.report)
}

struct Rounds {
    licensed: Licensed,
    template: Template,
    connections: usize,
    epoch: Instant,
    numbers: Numbers,
    /// Acknowledged and not returned.
    kept: Vec<Ticket>,
    held: Vec<Held>,
    report: KillReport,
}

/// What was under way when the server died.
struct LeftOver {
    asking: Vec<u64>,
    returning: Vec<Ticket>,
}

impl Rounds {
    fn start(&mut self) -> anyhow::Result<ServerProcess> {
        let server = ServerProcess::start(&self.licensed.data)?;
        let took = u64::try_from(server.ready_after.as_millis()).unwrap_or(u64::MAX);
        self.report.slowest_start_ms = self.report.slowest_start_ms.max(took);
        Ok(server)
    }

    fn load_and_kill(&mut self, server: ServerProcess) -> anyhow::Result<LeftOver> {
        let delay = Duration::from_millis(150 + chance::seed()? % 700);
        let streams = connect(server.address, self.connections)?;
        let killer = std::thread::spawn(move || {
            std::thread::sleep(delay);
            server.kill()
        });
        let mut churn = Churn::new(self.template.clone(), self.numbers, self.connections);
        let tally = drive(self.epoch, streams, Duration::from_secs(10), &mut churn)?;
        killer.join().map_err(|_| anyhow::anyhow!("the killer thread panicked"))??;
        self.report.faults += tally.faults;
        self.numbers = churn.numbers;
        self.report.granted += churn.granted;
        self.report.returned += churn.returned;
        let mut left = LeftOver { asking: Vec::new(), returning: Vec::new() };
        for state in churn.state {
            match state {
                Churning::Idle => {}
                Churning::Asking(number) => left.asking.push(number),
                Churning::Returning(ticket) => left.returning.push(ticket),
            }
        }
        self.kept.append(&mut churn.kept.into_iter().map(|kept| kept.ticket).collect());
        self.take_in(churn.findings);
        Ok(left)
    }

    /// Asks the restarted server for everything.
    fn reconcile(&mut self, server: &ServerProcess, left: LeftOver) -> anyhow::Result<()> {
        self.report.retried += left.asking.len() as u64;
        let wanted = left.asking.into_iter().map(|number| (number, None)).collect();
        let mut retries = Retries::new(self.template.clone(), 0, wanted, 8);
        self.drive(server, 8, &mut retries)?;
        self.kept.append(&mut retries.tickets);
        self.take_in(retries.findings);

        self.report.returned += left.returning.len() as u64;
        self.drive(server, 8, &mut Returns::new(left.returning))?;

        let renewing = self.kept.len();
        if renewing > 0 {
            let lanes = renewing.min(64);
            let mut renewals = Renewals {
                tickets: self.kept.clone(),
                next: 0,
                under_way: vec![0; lanes],
                renewed: 0,
                violations: Vec::new(),
            };
            self.drive(server, lanes, &mut renewals)?;
            self.report.renewed += renewals.renewed;
            self.report
                .violations
                .extend(renewals.violations.iter().take(20).map(ToString::to_string));
        }
        let live = self.live_leases(server)?;
        if live != renewing as u64 {
            self.report.violations.push(format!(
                "the server counts {live} live leases, {renewing} were acknowledged"
            ));
        }
        Ok(())
    }

    fn live_leases(&self, server: &ServerProcess) -> anyhow::Result<u64> {
        let token = std::fs::read_to_string(self.licensed.data.join("admin.token"))
            .context("reading admin.token")?;
        let mut options = ClientOptions::new(format!("http://{}", server.address));
        options.credential = Credential::Bearer(token.trim().to_owned());
        Ok(Client::new(options)?.status()?.leases)
    }

    fn drive<S: Script>(
        &mut self,
        server: &ServerProcess,
        connections: usize,
        script: &mut S,
    ) -> anyhow::Result<Tally> {
        let tally = drive(
            self.epoch,
            connect(server.address, connections)?,
            Duration::from_secs(60),
            script,
        )?;
        self.report.faults += tally.faults;
        if tally.lost > 0 || tally.faults > 0 {
            let what = tally.first_problem.clone().unwrap_or_default();
            self.report.violations.push(format!(
                "after a restart: {} requests lost, {} faults: {what}",
                tally.lost, tally.faults
            ));
        }
        Ok(tally)
    }

    fn take_in(&mut self, findings: Findings) {
        self.held.extend(findings.held);
        self.report.violations.extend(findings.violations.iter().take(20).map(ToString::to_string));
    }

    fn check(&mut self) {
        self.report.intervals = self.held.len() as u64;
        let violations = check_intervals(&self.held, &[Some(FEATURE.1)]);
        self.report.violations.extend(violations.iter().take(20).map(ToString::to_string));
    }
}

/// Check out; of what is granted keep every fourth, return the rest.
struct Churn {
    template: Template,
    numbers: Numbers,
    state: Vec<Churning>,
    kept: Vec<Kept>,
    to_return: Vec<Option<Kept>>,
    granted: u64,
    returned: u64,
    findings: Findings,
}

enum Churning {
    Idle,
    Asking(u64),
    Returning(Ticket),
}

struct Kept {
    ticket: Ticket,
    interval: usize,
}

impl Churn {
    fn new(template: Template, numbers: Numbers, connections: usize) -> Churn {
        Churn {
            template,
            numbers,
            state: (0..connections).map(|_| Churning::Idle).collect(),
            kept: Vec::new(),
            to_return: (0..connections).map(|_| None).collect(),
            granted: 0,
            returned: 0,
            findings: Findings::default(),
        }
    }
}

impl Script for Churn {
    fn next(&mut self, connection: usize, now: u64, request: &mut Vec<u8>) -> bool {
        self.state[connection] = match self.to_return[connection].take() {
            Some(Kept { ticket, interval }) => {
                write_release(request, &ticket);
                if let Some(held) = self.findings.held.get_mut(interval) {
                    held.until = held.until.min(now);
                }
                Churning::Returning(ticket)
            }
            None => {
                let number = self.numbers.take();
                self.template.write(request, number);
                Churning::Asking(number)
            }
        };
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], sent: u64, got: u64) {
        match std::mem::replace(&mut self.state[connection], Churning::Idle) {
            Churning::Asking(number) => {
                let interval = self.findings.held.len();
                let Some(ticket) = self.findings.checkout(0, number, status, body, sent, got)
                else {
                    return;
                };
                self.granted += 1;
                let kept = Kept { ticket, interval };
                if self.granted.is_multiple_of(4) {
                    self.kept.push(kept);
                } else {
                    self.to_return[connection] = Some(kept);
                }
            }
            Churning::Returning(_) if status == 200 => self.returned += 1,
            Churning::Returning(_) => {
                self.findings.wrong(format!("return answered {status}: {}", shorten(body)))
            }
            Churning::Idle => {}
        }
    }
}

/// Renews every ticket once.
struct Renewals {
    tickets: Vec<Ticket>,
    next: usize,
    under_way: Vec<usize>,
    renewed: u64,
    violations: Vec<Violation>,
}

impl Script for Renewals {
    fn next(&mut self, connection: usize, _now: u64, request: &mut Vec<u8>) -> bool {
        let Some(ticket) = self.tickets.get(self.next) else { return false };
        write_renewal(request, ticket);
        self.under_way[connection] = self.next;
        self.next += 1;
        true
    }

    fn answered(&mut self, connection: usize, status: u16, body: &[u8], _sent: u64, _got: u64) {
        let lease = || self.tickets[self.under_way[connection]].lease.clone();
        match status {
            200 => self.renewed += 1,
            404 | 410 => self.violations.push(Violation::LostLease { lease: lease() }),
            _ => self.violations.push(Violation::Wrong(format!(
                "renewal of {} answered {status}: {}",
                lease(),
                shorten(body)
            ))),
        }
    }
}
