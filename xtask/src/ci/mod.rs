//! `cargo xtask ci`: everything that must hold before a change is taken, in stages.
//!
//! Stages run in the order of [`STAGES`], the cheap ones first, and all share one
//! target folder and the same compiler flags (only fuzz has its own). A failed stage
//! does not stop the others; a stage whose `needs` failed is failed too. The last
//! line is in the form of a test runner's.

mod counts;
mod fuzz;
mod process;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::cargo::cargo;
use crate::finding::{Finding, report};
use crate::tree::Tree;
use crate::{deny, docs, tidy};
use counts::Counts;
use process::{now, stream};

/// No stage takes longer than this, however slow the machine.
const LIMIT: Duration = Duration::from_secs(25 * 60);
/// Limit of the stages that run the built program.
const PROGRAM_LIMIT: Duration = Duration::from_secs(4 * 60);

/// Does the work of a stage and says whether all is well; adds the tests it ran.
type Run = fn(&Path, &mut Counts) -> Result<bool>;

struct Stage {
    name: &'static str,
    what: &'static str,
    needs: Option<&'static str>,
    run: Run,
}

const fn stage(name: &'static str, what: &'static str, run: Run) -> Stage {
    Stage { name, what, needs: None, run }
}

const fn after_build(name: &'static str, what: &'static str, run: Run) -> Stage {
    Stage { name, what, needs: Some("build"), run }
}

const STAGES: [Stage; 14] = [
    stage("fmt", "the code is formatted", |root, _| uncounted(root, &["fmt", "--all", "--check"])),
    stage("tidy", "rules of the house", |root, _| findings(&tidy::run(&Tree::read(root)?, &[]))),
    stage("docs", "links and names in documents", |root, _| {
        findings(&docs::check(&Tree::read(root)?))
    }),
    stage("deny", "licenses, sources, bans, duplicates", |root, _| findings(&deny::run(root)?)),
    stage("clippy", "no warning in any target", |root, _| {
        uncounted(
            root,
            &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
        )
    }),
    stage("test", "all tests of all crates", tests),
    stage("doctest", "examples in comments", |root, counts| {
        counted(root, &[&["test", "--locked", "--doc"][..], &MOST].concat(), &[], counts)
    }),
    stage("generated", "generated files are current", generated),
    stage("rustdoc", "comments link to what exists", |root, _| rustdoc(root)),
    stage("build", "the program, as users build it", |root, _| {
        uncounted(root, &["build", "--release", "--locked", "-p", "tenure"])
    }),
    after_build("demo", "the main job, from keys to return", |root, _| {
        program(root, &["demo", "--once"])
    }),
    after_build("kill", "kill -9 in a loop under load, checked", |root, _| {
        program(root, &["bench", "--kill", "--rounds", "8"])
    }),
    after_build("bench", "checked load; server CPU per checkout", |root, _| {
        // The goal is 2.5 (docs/DECISIONS.md 26); the guard stands where a loaded machine still passes.
        program(root, &["bench", "--quick", "--max-cpu-ratio", "5.0"])
    }),
    stage("fuzz", "a few seconds on every untrusted input", |root, _| fuzz::run(root)),
];

/// Runs the stages named, or all.
///
/// # Errors
/// A stage that does not exist is asked for.
pub fn run(root: &Path, asked: &[String]) -> Result<bool> {
    if asked.iter().any(|word| word == "--list") {
        STAGES.iter().for_each(|stage| println!("{:10} {}", stage.name, stage.what));
        return Ok(true);
    }
    let known = |word: &String| STAGES.iter().any(|stage| stage.name == word);
    let wanted = |stage: &&Stage| asked.is_empty() || asked.iter().any(|word| word == stage.name);
    if let Some(word) = asked.iter().find(|word| !known(word)) {
        bail!("no stage `{word}`; `cargo xtask ci --list` names them");
    }
    let start = now();
    let mut counts = Counts::default();
    let mut done: Vec<(&Stage, bool, Duration)> = Vec::new();
    for stage in STAGES.iter().filter(wanted) {
        println!("\n=== {}: {}", stage.name, stage.what);
        let began = now();
        let blocked = done.iter().any(|(before, ok, _)| stage.needs == Some(before.name) && !ok);
        let ok = !blocked && attempt(stage, root, &mut counts);
        println!("=== {}: {} in {:.1} s", stage.name, word(ok), began.elapsed().as_secs_f64());
        done.push((stage, ok, began.elapsed()));
    }
    Ok(summary(&done, counts, start))
}

fn attempt(stage: &Stage, root: &Path, counts: &mut Counts) -> bool {
    let failed_before = counts.failed;
    let ok = (stage.run)(root, counts).unwrap_or_else(|error| {
        println!("{}: {error:#}", stage.name);
        false
    });
    if !ok && counts.failed == failed_before {
        counts.failed += 1;
    }
    ok
}

fn summary(done: &[(&Stage, bool, Duration)], counts: Counts, start: Instant) -> bool {
    println!("\nstage       result   seconds");
    for (stage, ok, time) in done {
        println!("{:11} {:6} {:9.1}", stage.name, word(*ok), time.as_secs_f64());
    }
    let failed = done.iter().filter(|(_, ok, _)| !ok).count();
    let all = failed == 0;
    println!("stages: {} passed, {failed} failed", done.len() - failed);
    let result = if all { "ok" } else { "FAILED" };
    println!("test result: {result}. {counts}; finished in {:.1}s", start.elapsed().as_secs_f64());
    all
}

fn word(ok: bool) -> &'static str {
    if ok { "ok" } else { "FAILED" }
}

fn findings(findings: &[Finding]) -> Result<bool> {
    print!("{}", report(findings));
    println!("{} findings", findings.len());
    Ok(findings.is_empty())
}

fn uncounted(root: &Path, arguments: &[&str]) -> Result<bool> {
    counted(root, arguments, &[], &mut Counts::default())
}

fn counted(
    root: &Path,
    arguments: &[&str],
    variables: &[(&str, &str)],
    counts: &mut Counts,
) -> Result<bool> {
    let mut command = cargo(root);
    command.args(arguments).envs(variables.iter().copied());
    stream(&mut command, LIMIT, &mut |line| *counts += Counts::of_line(line))
}

/// With nextest where it is installed, else with cargo's own runner.
fn tests(root: &Path, counts: &mut Counts) -> Result<bool> {
    let probe = cargo(root).args(["nextest", "--version"]).output();
    if probe.is_ok_and(|output| output.status.success()) {
        return both(root, &["nextest", "run", "--locked"], counts);
    }
    println!("cargo-nextest is not installed: cargo test instead");
    both(root, &["test", "--locked", "--lib", "--bins", "--tests"], counts)
}

/// All crates but the pages, then the pages. The browser's driver, a dependency of their tests alone, makes JSON objects
/// keep the order of their members; built together with the others, it would do so in tests that show such objects.
const MOST: [&str; 3] = ["--workspace", "--exclude", "tenure-web"];
const PAGES: [&str; 2] = ["-p", "tenure-web"];

fn both(root: &Path, command: &[&str], counts: &mut Counts) -> Result<bool> {
    let most = counted(root, &[command, &MOST].concat(), &[], counts)?;
    let pages = counted(root, &[command, &PAGES].concat(), &[], counts)?;
    Ok(most && pages)
}

/// Generated files are held by tests whose names begin with `generated_`.
const GENERATED: [&str; 9] = [
    "test",
    "--workspace",
    "--exclude",
    "tenure-web",
    "--locked",
    "--lib",
    "--bins",
    "--tests",
    "generated_",
];

fn generated(root: &Path, _: &mut Counts) -> Result<bool> {
    // These tests ran in the stage "test" as well and are counted there.
    let mut counts = Counts::default();
    let ok = counted(root, &GENERATED, &[], &mut counts)?;
    if counts.passed == 0 {
        println!("no test is named generated_…: nothing guards the generated files");
    }
    Ok(ok && counts.passed > 0)
}

/// Rewrites the generated files.
///
/// # Errors
/// Cargo cannot be started.
pub fn generate(root: &Path) -> Result<bool> {
    counted(root, &GENERATED, &[("UPDATE_EXPECT", "1")], &mut Counts::default())
}

fn rustdoc(root: &Path) -> Result<bool> {
    let arguments =
        ["doc", "--workspace", "--lib", "--no-deps", "--locked", "--document-private-items"];
    counted(root, &arguments, &[("RUSTDOCFLAGS", "-D warnings")], &mut Counts::default())
}

/// Runs the program that the stage "build" made.
fn program(root: &Path, arguments: &[&str]) -> Result<bool> {
    let mut command = Command::new(root.join("target/release/tenure"));
    stream(command.current_dir(root).args(arguments), PROGRAM_LIMIT, &mut |_| ())
}
