//! Lists of texts and expressions that one of must match: found by bisection, however long the list.
//!
//! Deliberately not here: what is compared with them (condition).

use super::pattern::Pattern;

/// Texts and expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// Sorted, each once.
    literals: Vec<String>,
    regexes: Vec<Pattern>,
}

impl Texts {
    pub(crate) fn of(patterns: impl IntoIterator<Item = Pattern>) -> Texts {
        let (regexes, literals): (Vec<Pattern>, Vec<Pattern>) =
            patterns.into_iter().partition(Pattern::is_regex);
        let mut literals: Vec<String> =
            literals.iter().map(|text| text.source().to_owned()).collect();
        literals.sort();
        literals.dedup();
        Texts { literals, regexes }
    }

    /// True when one of them matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.literals.binary_search_by(|literal| literal.as_str().cmp(text)).is_ok()
            || self.regexes.iter().any(|regex| regex.matches(text))
    }

    pub(crate) fn literals(&self) -> &[String] {
        &self.literals
    }

    pub(crate) fn regexes(&self) -> &[Pattern] {
        &self.regexes
    }
}
