//! Texts of a model that others are compared with: as they stand, or as a regular expression `~/…/`.
//!
//! Invariants: linear time in the text compared, whatever the expression; an expression's size in memory is bounded;
//! without anchors it may match anywhere in the text. Deliberately not here: what is compared with what (condition,
//! placement).

use regex::{Regex, RegexBuilder};

/// The most memory of one compiled expression, in bytes.
const SIZE_MAX: usize = 256 * 1024;
/// The deepest nesting of groups.
const NEST_MAX: u32 = 32;
/// The longest expression, in bytes.
const LENGTH_MAX: usize = 1_024;

/// A text or a regular expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    regex: Option<Regex>,
}

impl Pattern {
    /// A pattern that only this text matches.
    pub fn literal(text: impl Into<String>) -> Pattern {
        Pattern { source: text.into(), regex: None }
    }

    /// An expression, without `~/` and `/`.
    pub(crate) fn regex(source: &str) -> Result<Pattern, PatternFault> {
        let regex = compile(source)?;
        Ok(Pattern { source: source.to_owned(), regex: Some(regex) })
    }

    /// True when the text matches.
    pub fn matches(&self, text: &str) -> bool {
        match &self.regex {
            None => self.source == text,
            Some(regex) => regex.is_match(text),
        }
    }

    /// The text, or the expression without `~/` and `/`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// True for an expression.
    pub fn is_regex(&self) -> bool {
        self.regex.is_some()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.is_regex() == other.is_regex() && self.source == other.source
    }
}

impl Eq for Pattern {}

/// Why an expression is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternFault {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// The expression of `~/…/`, if it is written as one.
pub(crate) fn expression(text: &str) -> Option<Result<&str, PatternFault>> {
    let rest = text.strip_prefix("~/")?;
    Some(rest.strip_suffix('/').ok_or_else(|| PatternFault {
        message: "the regular expression is not closed".to_owned(),
        help: Some("write it as \"~/…/\"".to_owned()),
    }))
}

fn compile(source: &str) -> Result<Regex, PatternFault> {
    let fault = |message: String, help: Option<&str>| PatternFault {
        message,
        help: help.map(str::to_owned),
    };
    if source.is_empty() {
        return Err(fault(
            "the regular expression is empty".into(),
            Some("`~/./` matches any text"),
        ));
    }
    if source.len() > LENGTH_MAX {
        let message = format!("a regular expression has at most {LENGTH_MAX} bytes");
        return Err(fault(message, None));
    }
    let built = RegexBuilder::new(source).size_limit(SIZE_MAX).nest_limit(NEST_MAX).build();
    built.map_err(|error| match &error {
        regex::Error::CompiledTooBig(_) => fault(
            "the regular expression is too large".into(),
            Some("use smaller numbers of repetitions, or `[A-Za-z]` instead of `\\\\w`"),
        ),
        regex::Error::Syntax(text) => {
            let last = text.lines().last().unwrap_or("").trim_start_matches("error: ");
            let help = match last {
                text if text.starts_with("look-around") => {
                    "look-around takes more than linear time; say it with `and not`"
                }
                text if text.starts_with("backreferences") => {
                    "back-references take more than linear time"
                }
                _ => "syntax as in Perl, without look-around and back-references",
            };
            fault(format!("no regular expression: {last}"), Some(help))
        }
        other => fault(format!("no regular expression: {other}"), None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(source: &str) -> Result<Pattern, String> {
        Pattern::regex(source).map_err(|fault| fault.message)
    }

    #[test]
    fn anchors_are_where_the_expression_says_so() {
        let check = |source: &str, text: &str| pattern(source).expect("a pattern").matches(text);
        assert!(check("lab", "the-lab-1") && !check("^lab", "the-lab-1"));
        assert!(check("^lab-[0-9]+$", "lab-17") && !check("^lab-[0-9]+$", "lab-17\n"));
        assert!(check("(?i)^LAB", "lab") && check(r"^\w+$", "straße"));
        assert!(Pattern::literal("lab").matches("lab") && !Pattern::literal("lab").matches("lab1"));
    }

    #[test]
    fn hostile_expressions_are_refused_or_run_in_linear_time() {
        for large in ["(a{1000}){1000}", r"\w{500}", r"(\pL{50}){50}"] {
            assert_eq!(
                pattern(large),
                Err("the regular expression is too large".into()),
                "{large}"
            );
        }
        assert!(pattern(&"(".repeat(100)).is_err() && pattern(&"a".repeat(2_000)).is_err());
        assert!(pattern("").is_err() && pattern(r"(a)\1").is_err() && pattern("(?=a)").is_err());
        let slow_elsewhere = pattern("^(a+)+$").expect("a pattern");
        assert!(!slow_elsewhere.matches(&format!("{}b", "a".repeat(50_000))));
    }
}
