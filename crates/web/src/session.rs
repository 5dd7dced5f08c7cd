//! Sessions of page visitors: what a visitor has entered, kept on the server.
//!
//! Kept here: only the SHA-256 of a token stays in memory; a session ends after an idle and an absolute time; the
//! table is bounded, and the one unused for longest goes first. They do not survive a restart, on purpose:
//! entering the activation ID again is cheap, a key on disk is not.
//! Deliberately not here: what a session may do. The API decides that at every call.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::outside::fresh_token;

/// The most sessions open at once.
const SESSIONS_MAX: usize = 10_000;
/// Unused for this long: over.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// Over in any case.
const LASTS: Duration = Duration::from_secs(12 * 60 * 60);

struct Session<T> {
    holds: T,
    opened: Duration,
    seen: Duration,
}

/// All open sessions. Times are durations since any fixed instant.
pub(crate) struct Sessions<T> {
    open: Mutex<HashMap<[u8; 32], Session<T>>>,
}

impl<T> Default for Sessions<T> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<T: Clone> Sessions<T> {
    /// Opens a session; the token is told once. `None` when the system has no randomness to give.
    pub(crate) fn open(&self, holds: T, now: Duration) -> Option<String> {
        let token = fresh_token()?;
        let mut open = self.lock();
        if open.len() >= SESSIONS_MAX {
            open.retain(|_, session| !is_over(session, now));
        }
        if open.len() >= SESSIONS_MAX
            && let Some(unused) = open.iter().min_by_key(|(_, one)| one.seen).map(|(key, _)| *key)
        {
            open.remove(&unused);
        }
        open.insert(digest(&token), Session { holds, opened: now, seen: now });
        Some(token)
    }

    /// What a live session holds; counts as use.
    pub(crate) fn holds(&self, token: &str, now: Duration) -> Option<T> {
        self.change(token, now, |holds| holds.clone())
    }

    /// Changes what a live session holds.
    pub(crate) fn change<R>(
        &self,
        token: &str,
        now: Duration,
        with: impl FnOnce(&mut T) -> R,
    ) -> Option<R> {
        let key = digest(token);
        let mut open = self.lock();
        let session = open.get_mut(&key)?;
        if is_over(session, now) {
            open.remove(&key);
            return None;
        }
        session.seen = now;
        Some(with(&mut session.holds))
    }

    /// Ends one session.
    pub(crate) fn close(&self, token: &str) {
        self.lock().remove(&digest(token));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Session<T>>> {
        self.open.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn is_over<T>(session: &Session<T>, now: Duration) -> bool {
    now.saturating_sub(session.seen) > IDLE || now.saturating_sub(session.opened) > LASTS
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_closed() {
        let sessions = Sessions::default();
        let token = sessions.open("ids", minutes(0)).expect("randomness");
        assert_eq!(sessions.holds(&token, minutes(59)), Some("ids"));
        assert_eq!(sessions.holds(&token, minutes(118)), Some("ids"), "use keeps it alive");
        assert_eq!(sessions.holds(&token, minutes(179)), None, "idle");

        let token = sessions.open("ids", minutes(0)).expect("randomness");
        for minute in (0..=720).step_by(30) {
            assert!(sessions.holds(&token, minutes(minute)).is_some());
        }
        assert_eq!(sessions.holds(&token, minutes(721)), None, "absolute");

        let token = sessions.open("ids", minutes(0)).expect("randomness");
        sessions.close(&token);
        assert_eq!(sessions.holds(&token, minutes(0)), None);
    }

    #[test]
    fn the_table_is_bounded_and_the_unused_go_first() {
        let sessions = Sessions::default();
        let first = sessions.open(0, minutes(0)).expect("randomness");
        let second = sessions.open(1, minutes(1)).expect("randomness");
        for n in 2..SESSIONS_MAX {
            sessions.open(n, minutes(2)).expect("randomness");
        }
        assert_eq!(sessions.holds(&first, minutes(3)), Some(0), "used again");
        sessions.open(SESSIONS_MAX, minutes(3)).expect("randomness");
        assert_eq!(sessions.holds(&second, minutes(3)), None);
        assert_eq!(sessions.holds(&first, minutes(3)), Some(0));
    }
}
