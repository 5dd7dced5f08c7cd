//! Tests as little plays: a script of lines in, what happened out.
//!
//! `check(script, expect![…])` plays a script against a fresh license server. Lines end with `;` or a line break, `//`
//! begins a comment. After every line the invariants are checked; at the end the events are replayed from the beginning
//! and the state is stored and restored, and both must give the same state.
//!
//! Holders: `host/user/session#process@owner~kind`, everything but the host may be left out.
//! The other words stand in `stage.rs` and `command.rs` (what can be played) and `words.rs` (how it is written).

#![allow(dead_code, reason = "each test file uses a part of the stage")]

mod command;
pub mod laws;
mod print;
pub mod random;
mod stage;
pub mod words;

pub use stage::Stage;

use expect_test::Expect;

/// Plays a script and compares what happened.
pub fn check(script: &str, expected: Expect) {
    expected.assert_eq(&play(script));
}

/// Plays a script: everything that happened, as text.
pub fn play(script: &str) -> String {
    let mut stage = Stage::new();
    for line in lines(script) {
        stage.line(line);
    }
    stage.close();
    stage.told()
}

/// The lines of a script.
pub fn lines(script: &str) -> impl Iterator<Item = &str> {
    let lines = script.lines().map(|line| line.split("//").next().unwrap_or(""));
    lines.flat_map(|line| line.split(';')).map(str::trim).filter(|line| !line.is_empty())
}
