//! Manifests: every dependency stands once in the root with its reason, is used by
//! somebody, and is inherited by the crates, never repeated.
//!
//! "Used" means that the crate's code names it. A dependency that is there for its
//! features alone says so in a comment on its line in the crate's manifest.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::rust_source::has_word;
use crate::tree::Tree;

const ROOT: &str = "Cargo.toml";
const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// All rules about manifests.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let manifests: Vec<(&str, &str)> = tree
        .texts
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .filter(|(path, _)| path.ends_with("/Cargo.toml") && !path.starts_with("fuzz/"))
        .collect();
    let mut findings = root(tree.text(ROOT), &manifests);
    for (path, text) in &manifests {
        findings.extend(member(tree, path, text));
    }
    findings
}

fn root(text: &str, members: &[(&str, &str)]) -> Vec<Finding> {
    let used: BTreeSet<&str> = members
        .iter()
        .flat_map(|(_, text)| dependency_lines(text).into_iter().map(|(_, _, name, _)| name))
        .collect();
    let mut findings = Vec::new();
    for (number, line) in section_lines(text, |section| section == "workspace.dependencies") {
        let Some((name, value)) = line.split_once('=') else {
            continue;
        };
        let name = name.trim();
        if !value.contains("path =") && !comment(value).contains('#') {
            let message = format!("`{name}` has no reason: end the line with `# why it is here`");
            findings.push(Finding::at(ROOT, number, "reason", message));
        }
        if !used.contains(name) {
            let message = format!("no crate uses `{name}`: take it out");
            findings.push(Finding::at(ROOT, number, "unused", message));
        }
    }
    findings
}

fn member(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !text.contains("[lints]\nworkspace = true") {
        let message = "does not inherit the lints: add `[lints]` with `workspace = true`";
        findings.push(Finding::whole(path, "lints", message));
    }
    let home = path.trim_end_matches("/Cargo.toml");
    for (number, section, name, line) in dependency_lines(text) {
        if !line.contains("workspace = true") {
            let message = format!("`{name}` is not inherited: write `{name}.workspace = true`");
            findings.push(Finding::at(path, number, "inherit", message));
        }
        if !comment(line).contains('#') && !named_in_code(tree, home, section, name) {
            let message = format!("`{name}` is not named in the code of this section: take it out");
            findings.push(Finding::at(path, number, "unused", message));
        }
    }
    findings
}

/// Product dependencies must be named in product code; the others anywhere.
fn named_in_code(tree: &Tree, home: &str, section: &str, name: &str) -> bool {
    let word = name.replace('-', "_");
    let product_only = section == "dependencies";
    tree.rust.iter().filter(|file| file.home() == home).any(|file| {
        let outside = file.is_test_file() || file.path.contains("/examples/");
        let lines = file.code_lines();
        let in_section = |number: usize| !product_only || !(outside || file.is_test_line(number));
        let mut hits = lines.filter(|(number, line)| in_section(*number) && has_word(line, &word));
        hits.next().is_some()
    })
}

/// `(line number, section, dependency, line)` of every dependency of a crate.
fn dependency_lines(text: &str) -> Vec<(usize, &str, &str, &str)> {
    let mut found = Vec::new();
    for section in SECTIONS {
        for (number, line) in section_lines(text, |name| name == section) {
            let Some(end) = line.find(['.', ' ', '=']) else {
                continue;
            };
            found.push((number, section, &line[..end], line));
        }
    }
    found
}

/// The key lines of the sections that are wanted.
fn section_lines(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<(usize, &str)> {
    let (mut inside, mut found) = (false, Vec::new());
    for (index, line) in text.lines().enumerate() {
        if let Some(rest) = line.strip_prefix('[') {
            inside = wanted(rest.split(']').next().unwrap_or(""));
        } else if inside && line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            found.push((index + 1, line));
        }
    }
    found
}

/// The comment at the end of a line, if any.
fn comment(value: &str) -> &str {
    let start = value.find('#').unwrap_or(value.len());
    &value[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    const LINTS: &str = "[lints]\nworkspace = true\n";

    fn check_manifests(root: &str, member: &str, code: &str, want: Expect) {
        let member = format!("{LINTS}{member}");
        let tree = Tree::of(&[
            (ROOT, root),
            ("crates/a/Cargo.toml", &member),
            ("crates/a/src/lib.rs", code),
        ]);
        want.assert_eq(&report(&check(&tree)));
    }

    #[test]
    fn a_reason_and_a_user_for_each() {
        check_manifests(
            "[workspace.dependencies]\nserde = \"1\" # shapes\nsha2 = \"1\"\ntenure-a = { path = \"crates/a\" }\n",
            "[dependencies]\nserde.workspace = true\n",
            "use serde::Serialize;",
            expect![[r#"
                Cargo.toml:3: [reason] `sha2` has no reason: end the line with `# why it is here`
                Cargo.toml:3: [unused] no crate uses `sha2`: take it out
                Cargo.toml:4: [unused] no crate uses `tenure-a`: take it out
            "#]],
        );
    }

    #[test]
    fn members_inherit_and_use() {
        check_manifests(
            "",
            "[dependencies]\nserde = \"1\"\nsha2.workspace = true\nrustls.workspace = true # provider only\n",
            "use serde::Serialize;\n#[cfg(test)]\nmod tests { use sha2::Sha256; }",
            expect![[r#"
                crates/a/Cargo.toml:4: [inherit] `serde` is not inherited: write `serde.workspace = true`
                crates/a/Cargo.toml:5: [unused] `sha2` is not named in the code of this section: take it out
            "#]],
        );
    }
}
