//! The routes of docs/openapi.json, which is generated, and those that docs/API.md
//! explains are the same.
//!
//! A route in API.md is a code span `METHOD /path`; `GET|HEAD /health` names two.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::{code_spans, prose};
use crate::tree::Tree;

const API: &str = "docs/API.md";
const OPENAPI: &str = "docs/openapi.json";
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Compares the two; silent as long as one of them does not exist.
pub fn check(tree: &Tree) -> Vec<Finding> {
    if !tree.exists(API) || !tree.exists(OPENAPI) {
        return Vec::new();
    }
    let generated = match generated(tree.text(OPENAPI)) {
        Some(routes) => routes,
        None => return vec![Finding::whole(OPENAPI, "route", "this is not an OpenAPI document")],
    };
    let explained = explained(tree.text(API));
    let mut findings = Vec::new();
    for route in
        generated.iter().filter(|route| !explained.iter().any(|(_, known)| known == *route))
    {
        findings.push(Finding::whole(API, "route", format!("`{route}` is not explained")));
    }
    for (line, route) in explained.iter().filter(|(_, route)| !generated.contains(route)) {
        let message = format!("`{route}` is not in {OPENAPI}");
        findings.push(Finding::at(API, *line, "route", message));
    }
    findings
}

fn generated(text: &str) -> Option<BTreeSet<String>> {
    let parsed: serde_json::Value = serde_json::from_str(text).ok()?;
    let mut routes = BTreeSet::new();
    for (path, methods) in parsed.get("paths")?.as_object()? {
        for method in methods.as_object()?.keys().map(|method| method.to_uppercase()) {
            if METHODS.contains(&method.as_str()) {
                routes.insert(format!("{method} {path}"));
            }
        }
    }
    Some(routes)
}

fn explained(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        for span in code_spans(line) {
            let Some((methods, path)) = span.split_once(' ') else { continue };
            let path = path.split('?').next().unwrap_or("");
            let all_known = methods.split('|').all(|method| METHODS.contains(&method));
            if all_known && path.starts_with('/') {
                found.extend(methods.split('|').map(|method| (number, format!("{method} {path}"))));
            }
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
    fn routes_agree_both_ways() {
        let openapi =
            r#"{"paths":{"/a":{"get":{},"parameters":[]},"/b/{id}":{"post":{},"delete":{}}}}"#;
        let api = "`GET|HEAD /a`, `DELETE /b/{id}?reason=`; `Authorization: Lease <token>`\n";
        let tree = Tree::of(&[(OPENAPI, openapi), (API, api)]);
        expect![[r#"
            docs/API.md: [route] `POST /b/{id}` is not explained
            docs/API.md:1: [route] `HEAD /a` is not in docs/openapi.json
        "#]]
        .assert_eq(&report(&check(&tree)));
    }
}
