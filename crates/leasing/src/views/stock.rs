//! Features and items: what there is, and how much of it is in use.
//!
//! Invariants: totals count only items that are live now, use counts everything in use; nothing is `None` but what has
//! no limit or no end. Deliberately not here: who uses it (leases).

use crate::state::Leasing;
use crate::stock::{Bin, Shelf, limited};
use crate::term::Now;
use std::collections::BTreeMap;
use std::sync::Arc;
use tenure_document::{Item, Time, Version};

/// One feature in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureRow {
    /// The feature.
    pub name: String,
    /// The version.
    pub version: Version,
    /// Seats or units of the live items, overdraft not included; none: uncounted.
    pub total: Option<u64>,
    /// Seats in use, units used up.
    pub used: u64,
    /// Free within the total for those for whom nothing is reserved; none: uncounted.
    pub available: Option<u64>,
    /// Allowed beyond the total; none: no limit.
    pub overdraft: Option<u64>,
    /// In use beyond the total.
    pub overdraft_used: u64,
    /// Kept by reservations, in use or not.
    pub reserved: u64,
    /// Of these, not in use.
    pub reserved_idle: u64,
    /// Seats of borrowed leases.
    pub borrowed: u64,
    /// Its units are used up instead of held.
    pub metered: bool,
    /// It has an item without a count.
    pub uncounted: bool,
    /// The earliest end of a live item; none: none ends.
    pub first_expiry: Option<Time>,
    /// The latest end of a live item; none: one never ends.
    pub last_expiry: Option<Time>,
    /// Live items.
    pub items: usize,
    /// Denials among those that are kept for display.
    pub denials: u64,
}

/// One feature over all versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureSummary {
    /// Its versions, lowest first.
    pub versions: Vec<Version>,
    /// The figures of all versions together; `version` is the highest.
    pub all: FeatureRow,
    /// Live leases.
    pub leases: usize,
}

/// How an item stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    /// It begins later.
    NotStarted,
    /// It can be granted.
    Live,
    /// It has ended and can still be granted.
    InGrace,
    /// It has ended.
    Ended,
    /// The publisher must be heard of first.
    ContactDue,
    /// The container no longer has it, but some of it is in use.
    Withdrawn,
}

impl ItemState {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            ItemState::NotStarted => "not-started",
            ItemState::Live => "live",
            ItemState::InGrace => "in-grace",
            ItemState::Ended => "ended",
            ItemState::ContactDue => "contact-due",
            ItemState::Withdrawn => "withdrawn",
        }
    }

    fn is_live(self) -> bool {
        matches!(self, ItemState::Live | ItemState::InGrace)
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// Its terms as issued.
    pub item: Arc<Item>,
    /// How it stands.
    pub state: ItemState,
    /// Seats in use, units used up.
    pub used: u64,
    /// Free now for those for whom nothing is reserved, overdraft included; none: no limit.
    pub free: Option<u64>,
    /// Kept by reservations, in use or not.
    pub reserved: u64,
    /// Of these, not in use.
    pub reserved_idle: u64,
    /// Seats of borrowed leases.
    pub borrowed: u64,
}

impl Leasing {
    /// Every item, in the order of feature, version and item ID.
    pub fn item_rows(&self, now: Now) -> Vec<ItemRow> {
        let mut rows: Vec<ItemRow> = self
            .shelves
            .iter()
            .map(|(_, shelf)| shelf)
            .filter(|shelf| shelf.present || shelf.used > 0)
            .map(|shelf| self.item_row(shelf, now))
            .collect();
        rows.sort_by(|a, b| key(&a.item).cmp(&key(&b.item)));
        rows
    }

    fn item_row(&self, shelf: &Shelf, now: Now) -> ItemRow {
        let state = self.item_state(shelf, now);
        let (reserved, reserved_idle) = self.reserved_of(shelf);
        let taken = shelf.taken().saturating_add(reserved_idle);
        let free = match state.is_live() {
            true => shelf.limit().map(|limit| limit.saturating_sub(taken)),
            false => Some(0),
        };
        let (item, used, borrowed) = (shelf.item.clone(), shelf.taken(), shelf.borrowed);
        ItemRow { item, state, used, free, reserved, reserved_idle, borrowed }
    }

    /// What of an item is reserved, in all pools, and what of that is idle.
    pub(crate) fn reserved_of(&self, shelf: &Shelf) -> (u64, u64) {
        if self.book.is_empty() {
            return (0, 0);
        }
        let Some(no) = self.shelves.find(shelf.item.id.as_str()) else { return (0, 0) };
        let stakes = &self.book.stakes;
        let bins = stakes.bins_from(Bin { shelf: no, pool: None });
        bins.take_while(|bin| bin.shelf == no).fold((0, 0), |(all, idle), bin| {
            let (reserved, _) = stakes.reserved(bin);
            (all + reserved, idle + reserved.saturating_sub(stakes.covered(bin)))
        })
    }

    fn item_state(&self, shelf: &Shelf, now: Now) -> ItemState {
        let now = self.container.rights(now.reading).items;
        let item = &shelf.item;
        match () {
            () if !shelf.present => ItemState::Withdrawn,
            () if item.live_from().is_some_and(|start| now < start) => ItemState::NotStarted,
            () if item.grace_end().is_some_and(|end| end <= now) => ItemState::Ended,
            () if self.container.contact_due(item).is_some_and(|due| due <= now) => {
                ItemState::ContactDue
            }
            () if item.ends().is_some_and(|end| end <= now) => ItemState::InGrace,
            () => ItemState::Live,
        }
    }

    /// One row for each feature and version that has items.
    pub fn feature_rows(&self, now: Now) -> Vec<FeatureRow> {
        let mut rows: BTreeMap<(&str, Version), FeatureRow> = BTreeMap::new();
        for (_, shelf) in self.shelves.iter() {
            if shelf.present || shelf.used > 0 {
                let place = (shelf.item.feature.as_str(), shelf.item.version);
                let row = rows.entry(place).or_insert_with(|| blank(place.0, place.1));
                self.add(row, shelf, now);
            }
        }
        let mut rows: Vec<FeatureRow> = rows.into_values().collect();
        for noted in self.denials.noted() {
            let Some(row) = rows.iter_mut().find(|row| {
                row.name == noted.denied.feature && row.version >= noted.denied.version
            }) else {
                continue;
            };
            row.denials += 1;
        }
        rows
    }

    /// One row for each feature that has items.
    pub fn feature_summaries(&self, now: Now) -> Vec<FeatureSummary> {
        let mut rows: BTreeMap<&str, FeatureSummary> = BTreeMap::new();
        for (_, shelf) in self.shelves.iter().filter(|(_, s)| s.present || s.used > 0) {
            let Some(feature) = self.features.get(shelf.feature) else { continue };
            let row = rows.entry(shelf.item.feature.as_str()).or_insert_with(|| FeatureSummary {
                versions: Vec::new(),
                all: blank(&shelf.item.feature, shelf.item.version),
                leases: feature.ends.len(),
            });
            row.versions.push(shelf.item.version);
            row.all.version = row.all.version.max(shelf.item.version);
            self.add(&mut row.all, shelf, now);
        }
        let mut rows: Vec<FeatureSummary> = rows.into_values().collect();
        for row in &mut rows {
            row.versions.sort_unstable();
            row.versions.dedup();
            let denied = self.denials.noted().iter();
            let denied = denied.filter(|noted| noted.denied.feature == row.all.name).count();
            row.all.denials = u64::try_from(denied).unwrap_or(u64::MAX);
        }
        rows
    }

    /// Units of a metered feature that are left, overdraft included; none: no limit.
    pub fn units_left(&self, feature: &str, now: Now) -> Option<u64> {
        let no = self.features.find(feature);
        let shelves = no.and_then(|no| self.features.get(no)).map_or(&[][..], |f| &f.shelves[..]);
        shelves
            .iter()
            .filter_map(|no| self.shelves.get(*no))
            .filter(|shelf| shelf.is_metered() && self.item_state(shelf, now).is_live())
            .try_fold(0_u64, |sum, shelf| {
                Some(sum.saturating_add(shelf.limit()?.saturating_sub(shelf.consumed)))
            })
    }

    fn add(&self, row: &mut FeatureRow, shelf: &Shelf, now: Now) {
        let item = &shelf.item;
        let count = limited(item.capacity());
        row.used = row.used.saturating_add(shelf.taken());
        row.borrowed += shelf.borrowed;
        row.metered |= shelf.is_metered();
        row.uncounted |= count.is_none();
        if !self.item_state(shelf, now).is_live() {
            row.overdraft_used += shelf.taken();
            return;
        }
        let first = row.items == 0;
        row.items += 1;
        let (reserved, idle) = self.reserved_of(shelf);
        row.reserved += reserved;
        row.reserved_idle += idle;
        let taken = shelf.taken().saturating_add(idle);
        row.total = sum(row.total, count);
        row.available = sum(row.available, count.map(|count| count.saturating_sub(taken)));
        row.overdraft = sum(row.overdraft, limited(item.overdraft_seats()));
        row.overdraft_used += count.map_or(0, |count| shelf.taken().saturating_sub(count));
        row.last_expiry = match first {
            true => item.ends(),
            false => row.last_expiry.zip(item.ends()).map(|(a, b)| a.max(b)),
        };
        row.first_expiry = match (row.first_expiry, item.ends()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (one, other) => one.or(other),
        };
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.zip(b).map(|(a, b)| a.saturating_add(b))
}

fn key(item: &Item) -> (&str, Version, &str) {
    (&item.feature, item.version, &item.id)
}

fn blank(name: &str, version: Version) -> FeatureRow {
    FeatureRow {
        name: name.to_owned(),
        version,
        total: Some(0),
        used: 0,
        available: Some(0),
        overdraft: Some(0),
        overdraft_used: 0,
        reserved: 0,
        reserved_idle: 0,
        borrowed: 0,
        metered: false,
        uncounted: false,
        first_expiry: None,
        last_expiry: None,
        items: 0,
        denials: 0,
    }
}
