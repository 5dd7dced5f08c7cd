//! Writes the files below `vectors/`: `cargo run -p tenure-document --example make-vectors`.
//!
//! Invariants: the same bytes on every run. `cargo xtask generate` does the same through the
//! test that compares them.

use std::{fs, io, path::PathBuf};

#[path = "../tests/support/vectors/mod.rs"]
mod vectors;

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    fs::create_dir_all(&folder)?;
    for (name, text) in vectors::files() {
        fs::write(folder.join(&name), &text)?;
        println!("{name}: {} bytes", text.len());
    }
    Ok(())
}
