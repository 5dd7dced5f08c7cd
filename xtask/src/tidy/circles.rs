//! No circle of imports inside a crate: files import only downward.
//!
//! Every `src/**/*.rs` file is a module; an edge is a path that begins with
//! `crate::`, `super::`, `self::` or a module declared in the same file, outside
//! of test code. A bare `mod x;` is no edge: declaring is not importing. The root
//! that re-exports a module does import it, so a module that takes something back
//! through the root closes a circle.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::rust_source::RustFile;
use crate::tree::Tree;

type Graph = BTreeMap<String, BTreeSet<String>>;

/// Looks for circles in every crate.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, Vec<&RustFile>> = BTreeMap::new();
    for file in &tree.rust {
        if file.path.starts_with(&format!("{}/src/", file.home())) && !file.is_test_file() {
            crates.entry(file.home()).or_default().push(file);
        }
    }
    crates.into_iter().flat_map(|(home, files)| check_crate(home, &files)).collect()
}

fn check_crate(home: &str, files: &[&RustFile]) -> Vec<Finding> {
    let test_modules: BTreeSet<&str> =
        files.iter().flat_map(|file| file.test_modules.iter().map(String::as_str)).collect();
    let modules: BTreeMap<Vec<String>, &RustFile> = files
        .iter()
        .map(|file| (module_path(&file.path[home.len() + "/src/".len()..]), *file))
        .filter(|(path, _)| !path.iter().any(|part| test_modules.contains(part.as_str())))
        .collect();
    let mut graph = Graph::new();
    for (path, file) in &modules {
        let code = file.product_code();
        let targets = references(&code, path)
            .into_iter()
            .filter_map(|target| owner(&modules, &target))
            .filter(|target| *target != file.path)
            .map(str::to_owned)
            .collect();
        graph.insert(file.path.clone(), targets);
    }
    circles(&graph).into_iter().map(describe).collect()
}

fn describe(circle: Vec<String>) -> Finding {
    let chain = circle.join(" -> ");
    let message =
        format!("import circle: {chain} -> {}; move what both need to a file below", circle[0]);
    Finding::whole(&circle[0], "circles", message)
}

/// `a/b.rs` and `a/b/mod.rs` are `[a, b]`; the roots are `[]`.
fn module_path(path: &str) -> Vec<String> {
    let mut parts: Vec<String> =
        path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    if parts.len() == 1 && matches!(parts[0].as_str(), "lib" | "main") {
        parts.clear();
    }
    parts
}

/// The module file that a path of segments names: the longest prefix that is one.
fn owner<'a>(modules: &BTreeMap<Vec<String>, &'a RustFile>, path: &[String]) -> Option<&'a str> {
    (0..=path.len()).rev().find_map(|end| modules.get(&path[..end])).map(|file| &*file.path)
}

/// Every path in `code` that points into the same crate, from its root.
fn references(code: &str, here: &[String]) -> BTreeSet<Vec<String>> {
    let declared = declared_modules(code);
    let mut found = BTreeSet::new();
    for start in word_starts(code) {
        let Some((first, _)) = segment(code, start) else {
            continue;
        };
        let parent = || here.split_last().map_or(Vec::new(), |(_, rest)| rest.to_vec());
        let base = match first {
            "crate" => Vec::new(),
            "super" => parent(),
            "self" => here.to_vec(),
            name if declared.contains(name) => [here, &[name.to_owned()]].concat(),
            _ => continue,
        };
        let after = start + first.len();
        if code[after..].starts_with("::") {
            expand(code, after + 2, base, &mut found);
        }
    }
    found
}

/// Follows a path after its first `::`, into groups as well.
fn expand(code: &str, at: usize, base: Vec<String>, found: &mut BTreeSet<Vec<String>>) -> usize {
    let at = skip_space(code, at);
    if code[at..].starts_with('{') {
        let mut next = at + 1;
        loop {
            next = skip_space(code, next);
            match code[next..].bytes().next() {
                Some(b'}') => return next + 1,
                Some(b',') => next += 1,
                Some(_) => {
                    let end = expand(code, next, base.clone(), found);
                    next = end.max(next + 1);
                }
                None => return next,
            }
        }
    }
    let Some((name, end)) = segment(code, at) else {
        found.insert(base);
        return at;
    };
    let mut path = base;
    match name {
        "super" => drop(path.pop()),
        "self" => {}
        _ => path.push(name.to_owned()),
    }
    if code[end..].starts_with("::") {
        return expand(code, end + 2, path, found);
    }
    found.insert(path);
    // `a as b` inside a group.
    code[end..].strip_prefix(" as ").and_then(|_| segment(code, end + 4)).map_or(end, |(_, e)| e)
}

fn declared_modules(code: &str) -> BTreeSet<&str> {
    let ended = code.lines().filter_map(|line| line.trim().strip_suffix(';'));
    ended.filter_map(|line| line.rsplit_once("mod ").map(|(_, name)| name)).collect()
}

/// Starts of identifiers that begin a path: not after `::`, `.`, `$` or a word character.
fn word_starts(code: &str) -> Vec<usize> {
    let bytes = code.as_bytes();
    let begins = |at: usize| {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let before = at.checked_sub(1).map(|index| bytes[index]);
        word(bytes[at])
            && !before.is_some_and(|byte| word(byte) || matches!(byte, b':' | b'.' | b'$' | b'#'))
    };
    (0..bytes.len()).filter(|at| begins(*at)).collect()
}

fn segment(code: &str, at: usize) -> Option<(&str, usize)> {
    let rest = code.get(at..)?;
    let length =
        rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    (length > 0).then(|| (&rest[..length], at + length))
}

fn skip_space(code: &str, at: usize) -> usize {
    at + code[at..].len() - code[at..].trim_start().len()
}

/// One circle for each strongly connected set of files, shortest first.
fn circles(graph: &Graph) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    for start in graph.keys() {
        let known = found.iter().any(|circle| circle.contains(start));
        if let Some(circle) = shortest_way_back(graph, start).filter(|_| !known) {
            found.push(circle);
        }
    }
    found
}

/// Breadth-first from `start` until it is reached again.
fn shortest_way_back(graph: &Graph, start: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![start.to_owned()]];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in ways {
            for next in graph.get(way.last()?).into_iter().flatten() {
                if next == start {
                    return Some(way);
                }
                if seen.insert(next.clone()) {
                    longer.push([way.clone(), vec![next.clone()]].concat());
                }
            }
        }
        ways = longer;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    fn check_files(files: &[(&str, &str)], want: Expect) {
        let named: Vec<(String, &str)> =
            files.iter().map(|(path, text)| (format!("crates/a/src/{path}"), *text)).collect();
        let pairs: Vec<(&str, &str)> = named.iter().map(|(p, t)| (p.as_str(), *t)).collect();
        want.assert_eq(&report(&check(&Tree::of(&pairs))));
    }

    #[test]
    fn a_circle_is_named() {
        check_files(
            &[
                ("lib.rs", "mod x; mod y;"),
                ("x.rs", "use crate::y::T;"),
                ("y.rs", "fn f() { super::x::g() }"),
            ],
            expect![[r#"
                crates/a/src/x.rs: [circles] import circle: crates/a/src/x.rs -> crates/a/src/y.rs -> crates/a/src/x.rs; move what both need to a file below
            "#]],
        );
    }

    #[test]
    fn nothing_imports_back_through_the_root() {
        check_files(
            &[("lib.rs", "mod x;\npub use x::T;"), ("x.rs", "use crate::{Other, self};")],
            expect![[r#"
                crates/a/src/lib.rs: [circles] import circle: crates/a/src/lib.rs -> crates/a/src/x.rs -> crates/a/src/lib.rs; move what both need to a file below
            "#]],
        );
    }

    #[test]
    fn downward_imports_tests_and_comments_are_fine() {
        check_files(
            &[
                ("lib.rs", "mod x;\nmod y;\npub use x::T;\npub use y::{A as B, c::D};"),
                (
                    "x.rs",
                    "use crate::y::{A, c};\n#[cfg(test)]\nmod tests { use super::*; use crate::T; }",
                ),
                ("y.rs", "// crate::x::T\nmod c;\npub use self::c::D;"),
                ("y/c.rs", "pub struct D;"),
            ],
            expect![""],
        );
    }

    #[test]
    fn groups_are_followed() {
        let code = "use crate::{a::{B, c::D}, e};\nlet x = super::f::g();";
        let found: Vec<String> =
            references(code, &["m".into(), "n".into()]).iter().map(|p| p.join("::")).collect();
        assert_eq!(found, ["a::B", "a::c::D", "e", "m::f::g"]);
    }
}
