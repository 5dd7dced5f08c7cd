//! Talking with whoever sits there: saying what is done, asking what is not given.
//!
//! Invariants: nothing is asked where there is no terminal on both ends, so that no script ever hangs; the end of the
//! input is no answer. Deliberately not here: what is asked for.

use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Somebody, or nobody.
pub trait Talk {
    /// Says a line.
    fn say(&mut self, line: &str);

    /// Asks; none where nobody is there to answer.
    fn ask(&mut self, question: &str) -> Option<String>;
}

/// Whoever sits at the terminal; nobody where there is none.
pub struct Terminal {
    is_there: bool,
}

impl Terminal {
    /// Looks whether somebody is there.
    pub fn look(may_ask: bool) -> Terminal {
        let is_there = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        Terminal { is_there: is_there && may_ask }
    }
}

impl Talk for Terminal {
    fn say(&mut self, line: &str) {
        // Somebody who stopped reading does not stop the work.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }

    fn ask(&mut self, question: &str) -> Option<String> {
        if !self.is_there {
            return None;
        }
        let mut stdout = std::io::stdout().lock();
        let _ = write!(stdout, "{question} ").and_then(|()| stdout.flush());
        drop(stdout);
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(line.trim().to_owned()),
        }
    }
}

/// Nobody: what is said is kept.
#[derive(Debug, Default)]
pub struct Kept(pub Vec<String>);

impl Talk for Kept {
    fn say(&mut self, line: &str) {
        self.0.push(line.to_owned());
    }

    fn ask(&mut self, _: &str) -> Option<String> {
        None
    }
}
