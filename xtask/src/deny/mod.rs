//! `cargo xtask deny`: licenses, sources, bans, duplicates and minimum versions of
//! the dependencies, as deny.toml allows them.
//!
//! Looks at what `cargo tree` resolves for all targets, so that an optional crate
//! that only stands in the lock file is not blamed. Needs no network beyond the
//! sources that a build fetches. Floors 1 and 2 have a stricter list.

mod license;
mod policy;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cargo::cargo;
use crate::finding::Finding;
use crate::tree::Tree;
use policy::Policy;

/// No asynchronous runtime, network or storage below floor 3, not even indirectly.
const ABOVE_THE_PURE_FLOORS: [&str; 9] =
    ["tokio", "mio", "futures-executor", "smol", "hyper", "axum", "ureq", "rustls", "rusqlite"];

/// A package of the resolved tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Package {
    name: String,
    version: String,
    license: String,
}

/// Runs all checks on the workspace at `root`.
///
/// # Errors
/// deny.toml or a lock file cannot be read, or `cargo tree` fails.
pub fn run(root: &Path) -> Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    let policy = Policy::parse(tree.text("deny.toml"))?;
    let packages = resolved(root, &["--workspace", "-e", "normal,build,dev"])?;
    let mut findings = check(&policy, &packages);
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"].iter().filter(|lock| tree.exists(lock)) {
        findings.extend(sources(&policy, lock, tree.text(lock))?);
    }
    for name in tree.pure_crates() {
        let package = format!("tenure-{name}");
        let below = resolved(root, &["-p", &package, "-e", "normal,build"])?;
        findings.extend(pure(&package, &below));
    }
    println!("deny: {} packages in the resolved tree", packages.len());
    Ok(findings)
}

fn resolved(root: &Path, selection: &[&str]) -> Result<Vec<Package>> {
    let format = ["--locked", "--target", "all", "--prefix", "none", "-f", "{p}\t{l}"];
    let output = cargo(root)
        .arg("tree")
        .args(format)
        .args(selection)
        .output()
        .context("cannot run cargo tree")?;
    if !output.status.success() {
        bail!("cargo tree failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(packages(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads lines of `name vVERSION (remarks)<tab>license (*)`.
fn packages(text: &str) -> Vec<Package> {
    let read = |line: &str| {
        let (package, license) = line.split_once('\t')?;
        let mut words = package.split(' ');
        Some(Package {
            name: words.next()?.to_owned(),
            version: words.next()?.trim_start_matches('v').to_owned(),
            license: license.trim_end_matches(" (*)").trim().to_owned(),
        })
    };
    let mut found: Vec<Package> = text.lines().filter_map(read).collect();
    found.sort();
    found.dedup();
    found
}

fn check(policy: &Policy, packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say =
        |rule, message: String| findings.push(Finding::whole("Cargo.lock", rule, message));
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let (name, version) = (package.name.as_str(), package.version.as_str());
        versions.entry(name).or_default().push(version);
        if !license::is_allowed(&package.license, &policy.licenses.allow) {
            let license = &package.license;
            say("license", format!("{name} {version}: license \"{license}\" is not in deny.toml"));
        }
        for ban in policy.bans.deny.iter().filter(|ban| ban.covers(name, version)) {
            say("ban", format!("{name} {version} is banned: {}", ban.reason));
        }
    }
    let skipped = |name: &str| policy.bans.skip.iter().any(|entry| entry.name() == name);
    let double = |name: &str| versions.get(name).is_some_and(|found| found.len() > 1);
    for (name, found) in versions.iter().filter(|(name, _)| double(name) && !skipped(name)) {
        say("duplicate", format!("{name} is there as {}: align, or skip it", found.join(" and ")));
    }
    for entry in policy.bans.skip.iter().filter(|entry| !double(entry.name())) {
        say("duplicate", format!("{} is there once: take its `skip` out", entry.name()));
    }
    findings
}

fn pure(package: &str, below: &[Package]) -> Vec<Finding> {
    let outside = |name: &str| ABOVE_THE_PURE_FLOORS.contains(&name);
    let found = below.iter().filter(|dependency| outside(&dependency.name));
    let message = |name: &str| format!("{package} depends on {name}: not on a pure floor");
    found.map(|p| Finding::whole("Cargo.lock", "pure-floor", message(&p.name))).collect()
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// Every locked package is ours or comes, with a checksum, from an allowed registry.
fn sources(policy: &Policy, path: &str, text: &str) -> Result<Vec<Finding>> {
    let lock: Lock = toml::from_str(text).with_context(|| path.to_owned())?;
    let allowed = |source: &str| {
        let registry = source.strip_prefix("registry+").unwrap_or("");
        policy.sources.allow_registry.iter().any(|allowed| allowed == registry)
    };
    let mut findings = Vec::new();
    for package in &lock.package {
        let Some(source) = &package.source else {
            continue;
        };
        if !allowed(source) || package.checksum.is_none() {
            let message = format!("{} comes from {source}, or without a checksum", package.name);
            findings.push(Finding::whole(path, "source", message));
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    const POLICY: &str = "[licenses]\nallow=['MIT']\n[sources]\nunknown-git='deny'\n\
        unknown-registry='deny'\nallow-registry=['https://index']\n[bans]\nmultiple-versions='deny'\n\
        deny=[{crate='ring',reason='one provider'},{crate='h2@<0.4.16',reason='old'}]\n\
        skip=[{crate='syn',reason='two'}]\n";

    fn check_tree(text: &str, want: Expect) {
        let policy = Policy::parse(POLICY).expect("the policy above");
        want.assert_eq(&report(&check(&policy, &packages(text))));
    }

    #[test]
    fn packages_are_judged() {
        check_tree(
            "syn v1.0.0 (proc-macro)\tMIT\nsyn v2.0.0\tMIT (*)\nh2 v0.4.20\tMIT\n",
            expect![""],
        );
        check_tree(
            "ring v0.17.0\tISC\nh2 v0.4.1\tMIT\na v1.0.0\tMIT\na v2.0.0\tMIT\n",
            expect![[r#"
            Cargo.lock: [ban] h2 0.4.1 is banned: old
            Cargo.lock: [ban] ring 0.17.0 is banned: one provider
            Cargo.lock: [duplicate] a is there as 1.0.0 and 2.0.0: align, or skip it
            Cargo.lock: [duplicate] syn is there once: take its `skip` out
            Cargo.lock: [license] ring 0.17.0: license "ISC" is not in deny.toml
        "#]],
        );
    }

    #[test]
    fn sources_are_judged() {
        let policy = Policy::parse(POLICY).expect("the policy above");
        let lock = "[[package]]\nname='ours'\n[[package]]\nname='good'\nsource='registry+https://index'\n\
            checksum='x'\n[[package]]\nname='bare'\nsource='registry+https://index'\n\
            [[package]]\nname='far'\nsource='git+https://x'\nchecksum='x'\n";
        let findings = sources(&policy, "Cargo.lock", lock).expect("a lock file");
        expect![[r#"
            Cargo.lock: [source] bare comes from registry+https://index, or without a checksum
            Cargo.lock: [source] far comes from git+https://x, or without a checksum
        "#]]
        .assert_eq(&report(&findings));
    }

    #[test]
    fn pure_floors_have_a_list_of_their_own() {
        let below = packages("tokio v1.0.0\tMIT\nserde v1.0.0\tMIT\n");
        expect![[r#"
            Cargo.lock: [pure-floor] tenure-leasing depends on tokio: not on a pure floor
        "#]]
        .assert_eq(&report(&pure("tenure-leasing", &below)));
    }
}
