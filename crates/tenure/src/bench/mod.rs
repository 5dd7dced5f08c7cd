//! `tenure bench`: a load client that also checks, and the machine's own figures beside it.
//!
//! It starts the server as a process of its own (this same program), lays load on it over loopback, and fails when any
//! answer breaks a law. Figures are ratios within one run wherever a goal is one.
//! Deliberately not here: micro-benchmarks; those are `cargo bench`.

mod beside;
mod checker;
mod findings;
mod host_checks;
mod kill;
mod live;
mod load;
mod machine;
mod office;
mod outside;
mod phases;
mod process;
mod proof;
mod report;
mod requests;
mod rules;
mod scripts;
mod wire;

use crate::exit::{Failure, Kind};
use clap::Args;
use std::{io::Write as _, path::PathBuf, time::Duration};

/// Lay load on a license server or an office, check every answer, and print figures.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Connections under load.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// Length of one round, seconds.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    /// Rounds per figure; the median counts. With --kill: kills.
    #[arg(long)]
    rounds: Option<u32>,
    /// Live leases of the phases that need many.
    #[arg(long, default_value_t = 100_000)]
    live: u64,
    /// Clients that return at once after a restart.
    #[arg(long, default_value_t = 10_000)]
    herd: u32,
    /// Short rounds and fewer leases, for continuous integration.
    #[arg(long)]
    quick: bool,
    /// Kill the server with SIGKILL under load, restart it, and account for every acknowledged lease; again and again.
    #[arg(long, conflicts_with_all = ["server", "quick"])]
    kill: bool,
    /// Measure a publisher's office instead: contexts in, updates under hybrid signatures out.
    #[arg(long, conflicts_with_all = ["server", "kill", "max_cpu_ratio"])]
    office: bool,
    /// Measure the checks of host keys at a publisher's office instead.
    #[arg(long, conflicts_with_all = ["server", "kill", "office", "max_cpu_ratio"])]
    host_checks: bool,
    /// Containers that show themselves to the office.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u16).range(1..=10_000), requires = "office")]
    containers: u16,
    /// Fail when one durable checkout costs the server more CPU than this many Ed25519 signatures.
    #[arg(long, value_name = "SIGNATURES")]
    max_cpu_ratio: Option<f64>,
    /// Measure a running server (http://HOST:PORT) instead of starting one; only throughput, latency and the checker.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Feature to check out, version 1.0 or later, with --server.
    #[arg(long, default_value = "load", requires = "server")]
    feature: String,
    /// Folder for data folders; its file system is what is measured. A temporary one by default.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the bench.
///
/// # Errors
/// A server does not start, an answer broke a law, or `--max-cpu-ratio` was exceeded.
pub fn run(args: &BenchArgs) -> anyhow::Result<()> {
    let progress = |what: &str| note!("bench: {what}");
    raise_file_limit();
    let temporary;
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => {
            temporary = tempfile::Builder::new().prefix("tenure-bench-").tempdir()?;
            temporary.path().to_owned()
        }
    };
    if args.kill {
        return kill_loop(args, &folder, &progress);
    }
    if args.host_checks {
        let plan = host_checks::HostPlan {
            connections: usize::from(args.connections.min(64)),
            round: round_length(args),
            folder: &folder,
        };
        let report = host_checks::run(&plan, &progress)?;
        return match args.json {
            true => say(&serde_json::to_string_pretty(&report)?),
            false => say(&report.text()),
        };
    }
    if args.office {
        let plan = office::OfficePlan {
            containers: usize::from(if args.quick {
                args.containers.min(200)
            } else {
                args.containers
            }),
            connections: usize::from(args.connections.min(64)),
            round: round_length(args),
            folder: &folder,
        };
        let report = office::run(&plan, &progress)?;
        return match args.json {
            true => say(&serde_json::to_string_pretty(&report)?),
            false => say(&report.text()),
        };
    }
    let report = match &args.server {
        Some(server) => {
            outside::run(server, &args.feature, usize::from(args.connections), round_length(args))?
        }
        None => {
            let mut run = phases::Run::prepare(plan(args, folder))?;
            run.all(&progress)?;
            rules::measure(&mut run, &progress)?;
            run.report
        }
    };
    if args.json {
        say(&serde_json::to_string_pretty(&report)?)?;
    } else {
        say(&report.text())?;
    }
    verdict(args, &report)
}

fn plan(args: &BenchArgs, folder: PathBuf) -> phases::Plan {
    phases::Plan {
        connections: usize::from(args.connections),
        round: round_length(args),
        rounds: args.rounds.unwrap_or(if args.quick { 1 } else { 3 }) as usize,
        live: if args.quick { args.live.min(20_000) } else { args.live },
        herd: if args.quick { args.herd.min(2_000) } else { args.herd } as usize,
        folder,
    }
}

fn round_length(args: &BenchArgs) -> Duration {
    let seconds = if args.quick { args.seconds.min(1.0) } else { args.seconds };
    Duration::from_secs_f64(seconds.clamp(0.05, 3600.0))
}

fn kill_loop(
    args: &BenchArgs,
    folder: &std::path::Path,
    progress: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let report = kill::run(
        folder,
        args.rounds.unwrap_or(20),
        usize::from(args.connections.min(64)),
        progress,
    )?;
    if args.json {
        say(&serde_json::to_string_pretty(&report)?)?;
    } else {
        let mut text = format!(
            "{} kills survived: {} grants and {} returns acknowledged, {} checkouts under way at a kill sent again, {} renewals,\n\
             {} intervals checked, slowest start {} ms, {} answers of 5xx, {} violations",
            report.rounds,
            report.granted,
            report.returned,
            report.retried,
            report.renewed,
            report.intervals,
            report.slowest_start_ms,
            report.faults,
            report.violations.len()
        );
        for violation in report.violations.iter().take(20) {
            text.push_str(&format!("\n  VIOLATION: {violation}"));
        }
        say(&text)?;
    }
    if report.violations.is_empty() && report.faults == 0 {
        Ok(())
    } else {
        Err(broken(report.violations.len(), report.faults).into())
    }
}

/// Prints a result; a reader that went away is an error like any other, and `exit` knows it.
fn say(text: &str) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.write_all(b"\n")?;
    Ok(())
}

fn verdict(args: &BenchArgs, report: &report::Report) -> anyhow::Result<()> {
    if !report.is_clean() {
        return Err(broken(report.violations.len(), report.faults).into());
    }
    if let Some(limit) = args.max_cpu_ratio {
        let durable = report.rows.iter().find(|row| {
            row.name.starts_with("durable signed checkout") && !row.name.ends_with(", 1 connection")
        });
        let ratio = durable.map_or(f64::INFINITY, |row| row.figures.cpu_signatures);
        if ratio > limit {
            return Err(Failure::new(
                Kind::CheckFailed,
                format!("one durable checkout costs {ratio:.2} signatures of CPU, {limit} allowed"),
            )
            .into());
        }
    }
    Ok(())
}

fn broken(violations: usize, faults: u64) -> Failure {
    Failure::new(Kind::CheckFailed, format!("{violations} violations, {faults} answers of 5xx"))
}

/// A herd of ten thousand needs as many sockets; the soft limit is often 1024.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, maximum: limit.maximum };
    // Refused: the herd phase will say that it can't connect.
    let _ = setrlimit(Resource::Nofile, wanted);
}
