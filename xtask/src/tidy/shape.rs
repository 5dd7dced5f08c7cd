//! Shape of files: `//!` heads, length of files and functions, names that say something.
//!
//! The limits are those of docs/ARCHITECTURE.md ("Rules of a file"). Test code may
//! have long functions (tables of cases) but not long files.

use crate::finding::Finding;
use crate::rust_source::{RustFile, line_of, matching_brace};
use crate::tree::Tree;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 80;
const HEAD_LINES: std::ops::RangeInclusive<usize> = 2..=14;
/// Small files need no more than one sentence.
const SMALL_FILE: usize = 40;
const VAGUE_NAMES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "misc", "shared"];
/// What is called `LeaseManager` could be anything; the pages called manager are one thing.
const VAGUE_TYPE: &str = "Manager";

/// All rules about the shape of Rust files.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let rules = [head, length, functions, vague_types];
    let per_file = tree.rust.iter().flat_map(|file| rules.iter().flat_map(|rule| rule(file)));
    per_file.chain(tree.paths.iter().filter_map(|path| vague_name(path))).collect()
}

fn head(file: &RustFile) -> Vec<Finding> {
    let count = head_lines(&file.text);
    let small = file.text.lines().count() <= SMALL_FILE || file.is_test_file();
    let message = match count {
        0 => {
            "the file does not begin with `//!`: say what stands here and which invariants it keeps"
        }
        1 if small => return Vec::new(),
        count if HEAD_LINES.contains(&count) => return Vec::new(),
        1 => "the `//!` head is one line: say which invariants hold and what is not here",
        _ => "the `//!` head is longer than 14 lines: what is not about this file belongs in docs/",
    };
    vec![Finding::at(&file.path, 1, "head", message)]
}

/// Lines of the head; an example in it (a fenced block) does not count.
fn head_lines(text: &str) -> usize {
    let mut fenced = false;
    let head = text.lines().take_while(|line| line.starts_with("//!"));
    head.filter(|line| {
        let fence = line.contains("```");
        fenced ^= fence;
        !fenced && !fence
    })
    .count()
}

fn length(file: &RustFile) -> Vec<Finding> {
    let lines = file.text.lines().count();
    let message =
        format!("{lines} lines, the limit is {FILE_LINES}: split it by what it talks about");
    (lines > FILE_LINES)
        .then(|| Finding::whole(&file.path, "length", message))
        .into_iter()
        .collect()
}

fn functions(file: &RustFile) -> Vec<Finding> {
    let code = &file.code;
    let mut findings = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let fresh = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let line = line_of(code, at);
        let Some(end) = code[at..].find(['{', ';']).map(|length| at + length) else {
            continue;
        };
        if !fresh || file.is_test_line(line) || code[end..].starts_with(';') {
            continue;
        }
        let close = matching_brace(code, end).unwrap_or(code.len());
        let lines = line_of(code, close) - line + 1;
        if lines > FUNCTION_LINES {
            let name = code[at + 3..].split(['(', '<']).next().unwrap_or("").trim();
            let message = format!("`{name}` has {lines} lines, the limit is {FUNCTION_LINES}");
            findings.push(Finding::at(&file.path, line, "function-length", message));
        }
    }
    findings
}

fn vague_name(path: &str) -> Option<Finding> {
    let vague = |part: &str| VAGUE_NAMES.contains(&part.trim_end_matches(".rs"));
    let is_rust = path.ends_with(".rs") && path.split('/').any(vague);
    let message = "a name that says nothing about what stands in it";
    is_rust.then(|| Finding::whole(path, "vague-name", message))
}

fn vague_types(file: &RustFile) -> Vec<Finding> {
    let declared = ["struct ", "enum ", "trait ", "type "];
    let of_kind = |word: &&str| file.code.match_indices(*word).collect::<Vec<_>>();
    let mut findings = Vec::new();
    for (at, word) in declared.iter().flat_map(of_kind) {
        let rest = &file.code[at + word.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if rest[..end].ends_with(VAGUE_TYPE) {
            let message = format!("`{}`: say what it does instead", &rest[..end]);
            findings.push(Finding::at(&file.path, line_of(&file.code, at), "vague-name", message));
        }
    }
    findings
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
    fn every_file_has_a_head() {
        check_file("crates/a/src/x.rs", "//! What.\nfn f() {}\n", expect![""]);
        check_file(
            "crates/a/src/x.rs",
            "fn f() {}\n",
            expect![[r#"
            crates/a/src/x.rs:1: [head] the file does not begin with `//!`: say what stands here and which invariants it keeps
        "#]],
        );
        let example = format!("//! A.\n//! ```\n{}//! ```\n//! B.\n", "//! x();\n".repeat(30));
        check_file("crates/a/src/x.rs", &example, expect![""]);
        let long = format!("//! One line.\n{}", "\n".repeat(60));
        check_file(
            "crates/a/src/x.rs",
            &long,
            expect![[r#"
            crates/a/src/x.rs:1: [head] the `//!` head is one line: say which invariants hold and what is not here
        "#]],
        );
    }

    #[test]
    fn long_files_and_functions_are_named() {
        let body = format!("//! A.\n//! B.\nfn long() {{\n{}}}\n", "    x();\n".repeat(90));
        check_file(
            "crates/a/src/x.rs",
            &body,
            expect![[r#"
            crates/a/src/x.rs:3: [function-length] `long` has 92 lines, the limit is 80
        "#]],
        );
        check_file("crates/a/tests/x.rs", &body, expect![""]);
        let file = format!("//! A.\n//! B.\n{}", "\n".repeat(499));
        check_file(
            "crates/a/src/x.rs",
            &file,
            expect![[r#"
            crates/a/src/x.rs: [length] 501 lines, the limit is 500: split it by what it talks about
        "#]],
        );
    }

    #[test]
    fn vague_names_are_refused() {
        check_file(
            "crates/a/src/utils.rs",
            "//! X.\n",
            expect![[r#"
            crates/a/src/utils.rs: [vague-name] a name that says nothing about what stands in it
        "#]],
        );
        check_file(
            "crates/a/src/helpers/x.rs",
            "//! X.\n",
            expect![[r#"
            crates/a/src/helpers/x.rs: [vague-name] a name that says nothing about what stands in it
        "#]],
        );
    }
    #[test]
    fn a_type_is_not_called_manager() {
        check_file("crates/a/src/manager/x.rs", "//! X.\nstruct ManagerSettings;\n", expect![""]);
        check_file(
            "crates/a/src/x.rs",
            "//! X.\nstruct LeaseManager;\n",
            expect![[r#"
            crates/a/src/x.rs:2: [vague-name] `LeaseManager`: say what it does instead
        "#]],
        );
    }
}
