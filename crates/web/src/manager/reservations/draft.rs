//! Changes of a group that are not submitted yet.
//!
//! Kept here: a change says what it was made of, so that it can be put on top of what somebody else has changed
//! meanwhile, and what has gone under it is told. Deliberately not here: where drafts are kept (`staff::draft`).

use serde::{Deserialize, Serialize};
use tenure_api::ReservationGroupRequest;

use super::entry::{Entry, entries, posting};
use crate::staff::Member;
use crate::staff::draft::TooLong;

/// Most changes of a draft.
const CHANGES_MAX: usize = 1_000;

/// One change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Change {
    Add(Entry),
    Delete(Entry),
    Edit {
        was: Entry,
        now: Entry,
    },
    /// Another name; none: it is called by its number.
    Rename(Option<String>),
}

impl Change {
    /// The change in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Add(entry) => format!("Reserve {}", entry.words()),
            Self::Delete(entry) => format!("Delete {}", entry.words()),
            Self::Edit { was, now } => format!("Change {} to {}", was.words(), now.words()),
            Self::Rename(Some(name)) => format!("Call the group {name}"),
            Self::Rename(None) => "Call the group by its number".to_owned(),
        }
    }

    /// The entry that it asks for.
    pub(super) const fn wants(&self) -> Option<&Entry> {
        match self {
            Self::Add(entry) | Self::Edit { now: entry, .. } => Some(entry),
            Self::Delete(_) | Self::Rename(_) => None,
        }
    }

    /// The entry that it takes away.
    pub(super) const fn takes(&self) -> Option<&Entry> {
        match self {
            Self::Delete(entry) | Self::Edit { was: entry, .. } => Some(entry),
            Self::Add(_) | Self::Rename(_) => None,
        }
    }
}

/// Changes of one group, in the order in which they were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Draft {
    /// The revision that was seen.
    pub(super) revision: u64,
    pub(super) changes: Vec<Change>,
}

/// The draft of a new group.
pub(super) const NEW: &str = "new";

fn name(me: &Member, group: &str) -> String {
    format!("reservations {} {group}", me.inside.holds.at)
}

impl Draft {
    /// What is kept for a group.
    pub(super) fn of(me: &Member, group: &str) -> Option<Self> {
        me.inside.holds.drafts.read(&name(me, group))
    }

    /// Keeps it; one without changes is let go of.
    pub(super) fn keep(&self, me: &Member, group: &str) -> Result<(), TooLong> {
        if self.changes.len() > CHANGES_MAX {
            return Err(TooLong);
        }
        let mut kept = Ok(());
        me.site.change(&me.inside, |staff| {
            if self.changes.is_empty() {
                staff.drafts.forget(&name(me, group));
            } else {
                kept = staff.drafts.write(&name(me, group), self);
            }
        });
        kept
    }

    /// Lets go of what is kept for a group.
    pub(super) fn forget(me: &Member, group: &str) {
        me.site.change(&me.inside, |staff| staff.drafts.forget(&name(me, group)));
    }

    /// Deletes an entry, or takes back what was to be done with it.
    pub(super) fn delete(&mut self, entry: Entry) {
        let of_it = |change: &Change| change.takes() == Some(&entry);
        match self.changes.iter().position(of_it) {
            Some(place) => self.changes[place] = Change::Delete(entry),
            None => self.changes.push(Change::Delete(entry)),
        }
    }

    /// Changes an entry; back to what it was is no change.
    pub(super) fn edit(&mut self, was: Entry, now: Entry) {
        self.changes.retain(|change| change.takes() != Some(&was));
        if was != now {
            self.changes.push(Change::Edit { was, now });
        }
    }

    /// Gives the group another name.
    pub(super) fn rename(&mut self, to: Option<String>) {
        self.changes.retain(|change| !matches!(change, Change::Rename(_)));
        self.changes.push(Change::Rename(to));
    }

    /// The entries it adds.
    pub(super) fn added(&self) -> Vec<Entry> {
        self.changes.iter().filter_map(|change| change.wants().cloned()).collect()
    }

    /// The group with the changes, and those that found nothing to change.
    pub(super) fn applied(
        &self,
        group: &ReservationGroupRequest,
    ) -> (ReservationGroupRequest, Vec<Change>) {
        let mut all: Vec<Option<Entry>> = entries(group).into_iter().map(Some).collect();
        let mut name = group.name.clone();
        let mut lost = Vec::new();
        for change in &self.changes {
            let place = |taken: &Entry| all.iter().position(|one| one.as_ref() == Some(taken));
            match change {
                Change::Add(entry) => all.push(Some(entry.clone())),
                Change::Rename(to) => name.clone_from(to),
                Change::Delete(entry) => match place(entry) {
                    Some(place) => all[place] = None,
                    None => lost.push(change.clone()),
                },
                Change::Edit { was, now } => match place(was) {
                    Some(place) => all[place] = Some(now.clone()),
                    None => lost.push(change.clone()),
                },
            }
        }
        let all: Vec<Entry> = all.into_iter().flatten().collect();
        (posting(name, &all), lost)
    }
}

#[cfg(test)]
mod tests {
    use tenure_api::{ReservationEntryRequest, ReservedHost};
    use tenure_document::{HostIdType, Version};

    use super::*;

    fn entry(who: &str, count: u64) -> Entry {
        Entry {
            host: ReservedHost { value: who.to_owned(), kind: HostIdType::User },
            what: ReservationEntryRequest {
                feature_name: "cad".to_owned(),
                feature_version: Version::ANY,
                feature_count: count,
                pool: None,
            },
        }
    }

    #[test]
    fn changes_are_put_on_top_and_what_has_gone_is_told() {
        let mut draft = Draft::default();
        draft.edit(entry("ann", 1), entry("ann", 2));
        draft.edit(entry("ann", 1), entry("ann", 3));
        draft.delete(entry("bob", 1));
        draft.changes.push(Change::Add(entry("cleo", 1)));
        draft.rename(Some("vip".to_owned()));
        let words: Vec<String> = draft.changes.iter().map(Change::words).collect();
        assert_eq!(
            words,
            [
                "Change 1 × cad for user ann to 3 × cad for user ann",
                "Delete 1 × cad for user bob",
                "Reserve 1 × cad for user cleo",
                "Call the group vip",
            ]
        );
        let seen = posting(None, &[entry("ann", 1), entry("bob", 1)]);
        let (now, lost) = draft.applied(&seen);
        assert_eq!(now, posting(Some("vip".to_owned()), &[entry("ann", 3), entry("cleo", 1)]));
        assert_eq!(lost, []);
        let meanwhile = posting(None, &[entry("ann", 1), entry("dan", 4)]);
        let (now, lost) = draft.applied(&meanwhile);
        let both = [entry("ann", 3), entry("dan", 4), entry("cleo", 1)];
        assert_eq!(now, posting(Some("vip".to_owned()), &both));
        assert_eq!(lost, [Change::Delete(entry("bob", 1))]);
    }

    #[test]
    fn a_change_back_is_none_and_a_deletion_takes_the_place_of_an_edit() {
        let mut draft = Draft::default();
        draft.edit(entry("ann", 1), entry("ann", 2));
        draft.edit(entry("ann", 1), entry("ann", 1));
        assert_eq!(draft.changes, []);
        draft.edit(entry("ann", 1), entry("ann", 2));
        draft.delete(entry("ann", 1));
        assert_eq!(draft.changes, [Change::Delete(entry("ann", 1))]);
    }
}
