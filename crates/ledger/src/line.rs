//! An entry as one line of JSON: what an export writes and what archived files hold.
//!
//! Invariants: a stored format; a line holds everything its entry is made of, the payload byte for
//! byte as it was hashed; reading a line checks its form only, whoever reads it checks the entry.
//! Not here: the files (`segment`) and the walk (`audit`).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tenure_document::{Bytes, Hash, Time};

use crate::{
    entry::Entry,
    fault::{Corruption, Damage, LedgerError},
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    sequence: u64,
    at: Time,
    epoch: u64,
    previous: Hash,
    hash: Hash,
    events_hash: Hash,
    root: Hash,
    leaves: Cow<'a, [Hash]>,
    signature: Bytes,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// One line of JSON that holds everything an entry is made of, with the payload as it is stored.
pub fn export_line(entry: &Entry) -> Result<String, LedgerError> {
    let unreadable =
        |_| Corruption::new(entry.sequence, Damage::Unreadable, "the payload is not JSON");
    let payload: &RawValue = serde_json::from_slice(&entry.payload).map_err(unreadable)?;
    let line = Line {
        sequence: entry.sequence,
        at: entry.at,
        epoch: entry.epoch,
        previous: entry.previous,
        hash: entry.hash,
        events_hash: entry.events_hash,
        root: entry.root,
        leaves: Cow::Borrowed(&entry.leaves),
        signature: Bytes(entry.signature.to_vec()),
        payload,
    };
    serde_json::to_string(&line).map_err(|error| LedgerError::io("be exported", error))
}

/// The entry that a line of an export or an archive holds; or why it holds none. Checks nothing of
/// what the entry says: see [`Entry::check`].
///
/// # Errors
/// What is wrong with the line, for people.
pub fn parse_line(text: &[u8]) -> Result<Entry, String> {
    let line: Line<'_> = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let signature = line.signature.as_slice().try_into();
    Ok(Entry {
        sequence: line.sequence,
        at: line.at,
        epoch: line.epoch,
        previous: line.previous,
        hash: line.hash,
        payload: line.payload.get().as_bytes().to_vec(),
        events_hash: line.events_hash,
        root: line.root,
        leaves: line.leaves.into_owned(),
        signature: signature.map_err(|_| "its signature is not 64 bytes".to_owned())?,
    })
}
