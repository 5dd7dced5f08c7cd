//! Where clock, chance, files, network and other programs may be touched.
//!
//! Floors 1 and 2 (table "Floors" of docs/ARCHITECTURE.md) are pure: values in,
//! values out. Above them the clock and the random generator are read in the files
//! of the table "Where clock and chance are read" and nowhere else; clippy.toml says
//! the same to the compiler. Other programs are started by tests, examples, the bench,
//! the demo and this tool: never by the server.

use crate::finding::Finding;
use crate::markdown::code_spans;
use crate::rust_source::{RustFile, has_word};
use crate::tree::{ARCHITECTURE, Tree};

/// What reads the clock or draws chance.
const CLOCK_AND_CHANCE: [&str; 11] = [
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "clock_gettime",
    "getrandom",
    "thread_rng",
    "OsRng",
    "SystemRandom",
    "rand::fill",
    "rand::random",
];
/// What the pure floors never touch in product code.
const OUTSIDE_WORLD: [&str; 10] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "tokio",
    "async",
    "await",
    "println",
    "eprintln",
];
/// Folders and files whose product code may start programs.
const STARTS_PROGRAMS: [&str; 4] = [
    "xtask/",
    "crates/tenure/src/bench",
    "crates/tenure/src/demo",
    // A client that runs the program a person names, as long as it has its seats.
    "crates/tenure/src/directory/client.rs",
];

/// All rules about purity.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let pure = tree.pure_crates();
    let mut findings = clock_table(tree, &pure);
    for file in &tree.rust {
        if pure.iter().any(|name| file.home() == format!("crates/{name}")) {
            findings.extend(pure_file(file));
        }
        findings.extend(commands(file));
    }
    findings
}

fn pure_file(file: &RustFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.code_lines() {
        // A benchmark measures time; what it measures takes none.
        let measured = file.path.contains("/benches/");
        for word in CLOCK_AND_CHANCE.iter().filter(|word| !measured && has_word(line, word)) {
            let message = format!("`{word}` on a pure floor: time and entropy come in as values");
            findings.push(Finding::at(&file.path, number, "purity", message));
        }
        let in_product = !file.is_test_line(number) && !file.path.contains("/examples/");
        for word in OUTSIDE_WORLD.iter().filter(|word| in_product && has_word(line, word)) {
            let message = format!("`{word}` on a pure floor: this belongs to a shell above");
            findings.push(Finding::at(&file.path, number, "purity", message));
        }
    }
    findings
}

/// Product code that reads clock or chance must be named in the table, and the reverse.
fn clock_table(tree: &Tree, pure: &[String]) -> Vec<Finding> {
    const HEADING: &str = "Where clock and chance are read";
    let rows = tree.architecture(HEADING).map_or(Vec::new(), |table| table.rows);
    let named = |path: &str| rows.iter().any(|(_, cells)| code_spans(&cells[0]).contains(&path));
    let mut findings = Vec::new();
    for file in &tree.rust {
        let is_pure = pure.iter().any(|name| file.home() == format!("crates/{name}"));
        if is_pure || file.is_test_file() || named(&file.path) {
            continue;
        }
        findings.extend(readings(file).into_iter().map(|(line, word)| {
            let message = format!("`{word}` here: this file is not in the table \"{HEADING}\"");
            Finding::at(&file.path, line, "clock-and-chance", message)
        }));
    }
    for (line, cells) in &rows {
        for path in code_spans(&cells[0]) {
            let file = tree.rust.iter().find(|file| file.path == path);
            if file.is_none_or(|file| readings(file).is_empty()) {
                let message = format!("`{path}` reads neither clock nor chance: take out the row");
                findings.push(Finding::at(ARCHITECTURE, *line, "clock-and-chance", message));
            }
        }
    }
    findings
}

fn readings(file: &RustFile) -> Vec<(usize, &'static str)> {
    let product = file.code_lines().filter(|(number, _)| !file.is_test_line(*number));
    product
        .flat_map(|(number, line)| {
            let words = CLOCK_AND_CHANCE.iter().filter(move |word| has_word(line, word));
            words.map(move |word| (number, *word))
        })
        .collect()
}

fn commands(file: &RustFile) -> Vec<Finding> {
    let is_example = file.path.contains("/examples/");
    if is_example || STARTS_PROGRAMS.iter().any(|allowed| file.path.starts_with(allowed)) {
        return Vec::new();
    }
    let starts = |(number, line): &(usize, &str)| {
        has_word(line, "Command::new") && !file.is_test_line(*number)
    };
    let message = "starts another program: only tests, examples, bench, demo and xtask do";
    let found = file.code_lines().filter(starts);
    found.map(|(number, _)| Finding::at(&file.path, number, "commands", message)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::report;
    use expect_test::{Expect, expect};

    const TABLES: &str = "# Floors\n\n| crate | floor |\n|---|---|\n| `a` | 1 |\n| `s` | 5 |\n\n\
        # Where clock and chance are read\n\n| file | what |\n|---|---|\n| `crates/s/src/clock.rs` | wall |\n";

    fn check_files(files: &[(&str, &str)], want: Expect) {
        let clock = ("crates/s/src/clock.rs", "fn now() { SystemTime::now() }");
        let tree = Tree::of(&[&[(ARCHITECTURE, TABLES), clock], files].concat());
        want.assert_eq(&report(&check(&tree)));
    }

    #[test]
    fn pure_floors_touch_nothing() {
        check_files(
            &[(
                "crates/a/src/x.rs",
                "// Instant::now\nfn f() { Instant::now(); std::fs::read(p) }",
            )],
            expect![[r#"
                crates/a/src/x.rs:2: [purity] `Instant::now` on a pure floor: time and entropy come in as values
                crates/a/src/x.rs:2: [purity] `std::fs` on a pure floor: this belongs to a shell above
            "#]],
        );
        check_files(&[("crates/a/tests/x.rs", "fn f() { std::fs::read(p) }")], expect![""]);
    }

    #[test]
    fn shells_read_the_clock_where_the_table_says() {
        check_files(
            &[("crates/s/src/x.rs", "fn f() { getrandom::fill(b) }")],
            expect![[r#"
            crates/s/src/x.rs:1: [clock-and-chance] `getrandom` here: this file is not in the table "Where clock and chance are read"
        "#]],
        );
        check_files(&[("crates/s/tests/x.rs", "fn f() { Instant::now() }")], expect![""]);
        let tree = Tree::of(&[(ARCHITECTURE, TABLES)]);
        expect![[r#"
            docs/ARCHITECTURE.md:12: [clock-and-chance] `crates/s/src/clock.rs` reads neither clock nor chance: take out the row
        "#]].assert_eq(&report(&check(&tree)));
    }

    #[test]
    fn only_tools_start_programs() {
        check_files(
            &[("crates/s/src/x.rs", "fn f() { Command::new(x) }")],
            expect![[r#"
            crates/s/src/x.rs:1: [commands] starts another program: only tests, examples, bench, demo and xtask do
        "#]],
        );
        for path in ["crates/tenure/src/demo/x.rs", "crates/s/tests/x.rs", "crates/s/examples/x.rs"]
        {
            check_files(&[(path, "fn f() { Command::new(x) }")], expect![""]);
        }
    }
}
