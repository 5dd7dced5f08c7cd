//! Reservations as they are posted and as they are kept.
//!
//! Invariants: a stored format (an event holds whole groups): members are added with a default, never changed; entries
//! are numbered in the order of their creation, and one that an edit leaves alone keeps its number; a group names a
//! device or user once. Deliberately not here: whether they fit (placing).

use crate::ids::ReservationGroupId;
use crate::pool::DEFAULT_POOL;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tenure_document::{HostId, Time, Version};

/// The longest name, in bytes.
const NAME_MAX: usize = 256;
/// The most devices and users in one group.
const RESERVATIONS_MAX: usize = 10_000;
/// The most entries of one device or user in one group.
const ENTRIES_MAX: usize = 1_000;
/// The most seats or units in one entry.
const COUNT_MAX: u64 = 1_000_000_000_000;

/// A group as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservationGroup {
    /// Its number.
    pub id: ReservationGroupId,
    /// What people call it; none: by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Counts its changes from 1.
    pub revision: u64,
    /// Since when.
    pub created: Time,
    /// When it was last changed.
    pub changed: Time,
    /// Seats that others hold when it is posted stay with them as long as they renew.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_leases: bool,
    /// For whom, in the order posted.
    pub reservations: Vec<Reservation>,
}

/// What is kept for one device or user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reservation {
    /// The device; of the type USER: a user, on whatever device.
    pub host: HostId,
    /// What.
    pub entries: Vec<ReservationEntry>,
}

/// So many of one feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReservationEntry {
    /// Its number: the order of creation over all groups.
    pub id: u64,
    /// The feature.
    pub feature: String,
    /// The lowest version that will do.
    pub version: Version,
    /// Seats, or units of a metered feature.
    pub count: u64,
    /// From this pool; none: from what is in no named pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// A group as it is posted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReservationPosting {
    /// What people call it.
    pub name: Option<String>,
    /// For whom, and what.
    pub reservations: Vec<(HostId, Vec<EntryPosting>)>,
}

/// An entry as it is posted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryPosting {
    /// The feature.
    pub feature: String,
    /// The lowest version that will do.
    pub version: Version,
    /// Seats, or units of a metered feature.
    pub count: u64,
    /// From this pool; none: from what is in no named pool.
    pub pool: Option<String>,
}

/// Why an entry can't be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// No item has the feature.
    UnknownFeature,
    /// Every item that is live has a lower version.
    VersionTooLow,
    /// The feature is not counted: there is always a seat.
    Uncounted,
    /// No pool has this name.
    UnknownPool,
    /// Only so many are not reserved yet.
    TooMany {
        /// How many.
        left: u64,
    },
    /// It would take seats from an entry that has them.
    Displaces {
        /// How many.
        seats: u64,
    },
}

/// An entry that can't be had, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfitEntry {
    /// The name of its group, or its number.
    pub group: String,
    /// For whom.
    pub host: HostId,
    /// What.
    pub entry: EntryPosting,
    /// Why not.
    pub why: Unfit,
}

impl Unfit {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Unfit::UnknownFeature => "unknown-feature",
            Unfit::VersionTooLow => "version-too-low",
            Unfit::Uncounted => "uncounted",
            Unfit::UnknownPool => "unknown-pool",
            Unfit::TooMany { .. } => "too-many",
            Unfit::Displaces { .. } => "displaces",
        }
    }

    /// How many of the entry could be had.
    pub fn left(&self, count: u64) -> u64 {
        match self {
            Unfit::TooMany { left } => *left,
            Unfit::Displaces { seats } => count.saturating_sub(*seats),
            _ => 0,
        }
    }
}

impl std::fmt::Display for UnfitEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let EntryPosting { feature, version, count, pool } = &self.entry;
        write!(f, "{} in {:?}: {count} of {feature:?} {version}", self.host, self.group)?;
        if let Some(pool) = pool {
            write!(f, " from pool {pool:?}")?;
        }
        match &self.why {
            Unfit::UnknownFeature => write!(f, ": no license has this feature"),
            Unfit::VersionTooLow => write!(f, ": the licenses cover lower versions only"),
            Unfit::Uncounted => write!(f, ": the feature is not counted, it needs no reservation"),
            Unfit::UnknownPool => write!(f, ": there is no such pool"),
            Unfit::TooMany { left } => write!(f, ": {left} not reserved yet"),
            Unfit::Displaces { seats } => write!(f, ": would lose {seats} that it has"),
        }
    }
}

impl ReservationGroup {
    /// Its name, or its number where it has none.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// The group as it would be posted.
    pub fn posting(&self) -> ReservationPosting {
        let reservations = self.reservations.iter().map(|reservation| {
            (
                reservation.host.clone(),
                reservation.entries.iter().map(ReservationEntry::posting).collect(),
            )
        });
        ReservationPosting { name: self.name.clone(), reservations: reservations.collect() }
    }

    /// All entries, with whom they are for.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&HostId, &ReservationEntry)> {
        self.reservations.iter().flat_map(|reservation| {
            reservation.entries.iter().map(|entry| (&reservation.host, entry))
        })
    }
}

impl ReservationEntry {
    /// The named pool that it is from; none: the default pool.
    pub(crate) fn named_pool(&self) -> Option<&str> {
        self.pool.as_deref().filter(|pool| *pool != DEFAULT_POOL)
    }

    /// The entry as it would be posted.
    pub fn posting(&self) -> EntryPosting {
        EntryPosting {
            feature: self.feature.clone(),
            version: self.version,
            count: self.count,
            pool: self.pool.clone(),
        }
    }
}

/// Whether a posting says what it means; otherwise what is wrong with it.
pub(crate) fn check(posting: &ReservationPosting) -> Result<(), String> {
    if let Some(name) = &posting.name {
        check_text("the name of a group", name)?;
    }
    if posting.reservations.len() > RESERVATIONS_MAX {
        return Err(format!("at most {RESERVATIONS_MAX} devices and users in one group"));
    }
    let mut hosts = BTreeSet::new();
    for (host, entries) in &posting.reservations {
        if !hosts.insert(host) {
            return Err(format!("{host} stands in the group twice; put its entries together"));
        }
        if entries.is_empty() {
            return Err(format!("{host}: no entries"));
        }
        if entries.len() > ENTRIES_MAX {
            return Err(format!("{host}: at most {ENTRIES_MAX} entries"));
        }
        for entry in entries {
            check_entry(entry).map_err(|wrong| format!("{host}: {wrong}"))?;
        }
    }
    Ok(())
}

fn check_entry(entry: &EntryPosting) -> Result<(), String> {
    check_text("the name of a feature", &entry.feature)?;
    if let Some(pool) = &entry.pool {
        check_text("the name of a pool", pool)?;
    }
    if entry.count == 0 || entry.count > COUNT_MAX {
        return Err(format!(
            "feature {:?}: the count must be from 1 to {COUNT_MAX}",
            entry.feature
        ));
    }
    Ok(())
}

fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > NAME_MAX || text.chars().any(char::is_control) {
        return Err(format!("{what} must have 1 to {NAME_MAX} bytes and no control characters"));
    }
    Ok(())
}

/// The reservations of a posting, numbered. An entry that stands in `before` for the same device or user keeps its
/// number, also where its count changes; the others get the next ones.
pub(crate) fn keep(
    posting: &ReservationPosting,
    before: Option<&ReservationGroup>,
    next: &mut u64,
) -> Vec<Reservation> {
    let mut known: BTreeMap<(HostId, EntryPosting), Vec<u64>> = BTreeMap::new();
    // The count may change without the entry becoming another one.
    let key =
        |host: &HostId, entry: EntryPosting| (host.clone(), EntryPosting { count: 0, ..entry });
    for (host, entry) in before.into_iter().flat_map(ReservationGroup::entries) {
        known.entry(key(host, entry.posting())).or_default().push(entry.id);
    }
    known.values_mut().for_each(|ids| ids.reverse());
    let mut number = |host: &HostId, entry: &EntryPosting| {
        known.get_mut(&key(host, entry.clone())).and_then(Vec::pop).unwrap_or_else(|| {
            *next += 1;
            *next - 1
        })
    };
    let reservations = posting.reservations.iter().map(|(host, entries)| Reservation {
        host: host.clone(),
        entries: entries
            .iter()
            .map(|entry| ReservationEntry {
                id: number(host, entry),
                feature: entry.feature.clone(),
                version: entry.version,
                count: entry.count,
                pool: entry.pool.clone(),
            })
            .collect(),
    });
    reservations.collect()
}
