//! The one-time token of the wizard's address.
//!
//! Invariants: a token opens one session and is good for nothing afterwards; who comes with a used one makes the terminal
//! show a new address, a few times, because only who sees the terminal shall have it.
//! Deliberately not here: sessions (the pages have them).

use crate::say;
use anyhow::Context as _;
use std::sync::{Mutex, OnceLock, PoisonError};
use tenure_shell::secret::{Secret, bearer_token};

/// How often a new address is shown for a used one.
const SHOWN_MAX: u32 = 100;

/// What opens the page.
pub struct Entry {
    tokens: Mutex<Tokens>,
    /// Where the page is, once it listens.
    pub url: OnceLock<String>,
}

struct Tokens {
    /// The one that counts, and its text.
    now: (Secret, String),
    used: Option<Secret>,
    shown: u32,
}

impl Entry {
    /// # Errors
    /// The system has no random numbers.
    pub fn new() -> anyhow::Result<Entry> {
        let tokens = Tokens { now: fresh()?, used: None, shown: 0 };
        Ok(Entry { tokens: Mutex::new(tokens), url: OnceLock::new() })
    }

    /// The address that opens the page now.
    pub fn address(&self) -> String {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        self.address_of(&tokens)
    }

    fn address_of(&self, tokens: &Tokens) -> String {
        format!("{}/enter?token={}", self.url.get().map_or("", String::as_str), tokens.now.1)
    }

    /// Whether a token opens the page; it is used then.
    pub fn opens(&self, token: &str) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.now.0.matches(token) {
            // Without random numbers the page stays as closed as it can be: the old token is used all the same.
            let next = fresh().unwrap_or_else(|_| (Secret::new(""), String::new()));
            tokens.used = Some(std::mem::replace(&mut tokens.now, next).0);
            return true;
        }
        let was_used = tokens.used.as_ref().is_some_and(|used| used.matches(token));
        if was_used && tokens.shown < SHOWN_MAX {
            tokens.shown += 1;
            say::ready(format_args!("open {}", self.address_of(&tokens)));
        }
        false
    }
}

fn fresh() -> anyhow::Result<(Secret, String)> {
    let text = bearer_token().context("the operating system has no random numbers")?;
    Ok((Secret::new(text.clone()), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_opens_once_and_the_next_one_after_it() {
        let entry = Entry::new().unwrap();
        let token = |entry: &Entry| entry.address().split_once("token=").unwrap().1.to_owned();
        let first = token(&entry);
        assert!(!entry.opens("") && !entry.opens("guess"));
        assert!(entry.opens(&first));
        assert!(!entry.opens(&first));
        let second = token(&entry);
        assert_ne!(first, second);
        assert!(entry.opens(&second));
    }
}
