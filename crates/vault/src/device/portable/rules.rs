//! Who may use a portable container now, from nothing but what stands on its medium and the time since boot.
//!
//! Invariants: pure; no system believes another one's clock, each measures for how long nothing of the others has
//! changed on the medium by its own; whoever finds that somebody else uses what it uses locks both out, and only five
//! minutes without any sign of another system end that.
//! Deliberately not here: files (records), chance, clocks.

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, Hasher};

/// Who uses a container says so this often.
pub const BEAT_EVERY_MS: i64 = 10_000;
/// Who could not say so for this long stops by itself: before anybody else may take its place.
pub const FENCED_AFTER_MS: i64 = 45_000;
/// Who has not said so for this long is gone: unplugged without an end, stopped or broken.
pub const SILENT_AFTER_MS: i64 = 60_000;
/// A container that two systems used at once stays closed until nobody but one has touched it for this long.
pub const LOCKED_FOR_MS: i64 = 300_000;

/// A system: one boot of one machine, guest or runtime container. Salted hashes, comparable within one container only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct System {
    pub(super) machine: Hash,
    pub(super) boot: Hash,
}

/// Who uses it, or used it last. Stored on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Holder {
    pub(super) system: System,
    /// Drawn when the use began.
    pub(super) session: Hash,
    /// Grows as long as it goes on.
    pub(super) beat: u64,
    /// The time since boot when this system first used it: the container's clock counts from there.
    pub(super) origin_ms: i64,
    /// It was ended in good order.
    pub(super) ended: bool,
}

/// Two systems used it at once. Stored on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lockout {
    /// Who found out.
    pub(super) found_by: System,
    /// Whose record it found in the place of its own.
    pub(super) other: System,
}

/// For how long one system has seen nothing of the others. Stored on the medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Watch {
    pub(super) system: System,
    /// What the others had left there.
    pub(super) seen: Hash,
    /// Since this time since its boot.
    pub(super) since_ms: i64,
    /// How often it has looked in vain: a sign for the others.
    pub(super) looks: u64,
}

/// What stands on the medium about one container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Medium {
    pub(super) holder: Option<Holder>,
    pub(super) lockout: Option<Lockout>,
    /// One for each system, in order.
    pub(super) watches: Vec<Watch>,
}

/// What a look says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Nobody uses it: take it. A lock-out that stood is over.
    Free {
        /// From where the container's clock counts.
        origin_ms: i64,
    },
    /// This system uses it: another of its programs, or one that ended without saying so.
    Ours(Holder),
    /// Another system uses it, or has vanished; it counts as gone in so many milliseconds.
    Elsewhere { left_ms: i64, watch: Watch },
    /// Two systems used it; it opens in so many milliseconds, if nobody else touches it.
    Shared { left_ms: i64, watch: Watch },
}

/// What a beat says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beat {
    /// The use goes on: this is to be written.
    On(Holder),
    /// Another system uses it too: this is to be written, and the use is over.
    Found(Lockout),
    /// The container is locked: the use is over.
    Locked,
    /// The record is gone, or somebody else has used it since: the use is over, and may begin anew.
    Lost,
}

impl Medium {
    /// Looks whether `me` may use it at `now_ms` since its boot.
    pub(super) fn look(&self, me: System, now_ms: i64) -> Look {
        let watch = self.watch(me, now_ms);
        let quiet_ms = now_ms.saturating_sub(watch.since_ms);
        let known = self.holder.filter(|holder| holder.system == me);
        let origin_ms = known.map_or(now_ms, |holder| holder.origin_ms.min(now_ms));
        if self.lockout.is_some() {
            return match LOCKED_FOR_MS.saturating_sub(quiet_ms) {
                left_ms if left_ms > 0 => Look::Shared { left_ms, watch },
                _ => Look::Free { origin_ms },
            };
        }
        match self.holder.filter(|holder| !holder.ended) {
            None => Look::Free { origin_ms },
            Some(holder) if holder.system == me => Look::Ours(holder),
            Some(_) => match SILENT_AFTER_MS.saturating_sub(quiet_ms) {
                left_ms if left_ms > 0 => Look::Elsewhere { left_ms, watch },
                _ => Look::Free { origin_ms },
            },
        }
    }

    /// The use of `me` in `session` goes on, or does not.
    pub(super) fn beat(&self, me: System, session: Hash) -> Beat {
        if self.lockout.is_some() {
            return Beat::Locked;
        }
        match self.holder.filter(|holder| !holder.ended) {
            None => Beat::Lost,
            Some(holder) if holder.system == me && holder.session == session => {
                Beat::On(Holder { beat: holder.beat.saturating_add(1), ..holder })
            }
            // Also one that says it is us, but is not: a machine that was copied while it ran.
            Some(other) => Beat::Found(Lockout { found_by: me, other: other.system }),
        }
    }

    /// What `me` notes of having looked.
    fn watch(&self, me: System, now_ms: i64) -> Watch {
        let seen = self.others(me);
        let before = self.watches.iter().find(|watch| watch.system == me);
        let same = before.filter(|watch| watch.seen == seen && watch.since_ms <= now_ms);
        Watch {
            system: me,
            seen,
            since_ms: same.map_or(now_ms, |watch| watch.since_ms),
            looks: before.map_or(1, |watch| watch.looks.saturating_add(1)),
        }
    }

    /// All that systems other than `me` have left.
    fn others(&self, me: System) -> Hash {
        let system = |hasher: Hasher, of: System| {
            hasher.with(of.machine.as_bytes()).with(of.boot.as_bytes())
        };
        let mut hasher = Hasher::new().with(b"TENURE-OTHERS-V1");
        if let Some(holder) = self.holder.filter(|holder| holder.system != me) {
            hasher = system(hasher, holder.system).with(holder.session.as_bytes());
            hasher = hasher.with_u64(holder.beat).with_u64(u64::from(holder.ended));
        }
        if let Some(lockout) = self.lockout {
            hasher = system(system(hasher.with(b"locked"), lockout.found_by), lockout.other);
        }
        for watch in self.watches.iter().filter(|watch| watch.system != me) {
            hasher = system(hasher, watch.system).with_u64(watch.looks);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn system(name: u8) -> System {
        System { machine: Hash::of(&[name]), boot: Hash::of(&[name, 1]) }
    }

    /// Plays lines of `who what` on one medium; each system's clock began at another time. Shows what came of each.
    fn check(lines: &[&str], expected: &Expect) {
        let mut medium = Medium::default();
        let (mut at, mut shown, mut drawn) = (0, String::new(), 0_u8);
        let mut sessions = std::collections::BTreeMap::new();
        for line in lines {
            let (who, what) = line.split_once(' ').unwrap();
            if who == "+" {
                at += what.parse::<i64>().unwrap();
                continue;
            }
            let name = who.as_bytes()[0];
            let (me, now) = (system(name), at + i64::from(name) * 1_000_000);
            let text = match what {
                "looks" => match medium.look(me, now) {
                    Look::Free { origin_ms } => {
                        drawn += 1;
                        let session = Hash::of(&[drawn]);
                        sessions.insert(name, session);
                        let holder =
                            Holder { system: me, session, beat: 1, origin_ms, ended: false };
                        medium =
                            Medium { holder: Some(holder), lockout: None, watches: Vec::new() };
                        format!("takes it, clock from {}", origin_ms - i64::from(name) * 1_000_000)
                    }
                    Look::Ours(_) => "has it".to_owned(),
                    Look::Elsewhere { left_ms, watch } => {
                        put(&mut medium, watch);
                        format!("in use elsewhere for {left_ms}")
                    }
                    Look::Shared { left_ms, watch } => {
                        put(&mut medium, watch);
                        format!("locked for {left_ms}")
                    }
                },
                "beats" => match medium.beat(me, sessions[&name]) {
                    Beat::On(holder) => {
                        medium.holder = Some(holder);
                        "goes on".to_owned()
                    }
                    Beat::Found(lockout) => {
                        medium.lockout = Some(lockout);
                        "finds another: locks".to_owned()
                    }
                    other => format!("{other:?}"),
                },
                "ends" => {
                    medium.holder.as_mut().unwrap().ended = true;
                    "ends".to_owned()
                }
                "writes blindly" => {
                    medium.holder = Some(Holder {
                        system: me,
                        session: sessions[&name],
                        beat: 9,
                        origin_ms: now,
                        ended: false,
                    });
                    "overwrites".to_owned()
                }
                other => panic!("{other}"),
            };
            shown += &format!("{at} {who} {text}\n");
        }
        expected.assert_eq(&shown);
    }

    fn put(medium: &mut Medium, watch: Watch) {
        medium.watches.retain(|one| one.system != watch.system);
        medium.watches.push(watch);
    }

    #[test]
    fn one_after_the_other_in_good_order() {
        check(
            &["a looks", "+ 5", "a looks", "a beats", "a ends", "b looks", "b ends", "a looks"],
            &expect![[r#"
                0 a takes it, clock from 0
                5 a has it
                5 a goes on
                5 a ends
                5 b takes it, clock from 5
                5 b ends
                5 a takes it, clock from 5
            "#]],
        );
        check(
            &["a looks", "a ends", "+ 100", "a looks"],
            &expect![[r#"
                0 a takes it, clock from 0
                0 a ends
                100 a takes it, clock from 0
            "#]],
        );
    }

    #[test]
    fn a_living_one_is_not_disturbed_and_a_silent_one_is_replaced() {
        check(
            &[
                "a looks", "b looks", "+ 50000", "a beats", "b looks", "+ 50000", "a beats",
                "b looks", "+ 30000", "b looks", "+ 30000", "b looks", "a beats", "b beats",
            ],
            &expect![[r#"
                0 a takes it, clock from 0
                0 b in use elsewhere for 60000
                50000 a goes on
                50000 b in use elsewhere for 60000
                100000 a goes on
                100000 b in use elsewhere for 60000
                130000 b in use elsewhere for 30000
                160000 b takes it, clock from 160000
                160000 a finds another: locks
                160000 b Locked
            "#]],
        );
    }

    #[test]
    fn shared_use_locks_both_out_for_five_minutes_alone() {
        check(
            &[
                "a looks",
                "a ends",
                "b looks",
                "a writes blindly",
                "b beats",
                "a beats",
                "b looks",
                "+ 200000",
                // The other one is still plugged, and looks too: the time begins anew.
                "a looks",
                "b looks",
                "+ 299999",
                "b looks",
                "+ 1",
                "b looks",
                "a looks",
            ],
            &expect![[r#"
                0 a takes it, clock from 0
                0 a ends
                0 b takes it, clock from 0
                0 a overwrites
                0 b finds another: locks
                0 a Locked
                0 b locked for 300000
                200000 a locked for 300000
                200000 b locked for 300000
                499999 b locked for 1
                500000 b takes it, clock from 500000
                500000 a in use elsewhere for 60000
            "#]],
        );
        const { assert!(FENCED_AFTER_MS < SILENT_AFTER_MS && SILENT_AFTER_MS < LOCKED_FOR_MS) };
    }
}
