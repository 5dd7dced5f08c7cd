//! Lines on standard output and standard error that can't end the program half-way, as `println!` does.
//!
//! Invariants: a command does all of its work, whoever still reads; that a reader went away (`tenure … | head`) is no
//! error; an answer that could not be written otherwise (disk full) is the command's fault at its end. A note on
//! standard error is lost where nobody takes it.
//! Deliberately not here: log lines (`logs`), answers in one piece, whose fault ends the command at once.

use std::{
    fmt::Arguments,
    io::{self, Write as _},
    sync::{Mutex, PoisonError},
};

/// Answers: a line on standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::say::line(format_args!($($text)*)) };
}

/// Remarks beside the answer: a line on standard error.
macro_rules! note {
    ($($text:tt)*) => { $crate::say::note(format_args!($($text)*)) };
}

/// Why the answer is not whole.
static CUT: Mutex<Option<io::Error>> = Mutex::new(None);

/// What `say!` does.
pub fn line(text: Arguments<'_>) {
    if let Err(error) = writeln!(io::stdout().lock(), "{text}") {
        CUT.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// What `note!` does.
pub fn note(text: Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Says on standard output where a server is. It serves, too, when nobody takes that.
pub fn ready(text: Arguments<'_>) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Whether all that was answered has been written.
///
/// # Errors
/// What kept the first line that was not.
pub fn all_said() -> io::Result<()> {
    CUT.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
}
