//! Moving old entries to an archive: they are written to files, read back and proved there, and only
//! then is the ledger cut.
//!
//! Invariants: crash-safe at every point and in any repetition: until the cut nothing was taken from
//! the ledger, after it everything before the cut is proved to be in the archive; entries that are
//! there already are not written again, files are never changed; a folder without what went there
//! last is not gone on with, because its disk may not be mounted. The state kept with the cut is
//! folded, written, and read back before it is relied upon.
//! Not here: the cut itself (`port`), reading an archive (`archive`).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use tenure_document::{Hash, PublicKey, Time};

use crate::{
    anchor::{Anchor, check_anchor},
    archive::{Archive, snapshots},
    entry::{Entry, EntrySigner, Head},
    fault::{Corruption, Damage, LedgerError},
    fold::Fold,
    history::last_before,
    idempotency::Keep,
    machine::Machine,
    port::{Cut, Reader},
    segment::SegmentWriter,
    timekeeper::ClockAlarm,
};

/// Entries per read.
const PAGE: usize = 256;

/// What is to be archived, and where.
#[derive(Clone, Debug)]
pub struct ArchiveOrder {
    /// Entries from before this instant go; the last of them also stays, as the new beginning.
    pub before: Time,
    /// The folder they go to; made if it is not there.
    pub folder: PathBuf,
    /// The present, for the record.
    pub now: Time,
}

/// How far archiving is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveStep {
    /// Entries up to this one were read.
    Read(u64),
    /// A file with entries up to this one is there.
    Written(u64),
    /// The state is there.
    StateKept,
    /// Entries up to this one were read back and proved.
    Proved(u64),
    /// The ledger begins anew.
    Cut,
    /// So many old entries were removed from it.
    Swept(u64),
}

/// Told each step; false gives up: nothing is lost by it, another attempt goes on from there.
pub type OnStep<'a> = &'a mut dyn FnMut(ArchiveStep) -> bool;

/// What an archiving did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Entries that were written to files by it.
    pub entries: u64,
    /// The entry that the ledger begins with from now on.
    pub begins: Head,
}

/// The instant from before which entries are older than `keep` at `now`. A gap that a start of the
/// machine found makes nothing older until `keep` was lived since: the clock may have been wrong.
pub(crate) fn old_before<'a>(
    now: Time,
    keep: Duration,
    alarms: impl Iterator<Item = &'a ClockAlarm>,
) -> Time {
    let keep_ms = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
    let before_ms = now.as_millis().saturating_sub(keep_ms);
    let gaps = alarms.filter_map(|alarm| match alarm {
        ClockAlarm::Gap { from, to } => Some((from.as_millis(), to.as_millis())),
        ClockAlarm::SetBack { .. } | ClockAlarm::Jump { .. } => None,
    });
    match gaps.last() {
        Some((from_ms, to_ms)) if before_ms < to_ms => {
            Time::from_millis(from_ms.saturating_sub(to_ms.saturating_sub(before_ms)))
        }
        _ => Time::from_millis(before_ms),
    }
}

/// Everything but the cut: writes the archive and proves it. None: there is nothing to archive.
pub(crate) fn write_archive<M: Machine>(
    reader: &mut dyn Reader,
    signer: &dyn EntrySigner,
    keep: Keep,
    order: &ArchiveOrder,
    on_step: OnStep<'_>,
) -> Result<Option<(Archived, Cut)>, LedgerError> {
    let key = signer.public();
    let mut on_step = |step| if on_step(step) { Ok(()) } else { Err(LedgerError::GivenUp) };
    let anchor = check_anchor(reader, key)?;
    let begins = anchor.as_ref().map(Anchor::head);
    let Some(through) = last_before(reader, order.before)? else { return Ok(None) };
    if begins.is_some_and(|begins| through <= begins.sequence) || through == 0 {
        return Ok(None);
    }
    let mut going = Ok(());
    let fold = Fold::<M>::load(reader, key, keep, &mut |entry| {
        if entry.sequence % PAGE as u64 == 0 && going.is_ok() {
            going = on_step(ArchiveStep::Read(entry.sequence));
        }
        going.is_err() || entry.sequence > through
    })?;
    going?;
    let missing = || Corruption::new(through, Damage::Missing, "it was there a moment ago");
    let fold = fold.filter(|fold| fold.head.sequence == through).ok_or_else(missing)?;
    let snapshot = fold.to_snapshot(signer)?;
    Fold::<M>::prove_snapshot(&snapshot, &fold.head, key)?;

    let next = next_to_write(reader, key, anchor.as_ref(), &order.folder)?;
    let entries = write(reader, signer, next, &fold.head, &order.folder, &mut on_step);
    let entries = entries.map_err(no_space)?;
    snapshots(&order.folder).save(through, &snapshot).map_err(no_space)?;
    on_step(ArchiveStep::StateKept)?;
    prove(key, begins.as_ref(), &fold.head, &order.folder, &mut on_step)?;

    let archive = order.folder.display().to_string();
    let statement = Anchor::new(&fold.head, archive, order.now).statement(signer)?;
    let archived = Archived { entries, begins: fold.head };
    let state = Hash::of(&snapshot);
    Ok(Some((archived, Cut { head: fold.head, statement, snapshot, state })))
}

/// The state of the beginning, folded from an archive instead of what is kept with it: for when that
/// is damaged, or can't be read by this program.
pub(crate) fn renew_state<M: Machine>(
    live: &mut dyn Reader,
    folders: &[PathBuf],
    signer: &dyn EntrySigner,
    keep: Keep,
) -> Result<Option<Cut>, LedgerError> {
    let key = signer.public();
    let beginning = live.beginning()?;
    let Some(anchor) = Anchor::of(&beginning, key)? else { return Ok(None) };
    let mut archive = Archive::of(folders, key)?;
    let enough = &mut |entry: &Entry| entry.sequence > anchor.sequence;
    let fold = Fold::<M>::load(&mut archive, key, keep, enough)?;
    let Some(fold) = fold.filter(|fold| fold.head == anchor.head()) else {
        let text = format!(
            "the archive does not lead to entry {}, which this ledger begins with",
            anchor.sequence
        );
        return Err(LedgerError::WrongArchive(text));
    };
    let snapshot = fold.to_snapshot(signer)?;
    Fold::<M>::prove_snapshot(&snapshot, &fold.head, key)?;
    let statement = beginning.statement.unwrap_or_default();
    let state = Hash::of(&snapshot);
    Ok(Some(Cut { head: fold.head, statement, snapshot, state }))
}

/// It is the archive that has none, not the ledger.
fn no_space(error: LedgerError) -> LedgerError {
    match error {
        LedgerError::Full => LedgerError::io("be archived", "no space is left for the archive"),
        other => other,
    }
}

/// The first entry that the folder's archive does not hold yet.
fn next_to_write(
    reader: &mut dyn Reader,
    key: &PublicKey,
    anchor: Option<&Anchor>,
    folder: &Path,
) -> Result<u64, LedgerError> {
    let begins = anchor.map_or(0, |anchor| anchor.sequence);
    let last = match fs::metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(LedgerError::io("look into its archive", error)),
        Ok(_) => {
            let archive = Archive::of(&[folder.to_owned()], key)?;
            archive.last().map(|segment| segment.promise.clone())
        }
    };
    let Some(last) = last.filter(|last| last.last >= begins) else {
        return match anchor {
            None => Ok(0),
            Some(anchor) if anchor.names(folder) => Err(LedgerError::WrongArchive(format!(
                "entries up to {begins} were archived to {}, and entry {begins} is not there: is its disk not mounted? \
                 If they were taken away on purpose, name another folder",
                folder.display()
            ))),
            Some(_) => Ok(begins + 1),
        };
    };
    let ours = reader.read(last.last, 1)?.pop();
    if ours.is_none_or(|entry| entry.hash != last.hash) {
        return Err(LedgerError::WrongArchive(format!(
            "the archive in {} holds another entry {} than this ledger: it is of a ledger that went \
             on differently, such as before a backup was restored. Keep it, and name another folder",
            folder.display(),
            last.last
        )));
    }
    Ok(last.last + 1)
}

/// Writes the entries from `next` up to `end`, and says how many.
fn write(
    reader: &mut dyn Reader,
    signer: &dyn EntrySigner,
    next: u64,
    end: &Head,
    folder: &Path,
    on_step: &mut dyn FnMut(ArchiveStep) -> Result<(), LedgerError>,
) -> Result<u64, LedgerError> {
    let mut writer = SegmentWriter::new(folder, signer);
    let mut at = next;
    while at <= end.sequence {
        let left = usize::try_from(end.sequence - at + 1).unwrap_or(usize::MAX);
        let page = reader.read(at, PAGE.min(left))?;
        if page.is_empty() {
            return Err(Corruption::new(at, Damage::Missing, "entries after it are there").into());
        }
        for entry in &page {
            entry.check_whole(at)?;
            at += 1;
            if writer.push(entry)? {
                on_step(ArchiveStep::Written(entry.sequence))?;
            }
        }
        on_step(ArchiveStep::Read(at - 1))?;
    }
    writer.finish(end)?;
    on_step(ArchiveStep::Written(end.sequence))?;
    Ok(at - next)
}

/// Walks the files from the ledger's beginning to `end`: the chain must lead from one to the other.
fn prove(
    key: &PublicKey,
    begins: Option<&Head>,
    end: &Head,
    folder: &Path,
    on_step: &mut dyn FnMut(ArchiveStep) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut archive = Archive::of(&[folder.to_owned()], key)?;
    let mut head = begins.copied();
    let mut next = begins.map_or(0, |begins| begins.sequence + 1);
    while next <= end.sequence {
        let page = archive.read(next, PAGE)?;
        if page.is_empty() {
            let detail = format!("no file in {} holds it", folder.display());
            return Err(Corruption::new(next, Damage::Missing, detail).into());
        }
        for entry in &page {
            entry.check(head.as_ref())?;
            entry.check_signature(key)?;
            if entry.sequence == end.sequence && entry.head() != *end {
                let detail = "the archive holds another one than the ledger";
                return Err(Corruption::new(end.sequence, Damage::AlteredEntry, detail).into());
            }
            head = Some(entry.head());
            next += 1;
        }
        on_step(ArchiveStep::Proved(next - 1))?;
    }
    Ok(())
}
