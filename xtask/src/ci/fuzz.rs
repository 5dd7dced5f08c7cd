//! The short fuzz: every target of fuzz/ runs for a few seconds.
//!
//! Works on the stable compiler: coverage by LLVM's own pass, the engine by
//! libfuzzer-sys, in a target folder of its own because the compiler flags differ.
//! No sanitizer: the code under test has no `unsafe`. What cannot be built is a
//! failure, never a skip.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::process::stream;
use crate::cargo::cargo;

/// Coverage feedback as libFuzzer expects it, without a nightly compiler.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Ccodegen-units=1";
const SECONDS_PER_TARGET: u64 = 8;
const BUILD_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Builds all targets and runs each for a few seconds.
///
/// # Errors
/// The manifest cannot be read, or a program cannot be started.
pub fn run(root: &Path) -> Result<bool> {
    let manifest = fs::read_to_string(root.join("fuzz/Cargo.toml")).context("fuzz/Cargo.toml")?;
    let targets = targets(&manifest)?;
    let triple = host_triple()?;
    let folder = root.join("target/fuzz");
    // Not `--locked`: this lock file follows the manifests of the workspace by itself.
    let mut build = cargo(&root.join("fuzz"));
    build
        .env("RUSTFLAGS", FLAGS)
        .args(["build", "--release", "--bins", "--target", &triple, "--target-dir"])
        .arg(&folder);
    if !stream(&mut build, BUILD_LIMIT, &mut |_| ())? {
        return Ok(false);
    }
    let mut all = true;
    for target in &targets {
        all &= run_target(root, &folder.join(&triple).join("release").join(target), target)?;
    }
    println!("fuzz: {} targets, {SECONDS_PER_TARGET} s each", targets.len());
    Ok(all)
}

fn run_target(root: &Path, program: &Path, name: &str) -> Result<bool> {
    let grown = root.join("target/fuzz/corpus").join(name);
    fs::create_dir_all(&grown)?;
    let seeds = root.join("fuzz/corpus").join(name);
    let mut command = Command::new(program);
    command
        .current_dir(root.join("target/fuzz"))
        .args([format!("-max_total_time={SECONDS_PER_TARGET}").as_str(), "-print_final_stats=1"])
        .args(["-timeout=10", "-rss_limit_mb=1024", "-max_len=8192", "-verbosity=0"])
        .arg(&grown)
        .args(seeds.is_dir().then_some(seeds));
    stream(&mut command, Duration::from_secs(SECONDS_PER_TARGET + 60), &mut |_| ())
}

/// The names of the `[[bin]]` sections.
fn targets(manifest: &str) -> Result<Vec<String>> {
    let parsed: toml::Table = manifest.parse().context("fuzz/Cargo.toml")?;
    let bins = parsed.get("bin").and_then(|bins| bins.as_array()).cloned().unwrap_or_default();
    let name = |bin: &toml::Value| Some(bin.get("name")?.as_str()?.to_owned());
    let names: Vec<String> = bins.iter().filter_map(name).collect();
    if names.is_empty() {
        bail!("fuzz/Cargo.toml names no target");
    }
    Ok(names)
}

fn host_triple() -> Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not name its host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_binaries() {
        let manifest = "[package]\nname='f'\n[[bin]]\nname='envelope'\n[[bin]]\nname='bodies'\n";
        assert_eq!(targets(manifest).expect("two targets"), ["envelope", "bodies"]);
        assert!(targets("[package]\nname='f'\n").is_err());
    }
}
