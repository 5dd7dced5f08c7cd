//! The distinct users of a group over a sliding window of days.
//!
//! Invariants: a user is 16 bytes of a salted hash, nothing else is known of it; each counts once, from the day it was
//! seen to so many days after it was last seen; sums by day are kept beside, so that counting costs nothing. At most
//! 100 bytes for each user (`cargo bench -p tenure-issuing`).
//! Deliberately not here: hashing, and who is beyond the limit (check).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use tenure_document::{Bytes, Time};

pub(crate) const DAY_MS: i64 = 86_400_000;

/// The salted hash of a user id, cut to 16 bytes.
pub(crate) type UserHash = [u8; 16];

/// A day, counted from 1970-01-01 (UTC); enough to 2149.
pub type HostDay = u16;

/// The day of an instant.
pub(crate) fn day_of(at: Time) -> HostDay {
    let day = at.as_millis().div_euclid(DAY_MS);
    HostDay::try_from(day.clamp(0, i64::from(HostDay::MAX))).unwrap_or(HostDay::MAX)
}

/// When a user was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Since when it has its present id.
    pub(crate) since: HostDay,
    /// Last.
    pub(crate) last: HostDay,
    /// It came when the group was full.
    pub(crate) over: bool,
}

/// Users, and how many were last seen on each day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostUsers {
    users: BTreeMap<UserHash, Seen>,
    by_day: BTreeMap<HostDay, ByDay>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct ByDay {
    all: u32,
    over: u32,
}

impl HostUsers {
    /// Distinct users within `window` days that end with `today`.
    pub fn counted(&self, today: HostDay, window: u32) -> u32 {
        self.within(today, window).map(|(_, sum)| sum.all).sum()
    }

    /// Those of them that came when the group was full.
    pub fn beyond(&self, today: HostDay, window: u32) -> u32 {
        self.within(today, window).map(|(_, sum)| sum.over).sum()
    }

    /// How many were last seen on each day of the window, oldest first.
    pub fn days(&self, today: HostDay, window: u32) -> Vec<(HostDay, u32)> {
        self.within(today, window).map(|(day, sum)| (*day, sum.all)).collect()
    }

    /// How many are kept, also of those outside the window that nobody has swept out yet.
    pub fn kept(&self) -> usize {
        self.users.len()
    }

    fn within(&self, today: HostDay, window: u32) -> impl Iterator<Item = (&HostDay, &ByDay)> {
        self.by_day.range(first_day(today, window)..)
    }

    /// A user that counts.
    pub(crate) fn get(&self, user: &UserHash, today: HostDay, window: u32) -> Option<Seen> {
        self.users.get(user).copied().filter(|seen| seen.last >= first_day(today, window))
    }

    /// Sees a user; `was`: under its former id until now.
    pub(crate) fn see(&mut self, user: UserHash, was: Option<&UserHash>, seen: Seen) {
        if let Some(former) = was {
            self.forget(former);
        }
        self.forget(&user);
        self.users.insert(user, seen);
        self.sum(seen);
    }

    fn sum(&mut self, seen: Seen) {
        let sum = self.by_day.entry(seen.last).or_default();
        sum.all += 1;
        sum.over += u32::from(seen.over);
    }

    fn forget(&mut self, user: &UserHash) {
        let Some(seen) = self.users.remove(user) else { return };
        if let Some(sum) = self.by_day.get_mut(&seen.last) {
            sum.all -= 1;
            sum.over -= u32::from(seen.over);
            if sum.all == 0 {
                self.by_day.remove(&seen.last);
            }
        }
    }

    /// Forgets who does not count any more; looks at every user only when there is somebody to forget.
    pub(crate) fn sweep(&mut self, today: HostDay, window: u32) {
        let first = first_day(today, window);
        if self.by_day.first_key_value().is_some_and(|(day, _)| *day < first) {
            self.users.retain(|_, seen| seen.last >= first);
            self.by_day = self.by_day.split_off(&first);
        }
    }
}

/// The first day on which somebody last seen still counts.
fn first_day(today: HostDay, window: u32) -> HostDay {
    let back = HostDay::try_from(window.saturating_sub(1)).unwrap_or(HostDay::MAX);
    today.saturating_sub(back)
}

impl Serialize for HostUsers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = |(user, seen): (&UserHash, &Seen)| {
            (Bytes(user.to_vec()), seen.since, seen.last, u8::from(seen.over))
        };
        serializer.collect_seq(self.users.iter().map(row))
    }
}

impl<'de> Deserialize<'de> for HostUsers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<HostUsers, D::Error> {
        let rows = Vec::<(Bytes, HostDay, HostDay, u8)>::deserialize(deserializer)?;
        let mut users = HostUsers::default();
        for (user, since, last, over) in rows {
            let user: UserHash = user.0.try_into().map_err(|_| {
                serde::de::Error::custom("a user of host keys is not 16 bytes of a hash")
            })?;
            users.see(user, None, Seen { since, last, over: over != 0 });
        }
        Ok(users)
    }
}
