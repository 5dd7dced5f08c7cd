//! Why a step of a transfer is not taken: a closed list with stable codes, each with what to do.
//!
//! Invariants: codes are stable; a refused step changes nothing; a step taken before is not here, it is a success.
//! Deliberately not here: the document by which a target refuses for ever (`tenure_document::TransferRefusal`).

use tenure_document::{ContainerId, DocumentError, Time};

/// The answer to a step of a transfer is no, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransferFault {
    /// This container has no certificate that lets it take part.
    #[error(
        "this container has no certificate for transfers: send its context to the publisher and apply the update"
    )]
    NotCertified,
    /// The publisher revoked this container.
    #[error("the publisher revoked this container; ask the publisher about a replacement")]
    Revoked,
    /// Trial containers are bound to nothing, so nothing moves into or out of them.
    #[error("container {0} holds trials only and takes no part in transfers; choose another one")]
    TrialContainer(String),
    /// Too many requests wait.
    #[error("{0} requests are open already: refuse those that will not be fulfilled")]
    TooManyOpen(usize),
    /// Too many transfers that the office does not know of.
    #[error(
        "{0} transfers are not booked yet: send a context of this container to the publisher first"
    )]
    TooManyMoves(usize),
    /// A nonce that is too short, or was used for something else.
    #[error("the nonce must be 16 to 64 bytes that were never used; draw a new one")]
    BadNonce,
    /// The target asks itself.
    #[error(
        "the request is of this very container; take it to the container that gives the item away"
    )]
    OwnRequest,
    /// The item is not here.
    #[error("this container does not hold item {item:?} (it holds {held})")]
    NotHeld {
        /// The item asked for.
        item: String,
        /// What is there.
        held: String,
    },
    /// The publisher does not let it move.
    #[error("item {0:?} may not move without the publisher: return it there and activate it anew")]
    NotMovable(String),
    /// Less is free than was asked for.
    #[error("{wanted} of item {item:?} were asked for, {free} can move{}", if *.kept > 0 { format!(" ({kept} are in use or used up)") } else { String::new() })]
    NotEnough {
        /// The item.
        item: String,
        /// What was asked for.
        wanted: u64,
        /// What can move.
        free: u64,
        /// What must stay.
        kept: u64,
    },
    /// An uncounted item moves as a whole.
    #[error("item {0:?} has no count and moves as a whole only: ask for all of it")]
    Uncounted(String),
    /// The units came in several transfers, each with its own papers.
    #[error(
        "the units of item {item:?} came here in several transfers: ask for at most {largest} at once"
    )]
    SeveralLots {
        /// The item.
        item: String,
        /// The largest part.
        largest: u64,
    },
    /// The chain of transfers is as long as it may be.
    #[error(
        "item {0:?} moved as far as it may without the publisher: apply an update that holds it first"
    )]
    TooFar(String),
    /// As often as the publisher allows.
    #[error("item {item:?} may move {times} times and did: apply an update that holds it first")]
    TooOften {
        /// The item.
        item: String,
        /// The publisher's number.
        times: u32,
    },
    /// Too soon after the last time.
    #[error("item {item:?} moved at {last} and may move again from {again}")]
    TooSoon {
        /// The item.
        item: String,
        /// The last move.
        last: Time,
        /// When it may move.
        again: Time,
    },
    /// Another customer's container.
    #[error(
        "item {0:?} stays within one account, and the other container is of another or of none"
    )]
    OtherAccount(String),
    /// Only transfer containers may carry it.
    #[error(
        "item {0:?} moves into and out of portable containers only: move it to one first, then on"
    )]
    HopOnly(String),
    /// The update that brought it is not there.
    #[error(
        "this container can't show where item {0:?} came from: apply an update that holds it first"
    )]
    NoOrigin(String),
    /// The papers are too large.
    #[error(
        "the update that brought item {0:?} is too large to travel along: ask the publisher to replace the item by itself"
    )]
    OriginTooLarge(String),
    /// For another container.
    #[error("the transfer is for container {}, this is {}", .theirs.serial(), .ours.serial())]
    WrongContainer {
        /// The container that was asked.
        ours: ContainerId,
        /// The container it is for.
        theirs: ContainerId,
    },
    /// Never asked for, or asked for before this container was restored.
    #[error(
        "this container has no open request with that nonce: it was never made here, or before the container was restored from a copy; only the publisher can give the item back then"
    )]
    UnknownNonce,
    /// No transfer of this container.
    #[error(
        "no transfer of this container has that nonce: take the file to the container that sent the item"
    )]
    UnknownTransfer,
    /// Something else than was asked for.
    #[error(
        "the transfer brings {found}, asked for was {asked}; give it back to its source, or refuse the request"
    )]
    NotAskedFor {
        /// What it brings.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// The same item is here with other terms.
    #[error(
        "item {0:?} is here already with other terms: bring both containers up to date at the publisher, or refuse the request"
    )]
    OtherTerms(String),
    /// More than an item or a container holds.
    #[error("{0}; refuse the request so that the source has it back")]
    TooMany(String),
    /// The request was refused before.
    #[error(
        "this request was refused before, and for ever; take the refusal to the source and ask anew"
    )]
    AlreadyRefused,
    /// The item is here already.
    #[error("the item of this transfer is here already; take the receipt to the source")]
    AlreadyCredited,
    /// The nonce went out before and is settled.
    #[error("this request was fulfilled before, and that is settled; the target must ask anew")]
    AlreadySettled,
    /// Another transfer under the same nonce.
    #[error(
        "another transfer fulfilled this request: turn this one down, and take the refusal to its source"
    )]
    OtherTransfer,
    /// The other side says now one thing and now another.
    #[error(
        "the other container said the opposite before: keep both files and send them to the publisher"
    )]
    Contradiction,
    /// Sent before this container's present generation.
    #[error(
        "the transfer was sent in a generation before: only the publisher can settle it; send a context"
    )]
    LeftToOffice,
    /// The papers that came along do not show that the item is genuine.
    #[error(
        "the transfer does not show where its item came from: {0}; send the file to the publisher"
    )]
    BadProvenance(String),
    /// A signature, key or form is not right.
    #[error("{0}")]
    Unverified(DocumentError),
}

impl TransferFault {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            TransferFault::NotCertified => "not-certified",
            TransferFault::Revoked => "revoked-container",
            TransferFault::TrialContainer(_) => "trial-container",
            TransferFault::TooManyOpen(_) => "too-many-open",
            TransferFault::TooManyMoves(_) => "too-many-moves",
            TransferFault::BadNonce => "bad-nonce",
            TransferFault::OwnRequest => "own-request",
            TransferFault::NotHeld { .. } => "not-held",
            TransferFault::NotMovable(_) => "not-movable",
            TransferFault::NotEnough { .. } => "not-enough",
            TransferFault::Uncounted(_) => "uncounted",
            TransferFault::SeveralLots { .. } => "several-lots",
            TransferFault::TooFar(_) => "moved-too-far",
            TransferFault::TooOften { .. } => "moved-too-often",
            TransferFault::TooSoon { .. } => "moved-too-soon",
            TransferFault::OtherAccount(_) => "other-account",
            TransferFault::HopOnly(_) => "hop-only",
            TransferFault::NoOrigin(_) => "no-origin",
            TransferFault::OriginTooLarge(_) => "origin-too-large",
            TransferFault::WrongContainer { .. } => "wrong-container",
            TransferFault::UnknownNonce => "unknown-nonce",
            TransferFault::UnknownTransfer => "unknown-transfer",
            TransferFault::NotAskedFor { .. } => "not-asked-for",
            TransferFault::OtherTerms(_) => "other-terms",
            TransferFault::TooMany(_) => "too-many-items",
            TransferFault::AlreadyRefused => "already-refused",
            TransferFault::AlreadyCredited => "already-credited",
            TransferFault::AlreadySettled => "already-settled",
            TransferFault::OtherTransfer => "other-transfer",
            TransferFault::Contradiction => "contradiction",
            TransferFault::LeftToOffice => "left-to-office",
            TransferFault::BadProvenance(_) => "bad-provenance",
            TransferFault::Unverified(error) => error.code(),
        }
    }
}

impl From<DocumentError> for TransferFault {
    fn from(error: DocumentError) -> TransferFault {
        TransferFault::Unverified(error)
    }
}
