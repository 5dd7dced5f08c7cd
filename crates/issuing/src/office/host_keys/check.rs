//! Deciding what an application is told that asks about its host key, and what is recorded of it.
//!
//! Invariants: whatever is answered negatively is so by the books, never by a fault or by a key that is not known here; a
//! user is recorded when it is new, when the day changes, and when it gets a new id, so that a start every minute is one
//! entry a day; the answer is computed from what is recorded, and the same question asked again gets it again.
//! Deliberately not here: signing, limits of requests (the shell).

use super::book::{HostGroup, HostKeyRecord};
use super::command::{HostCheckAsked, HostLimitReached, HostUserSeen};
use super::refusal::HostKeyRefusal;
use super::users::{HostDay, Seen, day_of};
use crate::office::entitlements::EntitlementState;
use crate::office::event::Event;
use crate::office::state::Office;
use std::time::Duration;
use tenure_document::{Bytes, HostCheck, HostEnforcement, HostUserId, Time};

/// An id this old is exchanged for another.
const REFRESH_DAYS: HostDay = 30;
/// Times the users allowed, and so many more, are counted at most: nobody fills the memory by inventing users.
const COUNTED_TIMES: u32 = 10;
const COUNTED_MORE: u32 = 1_000;
/// Longest revision that is kept.
const REVISION_MAX: usize = 64;

const HOUR: Duration = Duration::from_secs(3_600);

/// What an application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCheckFound {
    /// Whether the key is valid, for this user.
    pub valid: bool,
    /// Why not, or why nearly not.
    pub reason: Option<&'static str>,
    /// The id to ask with from now on.
    pub user: HostUserId,
    /// Distinct users.
    pub counted: u32,
    /// Users allowed.
    pub allowed: u32,
    /// So long after the answer to ask again.
    pub next_check: Duration,
    /// What is to be recorded before this may be said.
    pub records: Vec<Event>,
}

/// A user as the books know it.
struct Known {
    user: HostUserId,
    seen: Seen,
    /// It asked with this very id, not with the one before.
    current: bool,
}

impl Office {
    /// What an application is told that asks about its key.
    ///
    /// # Errors
    /// The key is not known here; that is no answer about it.
    pub fn host_check(
        &self,
        asked: &HostCheckAsked,
        now: Time,
    ) -> Result<HostCheckFound, HostKeyRefusal> {
        let unknown = HostKeyRefusal::NoKey { id: asked.key };
        let key = self.host_keys.key(asked.key).ok_or(unknown)?;
        let group =
            self.host_keys.group(key.group).ok_or(HostKeyRefusal::NoGroup { id: key.group })?;
        if let Some(reason) = self.host_key_ends(key, group, asked, now) {
            return Ok(plain(false, Some(reason), asked, group, now));
        }
        if key.host.is_development() {
            return Ok(HostCheckFound {
                counted: 0,
                allowed: 0,
                ..plain(true, None, asked, group, now)
            });
        }
        Ok(count(key, group, asked, now))
    }

    fn host_key_ends(
        &self,
        key: &HostKeyRecord,
        group: &HostGroup,
        asked: &HostCheckAsked,
        now: Time,
    ) -> Option<&'static str> {
        let withdrawn = group.entitlement.and_then(|id| self.entitlements.get(id));
        match () {
            () if key.revoked.is_some() => Some("revoked"),
            () if !key.host.covers(&asked.host) => Some("wrong-host"),
            () if group.terms.expires.is_some_and(|end| end < now) => Some("expired"),
            () if group.terms.not_before.is_some_and(|begin| now < begin) => Some("not-yet-valid"),
            () if withdrawn.is_some_and(|one| one.state == EntitlementState::Withdrawn) => {
                Some("withdrawn")
            }
            () => None,
        }
    }
}

/// An answer with which nothing is recorded.
fn plain(
    valid: bool,
    reason: Option<&'static str>,
    asked: &HostCheckAsked,
    group: &HostGroup,
    now: Time,
) -> HostCheckFound {
    let user = asked.user.unwrap_or(asked.fresh);
    HostCheckFound {
        valid,
        reason,
        user,
        counted: group.counted(now),
        allowed: group.terms.users,
        next_check: next_check(user),
        records: Vec::new(),
    }
}

fn count(
    key: &HostKeyRecord,
    group: &HostGroup,
    asked: &HostCheckAsked,
    now: Time,
) -> HostCheckFound {
    let (today, terms) = (day_of(now), &group.terms);
    let known = find(group, asked.user.unwrap_or(asked.fresh), today);
    let is_full = group.counted(now) - group.beyond(now) >= terms.users;
    let over = known.as_ref().map_or(is_full, |known| known.seen.over && is_full);
    let most = terms.users.saturating_mul(COUNTED_TIMES).saturating_add(COUNTED_MORE);
    let counts = match &known {
        Some(_) => true,
        None if over && terms.enforcement == HostEnforcement::Block => false,
        None => group.counted(now) < most,
    };
    // Somebody who counted is turned away only by a key that blocks, and then counts no longer than his window lasts.
    let blocked = over && terms.enforcement == HostEnforcement::Block;
    let mut found = plain(!blocked, over.then_some(HostCheck::OVER_LIMIT), asked, group, now);
    if over && group.full_on != Some(today) {
        found.records.push(Event::HostLimitReached(HostLimitReached {
            group: group.id,
            day: today,
            counted: found.counted,
            allowed: terms.users,
        }));
    }
    if blocked {
        found.next_check = HOUR;
    }
    if counts && !blocked {
        found.counted += u32::from(known.is_none());
        found.user = record(key, group, asked, known, over, today, &mut found.records);
    }
    found
}

/// The user with this id, or with the one that followed it when the answer that said so was lost.
fn find(group: &HostGroup, user: HostUserId, today: HostDay) -> Option<Known> {
    let window = group.terms.window_days;
    let get = |user: HostUserId| group.users.get(&group.hash(user), today, window);
    let current = get(user).map(|seen| Known { user, seen, current: true });
    current.or_else(|| {
        let user = group.successor(user);
        get(user).map(|seen| Known { user, seen, current: false })
    })
}

/// Has a user recorded, if there is anything new about it; gives the id that it has from now on.
fn record(
    key: &HostKeyRecord,
    group: &HostGroup,
    asked: &HostCheckAsked,
    known: Option<Known>,
    over: bool,
    today: HostDay,
    records: &mut Vec<Event>,
) -> HostUserId {
    let bytes = |user: HostUserId| Bytes(group.hash(user).to_vec());
    let (user, was, since) = match known {
        None => (asked.user.unwrap_or(asked.fresh), None, today),
        Some(known) => {
            // Only whoever has shown that the last new id arrived gets another.
            let is_old = today.saturating_sub(known.seen.since) >= REFRESH_DAYS;
            match known.current && is_old {
                true => (group.successor(known.user), Some(bytes(known.user)), today),
                // The clock of the ledger never goes back, so the day is the same or a later one.
                false if known.seen.last >= today && known.seen.over == over => return known.user,
                false => (known.user, None, known.seen.since),
            }
        }
    };
    records.push(Event::HostUserSeen(HostUserSeen {
        key: key.id,
        user: bytes(user),
        was,
        since,
        day: today,
        over,
        revision: asked.revision.chars().filter(|c| !c.is_control()).take(REVISION_MAX).collect(),
    }));
    user
}

/// A day from now, give or take four hours, so that applications do not come all at once.
fn next_check(user: HostUserId) -> Duration {
    let spread = u64::from(u16::from_be_bytes([user.0[0], user.0[1]]));
    let eight_hours = 8 * 3_600_000;
    HOUR * 20 + Duration::from_millis(eight_hours * spread / u64::from(u16::MAX))
}
