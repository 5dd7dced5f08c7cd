//! How far a list for a device reaches: the leases it is about, those that it can't touch, those that it takes away
//! for their length.
//!
//! Kept here: a list has one length of borrowing, and no key. Deliberately not here: what becomes of the leases; the
//! server decides.

use std::collections::{BTreeMap, BTreeSet};

use tenure_api::{DeviceDetail, LeaseRow, Seconds};
use tenure_document::Version;

use crate::component::{Notice, Tone};
use crate::words::so_many;

/// The leases that a list is about.
fn reached(detail: &DeviceDetail) -> impl Iterator<Item = &LeaseRow> {
    detail.leases.iter().filter(|lease| !lease.dropped && !lease.keyed)
}

/// The list that would change nothing, and its length of borrowing where all leases have the same.
pub(super) fn present(detail: &DeviceDetail) -> (String, String) {
    let mut held: BTreeMap<(&str, Version), u64> = BTreeMap::new();
    for lease in reached(detail) {
        *held.entry((&lease.feature, lease.version)).or_default() += u64::from(lease.count);
    }
    let line =
        |((name, version), count): (&(&str, Version), &u64)| format!("{name}@{version}:{count}");
    let lines: Vec<String> = held.iter().map(line).collect();
    let lengths: BTreeSet<Option<Seconds>> = reached(detail).map(length).collect();
    let borrow = match lengths.first() {
        Some(Some(only)) if lengths.len() == 1 => only.to_string(),
        _ => String::new(),
    };
    (lines.join("\n"), borrow)
}

fn length(lease: &LeaseRow) -> Option<Seconds> {
    lease.borrow_seconds.and_then(Seconds::new)
}

/// The leases that a list with this length of borrowing takes away, because they have another.
pub(super) fn lost(detail: &DeviceDetail, borrow: Option<Seconds>) -> Vec<&LeaseRow> {
    reached(detail).filter(|lease| length(lease) != borrow).collect()
}

/// What is asked before leases are taken away for their length.
pub(super) fn question(lost: &[&LeaseRow]) -> Notice {
    let text = format!(
        "These have another length than the form says under “Borrow for”, so they would be taken away at once, and \
         their seats asked for anew: {}. A device that has borrowed a lease goes on working with it until its end, \
         also when others have got the seat. Give the length that they have, or set it all the same.",
        all(lost)
    );
    Notice::new(Tone::Wait, "Nothing was changed yet", text)
}

/// Says which leases the list leaves alone; none where it reaches all of them.
pub(super) fn beyond(detail: &DeviceDetail) -> Option<Notice> {
    let keyed = detail.leases.iter().filter(|lease| !lease.dropped && lease.keyed);
    let keyed: Vec<&LeaseRow> = keyed.collect();
    let stay = match keyed.len() {
        0 => return None,
        1 => "stays as it is",
        _ => "stay as they are",
    };
    let text = format!(
        "An application holds them with a key of its own, and a list from this page leaves them alone: {}. They are \
         not in the list below; what you write there comes on top.",
        all(&keyed)
    );
    let title = format!("{} {stay}", so_many(keyed.len() as u64, "lease", "leases"));
    Some(Notice::new(Tone::Tell, title, text))
}

fn all(leases: &[&LeaseRow]) -> String {
    let words = |lease: &&LeaseRow| {
        let length = length(lease).map(|length| format!(", borrowed for {length}"));
        let length = length.unwrap_or_else(|| ", not borrowed".to_owned());
        format!("{} × {} {}{length}", lease.count, lease.feature, lease.version)
    };
    leases.iter().map(words).collect::<Vec<_>>().join("; ")
}
