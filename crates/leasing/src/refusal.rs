//! Refusals: the answer to a command is no, and nothing is recorded.
//!
//! Invariants: codes are stable; a refused command leaves no event. Deliberately not here: denials, which are recorded
//! (denial), and the HTTP status of a refusal (server).

use crate::actor::{Ending, TicketEnd};
use crate::ids::{DenialId, ReservationGroupId, TicketId, UsageId};
use crate::model::Diagnostic;
use crate::model_book::RuleCited;
use crate::reservation::UnfitEntry;
use serde::{Deserialize, Serialize};
use tenure_container::UpdateRefusal;
use tenure_document::{HostId, KeyId, LeaseId, Time};

/// Why a lease is not renewed or not given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LeaseRefusal {
    /// This server never granted it.
    #[error("this server has no such lease")]
    LeaseUnknown,
    /// It ended.
    #[error("the lease has ended ({})", ending_words(*.how))]
    LeaseEnded {
        /// How, where it is still known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        how: Option<Ending>,
    },
    /// Another process with the same owner has it now.
    #[error("another process with the same owner has taken the lease over")]
    TakenOver,
    /// An administrator dropped the device.
    #[error("an administrator has dropped this device")]
    Dropped,
    /// Asked by somebody else than the holder.
    #[error("only the holder of the lease may do this")]
    NotYours,
    /// The license has ended.
    #[error("the license has expired")]
    ItemExpired,
    /// The publisher must be heard of before the item can be used on.
    #[error(
        "the license needs a word from its publisher: the server must exchange a context and an update first"
    )]
    ContactDue,
    /// The license was withdrawn.
    #[error("the license was withdrawn")]
    ItemWithdrawn,
    /// The license now has a lower version.
    #[error("the license no longer covers this version")]
    VersionTooLow,
    /// The license was reduced below what is in use; the newest leases end first.
    #[error("the license was reduced below what is in use; the newest leases end first")]
    SeatsShrunk,
    /// A rule of the model that is in force now refuses its holder.
    #[error("line {} of the model in force denies the holder", .rule.map_or(0, |rule| rule.line))]
    DeniedByRule {
        /// Which.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<RuleCited>,
    },
    /// The model that is in force now does not let its holder use this pool.
    #[error("the model in force does not give the holder pool {pool:?}")]
    PoolNotGiven {
        /// Which.
        pool: String,
    },
    /// The pool was reduced below what is in use; the newest leases end first.
    #[error("pool {pool:?} was reduced below what is in use; the newest leases end first")]
    PoolShrunk {
        /// Which.
        pool: String,
    },
    /// Its seats are reserved for others; the newest leases end first.
    #[error("the seats are reserved for others now; the newest leases end first")]
    ReservedForOthers,
    /// The key that signed for it was revoked.
    #[error("the key of the lease is revoked")]
    Revoked,
}

impl LeaseRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            LeaseRefusal::LeaseUnknown => "lease-unknown",
            LeaseRefusal::LeaseEnded { .. } => "lease-ended",
            LeaseRefusal::TakenOver => "taken-over",
            LeaseRefusal::Dropped => "dropped",
            LeaseRefusal::NotYours => "not-yours",
            LeaseRefusal::ItemExpired => "item-expired",
            LeaseRefusal::ContactDue => "contact-due",
            LeaseRefusal::ItemWithdrawn => "item-withdrawn",
            LeaseRefusal::VersionTooLow => "version-too-low",
            LeaseRefusal::SeatsShrunk => "seats-shrunk",
            LeaseRefusal::DeniedByRule { .. } => "denied-by-rule",
            LeaseRefusal::PoolNotGiven { .. } => "pool-not-given",
            LeaseRefusal::PoolShrunk { .. } => "pool-shrunk",
            LeaseRefusal::ReservedForOthers => "reserved-for-others",
            LeaseRefusal::Revoked => "revoked",
        }
    }
}

/// The first entries that don't fit, and how many more.
fn unfit_words(entries: &[UnfitEntry]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = entries.iter().take(SHOWN).map(UnfitEntry::to_string).collect();
    let more = match entries.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("nothing was changed, because these do not fit: {}{more}", shown.join("; "))
}

fn ending_words(how: Option<Ending>) -> &'static str {
    match how {
        None => "returned or expired some time ago",
        Some(Ending::Released) => "it was returned",
        Some(Ending::Expired) => "it was not renewed in time",
        Some(Ending::TakenOver) => "another process took it over",
        Some(Ending::Dropped) => "the device was dropped",
    }
}

fn waiting_words(how: Option<TicketEnd>) -> &'static str {
    match how {
        None => "some time ago",
        Some(TicketEnd::Claimed) => "what it was offered was taken, and has ended",
        Some(TicketEnd::WaitedOut) => "nothing came in time",
        Some(TicketEnd::Cancelled) => "it was cancelled",
        Some(TicketEnd::Lapsed) => "what it was offered was not taken in time",
    }
}

/// The answer is no, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// About one lease.
    #[error("{lease}: {why}")]
    Lease {
        /// Which.
        lease: LeaseId,
        /// Why.
        why: LeaseRefusal,
    },
    /// The request contradicts itself or exceeds a limit.
    #[error("{0}")]
    BadRequest(String),
    /// The feature is held, not used up.
    #[error("feature {feature:?} is not metered; check it out instead")]
    NotMetered {
        /// Which.
        feature: String,
    },
    /// No such use is known.
    #[error("this server has no such use")]
    UsageUnknown {
        /// Which.
        usage: UsageId,
    },
    /// It could be taken back until then.
    #[error("this use can no longer be taken back")]
    UndoTooLate {
        /// Which.
        usage: UsageId,
        /// Until when it could be, where still known.
        until: Option<Time>,
    },
    /// Asked by somebody else than the holder.
    #[error("only the holder may do this")]
    NotYours,
    /// Entries of an offline batch are missing.
    #[error("the batch must begin at entry {expected} or before")]
    BatchGap {
        /// The next entry that the server has not seen.
        expected: u64,
    },
    /// As many clients as may have reported use from a time off line, and this is a further one.
    #[error(
        "{most} clients have reported use from a time off line, and no further ones are remembered: \
         report under a name that was used before, or let the administrator raise usage.clients-max"
    )]
    TooManyClients {
        /// How many may.
        most: usize,
    },
    /// The update is not applied.
    #[error("{0}")]
    Update(UpdateRefusal),
    /// There is no such property.
    #[error("there is no property {key:?}")]
    UnknownProperty {
        /// The key asked for.
        key: String,
    },
    /// The property can't be changed here.
    #[error("property {key:?} can't be changed: {reason}")]
    PropertyReadOnly {
        /// Its key.
        key: String,
        /// Why not.
        reason: &'static str,
    },
    /// The value is not allowed.
    #[error("property {key:?}: {message}")]
    PropertyOutOfBounds {
        /// Its key.
        key: String,
        /// What is allowed.
        message: String,
    },
    /// The name is taken.
    #[error("user {name:?} exists already")]
    UserExists {
        /// The name.
        name: String,
    },
    /// There is no such user.
    #[error("there is no user {name:?}")]
    UserUnknown {
        /// The name.
        name: String,
    },
    /// Somebody must remain who may administer.
    #[error("the last user with the role admin must stay")]
    LastAdmin,
    /// The key is registered already.
    #[error("this client key is registered already")]
    ClientKeyExists {
        /// Which.
        id: KeyId,
    },
    /// There is no such key.
    #[error("there is no such client key")]
    ClientKeyUnknown {
        /// Which.
        id: KeyId,
    },
    /// This server never gave out that ticket.
    #[error("this server has no such ticket")]
    TicketUnknown {
        /// Which.
        ticket: TicketId,
    },
    /// Waiting has ended.
    #[error("{ticket}: waiting has ended ({})", waiting_words(*.how))]
    TicketEnded {
        /// Which.
        ticket: TicketId,
        /// How, where it is still known.
        how: Option<TicketEnd>,
        /// The denials that stand in its place.
        denials: Vec<DenialId>,
    },
    /// Reservations do not fit: nothing was changed.
    #[error("{}", unfit_words(.entries))]
    ReservationsUnfit {
        /// The entries that don't.
        entries: Vec<UnfitEntry>,
    },
    /// The name is taken.
    #[error("a group of reservations is called {name:?} already ({id})")]
    ReservationGroupExists {
        /// The name.
        name: String,
        /// Its number.
        id: ReservationGroupId,
    },
    /// There is no such group.
    #[error("there is no group of reservations {id}")]
    ReservationGroupUnknown {
        /// Which.
        id: ReservationGroupId,
    },
    /// Somebody else has changed the group.
    #[error(
        "{id} was changed: revision {expected} was expected, {found} was found; look at it again"
    )]
    ReservationGroupChanged {
        /// Which.
        id: ReservationGroupId,
        /// The revision that was expected.
        expected: u64,
        /// The one it has.
        found: u64,
    },
    /// Somebody else has put another model in force, or deleted it. 0 stands for none.
    #[error(
        "the model was changed: version {expected} was expected, {found} is in force; look at it again"
    )]
    ModelChanged {
        /// The version that was expected.
        expected: u64,
        /// The one in force.
        found: u64,
    },
    /// The device holds nothing.
    #[error("no such device holds anything here")]
    DeviceUnknown {
        /// Which.
        host: HostId,
    },
    /// The model is not one.
    #[error("the model has {} fault(s); the first: line {}: {}", .diagnostics.len(),
        .diagnostics.first().map_or(0, |first| first.line),
        .diagnostics.first().map_or("", |first| first.message.as_str()))]
    ModelInvalid {
        /// Everything that is wrong with it.
        diagnostics: Vec<Diagnostic>,
    },
    /// There is no model in force.
    #[error("there is no model in force")]
    NoModel,
    /// The server is suspended already.
    #[error("the server is suspended already")]
    AlreadySuspended,
    /// Another report of use was made meanwhile.
    #[error("another report of use was made at the same moment; ask again")]
    UsageReportOvertaken,
    /// The server is not suspended.
    #[error("the server is not suspended")]
    NotSuspended,
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::Lease { why, .. } => why.code(),
            Refusal::BadRequest(_) => "bad-request",
            Refusal::NotMetered { .. } => "not-metered",
            Refusal::UsageUnknown { .. } => "usage-unknown",
            Refusal::UndoTooLate { .. } => "undo-too-late",
            Refusal::NotYours => "not-yours",
            Refusal::BatchGap { .. } => "batch-gap",
            Refusal::TooManyClients { .. } => "too-many-clients",
            Refusal::Update(refusal) => refusal.code(),
            Refusal::UnknownProperty { .. } => "unknown-property",
            Refusal::PropertyReadOnly { .. } => "property-read-only",
            Refusal::PropertyOutOfBounds { .. } => "property-out-of-bounds",
            Refusal::UserExists { .. } => "user-exists",
            Refusal::UserUnknown { .. } => "user-unknown",
            Refusal::LastAdmin => "last-admin",
            Refusal::ClientKeyExists { .. } => "client-key-exists",
            Refusal::ClientKeyUnknown { .. } => "client-key-unknown",
            Refusal::TicketUnknown { .. } => "ticket-unknown",
            Refusal::TicketEnded { .. } => "ticket-ended",
            Refusal::ReservationsUnfit { .. } => "reservations-unfit",
            Refusal::ReservationGroupExists { .. } => "reservation-group-exists",
            Refusal::ReservationGroupUnknown { .. } => "reservation-group-unknown",
            Refusal::ReservationGroupChanged { .. } => "reservation-group-changed",
            Refusal::ModelChanged { .. } => "model-changed",
            Refusal::DeviceUnknown { .. } => "device-unknown",
            Refusal::ModelInvalid { .. } => "model-invalid",
            Refusal::NoModel => "no-model",
            Refusal::AlreadySuspended => "already-suspended",
            Refusal::UsageReportOvertaken => "usage-report-overtaken",
            Refusal::NotSuspended => "not-suspended",
        }
    }
}

impl From<UpdateRefusal> for Refusal {
    fn from(refusal: UpdateRefusal) -> Refusal {
        Refusal::Update(refusal)
    }
}
