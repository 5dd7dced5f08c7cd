//! Proving a ledger: walks it from the first entry, or from its anchor, and names the first one that
//! is altered, missing, reordered or signed by another.
//!
//! Invariants: reads only; everything is computed anew from what is stored (hash of the events,
//! root from the leaves, hash of the entry, link, signature). Needs the server's public key and
//! nothing secret.
//! Known and accepted: entries cut off at the end leave no trace in the ledger itself; a snapshot,
//! a lease or a context shows them.
//! Not here: whether the events make sense (the fold at start does that).

use std::io::Write;

use tenure_document::PublicKey;

use crate::{
    anchor::check_anchor,
    entry::{Entry, GENESIS, Head},
    fault::{Corruption, Damage, LedgerError},
    line::export_line,
    port::Reader,
    snapshot,
};

/// Entries per read.
const PAGE: usize = 256;

/// What a walk over a sound ledger saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// The entry the walk began with: the first of all, or the anchor of a ledger whose older
    /// entries are in an archive.
    pub begins: u64,
    /// Entries seen, that one included.
    pub entries: u64,
    /// Documents they vouch for.
    pub documents: u64,
    /// Where the ledger ends.
    pub head: Option<Head>,
}

/// Walks the whole ledger, as far back as `reader` goes. `progress` is told the sequence reached, now
/// and then.
///
/// # Errors
/// [`LedgerError::Corrupt`] names the first entry that is not what it must be.
pub fn verify(
    reader: &mut dyn Reader,
    key: &PublicKey,
    progress: &mut dyn FnMut(u64),
) -> Result<Audit, LedgerError> {
    check_anchor(reader, key)?;
    let mut audit = Audit { begins: reader.beginning()?.sequence, ..Audit::default() };
    loop {
        let page = reader.read(audit.begins + audit.entries, PAGE)?;
        if page.is_empty() {
            break;
        }
        for entry in &page {
            let checked = match &audit.head {
                // What it follows is elsewhere; the anchor has named it.
                None if audit.begins > GENESIS => entry.check_whole(audit.begins),
                head => entry.check(head.as_ref()),
            };
            if let Err(found) = checked {
                return Err(named(reader, entry, found)?.into());
            }
            entry.check_signature(key)?;
            audit.entries += 1;
            audit.documents += entry.leaves.len() as u64;
            audit.head = Some(entry.head());
        }
        progress(audit.begins + audit.entries - 1);
    }
    end_is_there(reader, key, audit.begins + audit.entries)?;
    Ok(audit)
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

/// Looks closer at an entry that is not the one expected: it, or the one that is missing, may be
/// whole, but in another's place.
fn named(
    reader: &mut dyn Reader,
    entry: &Entry,
    found: Corruption,
) -> Result<Corruption, LedgerError> {
    let stands = |own: u64| {
        let detail = format!("entry {own} stands here instead");
        Corruption::new(found.sequence, Damage::Reordered, detail)
    };
    match found.damage {
        Damage::AlteredEntry => {
            let end = reader.head()?.map_or(0, |head| head.sequence) + 2;
            let own = (0..=end).find(|sequence| entry.computed_hash(*sequence) == entry.hash);
            Ok(own.map_or(found.clone(), stands))
        }
        // Only in a file can entries stand in another order than that of their numbers.
        Damage::Missing if comes_later(reader, found.sequence) => Ok(stands(entry.sequence)),
        _ => Ok(found),
    }
}

fn comes_later(reader: &mut dyn Reader, sequence: u64) -> bool {
    let mut next = sequence + 1;
    while let Ok(page) = reader.read(next, PAGE)
        && !page.is_empty()
    {
        if page.iter().any(|entry| entry.sequence == sequence) {
            return true;
        }
        next += page.len() as u64;
    }
    false
}

/// A snapshot signed by this server proves that its entry existed.
fn end_is_there(reader: &mut dyn Reader, key: &PublicKey, end: u64) -> Result<(), LedgerError> {
    for sequence in reader.snapshots()? {
        let Ok(bytes) = reader.load_snapshot(sequence) else { continue };
        let Ok((header, _)) = snapshot::decode(&bytes, key) else { continue };
        // A running server may have written both since the walk ended.
        let newest = reader.head()?.map(|head| head.sequence);
        if header.sequence >= end && newest.is_none_or(|newest| newest < header.sequence) {
            let detail = format!("a snapshot proves that entry {} existed", header.sequence);
            return Err(Corruption::new(end, Damage::Missing, detail).into());
        }
    }
    Ok(())
}
