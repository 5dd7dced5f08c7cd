//! Why an update is not applied: a closed list with stable codes, each with what it takes to explain it.
//!
//! Invariants: codes are stable; a refused update changes nothing; "already applied" is not here, it is a success.
//! Deliberately not here: the sentences of the command line, and the HTTP status of a refusal.

use tenure_document::{ContainerId, DocumentError, Time};

/// The answer to an update is no, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRefusal {
    /// Made for another container.
    #[error("the update is for container {}, this is {}", .theirs.serial(), .ours.serial())]
    WrongContainer {
        /// The container that was asked.
        ours: ContainerId,
        /// The container the update is for.
        theirs: ContainerId,
    },
    /// Made for another generation of this container.
    #[error(
        "the update is for generation {theirs} of this container, which is in generation {ours}"
    )]
    WrongGeneration {
        /// The generation of the container.
        ours: u32,
        /// The generation the update is for.
        theirs: u32,
    },
    /// Begins after the container's last operation.
    #[error(
        "the update begins after operation {from}, but this container is at {held}: an earlier update is missing; \
         send a new context to the publisher, the next update holds everything"
    )]
    Gap {
        /// The container's sequence.
        held: u64,
        /// Where the update begins.
        from: u64,
    },
    /// Another history than the container's.
    #[error(
        "the update continues another history than this container's (they differ at operation {at}): \
         the container or the publisher's records were restored from a copy; send a context to the publisher"
    )]
    Fork {
        /// The first operation at which the two are known to differ.
        at: u64,
    },
    /// Its last day is over.
    #[error("the update had to be applied before {expires}; ask the publisher for a new one")]
    Expired {
        /// Until when it could be applied.
        expires: Time,
    },
    /// The certificate in it is not this container's, or does not hold.
    #[error("the certificate in the update can't be used: {0}; ask the publisher for a new update")]
    BadCertificate(String),
    /// It was checked against an older key list or revocation list than the container has adopted.
    #[error(
        "the update was checked against an older key list than this container has; read it again"
    )]
    StaleKeyset,
    /// The file contradicts itself.
    #[error("the update contradicts itself: {0}; ask the publisher for a new one")]
    Malformed(String),
    /// More items than a container holds.
    #[error("the container would hold {count} items, the most is {}", crate::history::ITEMS_MAX)]
    TooManyItems {
        /// How many there would be.
        count: usize,
    },
    /// The signatures, the keys or the form are not right.
    #[error("{0}")]
    Unverified(DocumentError),
}

impl UpdateRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            UpdateRefusal::WrongContainer { .. } => "wrong-container",
            UpdateRefusal::WrongGeneration { .. } => "wrong-generation",
            UpdateRefusal::Gap { .. } => "gap",
            UpdateRefusal::Fork { .. } => "fork",
            UpdateRefusal::Expired { .. } => "expired",
            UpdateRefusal::BadCertificate(_) => "bad-certificate",
            UpdateRefusal::StaleKeyset => "stale-keyset",
            UpdateRefusal::Malformed(_) => "malformed-update",
            UpdateRefusal::TooManyItems { .. } => "too-many-items",
            UpdateRefusal::Unverified(error) => error.code(),
        }
    }
}

impl From<DocumentError> for UpdateRefusal {
    fn from(error: DocumentError) -> UpdateRefusal {
        UpdateRefusal::Unverified(error)
    }
}
