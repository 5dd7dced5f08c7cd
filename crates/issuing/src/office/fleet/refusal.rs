//! Why the office does not do what a context, a receipt or an order about a container asks.
//!
//! Invariants: codes are stable; every sentence says what is wrong and what would do, in words for whoever stands before
//! the device with the file in hand.
//! Deliberately not here: the checks.

use super::container::ContainerState;
use crate::contact::ContactRefusal;
use tenure_container::ITEMS_MAX;
use tenure_document::{ContainerId, Time};

/// Nothing was done, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FleetRefusal {
    /// The document is not of the container on record.
    #[error(transparent)]
    Contact(#[from] ContactRefusal),
    /// The office has never met the container.
    #[error("the office does not know container {}; send its context first", .id.serial())]
    ContainerUnknown {
        /// Which.
        id: ContainerId,
    },
    /// Nobody outside may make containers known.
    #[error(
        "the office does not know container {serial} and takes new ones {}", if *.staff_only { "from its staff only: ask your vendor" } else { "with an activation only: enter an activation ID" }
    )]
    RegistrationClosed {
        /// Its serial.
        serial: String,
        /// Only staff may.
        staff_only: bool,
    },
    /// Too many containers are known that nothing was activated in.
    #[error(
        "the office keeps at most {most} containers in which nothing was ever activated and has them; activate something in container {serial}, or ask your vendor"
    )]
    TooManyUnclaimed {
        /// The serial of the one that came.
        serial: String,
        /// The most.
        most: u32,
    },
    /// A container that is new here shows a history.
    #[error(
        "container {serial} is new to this office but shows {sequence} operations: they were issued by another office or by hand; make a new container, or ask your vendor"
    )]
    NotNew {
        /// Its serial.
        serial: String,
        /// Its sequence.
        sequence: u64,
    },
    /// A generation that is over.
    #[error(
        "this context is of generation {theirs} of container {serial}; generation {ours} has taken its place and the old one is revoked"
    )]
    OldGeneration {
        /// Its serial.
        serial: String,
        /// The present generation.
        ours: u32,
        /// The one that was shown.
        theirs: u32,
    },
    /// A generation that does not follow the present one.
    #[error(
        "this context is of generation {theirs} of container {serial}, the office knows generation {ours}: generations follow one by one"
    )]
    GenerationGap {
        /// Its serial.
        serial: String,
        /// The present generation.
        ours: u32,
        /// The one that was shown.
        theirs: u32,
    },
    /// The next generation has begun, and nobody has ruled about its key yet.
    #[error(
        "container {serial} has begun generation {theirs} with another key: nothing is issued to it until your vendor has ruled about that"
    )]
    GenerationWaits {
        /// Its serial.
        serial: String,
        /// The one that was shown.
        theirs: u32,
    },
    /// An older context of a container that was heard from since.
    #[error(
        "this context was made at {at}, the office has one of container {serial} from {last} that says more: make a new context on the device and send that"
    )]
    StaleContext {
        /// Its serial.
        serial: String,
        /// When it was made.
        at: Time,
        /// When the last one was made.
        last: Time,
    },
    /// A person must decide first.
    #[error(
        "container {serial} is in state {:?}: nothing is issued to it until your vendor has decided about it", .state.code()
    )]
    OutOfStep {
        /// Its serial.
        serial: String,
        /// Its state.
        state: ContainerState,
    },
    /// It has been given up.
    #[error("container {serial} is {}: nothing can be activated in it, and it can't be given up again", .state.code())]
    Gone {
        /// Its serial.
        serial: String,
        /// Its state.
        state: ContainerState,
    },
    /// A certificate is due and was not brought.
    #[error("the certificate of container {serial} was not made; ask again")]
    CertificateMissing {
        /// Its serial.
        serial: String,
    },
    /// More items than a container holds.
    #[error("container {serial} would hold {count} items, the most is {ITEMS_MAX}")]
    TooManyItems {
        /// Its serial.
        serial: String,
        /// How many there would be.
        count: usize,
    },
    /// The ruling does not fit the container's state.
    #[error("container {serial} is in state {:?}; {ruling} is for {fits}", .state.code())]
    RulingDoesNotFit {
        /// Its serial.
        serial: String,
        /// Its state.
        state: ContainerState,
        /// The ruling.
        ruling: &'static str,
        /// What it is for.
        fits: &'static str,
    },
    /// The operations that were brought are not those that the container forgot.
    #[error(
        "these are not the operations {} to {to} of container {serial}: take them from the ledger's `ops-issued` events", .from + 1
    )]
    WrongForgotten {
        /// Its serial.
        serial: String,
        /// The operation that it showed.
        from: u64,
        /// The last acknowledged one.
        to: u64,
    },
    /// It belongs to somebody else as well, or to nobody who asks.
    #[error(
        "container {serial} holds nothing of the activation ID that was given, or something of others too; ask your vendor"
    )]
    NotYours {
        /// Its serial.
        serial: String,
    },
    /// The quota for replacements is used up.
    #[error("container {serial} can't be replaced without your vendor's approval: {why}")]
    QuotaUsed {
        /// Its serial.
        serial: String,
        /// Which part of the quota, and when there is some again.
        why: String,
    },
    /// There is no such transfer, or it has come to its end.
    #[error(
        "there is no open transfer {nonce}; a transfer is open from its source's report to its target's"
    )]
    TransferNotOpen {
        /// Its nonce.
        nonce: String,
    },
    /// There is no such transfer, or its source has told of it.
    #[error(
        "there is no transfer {nonce} that only its target has told: nothing waits to be believed"
    )]
    TransferNotClaimed {
        /// Its nonce.
        nonce: String,
    },
    /// By the books the source never had that.
    #[error(
        "by the books container {serial} has not so much of {item}, or not as whole units: withdraw what there is, and issue the target what it shall have"
    )]
    ClaimNotCovered {
        /// The source.
        serial: String,
        /// The item.
        item: String,
    },
    /// There is no such customer.
    #[error("there is no customer {customer}")]
    CustomerUnknown {
        /// Which.
        customer: crate::office::numbers::CustomerId,
    },
}

impl FleetRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            FleetRefusal::Contact(refusal) => refusal.code(),
            FleetRefusal::ContainerUnknown { .. } => "container-unknown",
            FleetRefusal::RegistrationClosed { .. } => "registration-closed",
            FleetRefusal::TooManyUnclaimed { .. } => "too-many-unclaimed",
            FleetRefusal::NotNew { .. } => "not-new",
            FleetRefusal::OldGeneration { .. } => "old-generation",
            FleetRefusal::GenerationGap { .. } => "generation-gap",
            FleetRefusal::GenerationWaits { .. } => "generation-waits",
            FleetRefusal::StaleContext { .. } => "stale-context",
            FleetRefusal::OutOfStep { state, .. } => state.code(),
            FleetRefusal::Gone { state, .. } => match state {
                ContainerState::Broken => "container-broken",
                ContainerState::Revoked => "container-revoked",
                _ => "container-lost",
            },
            FleetRefusal::CertificateMissing { .. } => "certificate-missing",
            FleetRefusal::TooManyItems { .. } => "too-many-items",
            FleetRefusal::RulingDoesNotFit { .. } => "ruling-does-not-fit",
            FleetRefusal::WrongForgotten { .. } => "wrong-forgotten",
            FleetRefusal::NotYours { .. } => "not-yours",
            FleetRefusal::QuotaUsed { .. } => "replacement-quota",
            FleetRefusal::TransferNotOpen { .. } => "transfer-not-open",
            FleetRefusal::TransferNotClaimed { .. } => "transfer-not-claimed",
            FleetRefusal::ClaimNotCovered { .. } => "claim-not-covered",
            FleetRefusal::CustomerUnknown { .. } => "no-customer",
        }
    }
}
