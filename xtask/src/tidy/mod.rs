//! `cargo xtask tidy`: the rules of the house that a compiler does not know.
//!
//! Each file holds one family of rules as functions from the [`Tree`] to findings.
//! The allowed arrows, the places that may read clock and chance, the crates and
//! the documents are tables in docs/ARCHITECTURE.md: the document is the
//! configuration, so it cannot be stale. There is no list of exceptions.

mod arrows;
mod circles;
mod manifests;
mod named;
mod purity;
mod shape;
mod words;

use crate::finding::Finding;
use crate::tree::Tree;

/// A family of rules.
pub type Rule = fn(&Tree) -> Vec<Finding>;

/// Every family by the name under which it can be asked for alone.
pub const RULES: [(&str, Rule); 7] = [
    ("arrows", arrows::check),
    ("circles", circles::check),
    ("manifests", manifests::check),
    ("named", named::check),
    ("purity", purity::check),
    ("shape", shape::check),
    ("words", words::check),
];

/// All rules, or those named.
pub fn run(tree: &Tree, only: &[String]) -> Vec<Finding> {
    let wanted = |name: &str| only.is_empty() || only.iter().any(|asked| asked == name);
    RULES.iter().filter(|(name, _)| wanted(name)).flat_map(|(_, rule)| rule(tree)).collect()
}
