//! Proving a ledger: walks it from the first entry and names the first one that is altered,
//! missing, reordered or signed by another.
//!
//! Invariants: reads only; everything is computed anew from what is stored (hash of the events,
//! root from the leaves, hash of the entry, link, signature). Needs the server's public key and
//! nothing secret.
//! Known and accepted: entries cut off at the end leave no trace in the ledger itself; a snapshot,
//! a lease or a context shows them.
//! Not here: whether the events make sense (the fold at start does that).

use std::io::Write;

use serde::Serialize;
use serde_json::value::RawValue;
use tenure_document::{Bytes, Hash, PublicKey, Time};

use crate::{
    entry::{Entry, Head},
    fault::{Corruption, Damage, LedgerError},
    port::Reader,
    snapshot,
};

/// Entries per read.
const PAGE: usize = 256;

/// What a walk over a sound ledger saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Entries, the first one included.
    pub entries: u64,
    /// Documents they vouch for.
    pub documents: u64,
    /// Where the ledger ends.
    pub head: Option<Head>,
}

/// Walks the whole ledger. `progress` is told the sequence reached, now and then.
///
/// # Errors
/// [`LedgerError::Corrupt`] names the first entry that is not what it must be.
pub fn verify(
    reader: &mut dyn Reader,
    key: &PublicKey,
    progress: &mut dyn FnMut(u64),
) -> Result<Audit, LedgerError> {
    let mut audit = Audit::default();
    loop {
        let page = reader.read(audit.entries, PAGE)?;
        if page.is_empty() {
            break;
        }
        for entry in &page {
            if let Err(found) = entry.check(audit.head.as_ref()) {
                return Err(named(reader, entry, found)?.into());
            }
            entry.check_signature(key)?;
            audit.entries += 1;
            audit.documents += entry.leaves.len() as u64;
            audit.head = Some(entry.head());
        }
        progress(audit.entries - 1);
    }
    end_is_there(reader, key, audit.entries)?;
    Ok(audit)
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
        leaves: &entry.leaves,
        signature: Bytes(entry.signature.to_vec()),
        payload,
    };
    serde_json::to_string(&line).map_err(|error| LedgerError::io("be exported", error))
}

/// Writes the entries from sequence `from` on as lines of JSON, and says how many. Checks nothing:
/// see [`verify`].
pub fn export(reader: &mut dyn Reader, from: u64, out: &mut dyn Write) -> Result<u64, LedgerError> {
    let (mut next, mut lines) = (from, 0);
    loop {
        let page = reader.read(next, PAGE)?;
        let Some(last) = page.last() else { return Ok(lines) };
        next = last.sequence + 1;
        for entry in &page {
            writeln!(out, "{}", export_line(entry)?)
                .map_err(|error| LedgerError::io("be exported", error))?;
            lines += 1;
        }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    sequence: u64,
    at: Time,
    epoch: u64,
    previous: Hash,
    hash: Hash,
    events_hash: Hash,
    root: Hash,
    leaves: &'a [Hash],
    signature: Bytes,
    payload: &'a RawValue,
}

/// Looks closer at an entry that doesn't match its hash: it may be whole, but in another's place.
fn named(
    reader: &mut dyn Reader,
    entry: &Entry,
    found: Corruption,
) -> Result<Corruption, LedgerError> {
    if found.damage != Damage::AlteredEntry {
        return Ok(found);
    }
    let end = reader.head()?.map_or(0, |head| head.sequence) + 2;
    let own = (0..=end).find(|sequence| entry.computed_hash(*sequence) == entry.hash);
    Ok(own.map_or(found.clone(), |own| {
        let detail = format!("entry {own} stands here instead");
        Corruption::new(found.sequence, Damage::Reordered, detail)
    }))
}

/// A snapshot signed by this server proves that its entry existed.
fn end_is_there(reader: &mut dyn Reader, key: &PublicKey, entries: u64) -> Result<(), LedgerError> {
    for sequence in reader.snapshots()? {
        let Ok(bytes) = reader.load_snapshot(sequence) else { continue };
        let Ok((header, _)) = snapshot::decode(&bytes, key) else { continue };
        // A running server may have written both since the walk ended.
        let newest = reader.head()?.map(|head| head.sequence);
        if header.sequence >= entries && newest.is_none_or(|newest| newest < header.sequence) {
            let detail = format!("a snapshot proves that entry {} existed", header.sequence);
            return Err(Corruption::new(entries, Damage::Missing, detail).into());
        }
    }
    Ok(())
}
