//! The phases of a bench run: what is measured, in which order, and what each figure is compared with.
//!
//! Compared figures come from short rounds that alternate, so that a noisy spell of the machine hits all of them; CPU
//! per answer is divided by the signature cost measured right before and after the round. Every answer goes through
//! the checker.
//! Deliberately not here: what the requests are (`scripts.rs`), the laws (`checker.rs`), the kill loop (`kill.rs`).

use super::{
    checker::{Held, check_intervals},
    findings::{Findings, Ticket},
    load::{Script, Tally, connect, drive},
    machine,
    process::ServerProcess,
    proof::Proof,
    report::{Figures, Report},
    requests::{Numbers, checkout_template},
    scripts::{Checkouts, Cycles, Plain, Retries, Returns},
    wire::Template,
};
use crate::{
    clock,
    setup::{self, Licensed},
};
use anyhow::Context as _;
use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

/// Posts the checkout body, parses it, answers fixed bytes.
const BARE_PATH: &str = "/bench/bare";
/// The same, with one signature per answer.
const SIGNED_PATH: &str = "/bench/signed";

/// The items of the server under test: name, seats. Index = feature number of the checker.
pub const FEATURES: &[(&str, u64)] =
    &[("load", 5_000_000), ("s100", 100), ("s10k", 10_000), ("s1m", 1_000_000)];

/// How long and how much.
#[derive(Debug, Clone)]
pub struct Plan {
    pub connections: usize,
    pub round: Duration,
    pub rounds: usize,
    pub live: u64,
    pub herd: usize,
    /// Where data folders are made; its file system is what is measured.
    pub folder: PathBuf,
}

/// One run.
pub struct Run {
    pub(super) plan: Plan,
    licensed: Licensed,
    pub(super) numbers: Numbers,
    folders_made: u32,
    epoch: Instant,
    held: Vec<Held>,
    /// What was found so far.
    pub report: Report,
}

/// One drive.
pub struct Round {
    tally: Tally,
    /// What it came to.
    pub figures: Figures,
}

impl Run {
    /// Makes keys, container and license for the servers of this run.
    ///
    /// # Errors
    /// The folder can't be written.
    pub fn prepare(plan: Plan) -> anyhow::Result<Run> {
        let items = FEATURES.iter().map(|(name, seats)| setup::plain_item(name, *seats)).collect();
        let licensed = setup::licensed_server(&plan.folder.join("template"), "bench", items)?;
        let numbers = Numbers::starting_at(1);
        Ok(Run {
            plan,
            licensed,
            numbers,
            folders_made: 0,
            epoch: clock::monotonic(),
            held: Vec::new(),
            report: Report::default(),
        })
    }

    /// All phases.
    ///
    /// # Errors
    /// The server does not start or the machine refuses; violations are in the report, not errors.
    pub fn all(&mut self, progress: &dyn Fn(&str)) -> anyhow::Result<()> {
        progress("the machine: durable commits, signatures");
        self.machine()?;
        progress("throughput: bare, signed singly, durable checkout");
        self.throughput()?;
        progress("flat over seats; lone client");
        self.flat_and_lone()?;
        progress("live leases: memory, flatness, start-up, returning herd");
        self.live()?;
        progress("a what-if beside service");
        self.beside()?;
        self.check();
        Ok(())
    }

    /// How long one round is.
    pub fn round_length(&self) -> Duration {
        self.plan.round
    }

    /// How many rounds count for a figure.
    pub fn rounds(&self) -> usize {
        self.plan.rounds
    }

    fn machine(&mut self) -> anyhow::Result<()> {
        let disk = machine::disk(&self.plan.folder, Duration::from_millis(400))?;
        self.report.commit_us = microseconds(disk.commit);
        self.report.fdatasync_us = microseconds(disk.fdatasync);
        self.report.signature_us = microseconds(machine::signature()?);
        Ok(())
    }

    /// A server on a fresh copy of the licensed folder. What was held at the one before is checked and forgotten.
    pub fn server(&mut self) -> anyhow::Result<(ServerProcess, PathBuf)> {
        self.check();
        self.folders_made += 1;
        let data = self.plan.folder.join(format!("server-{}", self.folders_made));
        setup::copy_folder(&self.licensed.data, &data).context("copying the licensed folder")?;
        Ok((ServerProcess::start(&data)?, data))
    }

    fn throughput(&mut self) -> anyhow::Result<()> {
        let (server, _) = self.server()?;
        self.report.at_most(
            "ready on an empty data folder",
            50.0,
            server.ready_after.as_secs_f64() * 1e3,
            "ms",
        );
        self.report.at_most(
            "memory of an idle server",
            40.0,
            server.resident_bytes() as f64 / 1e6,
            "MB",
        );
        let connections = self.plan.connections;
        self.checkouts(&server, connections, Duration::from_millis(500))?;
        let (mut bare, mut signed, mut durable) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.plan.rounds {
            bare.push(self.plain(&server, BARE_PATH)?);
            signed.push(self.plain(&server, SIGNED_PATH)?);
            durable.push(self.checkouts(&server, connections, self.plan.round)?.figures);
        }
        server.stop()?;
        let [bare, signed, durable] =
            [&bare, &signed, &durable].map(|rounds| Figures::median(rounds));
        let commits = self.report.commit_us / 1e3;
        self.report.at_least(
            "durable checkout : bare endpoint",
            0.60,
            durable.rate / bare.rate,
            "",
        );
        self.report.at_least(
            "durable checkout : signed singly",
            1.0,
            durable.rate / signed.rate,
            "",
        );
        self.report.at_most(
            "server CPU per durable checkout",
            2.5,
            durable.cpu_signatures,
            "signatures",
        );
        self.report.at_most(
            "p99 of durable checkouts",
            3.0 * commits + 10.0,
            durable.p99_us / 1e3,
            "ms",
        );
        self.report.row(format!("bare endpoint, {connections} connections"), bare);
        self.report.row(format!("signed singly, {connections} connections"), signed);
        self.report.row(format!("durable signed checkout, {connections} connections"), durable);
        Ok(())
    }

    fn flat_and_lone(&mut self) -> anyhow::Result<()> {
        let (server, _) = self.server()?;
        self.lone(&server)?;
        let sizes = 1..FEATURES.len();
        let mut rounds: Vec<Vec<Figures>> = vec![Vec::new(); FEATURES.len()];
        for _ in 0..self.plan.rounds.max(2) {
            for feature in sizes.clone() {
                rounds[feature]
                    .push(self.cycles(&server, feature, 64, self.plan.round / 2)?.figures);
            }
        }
        server.stop()?;
        let medians: Vec<Figures> =
            sizes.clone().map(|feature| Figures::median(&rounds[feature])).collect();
        self.report.at_most(
            "cost of 100 to 1,000,000 seats, largest : smallest",
            1.2,
            spread(&medians),
            "",
        );
        for (feature, figures) in sizes.zip(medians) {
            self.report.row(
                format!("checkout or return, {} seats, 64 connections", FEATURES[feature].1),
                figures,
            );
        }
        Ok(())
    }

    fn lone(&mut self, server: &ServerProcess) -> anyhow::Result<()> {
        let before = machine::disk(&self.plan.folder, Duration::from_millis(200))?.commit;
        let lone = self.checkouts(server, 1, self.plan.round / 2)?.figures;
        let after = machine::disk(&self.plan.folder, Duration::from_millis(200))?.commit;
        let commit = microseconds(before.max(after)) / 1e3;
        self.report.at_most("lone client, median", commit + 1.0, lone.p50_us / 1e3, "ms");
        self.report.row("durable signed checkout, 1 connection", lone);
        Ok(())
    }

    fn plain(&mut self, server: &ServerProcess, path: &str) -> anyhow::Result<Figures> {
        let template = checkout_template(path, FEATURES[0].0, "p");
        let connections = self.plan.connections;
        let mut script = Plain::new(template, self.numbers);
        let round = self.round(server, connections, self.plan.round, &mut script)?;
        self.count(&round.tally);
        if let Some(unexpected) = script.unexpected {
            self.report.violations.push(format!("{path} {unexpected}"));
        }
        Ok(round.figures)
    }

    pub(super) fn checkouts(
        &mut self,
        server: &ServerProcess,
        connections: usize,
        length: Duration,
    ) -> anyhow::Result<Round> {
        let template = checkout_template("/api/v1/leases", FEATURES[0].0, "r");
        let mut script = Checkouts::new(template.clone(), 0, self.numbers, connections, None);
        let round = self.round(server, connections, length, &mut script)?;
        self.numbers = script.numbers();
        self.retry(server, template, &script.findings.tickets)?;
        self.take_in(server.address, &round.tally, script.findings)?;
        Ok(round)
    }

    /// Checks out and returns for so long.
    ///
    /// # Errors
    /// The server can't be reached.
    pub fn cycles(
        &mut self,
        server: &ServerProcess,
        feature: usize,
        connections: usize,
        length: Duration,
    ) -> anyhow::Result<Round> {
        let template = checkout_template("/api/v1/leases", FEATURES[feature].0, "c");
        let number = u16::try_from(feature).unwrap_or(0);
        let mut script = Cycles::new(template, number, self.numbers, connections);
        let round = self.round(server, connections, length, &mut script)?;
        self.numbers = script.numbers();
        let still_held = script.take_still_held(self.now());
        self.give_back(server, still_held)?;
        if script.findings.denials > 0 {
            self.report
                .violations
                .push(format!("{} denied although seats were free", FEATURES[feature].0));
        }
        self.take_in(server.address, &round.tally, script.findings)?;
        Ok(round)
    }

    /// Returns what a drive still held, so that the next round finds the seats free.
    fn give_back(&mut self, server: &ServerProcess, tickets: Vec<Ticket>) -> anyhow::Result<()> {
        let mut script = Returns::new(tickets);
        let tally = self.drive(server.address, 8, Duration::from_secs(30), &mut script)?;
        self.count(&tally);
        Ok(())
    }

    /// Sends some requests again with the same idempotency key: the same lease must come back.
    fn retry(
        &mut self,
        server: &ServerProcess,
        template: Template,
        tickets: &[Ticket],
    ) -> anyhow::Result<()> {
        let step = (tickets.len() / 100).max(1);
        let wanted: Vec<_> = tickets
            .iter()
            .step_by(step)
            .map(|ticket| (ticket.number, Some(ticket.lease.clone())))
            .collect();
        self.report.retries_checked += wanted.len() as u64;
        let mut script = Retries::new(template, 0, wanted, 8);
        let tally = self.drive(server.address, 8, Duration::from_secs(30), &mut script)?;
        self.report.violations.extend(script.findings.violations.iter().map(ToString::to_string));
        self.count(&tally);
        Ok(())
    }

    /// Nanoseconds since the run began.
    pub(super) fn now(&self) -> u64 {
        u64::try_from(clock::monotonic().duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }

    /// One drive with the server's CPU time and the cost of a signature beside it.
    fn round<S: Script>(
        &self,
        server: &ServerProcess,
        connections: usize,
        length: Duration,
        script: &mut S,
    ) -> anyhow::Result<Round> {
        let before = machine::signature()?;
        let cpu = server.cpu();
        let tally = self.drive(server.address, connections, length, script)?;
        let cpu = server.cpu().saturating_sub(cpu);
        let signature = (before + machine::signature()?) / 2;
        let figures = Figures::of(&tally, cpu, signature);
        Ok(Round { tally, figures })
    }

    pub(super) fn drive<S: Script>(
        &self,
        address: SocketAddr,
        connections: usize,
        length: Duration,
        script: &mut S,
    ) -> anyhow::Result<Tally> {
        let streams = connect(address, connections).context("connecting to the server")?;
        drive(self.epoch, streams, length, script).context("running the load")
    }

    /// Lays the laws over everything held so far at one server.
    pub fn check(&mut self) {
        let limits: Vec<Option<u64>> = FEATURES.iter().map(|(_, seats)| Some(*seats)).collect();
        let held = std::mem::take(&mut self.held);
        self.report.intervals_checked += held.len() as u64;
        let violations = check_intervals(&held, &limits);
        self.report.violations.extend(violations.iter().take(20).map(ToString::to_string));
    }

    pub(super) fn count(&mut self, tally: &Tally) {
        self.report.faults += tally.faults;
        self.report.lost += tally.lost;
        if let Some(problem) = &tally.first_problem {
            self.report.violations.push(problem.clone());
        }
    }

    /// Takes the answers of a drive through the checker.
    pub(super) fn take_in(
        &mut self,
        address: SocketAddr,
        tally: &Tally,
        findings: Findings,
    ) -> anyhow::Result<()> {
        self.count(tally);
        self.held.extend(findings.held);
        self.report.violations.extend(findings.violations.iter().take(20).map(ToString::to_string));
        if findings.samples.is_empty() {
            return Ok(());
        }
        let proof = Proof::fetch(address, &self.licensed.root)?;
        for sample in &findings.samples {
            match proof.verify(sample) {
                Ok(()) => self.report.documents_verified += 1,
                Err(problem) => self.report.violations.push(format!("lease document: {problem}")),
            }
        }
        Ok(())
    }
}

/// CPU per answer, largest to smallest.
fn spread(figures: &[Figures]) -> f64 {
    let costs = figures.iter().map(|figures| figures.cpu_signatures);
    let largest = costs.clone().fold(0.0, f64::max);
    largest / costs.fold(f64::INFINITY, f64::min).max(1e-6)
}

fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
