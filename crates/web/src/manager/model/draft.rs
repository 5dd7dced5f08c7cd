//! Texts that somebody is working on: kept on the server, so that a page about one need not carry it along.
//!
//! Kept here: a draft belongs to one member at one server; drafts are bounded in number and in bytes, and those
//! unused for longest go first. They do not survive a restart, like sessions. Deliberately not here: texts in force.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::staff::Member;

/// Most drafts of one member.
const EACH_MAX: usize = 8;
/// Most bytes of all drafts.
const BYTES_MAX: usize = 48 << 20;
/// Unused for this long: gone.
const IDLE: Duration = Duration::from_secs(12 * 60 * 60);

/// A text in work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) text: Arc<str>,
    /// The version that was in force when it was begun; none where there was no model.
    pub(super) base: Option<u64>,
    /// Where the text came from, in words.
    pub(super) from: String,
}

type Owner = (usize, String);

#[derive(Debug)]
struct Kept {
    owner: Owner,
    draft: Draft,
    used: Duration,
}

/// All drafts.
#[derive(Debug, Clone, Default)]
pub(super) struct Drafts(Arc<Mutex<Shelf>>);

#[derive(Debug, Default)]
struct Shelf {
    next: u64,
    kept: BTreeMap<u64, Kept>,
}

impl Drafts {
    /// Keeps a new draft of a member; its number.
    pub(super) fn add(&self, me: &Member, draft: Draft) -> u64 {
        self.keep(owner(me), draft, me.site.uptime())
    }

    /// The draft of this number, if it is the member's.
    pub(super) fn find(&self, me: &Member, id: u64) -> Option<Draft> {
        self.with(&owner(me), id, me.site.uptime(), |draft| draft.clone())
    }

    /// Gives a draft another text; false where there is none.
    pub(super) fn rewrite(&self, me: &Member, id: u64, text: Arc<str>) -> bool {
        self.with(&owner(me), id, me.site.uptime(), |draft| draft.text = text).is_some()
    }

    /// Lets go of a draft.
    pub(super) fn remove(&self, me: &Member, id: u64) {
        let owner = owner(me);
        self.shelf().kept.retain(|number, kept| *number != id || kept.owner != owner);
    }

    /// The drafts of a member, the newest first.
    pub(super) fn of(&self, me: &Member) -> Vec<(u64, Draft)> {
        let owner = owner(me);
        let shelf = self.shelf();
        let own = shelf.kept.iter().rev().filter(|(_, kept)| kept.owner == owner);
        own.map(|(id, kept)| (*id, kept.draft.clone())).collect()
    }

    fn keep(&self, owner: Owner, draft: Draft, now: Duration) -> u64 {
        let mut shelf = self.shelf();
        shelf.kept.retain(|_, kept| now.saturating_sub(kept.used) <= IDLE);
        let id = shelf.next + 1;
        shelf.next = id;
        shelf.kept.insert(id, Kept { owner: owner.clone(), draft, used: now });
        let of_owner = |kept: &Kept| kept.owner == owner;
        while shelf.kept.values().filter(|kept| of_owner(kept)).count() > EACH_MAX {
            shelf.drop_oldest(id, of_owner);
        }
        while shelf.kept.values().map(|kept| kept.draft.text.len()).sum::<usize>() > BYTES_MAX
            && shelf.kept.len() > 1
        {
            shelf.drop_oldest(id, |_| true);
        }
        id
    }

    fn with<R>(
        &self,
        owner: &Owner,
        id: u64,
        now: Duration,
        with: impl FnOnce(&mut Draft) -> R,
    ) -> Option<R> {
        let mut shelf = self.shelf();
        let kept = shelf.kept.get_mut(&id).filter(|kept| kept.owner == *owner)?;
        kept.used = now;
        Some(with(&mut kept.draft))
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shelf {
    /// Drops the draft unused for longest among those that fit, but not `but`.
    fn drop_oldest(&mut self, but: u64, fits: impl Fn(&Kept) -> bool) {
        let others = self.kept.iter().filter(|(id, kept)| **id != but && fits(kept));
        if let Some(id) = others.min_by_key(|(id, kept)| (kept.used, **id)).map(|(id, _)| *id) {
            self.kept.remove(&id);
        }
    }
}

fn owner(me: &Member) -> Owner {
    (me.inside.holds.at, me.name().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(bytes: usize) -> Draft {
        Draft { text: "x".repeat(bytes).into(), base: None, from: String::new() }
    }

    fn ids(drafts: &Drafts) -> Vec<u64> {
        drafts.shelf().kept.keys().copied().collect()
    }

    #[test]
    fn drafts_are_bounded_and_the_unused_go_first() {
        let drafts = Drafts::default();
        let (ann, bob) = ((0, "ann".to_owned()), (0, "bob".to_owned()));
        let at = Duration::from_secs;
        for second in 0..8 {
            drafts.keep(ann.clone(), draft(1), at(second));
        }
        drafts.keep(bob.clone(), draft(1), at(8));
        assert!(drafts.with(&ann, 1, at(9), |_| ()).is_some(), "used again");
        drafts.keep(ann.clone(), draft(1), at(10));
        assert_eq!(ids(&drafts), [1, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(drafts.with(&bob, 1, at(10), |_| ()).is_none(), "somebody else's");
        drafts.keep(bob.clone(), draft(BYTES_MAX), at(11));
        assert_eq!(ids(&drafts), [11]);
        drafts.keep(bob, draft(1), at(11) + IDLE + at(1));
        assert_eq!(ids(&drafts), [12]);
    }
}
