//! `deny.toml`: what is allowed, as data.
//!
//! The subset of cargo-deny's format that this program understands. Members it does
//! not know are refused, so that a rule cannot be written that nobody enforces.

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub licenses: Licenses,
    pub sources: Sources,
    pub bans: Bans,
}

/// Licenses that a dependency may have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licenses {
    pub allow: Vec<String>,
}

/// Where a dependency may come from.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "the levels are read to be checked: `deny` is the only one")]
pub struct Sources {
    pub unknown_git: Deny,
    pub unknown_registry: Deny,
    pub allow_registry: Vec<String>,
}

/// What must not be there, and what may be there twice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "the level is read to be checked: `deny` is the only one")]
pub struct Bans {
    pub multiple_versions: Deny,
    pub skip: Vec<Entry>,
    pub deny: Vec<Entry>,
}

/// The only level there is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deny {
    Deny,
}

/// `name` or `name@range`, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    #[serde(rename = "crate")]
    pub spec: String,
    pub reason: String,
}

impl Policy {
    /// Reads the text of `deny.toml`.
    ///
    /// # Errors
    /// Unknown members, or an entry without a reason.
    pub fn parse(text: &str) -> Result<Policy> {
        let policy: Policy = toml::from_str(text).context("deny.toml")?;
        let entries = policy.bans.skip.iter().chain(&policy.bans.deny);
        if let Some(entry) = entries.into_iter().find(|entry| entry.reason.trim().is_empty()) {
            bail!("deny.toml: `{}` has no reason", entry.spec);
        }
        Ok(policy)
    }
}

impl Entry {
    /// The name without the range.
    pub fn name(&self) -> &str {
        self.spec.split('@').next().unwrap_or("")
    }

    /// Whether the entry speaks of this version of this crate.
    pub fn covers(&self, name: &str, version: &str) -> bool {
        let range = self.spec.split_once('@').map_or("", |(_, range)| range);
        let bounds = range.split(',').map(str::trim).filter(|bound| !bound.is_empty());
        self.name() == name && bounds.into_iter().all(|bound| within(version, bound))
    }
}

/// One bound of a range: `<1.2.3` or `>=1.2.3`; anything else covers nothing.
fn within(version: &str, bound: &str) -> bool {
    match (bound.strip_prefix(">="), bound.strip_prefix('<')) {
        (Some(from), _) => numbers(version) >= numbers(from),
        (_, Some(until)) => numbers(version) < numbers(until),
        _ => false,
    }
}

/// Major, minor and patch; build metadata and pre-releases do not count.
fn numbers(version: &str) -> [u64; 3] {
    let plain = version.split(['+', '-']).next().unwrap_or("");
    let mut parts = plain.split('.').map(|part| part.trim().parse().unwrap_or(0));
    [(); 3].map(|()| parts.next().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(spec: &str, name: &str, version: &str) -> bool {
        Entry { spec: spec.to_owned(), reason: "r".to_owned() }.covers(name, version)
    }

    #[test]
    fn ranges() {
        assert!(covers("ring", "ring", "0.17.14"));
        assert!(!covers("ring", "ringbuffer", "0.17.14"));
        assert!(covers("h2@<0.4.16", "h2", "0.4.9"));
        assert!(!covers("h2@<0.4.16", "h2", "0.4.16"));
        assert!(covers("rand@>=0.9.0, <0.9.3", "rand", "0.9.2"));
        assert!(!covers("rand@>=0.9.0, <0.9.3", "rand", "0.8.5"));
        assert!(!covers("rand@=0.9.0", "rand", "0.9.0"));
    }

    #[test]
    fn every_entry_has_a_reason_and_members_are_known() {
        let text = |skip: &str| {
            format!(
                "[licenses]\nallow=[]\n[sources]\nunknown-git='deny'\nunknown-registry='deny'\n\
                 allow-registry=[]\n[bans]\nmultiple-versions='deny'\ndeny=[]\nskip=[{skip}]\n"
            )
        };
        assert!(Policy::parse(&text("{crate='a',reason='b'}")).is_ok());
        assert!(Policy::parse(&text("{crate='a',reason=''}")).is_err());
        assert!(Policy::parse(&text("{crate='a',reason='b',more=1}")).is_err());
    }
}
