//! Limits of texts and numbers that people send to the office.
//!
//! Invariants: what is accepted can be shown on one line, stored and sent on; a message says the limit and what was sent.
//! Deliberately not here: which member has which limit (the decisions).

/// Most characters of a name.
pub(crate) const NAME_MAX: usize = 200;
/// Most characters of a description or note.
pub(crate) const NOTE_MAX: usize = 4000;

/// Most characters of a reason that are kept.
const REASON_MAX: usize = 1000;

/// A reason as the journal keeps it.
pub(crate) fn reason_text(reason: &str) -> Option<String> {
    Some(reason.chars().take(REASON_MAX).collect()).filter(|reason: &String| !reason.is_empty())
}

/// Refuses a name that is empty, too long or holds control characters.
pub(crate) fn check_name(text: &str) -> Result<(), String> {
    if text.trim() != text || text.is_empty() {
        return Err("must not be empty, nor begin or end with a space".into());
    }
    check_line(text, NAME_MAX)
}

/// Refuses a text on one line that is too long or holds control characters.
pub(crate) fn check_line(text: &str, most: usize) -> Result<(), String> {
    let length = text.chars().count();
    if length > most {
        return Err(format!("has {length} characters, the most is {most}"));
    }
    match text.chars().find(|c| c.is_control() || is_invisible(*c)) {
        Some(odd) => {
            Err(format!("holds the character {}, which can't be shown", odd.escape_unicode()))
        }
        None => Ok(()),
    }
}

/// The same for texts of several lines.
pub(crate) fn check_note(text: &str) -> Result<(), String> {
    let length = text.chars().count();
    if length > NOTE_MAX {
        return Err(format!("has {length} characters, the most is {NOTE_MAX}"));
    }
    let odd = |c: &char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_invisible(*c);
    match text.chars().find(odd) {
        Some(odd) => {
            Err(format!("holds the character {}, which can't be shown", odd.escape_unicode()))
        }
        None => Ok(()),
    }
}

/// Characters that turn the direction of a text or vanish in it.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
