//! The text of a split: pools with seats of one feature and rules for who may take from them, out of a filled-in form.
//!
//! Kept here: what is typed can only become a name in quotes, never a part of the language; a present text keeps every
//! character it has, the new pools and rules are put between. Deliberately not here: checking. The server does.

use std::fmt::Write as _;

/// How many seats a pool gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    Seats(u64),
    Percent(u64),
    Rest,
    /// Those of the line before with the same name.
    Named,
}

/// Who may take from a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    Everybody,
    Users(Vec<String>),
    HostNames(Vec<String>),
    HostIds(Vec<String>),
    Groups(Vec<String>),
    /// Values under a key of the dictionary.
    Said(String, Vec<String>),
    /// Whom reservations name.
    Nobody,
}

/// A pool of a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) pool: String,
    pub(super) amount: Amount,
    /// The most that one device may have of it.
    pub(super) max: Option<u64>,
    pub(super) who: Who,
}

/// A feature shared out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) feature: String,
    pub(super) version: String,
    pub(super) parts: Vec<Part>,
    /// Whoever may take from a pool may also take what is left for everybody.
    pub(super) with_default: bool,
    /// Whoever is in no list is refused.
    pub(super) refuses_others: bool,
}

/// Names on a line, before they are put one below another.
const WIDE: usize = 90;

impl Split {
    /// A text of its own, or a present one with the split put in. `None` where the present text is no model.
    pub(super) fn text(&self, present: Option<&str>) -> Option<String> {
        let (pools, rules) = (self.pools(), self.rules());
        let Some(present) = present else {
            return Some(format!("model \"site\" {{\n  partitions {{\n{pools}  }}\n\n{rules}}}\n"));
        };
        let places = Places::of(present)?;
        let mut text = present.to_owned();
        match places.pools_end {
            Some((end, after)) => {
                text.insert_str(after, &format!("\n\n{}", rules.trim_end()));
                let line = text[..end].rfind('\n').map_or(0, |at| at + 1);
                let is_alone = text[line..end].trim().is_empty();
                let (at, before) = if is_alone { (line, "") } else { (end, "\n") };
                text.insert_str(at, &format!("{before}{pools}"));
            }
            None => {
                let both = format!("\n  partitions {{\n{pools}  }}\n\n{}", rules.trim_end());
                text.insert_str(places.begin, &both);
            }
        }
        Some(text)
    }

    fn pools(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            let amount = match part.amount {
                Amount::Seats(count) => count.to_string(),
                Amount::Percent(percent) => format!("{percent}%"),
                Amount::Rest => "remainder".to_owned(),
                Amount::Named => continue,
            };
            let max = part.max.map(|max| format!(" max {max}")).unwrap_or_default();
            let _ = writeln!(
                text,
                "    partition {} {{\n      {} {} {amount}{max}\n    }}",
                quoted(&part.pool),
                quoted(&self.feature),
                self.version,
            );
        }
        text
    }

    fn rules(&self) -> String {
        let mut text = format!("  // Who may take {} from which pool.\n", plain(&self.feature));
        for part in &self.parts {
            let Some(test) = test(&part.who) else { continue };
            let default = if self.with_default { ", \"default\"" } else { "" };
            let _ = writeln!(text, "  on {test} {{\n    use {}{default}\n  }}", quoted(&part.pool));
        }
        if self.refuses_others {
            let tests: Vec<String> = self.parts.iter().filter_map(|part| test(&part.who)).collect();
            let anybody = tests.join("\n    or ");
            let _ = writeln!(text, "  on not ({anybody}) {{\n    deny\n  }}");
        }
        text
    }
}

fn test(who: &Who) -> Option<String> {
    let list = |word: &str, names: &[String]| {
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        call(word, &names)
    };
    Some(match who {
        Who::Everybody => "any()".to_owned(),
        Who::Users(names) => list("user", names),
        Who::HostNames(names) => list("hostname", names),
        Who::HostIds(names) => list("hostid", names),
        Who::Groups(names) => list("group", names),
        Who::Said(key, values) => {
            let pair = |value: &String| match value.as_str() {
                "*" => format!("{}:*", quoted(key)),
                value => format!("{}:{}", quoted(key), quoted(value)),
            };
            call("dictionary", &values.iter().map(pair).collect::<Vec<_>>())
        }
        Who::Nobody => return None,
    })
}

fn call(word: &str, names: &[String]) -> String {
    let line = names.join(", ");
    match line.len() {
        0..WIDE => format!("{word}({line})"),
        _ => format!("{word}(\n    {}\n  )", names.join(",\n    ")),
    }
}

/// A text of the language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A name in a comment.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Where something can be put into a text.
struct Places {
    /// Behind the bracket that opens the model.
    begin: usize,
    /// Before the bracket that closes the pools, and behind it.
    pools_end: Option<(usize, usize)>,
}

impl Places {
    fn of(text: &str) -> Option<Self> {
        let (mut depth, mut begin, mut in_pools) = (0_usize, None, false);
        let mut words: Vec<&str> = Vec::new();
        for (at, token) in (Tokens { text, at: 0 }) {
            match token {
                "{" => {
                    depth += 1;
                    if depth == 1 {
                        begin = Some(at + 1);
                    }
                    in_pools |= depth == 2 && words.last() == Some(&"partitions");
                }
                "}" => {
                    depth = depth.checked_sub(1)?;
                    if depth == 1 && in_pools {
                        return Some(Self { begin: begin?, pools_end: Some((at, at + 1)) });
                    }
                    if depth == 0 {
                        break;
                    }
                }
                word => words.push(word),
            }
        }
        let is_whole = depth == 0 && words.first() == Some(&"model");
        Some(Self { begin: begin.filter(|_| is_whole)?, pools_end: None })
    }
}

/// Brackets and words of a text with their places, without comments; texts in quotes are words.
struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (usize, &'t str);

    fn next(&mut self) -> Option<(usize, &'t str)> {
        loop {
            let rest = &self.text[self.at..];
            let start = self.at;
            let first = rest.chars().next()?;
            let length = match first {
                '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
                '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
                '"' => quoted_len(rest),
                c if c.is_alphanumeric() || c == '_' => {
                    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
                }
                c => c.len_utf8(),
            };
            self.at += length;
            let is_comment = first == '/' && length > 1;
            if !is_comment && !first.is_whitespace() {
                return Some((start, &rest[..length]));
            }
        }
    }
}

/// The length of a text in quotes, to its end or to the end of the line.
fn quoted_len(rest: &str) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn split() -> Split {
        let part = |pool: &str, amount, who| Part { pool: pool.to_owned(), amount, max: None, who };
        Split {
            feature: "cad".to_owned(),
            version: "3.0".to_owned(),
            parts: vec![
                part("design", Amount::Percent(60), Who::Users(names(&["ann", "b\"ob\\"]))),
                part("design", Amount::Named, Who::Said("dept".to_owned(), names(&["d", "*"]))),
                Part { max: Some(2), ..part("rest", Amount::Rest, Who::Everybody) },
                part("kept", Amount::Seats(1), Who::Nobody),
            ],
            with_default: true,
            refuses_others: false,
        }
    }

    #[test]
    fn a_text_of_its_own() {
        expect_test::expect![[r#"
            model "site" {
              partitions {
                partition "design" {
                  "cad" 3.0 60%
                }
                partition "rest" {
                  "cad" 3.0 remainder max 2
                }
                partition "kept" {
                  "cad" 3.0 1
                }
              }

              // Who may take cad from which pool.
              on user("ann", "b\"ob\\") {
                use "design", "default"
              }
              on dictionary("dept":"d", "dept":*) {
                use "design", "default"
              }
              on any() {
                use "rest", "default"
              }
            }
        "#]]
        .assert_eq(&split().text(None).expect("a text"));
    }

    #[test]
    fn a_present_text_keeps_what_it_has() {
        let mut split = split();
        split.parts.drain(1..);
        (split.refuses_others, split.with_default) = (true, false);
        let present = "// } partitions {\nmodel \"a { b\" { /* { */\n  partitions {\n    partition \"x\" { \"sim\" 1.0 2 }\n  }\n  \
                       on any() { deny } // }\n}\n";
        expect_test::expect![[r#"
            // } partitions {
            model "a { b" { /* { */
              partitions {
                partition "x" { "sim" 1.0 2 }
                partition "design" {
                  "cad" 3.0 60%
                }
              }

              // Who may take cad from which pool.
              on user("ann", "b\"ob\\") {
                use "design"
              }
              on not (user("ann", "b\"ob\\")) {
                deny
              }
              on any() { deny } // }
            }
        "#]]
        .assert_eq(&split.text(Some(present)).expect("a text"));
        let no_pools = split.text(Some("model \"m\" {\n  on any() { accept }\n}")).expect("a text");
        assert!(
            no_pools.starts_with("model \"m\" {\n  partitions {\n    partition \"design\""),
            "{no_pools}"
        );
        assert!(no_pools.ends_with("  }\n  on any() { accept }\n}"), "{no_pools}");
        let one_line = "model \"m\" { partitions { } }";
        assert!(split.text(Some(one_line)).is_some());
        for faulty in ["", "modle", "model \"m\" {", "}", "model \"m\" { partitions {"] {
            assert_eq!(split.text(Some(faulty)), None, "{faulty}");
        }
    }

    #[test]
    fn many_names_stand_one_below_another() {
        let users: Vec<String> = (0..40).map(|n| format!("user-{n}")).collect();
        let text = test(&Who::Users(users)).expect("a test");
        assert!(text.starts_with("user(\n    \"user-0\",\n    \"user-1\""), "{text}");
    }
}
