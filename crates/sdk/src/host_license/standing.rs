//! What a host key is worth now: from the key, the last signed answer and the time, and nothing else.
//!
//! Invariants: pure; no answer never makes a key worth less than its offline policy says; a signed negative answer holds
//! until a later positive one. Deliberately not here: verifying, asking, remembering.

use std::fmt;
use std::time::Duration;

use tenure_document::{HostCheck, HostEnforcement, HostKey, OfflinePolicy, Time};

const DAY: Duration = Duration::from_secs(86_400);

/// What an application sees of its license.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostStatus {
    /// Whether the application may run, and why or why not.
    pub state: HostState,
    /// Distinct users counted and allowed, by the last answer.
    pub users: Option<(u32, u32)>,
    /// When the office answered last.
    pub checked_at: Option<Time>,
    /// Why the last attempt to ask gave no answer, for the log.
    pub trouble: Option<String>,
}

/// Whether an application may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostState {
    /// The office has said so.
    Valid,
    /// The office has not been reached; the key lets the application run.
    Unchecked {
        /// So long; `None`: without an end.
        until: Option<Time>,
    },
    /// There are more users than the key is for.
    OverLimit {
        /// Whether the application must not run for it.
        blocked: bool,
        /// Whether the user should be told.
        tell: bool,
    },
    /// The office took the key away: `revoked`, `expired`, `withdrawn`, `wrong-host` …
    Refused {
        /// The reason, as a code.
        reason: String,
    },
    /// The office has not been reached, and the key does not let the application run without it.
    CheckNeeded,
    /// The key's time is over.
    Expired,
    /// The key's time has not begun.
    NotYetValid,
}

impl HostStatus {
    /// Whether the application may run.
    pub fn is_usable(&self) -> bool {
        match &self.state {
            HostState::Valid | HostState::Unchecked { .. } => true,
            HostState::OverLimit { blocked, .. } => !blocked,
            _ => false,
        }
    }

    /// Stable kebab-case word.
    pub fn code(&self) -> &str {
        match &self.state {
            HostState::Valid => "valid",
            HostState::Unchecked { .. } => "unchecked",
            HostState::OverLimit { .. } => HostCheck::OVER_LIMIT,
            HostState::Refused { reason } => reason,
            HostState::CheckNeeded => "check-needed",
            HostState::Expired => "expired",
            HostState::NotYetValid => "not-yet-valid",
        }
    }
}

impl fmt::Display for HostStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            HostState::Valid => f.write_str("the license is valid"),
            HostState::Unchecked { until: None } => {
                f.write_str("the license is valid; the publisher has not been asked yet")
            }
            HostState::Unchecked { until: Some(until) } => write!(
                f,
                "the publisher could not be asked about the license; without an answer it ends at {until}"
            ),
            HostState::OverLimit { blocked, .. } => {
                let (counted, allowed) = self.users.unwrap_or_default();
                write!(f, "{counted} users work with a license for {allowed}")?;
                f.write_str(if *blocked {
                    "; ask your administrator for a larger one"
                } else {
                    ""
                })
            }
            HostState::Refused { reason } => {
                write!(f, "the publisher says that the license is not valid: {reason}")
            }
            HostState::CheckNeeded => f.write_str(
                "the publisher must be asked about the license and can't be reached; check the network",
            ),
            HostState::Expired => f.write_str("the license has expired; ask for a new license file"),
            HostState::NotYetValid => f.write_str("the license is not valid yet"),
        }
    }
}

/// What the key is worth. `since`: when this installation first saw it; `asked`: whether it is checked on line at all.
pub(crate) fn judge(
    key: &HostKey,
    last: Option<&HostCheck>,
    since: Time,
    asked: bool,
    now: Time,
) -> HostStatus {
    let users = last.and_then(|last| Some((last.users_counted?, last.users_allowed?)));
    HostStatus {
        state: state(key, last, since, asked, now),
        users,
        checked_at: last.map(|last| last.at),
        trouble: None,
    }
}

fn state(
    key: &HostKey,
    last: Option<&HostCheck>,
    since: Time,
    asked: bool,
    now: Time,
) -> HostState {
    if key.expires.is_some_and(|end| end < now) {
        return HostState::Expired;
    }
    if key.not_before.is_some_and(|begin| now < begin) {
        return HostState::NotYetValid;
    }
    let over = last.is_some_and(|last| last.reason.as_deref() == Some(HostCheck::OVER_LIMIT));
    match last {
        Some(last) if !last.valid && over => HostState::OverLimit { blocked: true, tell: true },
        Some(last) if !last.valid => {
            let reason = last.reason.clone().unwrap_or_else(|| "refused".to_owned());
            HostState::Refused { reason }
        }
        _ => match without_an_answer(key, last, since, asked, now) {
            Some(HostState::Valid) if over => {
                let tell = key.enforcement != HostEnforcement::Record;
                HostState::OverLimit { blocked: false, tell }
            }
            Some(state) => state,
            None => HostState::CheckNeeded,
        },
    }
}

/// What the time since the last positive answer makes of the key; nothing when it is too long.
fn without_an_answer(
    key: &HostKey,
    last: Option<&HostCheck>,
    since: Time,
    asked: bool,
    now: Time,
) -> Option<HostState> {
    // Fresh: the office itself said when it wants to be asked again.
    let fresh =
        last.is_some_and(|last| now <= last.next_check.unwrap_or_else(|| last.at.plus(DAY)));
    if fresh {
        return Some(HostState::Valid);
    }
    match key.offline {
        _ if !asked => Some(HostState::Valid),
        OfflinePolicy::Allow => Some(HostState::Unchecked { until: None }),
        OfflinePolicy::Grace(days) => {
            let until = last.map_or(since, |last| last.at).plus(DAY * days);
            (now <= until).then_some(HostState::Unchecked { until: Some(until) })
        }
        OfflinePolicy::Deny => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use tenure_document::{Bytes, HostUserId};

    fn time(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn key(offline: OfflinePolicy) -> HostKey {
        HostKey {
            id: "k1".into(),
            host: "example.com".parse().expect("a host"),
            product: "cad".into(),
            users: 5,
            issued: time("2026-01-01T00:00:00Z"),
            expires: Some(time("2026-12-31T00:00:00Z")),
            offline,
            not_before: Some(time("2026-01-01T00:00:00Z")),
            group: None,
            window_days: None,
            enforcement: HostEnforcement::Record,
            check_url: None,
        }
    }

    fn answer(at: &str, valid: bool, reason: Option<&str>) -> HostCheck {
        HostCheck {
            key: "k1".into(),
            host: "example.com".parse().expect("a host"),
            valid,
            reason: reason.map(str::to_owned),
            nonce: Bytes(vec![]),
            at: time(at),
            user_id: Some(HostUserId([1; 16])),
            users_counted: Some(7),
            users_allowed: Some(5),
            next_check: Some(time(at).plus(DAY)),
        }
    }

    /// First seen on 1 June; the last answer, if any, on 10 June.
    #[test]
    fn what_a_key_is_worth() {
        let day = "2026-06-10T00:00:00Z";
        let cases: [(&str, Option<HostCheck>); 5] = [
            ("never answered", None),
            ("yes", Some(answer(day, true, None))),
            ("over, let in", Some(answer(day, true, Some("over-limit")))),
            ("over, turned away", Some(answer(day, false, Some("over-limit")))),
            ("revoked", Some(answer(day, false, Some("revoked")))),
        ];
        let policies = [OfflinePolicy::Allow, OfflinePolicy::Grace(14), OfflinePolicy::Deny];
        let mut shown = String::new();
        for (name, last) in &cases {
            for policy in policies {
                shown += &format!("{name}, {policy}:");
                for now in ["06-10T12", "06-12T00", "06-23T00", "07-10T00"] {
                    let now = time(&format!("2026-{now}:00:00Z"));
                    let since = time("2026-06-01T00:00:00Z");
                    let status = judge(&key(policy), last.as_ref(), since, true, now);
                    let usable = if status.is_usable() { "" } else { "!" };
                    shown += &format!(" {usable}{}", status.code());
                }
                shown += "\n";
            }
        }
        expect![[r#"
            never answered, allow: unchecked unchecked unchecked unchecked
            never answered, grace(14): unchecked unchecked !check-needed !check-needed
            never answered, deny: !check-needed !check-needed !check-needed !check-needed
            yes, allow: valid unchecked unchecked unchecked
            yes, grace(14): valid unchecked unchecked !check-needed
            yes, deny: valid !check-needed !check-needed !check-needed
            over, let in, allow: over-limit unchecked unchecked unchecked
            over, let in, grace(14): over-limit unchecked unchecked !check-needed
            over, let in, deny: over-limit !check-needed !check-needed !check-needed
            over, turned away, allow: !over-limit !over-limit !over-limit !over-limit
            over, turned away, grace(14): !over-limit !over-limit !over-limit !over-limit
            over, turned away, deny: !over-limit !over-limit !over-limit !over-limit
            revoked, allow: !revoked !revoked !revoked !revoked
            revoked, grace(14): !revoked !revoked !revoked !revoked
            revoked, deny: !revoked !revoked !revoked !revoked
        "#]]
        .assert_eq(&shown);
    }

    #[test]
    fn a_key_has_its_time_whatever_was_answered() {
        let last = answer("2026-12-30T00:00:00Z", true, None);
        let at = |now: &str, last: Option<&HostCheck>, asked| {
            let key = key(OfflinePolicy::Deny);
            judge(&key, last, time("2026-06-01T00:00:00Z"), asked, time(now)).code().to_owned()
        };
        assert_eq!(at("2026-12-31T00:00:00Z", Some(&last), true), "valid");
        assert_eq!(at("2026-12-31T00:00:01Z", Some(&last), true), "expired");
        assert_eq!(at("2025-12-31T00:00:00Z", None, true), "not-yet-valid");
        // A key that is checked nowhere needs no answer.
        assert_eq!(at("2026-06-10T00:00:00Z", None, false), "valid");
    }
}
