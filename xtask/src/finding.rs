//! One thing a check found: the place, the rule, and what to do about it.
//!
//! Every check of this program answers with a list of these; only `main` and
//! `ci` print. A finding is always an error: there is no "warning" that people
//! learn to overlook.

use std::fmt;

/// A violated rule at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File, relative to the root of the checkout.
    pub path: String,
    /// Line, counted from 1; 0 when the finding is about the whole file.
    pub line: usize,
    /// Short kebab-case name of the rule.
    pub rule: &'static str,
    /// What is wrong and what to do.
    pub message: String,
}

impl Finding {
    /// A finding about one line.
    pub fn at(path: &str, line: usize, rule: &'static str, message: impl Into<String>) -> Self {
        Finding { path: path.to_owned(), line, rule, message: message.into() }
    }

    /// A finding about a whole file or folder.
    pub fn whole(path: &str, rule: &'static str, message: impl Into<String>) -> Self {
        Finding::at(path, 0, rule, message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: [{}] {}", self.path, self.rule, self.message),
            line => write!(f, "{}:{line}: [{}] {}", self.path, self.rule, self.message),
        }
    }
}

/// The findings as one text, sorted, a line each.
pub fn report(findings: &[Finding]) -> String {
    let mut sorted = findings.to_vec();
    sorted.sort();
    sorted.dedup();
    sorted.iter().map(|finding| format!("{finding}\n")).collect()
}
