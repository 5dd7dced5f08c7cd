//! Bearer sessions of an admin plane.
//!
//! Kept here: a token has 256 bits and only its SHA-256 stays in memory; it dies after an idle and after an
//! absolute time; ending a user's sessions is one call; the table is bounded, the oldest session goes first.
//! Deliberately not here: what a session may do. Roles are read from the state at every request, so a change
//! of a user counts at once. Sessions don't survive a restart, on purpose.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use crate::secret::{bearer_token, digest};

/// The most sessions open at once.
const SESSIONS_MAX: usize = 10_000;

struct Session {
    user: String,
    seen: Duration,
    ends: Duration,
}

/// All open sessions. Times are durations since any fixed instant.
pub struct Sessions {
    open: Mutex<HashMap<[u8; 32], Session>>,
    idle: Duration,
}

impl Sessions {
    /// None open; one that is not used for `idle` ends.
    pub fn new(idle: Duration) -> Self {
        Self { open: Mutex::default(), idle }
    }

    /// Opens a session that ends after `lasts` in any case; the token is shown once. `None` when the system has no randomness to give.
    pub fn open(&self, user: &str, now: Duration, lasts: Duration) -> Option<String> {
        let token = bearer_token()?;
        let mut open = self.lock();
        if open.len() >= SESSIONS_MAX {
            self.sweep(&mut open, now);
        }
        if open.len() >= SESSIONS_MAX
            && let Some(oldest) =
                open.iter().min_by_key(|(_, session)| session.seen).map(|(key, _)| *key)
        {
            open.remove(&oldest);
        }
        open.insert(
            digest(&token),
            Session { user: user.to_owned(), seen: now, ends: now + lasts },
        );
        Some(token)
    }

    /// The user of a live session; counts as use.
    pub fn user(&self, token: &str, now: Duration) -> Option<String> {
        let key = digest(token);
        let mut open = self.lock();
        let session = open.get_mut(&key)?;
        if self.is_over(session, now) {
            open.remove(&key);
            return None;
        }
        session.seen = now;
        Some(session.user.clone())
    }

    /// Ends one session.
    pub fn close(&self, token: &str) {
        self.lock().remove(&digest(token));
    }

    /// Ends all sessions of a user: after a password or role change, or when the user is deleted.
    pub fn close_all(&self, user: &str) {
        self.lock().retain(|_, session| session.user != user);
    }

    fn is_over(&self, session: &Session, now: Duration) -> bool {
        now.saturating_sub(session.seen) > self.idle || now > session.ends
    }

    fn sweep(&self, open: &mut HashMap<[u8; 32], Session>, now: Duration) {
        open.retain(|_, session| !self.is_over(session, now));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Session>> {
        self.open.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(minutes * 60)
    }

    #[test]
    fn a_session_ends_when_idle_when_old_and_when_closed() {
        let sessions = Sessions::new(minutes(30));
        let token = sessions.open("ann", minutes(0), minutes(600)).expect("randomness");
        assert_eq!(sessions.user(&token, minutes(29)).as_deref(), Some("ann"));
        assert_eq!(
            sessions.user(&token, minutes(58)).as_deref(),
            Some("ann"),
            "use keeps it alive"
        );
        assert_eq!(sessions.user(&token, minutes(89)), None, "idle");

        let token = sessions.open("ann", minutes(0), minutes(600)).expect("randomness");
        for minute in (0..=600).step_by(20) {
            assert!(sessions.user(&token, minutes(minute)).is_some());
        }
        assert_eq!(sessions.user(&token, minutes(601)), None, "absolute");

        let token = sessions.open("ann", minutes(0), minutes(600)).expect("randomness");
        sessions.close(&token);
        assert_eq!(sessions.user(&token, minutes(0)), None);
    }

    #[test]
    fn closing_all_of_one_user_leaves_the_others() {
        let sessions = Sessions::new(minutes(30));
        let ann = sessions.open("ann", minutes(0), minutes(600)).expect("randomness");
        let bob = sessions.open("bob", minutes(0), minutes(600)).expect("randomness");
        sessions.close_all("ann");
        assert_eq!(sessions.user(&ann, minutes(0)), None);
        assert_eq!(sessions.user(&bob, minutes(0)).as_deref(), Some("bob"));
        assert_eq!(sessions.user("", minutes(0)), None);
    }
}
