//! `cargo xtask`: what keeps the house in order.
//!
//! `ci` runs everything, stage by stage; `tidy`, `deny` and `docs` are checks of
//! their own; `generate` rewrites the generated files. This program depends on no
//! crate of the house, so that it builds in seconds and also when they do not.

mod cargo;
mod ci;
mod deny;
mod docs;
mod finding;
mod markdown;
mod rust_source;
mod tidy;
mod tree;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;

use crate::finding::{Finding, report};
use crate::tree::Tree;

const USAGE: &str = "\
cargo xtask ci [STAGE…]     run all checks and tests, or the stages named
cargo xtask ci --list       name the stages
cargo xtask tidy [RULE…]    rules of the house the compiler does not know
cargo xtask deny            licenses, sources, duplicates, bans, minimum versions
cargo xtask docs            links, anchors and names in the documents
cargo xtask generate        rewrite the generated files
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = root();
    let outcome = match arguments.split_first() {
        Some((command, rest)) => match command.as_str() {
            "ci" => ci::run(&root, rest),
            "tidy" => check(Tree::read(&root).map(|tree| tidy::run(&tree, rest)), "tidy"),
            "deny" => check(deny::run(&root), "deny"),
            "docs" => check(Tree::read(&root).map(|tree| docs::check(&tree)), "docs"),
            "generate" => ci::generate(&root),
            _ => usage(),
        },
        None => usage(),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> Result<bool> {
    eprint!("{USAGE}");
    Ok(false)
}

fn check(findings: Result<Vec<Finding>>, name: &str) -> Result<bool> {
    let findings = findings?;
    let text = format!("{}{name}: {} findings\n", report(&findings), findings.len());
    // A reader that has seen enough (`| head`) is no failure.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(findings.is_empty())
}

/// The folder of the workspace: the parent of this package's folder.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    here.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
