//! The patterns of one model: each expression is compiled once, and there are not too many of them.
//!
//! Deliberately not here: what a pattern may be (pattern).

use super::diagnostic::Fault;
use super::pattern::{Pattern, PatternFault, expression};
use super::syntax::Text;
use std::collections::BTreeMap;

/// The most different regular expressions of one model: compiling them takes most of the time a model takes.
const REGEXES_MAX: usize = 2_000;

/// Compiled patterns by their expression.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    known: BTreeMap<String, Result<Pattern, PatternFault>>,
}

impl Patterns {
    /// The pattern that a text is.
    pub(crate) fn pattern(&mut self, text: &Text, faults: &mut Vec<Fault>) -> Option<Pattern> {
        match expression(&text.value) {
            None => Some(Pattern::literal(text.value.as_str())),
            Some(source) => self.regex(source, text, faults),
        }
    }

    /// The same for an expression that was found in a text.
    pub(crate) fn regex(
        &mut self,
        source: Result<&str, PatternFault>,
        text: &Text,
        faults: &mut Vec<Fault>,
    ) -> Option<Pattern> {
        let compiled = source.and_then(|source| {
            if let Some(known) = self.known.get(source) {
                return known.clone();
            }
            if self.known.len() >= REGEXES_MAX {
                let message = format!("a model has at most {REGEXES_MAX} regular expressions");
                return Err(PatternFault { message, help: None });
            }
            let compiled = Pattern::regex(source);
            self.known.insert(source.to_owned(), compiled.clone());
            compiled
        });
        match compiled {
            Ok(pattern) => Some(pattern),
            Err(PatternFault { message, help }) => {
                let mut fault = Fault::new("bad-pattern", text.span, message);
                fault.help = help;
                faults.push(fault);
                None
            }
        }
    }
}
