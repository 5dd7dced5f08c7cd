//! The figures of one run, as JSON for programs and as text for people, and how they stand to the goals.
//!
//! Invariant: every figure is printed with what it depends on (connections, commit rate, signature cost of the same
//! run); ratios are within one run. Goals that are times are shown, not enforced; violations are enforced.
//! Deliberately not here: how the figures came about (`phases.rs`).

use super::load::Tally;
use serde::Serialize;
use std::{fmt::Write as _, time::Duration};

/// Throughput and latency of one drive or of the median of several.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    /// Answers per second.
    pub rate: f64,
    /// Latency percentiles, microseconds.
    pub p50_us: f64,
    pub p95_us: f64,
    pub p99_us: f64,
    pub max_us: f64,
    /// CPU time of the server process per answer, microseconds.
    pub cpu_us: f64,
    /// The same in Ed25519 signatures measured right beside.
    pub cpu_signatures: f64,
    /// Answers counted.
    pub answers: u64,
}

impl Figures {
    /// Figures of one drive.
    pub fn of(tally: &Tally, cpu: Duration, signature: Duration) -> Figures {
        let at = |quantile: f64| tally.latency.value_at_quantile(quantile) as f64 / 1000.0;
        let cpu_us = cpu.as_secs_f64() * 1e6 / tally.answers.max(1) as f64;
        Figures {
            rate: tally.rate(),
            p50_us: at(0.50),
            p95_us: at(0.95),
            p99_us: at(0.99),
            max_us: tally.latency.max() as f64 / 1000.0,
            cpu_us,
            cpu_signatures: cpu_us / (signature.as_secs_f64() * 1e6).max(1e-3),
            answers: tally.answers,
        }
    }

    /// The medians of several drives, figure by figure; the maximum stays the maximum.
    pub fn median(rounds: &[Figures]) -> Figures {
        let of = |pick: fn(&Figures) -> f64| median(rounds.iter().map(pick).collect());
        Figures {
            rate: of(|round| round.rate),
            p50_us: of(|round| round.p50_us),
            p95_us: of(|round| round.p95_us),
            p99_us: of(|round| round.p99_us),
            max_us: rounds.iter().map(|round| round.max_us).fold(0.0, f64::max),
            cpu_us: of(|round| round.cpu_us),
            cpu_signatures: of(|round| round.cpu_signatures),
            answers: rounds.iter().map(|round| round.answers).sum(),
        }
    }
}

/// The middle value; 0 of nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// One line of the result: a name and its figures.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// The figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How a figure stands to its goal.
#[derive(Debug, Clone, Serialize)]
pub struct Goal {
    /// What is asked.
    pub name: String,
    /// The limit, as text.
    pub asked: String,
    /// The figure, as text.
    pub measured: String,
    /// Whether it is reached.
    pub met: bool,
}

/// Everything one run found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// One durable SQLite commit, microseconds, median.
    pub commit_us: f64,
    /// `fdatasync` of 4 KiB, microseconds, median.
    pub fdatasync_us: f64,
    /// One Ed25519 signature, microseconds, median.
    pub signature_us: f64,
    /// Rows of the main table.
    pub rows: Vec<Row>,
    /// Single figures: name and text.
    pub notes: Vec<(String, String)>,
    /// Goals.
    pub goals: Vec<Goal>,
    /// Intervals checked for overlap and count.
    pub intervals_checked: u64,
    /// Requests sent twice with one idempotency key.
    pub retries_checked: u64,
    /// Lease documents verified up to the pinned root.
    pub documents_verified: u64,
    /// Answers with status 500 and above.
    pub faults: u64,
    /// Requests without an answer.
    pub lost: u64,
    /// What was wrong; empty in a good run.
    pub violations: Vec<String>,
}

impl Report {
    /// Adds a row of the main table.
    pub fn row(&mut self, name: impl Into<String>, figures: Figures) {
        self.rows.push(Row { name: name.into(), figures });
    }

    /// Adds a single figure.
    pub fn note(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.notes.push((name.into(), text.into()));
    }

    /// Adds a goal that is a number not to be exceeded.
    pub fn at_most(&mut self, name: &str, limit: f64, measured: f64, unit: &str) {
        self.goal(
            name,
            format!("at most {}", number(limit, unit)),
            number(measured, unit),
            measured <= limit,
        );
    }

    /// Adds a goal that is a number to be reached.
    pub fn at_least(&mut self, name: &str, limit: f64, measured: f64, unit: &str) {
        self.goal(
            name,
            format!("at least {}", number(limit, unit)),
            number(measured, unit),
            measured >= limit,
        );
    }

    fn goal(&mut self, name: &str, asked: String, measured: String, met: bool) {
        self.goals.push(Goal { name: name.to_owned(), asked, measured, met });
    }

    /// Nothing was wrong and nothing failed.
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty() && self.faults == 0
    }

    /// The report for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a String can't fail.
        let _ = writeln!(
            out,
            "machine: durable SQLite commit {:.0} µs ({:.0}/s), fdatasync {:.0} µs, Ed25519 signature {:.1} µs\n",
            self.commit_us,
            1e6 / self.commit_us.max(1e-3),
            self.fdatasync_us,
            self.signature_us
        );
        let _ = writeln!(
            out,
            "{:<44} {:>9} {:>8} {:>8} {:>8} {:>9} {:>8} {:>10}",
            "", "per s", "p50 µs", "p95 µs", "p99 µs", "max µs", "CPU µs", "signatures"
        );
        for Row { name, figures } in &self.rows {
            let _ = writeln!(
                out,
                "{name:<44} {:>9.0} {:>8.0} {:>8.0} {:>8.0} {:>9.0} {:>8.1} {:>10.2}",
                figures.rate,
                figures.p50_us,
                figures.p95_us,
                figures.p99_us,
                figures.max_us,
                figures.cpu_us,
                figures.cpu_signatures
            );
        }
        out.push('\n');
        for (name, text) in &self.notes {
            let _ = writeln!(out, "{name:<44} {text}");
        }
        if !self.goals.is_empty() {
            let _ = writeln!(out, "\n{:<52} {:>20} {:>14}", "goal", "asked", "measured");
            for goal in &self.goals {
                let verdict = if goal.met { "reached" } else { "MISSED" };
                let _ = writeln!(
                    out,
                    "{:<52} {:>20} {:>14}  {verdict}",
                    goal.name, goal.asked, goal.measured
                );
            }
        }
        let _ = writeln!(
            out,
            "\nchecked: {} intervals, {} retries, {} documents verified; {} answers of 5xx, {} requests lost, {} violations",
            self.intervals_checked,
            self.retries_checked,
            self.documents_verified,
            self.faults,
            self.lost,
            self.violations.len()
        );
        for violation in self.violations.iter().take(20) {
            let _ = writeln!(out, "  VIOLATION: {violation}");
        }
        out
    }
}

fn number(value: f64, unit: &str) -> String {
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    if unit.is_empty() { format!("{value:.digits$}") } else { format!("{value:.digits$} {unit}") }
}
