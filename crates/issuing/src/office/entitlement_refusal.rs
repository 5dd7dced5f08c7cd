//! Why an entitlement was not made or changed.
//!
//! Invariants: codes are stable; a message names what is wrong and what would do.
//! Deliberately not here: the checks (`entitlement_decide`).

use super::activation_refusal::ActivationRefusal;
use super::catalog::ProductKey;
use super::catalog_refusal::{CatalogRefusal, CustomerRefusal};
use super::entitlements::EntitlementState;
use super::numbers::ActivationNo;
use tenure_document::{ActivationId, ContainerId, Time};

/// The entitlement stays as it is, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntitlementRefusal {
    /// A member does not hold what it must.
    #[error("{member}: {problem}")]
    BadValue {
        /// Which member, as it is written.
        member: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The catalog has not what is asked for.
    #[error(transparent)]
    Catalog(#[from] CatalogRefusal),
    /// The customer is not there.
    #[error(transparent)]
    Customer(#[from] CustomerRefusal),
    /// There is no such entitlement.
    #[error("there is no entitlement {id}")]
    NoEntitlement {
        /// Which.
        id: ActivationId,
    },
    /// It has no such line.
    #[error("entitlement {id} has no line {line}; its lines are 1 to {lines}")]
    NoLine {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// How many there are.
        lines: usize,
    },
    /// The activation ID is taken.
    #[error("there is an entitlement {id} already; make the ID of fresh chance")]
    IdTaken {
        /// Which.
        id: ActivationId,
    },
    /// The order was taken already.
    #[error(
        "order {reference:?} was taken on {id} already, at {at}; a repeat order has a number of its own"
    )]
    OrderTwice {
        /// The order.
        reference: String,
        /// The entitlement.
        id: ActivationId,
        /// When.
        at: Time,
    },
    /// It is not in a state for that.
    #[error("entitlement {id} is {}", .state.code())]
    WrongState {
        /// Which.
        id: ActivationId,
        /// Its state.
        state: EntitlementState,
    },
    /// A line would have more units than one can have.
    #[error("line {line} would have {quantity} units, the most is {most}")]
    TooMany {
        /// The line.
        line: u32,
        /// How many there would be.
        quantity: u64,
        /// The most.
        most: u32,
    },
    /// The line has no end that could be moved.
    #[error("line {line} of {id} {}", if *.counts_later { "has no end yet, its days count from its activation: give a time until which it may be used" } else { "may be used for ever: there is no end to move" })]
    NoEnd {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// Its days count from its activation.
        counts_later: bool,
    },
    /// The end would come earlier.
    #[error(
        "line {line} of {id} ends at {ends} already; an extension can't make it end earlier (replace the line to shorten it)"
    )]
    NotLonger {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// Its end.
        ends: Time,
    },
    /// The catalog knows no such upgrade.
    #[error("{from} can't be upgraded to {to}; {}", if .known.is_empty() { "the catalog has no upgrade of it".to_owned() } else { format!("it can be to {}", .known.join(", ")) })]
    NoUpgrade {
        /// The line's product.
        from: ProductKey,
        /// The product asked for.
        to: ProductKey,
        /// Where it can be upgraded to.
        known: Vec<String>,
    },
    /// Not so many units are free.
    #[error(
        "{quantity} units of line {line} can't be taken off: {free} are free; have the others returned first"
    )]
    NotFree {
        /// The line.
        line: u32,
        /// How many were asked for.
        quantity: u32,
        /// How many are free.
        free: u32,
    },
    /// A container holds units of the line and may not have them as they would be.
    #[error(
        "{why}; container {} holds {activation} of it: withdraw that first, or put another line in its place",
        .container.serial()
    )]
    CantStay {
        /// Which units.
        activation: ActivationNo,
        /// Where they are.
        container: ContainerId,
        /// Why they can't stay there.
        why: ActivationRefusal,
    },
}

impl EntitlementRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            EntitlementRefusal::BadValue { .. } => "bad-value",
            EntitlementRefusal::Catalog(refusal) => refusal.code(),
            EntitlementRefusal::Customer(refusal) => refusal.code(),
            EntitlementRefusal::NoEntitlement { .. } => "no-entitlement",
            EntitlementRefusal::NoLine { .. } => "no-line",
            EntitlementRefusal::IdTaken { .. } => "activation-id-taken",
            EntitlementRefusal::OrderTwice { .. } => "order-twice",
            EntitlementRefusal::WrongState { state, .. } => match state {
                EntitlementState::Active => "entitlement-active",
                EntitlementState::Suspended => "entitlement-suspended",
                EntitlementState::Withdrawn => "entitlement-withdrawn",
            },
            EntitlementRefusal::TooMany { .. } => "too-many-units",
            EntitlementRefusal::NoEnd { .. } => "no-end",
            EntitlementRefusal::NotLonger { .. } => "not-longer",
            EntitlementRefusal::NoUpgrade { .. } => "no-upgrade",
            EntitlementRefusal::NotFree { .. } => "not-free",
            EntitlementRefusal::CantStay { why, .. } => why.code(),
        }
    }
}
