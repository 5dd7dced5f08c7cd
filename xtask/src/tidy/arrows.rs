//! Arrows between crates: only as the table "Arrows" of docs/ARCHITECTURE.md says.
//!
//! Every dependency of a crate on another crate of the house must stand in its row,
//! and every name in a row must be used: a permission nobody needs is removed.
//! Development dependencies have a column of their own.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::code_spans;
use crate::tree::{ARCHITECTURE, Tree};

/// One row: crate, its arrows, its further arrows in tests.
struct Row<'a> {
    line: usize,
    product: BTreeSet<&'a str>,
    tests: BTreeSet<&'a str>,
}

/// Compares all manifests with the table.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(table) = tree.architecture("Arrows") else {
        return vec![Finding::whole(
            ARCHITECTURE,
            "arrows",
            "the table under \"Arrows\" is missing",
        )];
    };
    let mut findings = Vec::new();
    for name in tree.crates() {
        let path = format!("crates/{name}/Cargo.toml");
        let found = table.rows.iter().find(|(_, cells)| code_spans(&cells[0]).contains(&name));
        let Some((line, cells)) = found else {
            let message = format!("crate `{name}` has no row in the table \"Arrows\"");
            findings.push(Finding::whole(ARCHITECTURE, "arrows", message));
            continue;
        };
        let column = |index: usize| {
            code_spans(cells.get(index).map_or("", String::as_str)).into_iter().collect()
        };
        let row = Row { line: *line, product: column(1), tests: column(2) };
        findings.extend(compare(&path, tree.text(&path), &row));
    }
    findings
}

fn compare(path: &str, manifest: &str, row: &Row<'_>) -> Vec<Finding> {
    let parsed: toml::Table = match manifest.parse() {
        Ok(parsed) => parsed,
        Err(error) => return vec![Finding::whole(path, "arrows", error.to_string())],
    };
    let product = house_names(&parsed, &["dependencies", "build-dependencies"]);
    let tests = house_names(&parsed, &["dev-dependencies"]);
    let mut findings = Vec::new();
    let mut forbidden = |name: &str, section: &str| {
        let line = manifest.lines().position(|l| l.contains(&format!("tenure-{name}")));
        let message = format!("{section} on `{name}`: the table \"Arrows\" does not allow it");
        findings.push(Finding::at(path, line.map_or(0, |index| index + 1), "arrows", message));
    };
    for name in product.iter().filter(|name| !row.product.contains(name.as_str())) {
        forbidden(name, "dependency");
    }
    let allowed_in_tests = |name: &str| row.product.contains(name) || row.tests.contains(name);
    for name in tests.iter().filter(|name| !allowed_in_tests(name)) {
        forbidden(name, "development dependency");
    }
    let unused = row.product.iter().filter(|name| !product.contains(**name));
    let unused_in_tests = row.tests.iter().filter(|name| !tests.contains(**name));
    for name in unused.chain(unused_in_tests) {
        let message =
            format!("the arrow to `{name}` is allowed but unused: take it out of the row");
        findings.push(Finding::at(ARCHITECTURE, row.line, "arrows", message));
    }
    findings
}

/// The crates of the house in these sections, without their `tenure-`.
fn house_names(manifest: &toml::Table, sections: &[&str]) -> BTreeSet<String> {
    let tables = sections.iter().filter_map(|section| manifest.get(*section)?.as_table());
    let keys = tables.flat_map(|table| table.keys());
    keys.filter_map(|key| key.strip_prefix("tenure-").map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    fn check_rows(rows: &str, manifest: &str, want: Expect) {
        let text = format!("# Arrows\n\n| crate | uses | in tests |\n|---|---|---|\n{rows}\n");
        let tree = Tree::of(&[(ARCHITECTURE, &text), ("crates/a/Cargo.toml", manifest)]);
        want.assert_eq(&report(&check(&tree)));
    }

    #[test]
    fn only_the_arrows_of_the_table() {
        let manifest = "[dependencies]\ntenure-b.workspace = true\nserde = \"1\"\n";
        check_rows("| `a` | `b` | |", manifest, expect![""]);
        check_rows(
            "| `a` | | |",
            manifest,
            expect![[r#"
            crates/a/Cargo.toml:2: [arrows] dependency on `b`: the table "Arrows" does not allow it
        "#]],
        );
        check_rows(
            "| `a` | `b`, `c` | |",
            manifest,
            expect![[r#"
            docs/ARCHITECTURE.md:5: [arrows] the arrow to `c` is allowed but unused: take it out of the row
        "#]],
        );
        check_rows(
            "| `b` | | |",
            manifest,
            expect![[r#"
            docs/ARCHITECTURE.md: [arrows] crate `a` has no row in the table "Arrows"
        "#]],
        );
    }

    #[test]
    fn arrows_of_tests_have_their_own_column() {
        let manifest = "[dev-dependencies]\ntenure-b.workspace = true\n";
        check_rows("| `a` | | `b` |", manifest, expect![""]);
        check_rows(
            "| `a` | | |",
            manifest,
            expect![[r#"
            crates/a/Cargo.toml:2: [arrows] development dependency on `b`: the table "Arrows" does not allow it
        "#]],
        );
    }
}
