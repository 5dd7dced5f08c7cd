//! Every code that programs may act on is explained in a document, and every code
//! that docs/API.md explains exists.
//!
//! Codes are found where they are defined: literals of kebab-case words on the right
//! of `=>` or `=` in the files below. A new file of codes is added to the list.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::{code_spans, prose};
use crate::rust_source::RustFile;
use crate::tree::Tree;

/// Where codes are defined.
const DEFINITIONS: [&str; 5] = [
    "crates/container/src/refusal.rs",
    "crates/document/src/error.rs",
    "crates/leasing/src/denial.rs",
    "crates/leasing/src/refusal.rs",
    "crates/shell/src/problem.rs",
];
/// The document whose tables explain them.
const API: &str = "docs/API.md";
/// Rows of tables under headings that begin like this explain codes.
const HEADING: &str = "Codes";

/// Compares definitions and documents.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let files = tree.rust.iter().filter(|file| DEFINITIONS.contains(&file.path.as_str()));
    let defined: BTreeSet<(String, &str)> =
        files.flat_map(|file| codes(file).into_iter().map(|code| (code, &*file.path))).collect();
    let documents = tree.texts.iter().filter(|(path, _)| path.starts_with("docs/"));
    let spans: BTreeSet<&str> = documents
        .filter(|(path, _)| path.ends_with(".md"))
        .flat_map(|(_, text)| prose(text).flat_map(|(_, line)| code_spans(line)))
        .collect();
    let unexplained = defined.iter().filter(|(code, _)| !spans.contains(code.as_str()));
    let mut findings: Vec<Finding> = unexplained
        .map(|(code, path)| {
            let message = format!("code `{code}` stands in no document: explain it in {API}");
            Finding::whole(path, "code", message)
        })
        .collect();
    for (line, code) in explained(tree.text(API)) {
        if !defined.iter().any(|(known, _)| known == code) {
            let message = format!("code `{code}` is not defined anywhere");
            findings.push(Finding::at(API, line, "code", message));
        }
    }
    findings
}

/// The codes that a file of definitions holds.
fn codes(file: &RustFile) -> BTreeSet<String> {
    let lines = file.text.lines().enumerate();
    let product = lines.filter(|(index, line)| {
        !file.is_test_line(index + 1) && !line.trim_start().starts_with(['/', '#'])
    });
    product.filter_map(|(_, line)| code_of(line)).collect()
}

/// `… => "code",`, `Name = "code",` and `Name = 400, "code", "Title";`.
fn code_of(line: &str) -> Option<String> {
    let (_, right) = line.split_once("=> ").or_else(|| line.split_once(" = "))?;
    let right = right.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | ' '));
    let code = right.strip_prefix('"')?.split('"').next()?;
    let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!code.is_empty() && code.chars().all(is_code)).then(|| code.to_owned())
}

/// First cells of the tables under the headings about codes.
fn explained(text: &str) -> Vec<(usize, &str)> {
    let (mut inside, mut found) = (false, Vec::new());
    for (number, line) in prose(text) {
        if line.starts_with('#') {
            inside = line.trim_start_matches('#').trim().starts_with(HEADING);
        } else if inside && line.starts_with('|') {
            let first = line.trim_start_matches('|').split('|').next().unwrap_or("");
            found.extend(code_spans(first).into_iter().map(|code| (number, code)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::expect;

    #[test]
    fn codes_are_read_from_their_definitions() {
        let code = |line| code_of(line).unwrap_or_default();
        assert_eq!(code("            Self::Gap { .. } => \"gap\","), "gap");
        assert_eq!(code("    NoSeats = \"no-seats\","), "no-seats");
        assert_eq!(code("    NotFound = 404, \"not-found\", \"Nothing here\";"), "not-found");
        assert_eq!(code("    None => \"returned some time ago\","), "");
        assert_eq!(code("#[error(\"no\")]"), "");
    }

    #[test]
    fn documents_and_definitions_agree_both_ways() {
        let tree = Tree::of(&[
            (DEFINITIONS[0], "Self::Gap => \"gap\",\nSelf::Fork => \"fork\",\n"),
            (API, "## Codes of updates\n\n| code | |\n|---|---|\n| `gap` | |\n| `gone` | |\n"),
        ]);
        expect![[r#"
            crates/container/src/refusal.rs: [code] code `fork` stands in no document: explain it in docs/API.md
            docs/API.md:6: [code] code `gone` is not defined anywhere
        "#]]
        .assert_eq(&report(&check(&tree)));
    }
}
