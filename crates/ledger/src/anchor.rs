//! The anchor: where a ledger begins whose older entries were moved to an archive.
//!
//! Invariants: signed by the server, so that entries can't be taken away and the gap be passed off
//! as an archive; the entry it names stays in the ledger, and with it a signed snapshot of the state
//! after that entry: the one thing that a start can't do without.
//! Not here: moving entries (`archiving`) and reading them back (`archive`).

use std::path::Path;

use serde::{Deserialize, Serialize};
use tenure_document::{Hash, PublicKey, Time};

use crate::{
    entry::{EntrySigner, Head},
    fault::{Corruption, Damage, LedgerError},
    port::{Beginning, Reader},
    signed_line, snapshot,
};

const CONTEXT: &str = "TENURE-LEDGER-ANCHOR-V1";

/// Where a ledger begins, and where what came before it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// The entry it begins with; the archive ends with the same one.
    pub sequence: u64,
    /// That entry's hash.
    pub hash: Hash,
    /// Its time.
    pub at: Time,
    /// Its epoch.
    pub epoch: u64,
    /// The folder of the archive, as it was named then.
    pub archive: String,
    /// When the entries went there, as it was told by whoever ordered it.
    pub archived_at: Time,
}

impl Anchor {
    pub(crate) fn new(head: &Head, archive: String, archived_at: Time) -> Self {
        let Head { sequence, hash, at, epoch } = *head;
        Self { sequence, hash, at, epoch, archive, archived_at }
    }

    /// The statement that is kept in the ledger.
    pub(crate) fn statement(&self, signer: &dyn EntrySigner) -> Result<String, LedgerError> {
        signed_line::sign(CONTEXT, self, signer)
            .map_err(|error| LedgerError::io("write its anchor as JSON", error))
    }

    /// The anchor of a ledger that begins there; none: it begins with its first entry, or is read
    /// from an archive.
    ///
    /// # Errors
    /// It is not this server's statement.
    pub(crate) fn of(beginning: &Beginning, key: &PublicKey) -> Result<Option<Self>, Corruption> {
        let Some(statement) = &beginning.statement else { return Ok(None) };
        let wrong = |why: String| {
            let detail = format!("the anchor this ledger begins with is refused: {why}");
            Corruption::new(beginning.sequence, Damage::BadSignature, detail)
        };
        let anchor: Self = signed_line::open(CONTEXT, statement, key).map_err(wrong)?;
        if anchor.sequence != beginning.sequence {
            return Err(wrong(format!("it is of entry {}", anchor.sequence)));
        }
        Ok(Some(anchor))
    }

    /// Whether it is this folder that the entries went to.
    pub(crate) fn names(&self, folder: &Path) -> bool {
        folder.display().to_string() == self.archive
    }

    /// Where that entry stands in the chain.
    pub(crate) fn head(&self) -> Head {
        Head { sequence: self.sequence, hash: self.hash, at: self.at, epoch: self.epoch }
    }
}

/// Proves what a ledger begins with: the anchor's signature, its entry and the state kept with it.
///
/// # Errors
/// [`LedgerError::Corrupt`] says which of them is not what it must be.
pub fn check_anchor(
    reader: &mut dyn Reader,
    key: &PublicKey,
) -> Result<Option<Anchor>, LedgerError> {
    let Some(anchor) = Anchor::of(&reader.beginning()?, key)? else { return Ok(None) };
    let sequence = anchor.sequence;
    let wrong = |damage, detail: String| Err(Corruption::new(sequence, damage, detail).into());
    let Some(entry) = reader.read(sequence, 1)?.pop() else {
        return wrong(Damage::Missing, "the ledger begins with it".to_owned());
    };
    entry.check_whole(sequence)?;
    if entry.head() != anchor.head() {
        return wrong(Damage::AlteredEntry, "it is not the one that the anchor names".to_owned());
    }
    let kept = reader.load_snapshot(sequence)?;
    match snapshot::decode(&kept, key) {
        Ok((header, _)) if (header.sequence, header.entry) == (sequence, anchor.hash) => {
            Ok(Some(anchor))
        }
        Ok(_) => {
            wrong(Damage::UnusableState, "the state kept with it is of another entry".to_owned())
        }
        Err(why) => {
            wrong(Damage::UnusableState, format!("the state kept with it is refused: {why}"))
        }
    }
}

/// What to say about entry `sequence`, which is from before the beginning.
pub(crate) fn archived(sequence: u64, beginning: &Beginning) -> LedgerError {
    let named = |statement: &String| signed_line::glance::<Anchor>(statement).ok();
    let archive = beginning.statement.as_ref().and_then(named);
    LedgerError::Archived {
        sequence,
        begins: beginning.sequence,
        archive: archive.map_or("another archive".to_owned(), |anchor| anchor.archive),
    }
}
