//! Tickets: what a holder gets that waits for a seat, and how its waiting ends.
//!
//! Invariants: a ticket keeps the request as it came, so that an offer is decided by the same code as a checkout; its
//! turn (`order`, then number) is fixed when it is made, so that nobody who comes later and wants the same overtakes.
//! Deliberately not here: the lines that tickets stand in (queue), who is served when (offers).

use crate::actor::{Actor, TicketEnd};
use crate::ids::{DenialId, TicketId};
use crate::request::Checkout;
use serde::{Deserialize, Serialize};
use tenure_document::{Hash, LeaseId, Time};

/// The turn of a ticket: lower ones go first.
pub(crate) type Turn = (Time, TicketId);

/// A holder waits for what could not be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// Its ticket.
    pub ticket: TicketId,
    /// Since when.
    pub at: Time,
    /// So long at most.
    pub until: Time,
    /// Those with an earlier one go first: `at`, put off by the class.
    pub order: Time,
    /// The priority class; 0 is the best.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub class: u32,
    /// What it waits for: one feature, or several that are wanted together.
    pub asked: Checkout,
}

/// A holder no longer waits, without having been served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unqueued {
    /// Its ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Time,
    /// Why.
    pub how: TicketEnd,
    /// Who cancelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// Why it was cancelled, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The denials that stand in its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<DenialId>,
}

/// A ticket that waits or has an offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    #[serde(flatten)]
    pub(crate) queued: Queued,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offer: Option<Offer>,
}

/// Seats that are held for a ticket until its holder takes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) until: Time,
    pub(crate) leases: Vec<LeaseId>,
}

/// A ticket that is over, as long as its holder may still ask about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settled {
    pub(crate) how: TicketEnd,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) leases: Vec<LeaseId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) denials: Vec<DenialId>,
    /// The hash of the request that was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<Hash>,
}

impl Ticket {
    pub(crate) fn turn(&self) -> Turn {
        (self.queued.order, self.queued.ticket)
    }

    /// True when a request of this actor is the holder's.
    pub(crate) fn is_of(&self, by: &Actor) -> bool {
        let Checkout { signed_by, client_key, .. } = &self.queued.asked;
        match by {
            Actor::Holder => true,
            Actor::Key(key) => {
                *signed_by == Some(*key) || client_key.as_ref().is_some_and(|k| k.id() == *key)
            }
            Actor::Admin(_) => false,
        }
    }
}

fn is_zero(class: &u32) -> bool {
    *class == 0
}
