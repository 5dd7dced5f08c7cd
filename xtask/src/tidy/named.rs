//! Names in the documents and the tree agree, both ways.
//!
//! Every crate stands in the table "Floors" and every document in the table
//! "Documents" of docs/ARCHITECTURE.md, and nothing stands there that does not exist.
//! Paths in code spans of any document must exist too.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::{code_spans, prose};
use crate::tree::{ARCHITECTURE, Tree};

/// Code spans that begin like this are paths of the tree.
const PATH_STARTS: [&str; 7] =
    ["crates/", "docs/", "xtask/", "fuzz/", "vectors/", ".ci/", "examples/"];

/// All rules about names.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let crates = tree.crates().into_iter().map(str::to_owned).collect();
    let mut findings = same(tree, "Floors", "crate", &crates);
    findings.extend(same(tree, "Documents", "document", &documents(tree)));
    for (path, text) in &tree.texts {
        if path.ends_with(".md") {
            findings.extend(paths_exist(tree, path, text));
        }
    }
    findings
}

fn documents(tree: &Tree) -> BTreeSet<String> {
    let is_document = |path: &&String| {
        let top = !path.contains('/') && (path.ends_with(".md") || path.starts_with("LICENSE"));
        top || (path.starts_with("docs/") && path.matches('/').count() == 1)
    };
    tree.paths.iter().filter(is_document).cloned().collect()
}

fn same(tree: &Tree, heading: &str, kind: &str, exist: &BTreeSet<String>) -> Vec<Finding> {
    let Some(table) = tree.architecture(heading) else {
        let message = format!("the table under \"{heading}\" is missing");
        return vec![Finding::whole(ARCHITECTURE, "named", message)];
    };
    let rows = &table.rows;
    let named: Vec<(usize, &str)> = rows
        .iter()
        .flat_map(|(line, cells)| code_spans(&cells[0]).into_iter().map(|name| (*line, name)))
        .collect();
    let mut findings = Vec::new();
    for (line, name) in named.iter().filter(|(_, name)| !exist.contains(*name)) {
        let message = format!("{kind} `{name}` does not exist");
        findings.push(Finding::at(ARCHITECTURE, *line, "named", message));
    }
    for name in exist.iter().filter(|name| !named.iter().any(|(_, known)| known == name)) {
        let message = format!("{kind} `{name}` has no row in the table \"{heading}\"");
        findings.push(Finding::whole(ARCHITECTURE, "named", message));
    }
    findings
}

fn paths_exist(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, prose) in prose(text) {
        for span in code_spans(prose) {
            let is_path = PATH_STARTS.iter().any(|start| span.starts_with(start));
            if is_path && !span.contains(['*', '<', ' ', '…', '{']) && !tree.exists(span) {
                let message = format!("`{span}` does not exist");
                findings.push(Finding::at(path, line, "named", message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::expect;

    #[test]
    fn tables_and_tree_agree_both_ways() {
        let text = "# Floors\n| crate | floor |\n|--|--|\n| `a` | 1 |\n| `gone` | 1 |\n\n\
            # Documents\n| file | |\n|--|--|\n| `docs/ARCHITECTURE.md` | |\n\nsee `crates/a/src/x.rs`\n";
        let tree = Tree::of(&[
            (ARCHITECTURE, text),
            ("crates/a/Cargo.toml", ""),
            ("crates/b/Cargo.toml", ""),
            ("README.md", "`docs/*.md` and `crates/a`\n"),
        ]);
        expect![[r#"
            docs/ARCHITECTURE.md: [named] crate `b` has no row in the table "Floors"
            docs/ARCHITECTURE.md: [named] document `README.md` has no row in the table "Documents"
            docs/ARCHITECTURE.md:5: [named] crate `gone` does not exist
            docs/ARCHITECTURE.md:12: [named] `crates/a/src/x.rs` does not exist
        "#]]
        .assert_eq(&report(&check(&tree)));
    }
}
