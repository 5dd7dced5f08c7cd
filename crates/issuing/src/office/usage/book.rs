//! What license servers report of use: how far each has reported, and sums by day.
//!
//! Invariants: every entry of a server's ledger counts once, however often its report comes; units that were taken back
//! are off the days on which they were consumed; only sums are kept, no holder's name or pseudonym; sums older than a
//! little over a year are dropped.
//! Deliberately not here: the reports themselves (they are signed documents, and in the ledger's events only as sums).

use crate::office::asker::Asker;
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use tenure_document::{ContainerId, Hash, Time, Usage, Verified};

/// Days for which sums are kept.
const KEPT_DAYS: i64 = 400;
pub(crate) const DAY_MS: i64 = 86_400_000;

/// A report that came in, verified by the key of the server's container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageIn {
    /// The report.
    pub usage: Verified<Usage>,
    /// Who brought it.
    pub by: Asker,
}

/// How a report continues what was reported before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Continuity {
    /// It is the first of this server.
    First,
    /// It begins where the last one ended.
    Seamless,
    /// Entries between the two were never reported.
    Gap,
    /// It does not continue the ledger that was reported before: the server was restored, or tells two stories.
    Fork,
}

/// A report was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageTaken {
    /// Who brought it.
    pub by: Asker,
    /// Whose.
    pub server: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// The first entry reported.
    pub from_sequence: u64,
    /// The last entry reported.
    pub to_sequence: u64,
    /// Hash of that entry.
    pub head: Hash,
    /// How it continues the one before.
    pub continuity: Continuity,
    /// Use by day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<UsageRow>,
}

/// The use of one feature of one item of one server on one day (UTC).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsageRow {
    /// The day, counted from 1970-01-01.
    pub day: i64,
    /// The item; empty where only the feature was said, as license servers do.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub item_id: String,
    /// The feature, where it was said.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub feature: String,
    /// Seats that began to be held.
    #[serde(skip_serializing_if = "is_default")]
    pub checkouts: u64,
    /// Requests denied.
    #[serde(skip_serializing_if = "is_default")]
    pub denials: u64,
    /// Most seats held at one time, within one report.
    #[serde(skip_serializing_if = "is_default")]
    pub peak: u64,
    /// Seats times seconds.
    #[serde(skip_serializing_if = "is_default")]
    pub seat_seconds: u64,
    /// Metered units consumed.
    #[serde(skip_serializing_if = "is_default")]
    pub consumed: u64,
    /// Metered units taken back that were consumed on earlier days; none in sums.
    #[serde(skip_serializing_if = "is_default")]
    pub undone: u64,
}

impl UsageRow {
    /// Adds another report of the same day, item and feature.
    pub(crate) fn add(&mut self, other: &UsageRow) {
        self.checkouts = self.checkouts.saturating_add(other.checkouts);
        self.denials = self.denials.saturating_add(other.denials);
        self.peak = self.peak.max(other.peak);
        self.seat_seconds = self.seat_seconds.saturating_add(other.seat_seconds);
        self.consumed = self.consumed.saturating_add(other.consumed);
        self.undone = self.undone.saturating_add(other.undone);
    }
}

/// How far a server has reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    /// The generation of its container.
    pub generation: u32,
    /// The last entry reported.
    pub to_sequence: u64,
    /// Hash of that entry.
    pub head: Hash,
    /// When the last report came.
    pub at: Time,
    /// Reports before which entries were missing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub gaps: u64,
    /// Reports that contradicted the ones before.
    #[serde(default, skip_serializing_if = "is_default")]
    pub forks: u64,
}

/// Use of all servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsageBook {
    servers: BTreeMap<ContainerId, Reported>,
    /// A list, because JSON has only text for keys.
    #[serde(with = "rows")]
    rows: BTreeMap<Place, UsageRow>,
}

/// Day, server, item, feature.
type Place = (i64, ContainerId, String, String);

fn place(day: i64, server: ContainerId, row: &UsageRow) -> Place {
    (day, server, row.item_id.clone(), row.feature.clone())
}

/// Before all places of a day.
fn first_of(day: i64) -> Place {
    (day, ContainerId([0; 16]), String::new(), String::new())
}

impl UsageBook {
    /// How far a server has reported.
    pub fn reported(&self, server: ContainerId) -> Option<&Reported> {
        self.servers.get(&server)
    }

    /// How far every server has reported.
    pub fn servers(&self) -> impl Iterator<Item = (ContainerId, &Reported)> {
        self.servers.iter().map(|(id, reported)| (*id, reported))
    }

    /// Sums by day, server, item and feature, oldest first, of the days from `from` to before `until` (counted from 1970).
    pub fn rows(&self, from: i64, until: i64) -> impl Iterator<Item = (ContainerId, &UsageRow)> {
        let range = first_of(from)..first_of(until.max(from));
        self.rows.range(range).map(|((_, server, ..), row)| (*server, row))
    }

    pub(crate) fn take(&mut self, event: &UsageTaken, at: Time) {
        let before = self.servers.get(&event.server);
        let (gaps, forks) = before.map_or((0, 0), |one| (one.gaps, one.forks));
        let more = |is: Continuity| u64::from(event.continuity == is);
        let reported = Reported {
            generation: event.generation,
            to_sequence: event.to_sequence,
            head: event.head,
            at,
            gaps: gaps + more(Continuity::Gap),
            forks: forks + more(Continuity::Fork),
        };
        self.servers.insert(event.server, reported);
        for row in &event.rows {
            let key = place(row.day, event.server, row);
            let row = UsageRow { undone: 0, ..row.clone() };
            match self.rows.get_mut(&key) {
                Some(sum) => sum.add(&row),
                None => drop(self.rows.insert(key, row)),
            }
        }
        let today = at.as_millis().div_euclid(DAY_MS);
        let oldest = today - KEPT_DAYS;
        self.rows = self.rows.split_off(&first_of(oldest));
        for row in &event.rows {
            self.take_back(event.server, row, oldest..=row.day.min(today));
        }
    }

    /// Takes units off the days on which they were consumed, the latest first; which these are nobody reports.
    fn take_back(&mut self, server: ContainerId, row: &UsageRow, days: RangeInclusive<i64>) {
        let mut left = row.undone;
        for day in days.rev().take_while(|_| row.undone > 0) {
            if let Some(sum) = self.rows.get_mut(&place(day, server, row)) {
                let here = left.min(sum.consumed);
                (sum.consumed, left) = (sum.consumed - here, left - here);
            }
        }
    }
}

mod rows {
    use super::{Place, UsageRow, place};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::collections::BTreeMap;
    use tenure_document::ContainerId;

    type Rows = BTreeMap<Place, UsageRow>;

    pub fn serialize<S: Serializer>(rows: &Rows, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(rows.iter().map(|((_, server, ..), row)| (server, row)))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rows, D::Error> {
        let rows = Vec::<(ContainerId, UsageRow)>::deserialize(deserializer)?;
        let keyed = rows.into_iter().map(|(id, row)| (place(row.day, id, &row), row));
        Ok(keyed.collect())
    }
}
