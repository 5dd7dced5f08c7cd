//! Checks of the documents: links lead somewhere, fences are closed, codes are explained.
//!
//! Names of crates, documents and paths are compared by tidy ("named"); this file
//! looks at what a reader clicks or copies.

mod codes;
mod routes;

use crate::finding::Finding;
use crate::markdown::{anchors, links};
use crate::tree::Tree;

/// All checks of all Markdown files.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let documents = tree.texts.iter().filter(|(path, _)| path.ends_with(".md"));
    let per_file = documents.flat_map(|(path, text)| {
        let mut findings = fences(path, text);
        findings.extend(broken_links(tree, path, text));
        findings
    });
    per_file.chain(codes::check(tree)).chain(routes::check(tree)).collect()
}

fn fences(path: &str, text: &str) -> Vec<Finding> {
    let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
    let message = "a fenced block is not closed";
    (fences % 2 == 1).then(|| Finding::whole(path, "fence", message)).into_iter().collect()
}

fn broken_links(tree: &Tree, path: &str, text: &str) -> Vec<Finding> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let is_outside = |target: &str| target.contains("://") || target.starts_with("mailto:");
    let mut findings = Vec::new();
    for (line, target) in links(text).into_iter().filter(|(_, target)| !is_outside(target)) {
        let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
        let full = if file.is_empty() { path.to_owned() } else { resolve(folder, file) };
        if !tree.exists(&full) {
            findings.push(Finding::at(path, line, "link", format!("`{target}` leads nowhere")));
        } else if !anchor.is_empty() && !anchors(tree.text(&full)).iter().any(|a| a == anchor) {
            let message = format!("`{full}` has no heading for `#{anchor}`");
            findings.push(Finding::at(path, line, "link", message));
        }
    }
    findings
}

/// `folder` joined with a relative target.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::expect;

    #[test]
    fn links_lead_somewhere() {
        let tree = Tree::of(&[
            ("README.md", "[a](docs/A.md#one) [b](docs/B.md) [c](https://x)\n"),
            ("docs/A.md", "# One\n[up](../README.md) [here](#one) [no](#two)\n```\n"),
        ]);
        expect![[r#"
            README.md:1: [link] `docs/B.md` leads nowhere
            docs/A.md: [fence] a fenced block is not closed
            docs/A.md:2: [link] `docs/A.md` has no heading for `#two`
        "#]]
        .assert_eq(&report(&check(&tree)));
    }
}
