//! Everything that can go wrong below a decision: faults (we could not) and corruption (what is
//! stored breaks an invariant).
//!
//! Invariants: a fault shown to a caller says nothing about the inside, its source is logged once
//! where it happened; corruption always names the sequence it was found at and is never repaired
//! here.
//! Not here: refusals, which are the machine's own type.

use std::{error::Error, fmt};

use thiserror::Error;

/// Why a command or a query was not carried out. The outcome of a command is unknown only for
/// [`Fault::Storage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Fault {
    /// Storage failed while the command was under way. It may or may not have been stored: ask
    /// again with the same idempotency key.
    #[error("the ledger could not be written; ask again with the same idempotency key")]
    Storage,
    /// No space is left to store anything. Nothing was changed.
    #[error("no space is left to record the change; nothing was changed")]
    Full,
    /// The engine has stopped or is stopping. Nothing was changed.
    #[error("the server is stopping")]
    Stopped,
    /// More is waiting than the queue holds. Nothing was changed.
    #[error("too many requests are waiting; try again a little later")]
    Overloaded,
    /// A defect in the decision itself. Nothing was changed, and asking again will not help.
    #[error("the request met a defect in the server; nothing was changed")]
    Bug,
}

impl Fault {
    /// Stable name for the outside.
    pub fn code(self) -> &'static str {
        match self {
            Self::Storage => "storage",
            Self::Full => "storage-full",
            Self::Stopped => "stopping",
            Self::Overloaded => "overloaded",
            Self::Bug => "internal",
        }
    }
}

/// Why a submitted command has no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SubmitError<R> {
    /// The machine says no, because.
    #[error("refused")]
    Refused(R),
    /// We could not.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// The idempotency key was used before for another request. Nothing was changed.
    #[error("the idempotency key was used before for a different request")]
    KeyReused,
    /// The same command was carried out before with this key, and its record was archived since.
    /// Nothing was changed.
    #[error("the command was carried out before, in entry {sequence}, which is archived by now")]
    AnswerArchived {
        /// The entry that holds the record.
        sequence: u64,
    },
}

/// What is wrong with a stored entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// An entry that must be there is not.
    Missing,
    /// An entry stands in another's place.
    Reordered,
    /// The stored events are not the ones the entry was made of.
    AlteredPayload,
    /// The stored document hashes are not the ones the entry was made of.
    AlteredLeaves,
    /// Time, epoch, links or hash of the entry were changed.
    AlteredEntry,
    /// The entry does not follow the one before it.
    BrokenLink,
    /// The signature is not the server's over this entry.
    BadSignature,
    /// The entry's time or epoch is before the previous entry's.
    WentBack,
    /// The store or the payload cannot be read.
    Unreadable,
    /// The state that a ledger with archived entries begins with cannot be used.
    UnusableState,
}

impl Damage {
    /// Stable name for the outside.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "entry-missing",
            Self::Reordered => "entry-reordered",
            Self::AlteredPayload => "payload-altered",
            Self::AlteredLeaves => "leaves-altered",
            Self::AlteredEntry => "entry-altered",
            Self::BrokenLink => "broken-link",
            Self::BadSignature => "bad-signature",
            Self::WentBack => "went-back",
            Self::Unreadable => "unreadable",
            Self::UnusableState => "state-unusable",
        }
    }
}

/// The first place where a ledger is not what it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corruption {
    /// Sequence of the entry.
    pub sequence: u64,
    /// What is wrong with it.
    pub damage: Damage,
    /// The same for people, with what was found.
    pub detail: String,
}

impl Corruption {
    /// Corruption at `sequence`.
    pub fn new(sequence: u64, damage: Damage, detail: impl Into<String>) -> Self {
        Self { sequence, damage, detail: detail.into() }
    }
}

impl fmt::Display for Corruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ledger entry {}: {}: {}", self.sequence, self.damage.code(), self.detail)
    }
}

impl Error for Corruption {}

/// Why the store did not do what it was asked.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// No space is left; the store is unchanged.
    #[error("no space is left in the ledger's storage")]
    Full,
    /// Another writer was here: the ledger does not end where the new entry begins. The store is
    /// unchanged.
    #[error("the ledger does not end before entry {sequence}: another writer has appended to it")]
    HeadMoved {
        /// Sequence of the entry that was not appended.
        sequence: u64,
    },
    /// Another program has the ledger open.
    #[error("{0}")]
    Locked(String),
    /// The entry was moved to an archive: ask a reading side that has that archive, too.
    #[error(
        "entry {sequence} is archived: this ledger begins with entry {begins}, older ones are in {archive}"
    )]
    Archived {
        /// The entry that was asked for.
        sequence: u64,
        /// The entry that the ledger begins with.
        begins: u64,
        /// The archive's folder, as it was named then.
        archive: String,
    },
    /// A folder or file is not an archive, or not one of this ledger; says why.
    #[error("{0}")]
    WrongArchive(String),
    /// Archiving was broken off on demand.
    #[error("archiving was given up")]
    GivenUp,
    /// Reading, writing or syncing failed; after a write it is unknown whether it took place.
    #[error("the ledger could not {operation}")]
    Io {
        /// What was tried, as it follows "could not".
        operation: &'static str,
        /// What the system said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What is stored breaks an invariant.
    #[error(transparent)]
    Corrupt(#[from] Corruption),
}

impl LedgerError {
    /// An I/O error of `operation`, worded as it follows "could not".
    pub fn io(operation: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Io { operation, source: source.into() }
    }

    /// The error with all its causes in one line, for a log.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}
