//! Words that must not stand in the tree: unfinished work, sleeps in tests, SQL
//! outside of the ledger, paths of one machine, talk about how the code was made.
//!
//! The lists are written in halves (`concat!`) so that this file does not find itself.

use crate::finding::Finding;
use crate::rust_source::{RustFile, has_word};
use crate::tree::Tree;

const UNFINISHED: [&str; 6] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("db", "g!("),
    concat!("#[ig", "nore"),
];
const SQL: [&str; 5] = ["SELECT ", "INSERT INTO ", "UPDATE ", "CREATE TABLE ", "PRAGMA "];
/// Absolute places of one machine, and hosts that packages come from.
const MACHINE: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/tmp/", "plan"),
    concat!("crates", ".io/"),
    concat!("pypi", ".org"),
    concat!("registry.", "npmjs"),
];
/// The tree speaks of the program, never of how or by whom it was typed.
const MAKING: [&str; 6] = [
    concat!("sub", "agent"),
    concat!("coding ", "agent"),
    concat!("language ", "model"),
    concat!("as an ", "assistant"),
    concat!("Anthr", "opic"),
    concat!("Cla", "ude"),
];

/// All rules about words.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let rust = tree.rust.iter().flat_map(|file| {
        [unfinished(file), sleeps(file), sql(file)].into_iter().flatten().collect::<Vec<_>>()
    });
    let rust_texts = tree.rust.iter().map(|file| (file.path.as_str(), file.text.as_str()));
    let others = tree.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let anywhere = rust_texts.chain(others).flat_map(|(path, text)| foreign(path, text));
    rust.chain(anywhere).collect()
}

fn unfinished(file: &RustFile) -> Vec<Finding> {
    find(&file.path, &file.text, &UNFINISHED, "unfinished", "finish it, or take it out")
}

fn sql(file: &RustFile) -> Vec<Finding> {
    if file.home() == "crates/ledger" || !file.path.starts_with("crates/") {
        return Vec::new();
    }
    find(&file.path, &file.text, &SQL, "sql", "SQL belongs to crates/ledger")
}

fn sleeps(file: &RustFile) -> Vec<Finding> {
    let in_test = |(number, line): &(usize, &str)| {
        file.is_test_line(*number) && (has_word(line, "sleep") && line.contains("sleep("))
    };
    let message = "a test sleeps: wait for a ready line, an event or an injected clock";
    let found = file.code_lines().filter(in_test);
    found.map(|(number, _)| Finding::at(&file.path, number, "sleep", message)).collect()
}

fn foreign(path: &str, text: &str) -> Vec<Finding> {
    if path == "Cargo.lock" || path == "fuzz/Cargo.lock" {
        return Vec::new();
    }
    let machine = "a place on one machine, or a package host, has no business in the tree";
    let making = "the tree speaks of the program, not of how it was written";
    let mut findings = find(path, text, &MACHINE, "machine-path", machine);
    findings.extend(find(path, text, &MAKING, "making", making));
    findings
}

fn find(path: &str, text: &str, words: &[&str], rule: &'static str, message: &str) -> Vec<Finding> {
    let hits = |(index, line): (usize, &str)| {
        let word = words.iter().find(|word| stands_alone(line, word))?;
        Some(Finding::at(path, index + 1, rule, format!("`{}`: {message}", word.trim())))
    };
    text.lines().enumerate().filter_map(hits).collect()
}

/// Whether `word` stands in `line` and is not the tail of a longer word.
fn stands_alone(line: &str, word: &str) -> bool {
    let tail = |at: usize| {
        line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    };
    line.match_indices(word).any(|(at, _)| !tail(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    fn check_file(path: &str, text: &str, want: Expect) {
        want.assert_eq(&report(&check(&Tree::of(&[(path, text)]))));
    }

    #[test]
    fn unfinished_work_is_named() {
        let text = format!("fn f() {{ {}) }}\n// {}: x\n", UNFINISHED[2], UNFINISHED[0]);
        let findings = check(&Tree::of(&[("crates/a/src/x.rs", &text)]));
        assert_eq!(
            findings.iter().map(|f| (f.line, f.rule)).collect::<Vec<_>>(),
            [(1, "unfinished"), (2, "unfinished")]
        );
    }

    #[test]
    fn sql_stays_in_the_ledger() {
        let text = "let q = \"SELECT x\"; // UPDATE_EXPECT=1 fills\n";
        check_file(
            "crates/a/src/x.rs",
            text,
            expect![[r#"
            crates/a/src/x.rs:1: [sql] `SELECT`: SQL belongs to crates/ledger
        "#]],
        );
        check_file("crates/ledger/src/x.rs", text, expect![""]);
    }

    #[test]
    fn tests_do_not_sleep() {
        check_file(
            "crates/a/tests/x.rs",
            "fn f() { thread::sleep(d) }",
            expect![[r#"
            crates/a/tests/x.rs:1: [sleep] a test sleeps: wait for a ready line, an event or an injected clock
        "#]],
        );
        check_file("crates/a/src/x.rs", "fn f() { thread::sleep(d) }", expect![""]);
    }

    #[test]
    fn places_of_one_machine_are_refused() {
        let text = format!("see {}x and net{}y\n", MACHINE[0], MACHINE[0]);
        let findings = check(&Tree::of(&[("docs/X.md", &text)]));
        assert_eq!(findings.len(), 1);
        check_file("docs/X.md", "a homework/sheet\n", expect![""]);
    }
}
