//! What happened, as the ledger stores it.
//!
//! Invariants: a stored format: JSON with the tag `type`, self-describing; a released shape decodes for ever (golden
//! test), a changed one gets a new tag; an event carries everything that `apply` needs, no choice is left to it.
//! Deliberately not here: the decisions, and the changes that events make.

use crate::account::{ClientKey, User};
use crate::actor::Actor;
use crate::asked::Asked;
use crate::denial::{DenialReason, Denied};
use crate::dictionary::Dictionary;
use crate::group::NamedSeat;
use crate::ids::{ReservationGroupId, TicketId, UsageId};
use crate::model_book::RuleCited;
use crate::property::PropertyValue;
use crate::refusal::LeaseRefusal;
use crate::reservation::ReservationGroup;
use crate::term::{BorrowLimit, Granularity};
use crate::ticket::{Queued, Unqueued};
use crate::usage_report::UsageReport;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};
use tenure_container::ContainerEvent;
use tenure_document::{
    Bytes, Hash, Holder, HostId, KeyId, LeaseId, PublicKey, SeatRange, Time, Version,
};

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// A lease began.
    Granted(Granted),
    /// A lease was lengthened.
    Renewed(Renewed),
    /// One of several renewals was refused.
    NotRenewed {
        /// Which lease.
        lease: LeaseId,
        /// Why.
        why: LeaseRefusal,
    },
    /// A lease was given back, or taken away by an administrator.
    Released {
        /// Which.
        lease: LeaseId,
        /// By whom.
        by: Actor,
        /// Why, where said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// One of several returns was refused.
    NotReleased {
        /// Which lease.
        lease: LeaseId,
        /// Why.
        why: LeaseRefusal,
    },
    /// A new process of the same owner took a lease over: the old one ended.
    TakenOver {
        /// The lease that ended.
        lease: LeaseId,
        /// The lease that follows.
        by: LeaseId,
    },
    /// Leases ended unrenewed, seats of named users became free.
    Expired {
        /// Leases.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        leases: Vec<LeaseId>,
        /// Named users' seats.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        named: Vec<NamedSeat>,
    },
    /// A request for a feature was denied.
    Denied(Denied),
    /// A holder waits.
    Queued(Queued),
    /// Seats are held for a holder that waits.
    Offered(Offered),
    /// A holder that waited took what it was offered; renewals of the leases follow.
    Claimed {
        /// Its ticket.
        ticket: TicketId,
        /// When.
        at: Time,
        /// The leases.
        leases: Vec<LeaseId>,
    },
    /// A holder waits no longer.
    Unqueued(Unqueued),
    /// Some of a metered feature was used up.
    Consumed(Consumed),
    /// Use from a time off line was recorded.
    UsageBatch(UsageBatch),
    /// Metered use was taken back.
    Undone {
        /// Which.
        usage: UsageId,
        /// By whom.
        by: Actor,
        /// Why, where said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The feature.
        feature: String,
        /// The version: the lowest of its items.
        version: Version,
        /// How much.
        count: u64,
    },
    /// Something happened to the container.
    Container(ContainerEvent),
    /// Properties were changed; `None` is back to the default.
    PropertiesSet {
        /// By whom.
        by: String,
        /// New values by key.
        changes: BTreeMap<String, Option<PropertyValue>>,
    },
    /// A user was made or changed.
    UserSet {
        /// By whom.
        by: String,
        /// The user from now on.
        user: User,
    },
    /// A user was deleted.
    UserDeleted {
        /// By whom.
        by: String,
        /// Who.
        name: String,
    },
    /// A client key was registered.
    ClientKeyAdded {
        /// By whom.
        by: String,
        /// The key.
        key: ClientKey,
    },
    /// A client key is refused from now on.
    ClientKeyRevoked {
        /// By whom.
        by: String,
        /// Which.
        id: KeyId,
    },
    /// Groups of reservations were posted or changed.
    ReservationsSet {
        /// By whom.
        by: String,
        /// The time that is certain: what is live then is reserved.
        at: Time,
        /// The groups from now on.
        groups: Vec<ReservationGroup>,
    },
    /// Groups of reservations were deleted.
    ReservationsDeleted {
        /// By whom.
        by: String,
        /// The time that is certain: what is live then is reserved.
        at: Time,
        /// Which, and what people called them.
        groups: BTreeMap<ReservationGroupId, String>,
    },
    /// A device's leases were taken away.
    DeviceDropped(DeviceDropped),
    /// A model came into force.
    ModelSet(ModelSet),
    /// The model was deleted.
    ModelDeleted(ModelDeleted),
    /// Items began or ended, and the pools were filled anew.
    Placed {
        /// The time that is certain: items that are live then are in the pools.
        at: Time,
    },
    /// Nothing new is granted.
    Suspended {
        /// By whom.
        by: String,
        /// Why, where said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Granting again.
    Resumed {
        /// By whom.
        by: String,
    },
    /// The ledger was found to be behind: nothing new is granted for a while.
    Reconciling {
        /// Until when.
        until: Time,
        /// What showed it.
        evidence: String,
        /// Leases are numbered from here on: those that may be forgotten have lower numbers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_lease: Option<LeaseId>,
    },
    /// A report of use was made for the publisher.
    UsageReported {
        /// By whom.
        by: String,
        /// The report.
        report: UsageReport,
    },
    /// The publisher's office has the reports up to this one.
    UsageReportTaken {
        /// The ledger entry that it reaches to.
        to_sequence: u64,
    },
    /// Old entries of the ledger were archived.
    LedgerArchived {
        /// By whom.
        by: String,
        /// The entry that the ledger begins with from now on.
        begins: u64,
        /// Where the older ones are.
        folder: String,
    },
}

/// A lease began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Granted {
    /// Its number.
    pub lease: LeaseId,
    /// Since when.
    pub at: Time,
    /// Its end; the holder stops then, the server takes the seats back two seconds later.
    pub expires: Time,
    /// When the holder should renew.
    pub renew_after: Time,
    /// Who holds it.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The version granted: the lowest of its items.
    pub version: Version,
    /// How many seats.
    pub count: u32,
    /// Where they come from.
    pub parts: Vec<Part>,
    /// How it came about: `granted`, `shared-seat`, `granted-in-grace`, `granted-overdraft`, `warned-over-count`,
    /// `recorded-over-count`.
    pub code: Cow<'static, str>,
    /// The sequence of the container at the grant.
    pub sequence: u64,
    /// May leave the network; asked for so long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_seconds: Option<u64>,
    /// What ends it before the time to borrow it that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortened_by: Option<BorrowLimit>,
    /// Its end is rounded up to this unit; none: the server's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Facts about the requester, as asked.
    #[serde(default, skip_serializing_if = "Dictionary::is_empty")]
    pub dictionary: Dictionary,
    /// The client's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PublicKey>,
    /// The registered key that signed the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<KeyId>,
    /// The rule of the model that gave access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleCited>,
    /// The client's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Bytes>,
    /// The hash of the client's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Hash>,
    /// What was asked beyond what is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Box<Asked>>,
}

/// The seats of a lease that come from one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The item.
    pub item: String,
    /// How many.
    pub count: u32,
    /// Their numbers, within the feature; none where the item is uncounted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatRange>,
    /// The named pool that they come from; none: the default pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// Seats are held for a holder that waits: short leases begin, without a document until they are claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offered {
    /// Its ticket.
    pub ticket: TicketId,
    /// When.
    pub at: Time,
    /// Unless they are claimed, they end then.
    pub until: Time,
    /// The leases.
    pub leases: Vec<Granted>,
}

/// A lease was lengthened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renewed {
    /// Which.
    pub lease: LeaseId,
    /// When.
    pub at: Time,
    /// Its new end.
    pub expires: Time,
    /// When the holder should renew again.
    pub renew_after: Time,
    /// The sequence of the container at the renewal.
    pub sequence: u64,
    /// What ends it before the time to borrow it that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortened_by: Option<BorrowLimit>,
    /// The client's nonce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Bytes>,
    /// The hash of the client's request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Hash>,
}

/// Some of a metered feature was used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consumed {
    /// Its number.
    pub usage: UsageId,
    /// When.
    pub at: Time,
    /// Who used it.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The version granted: the lowest of its items.
    pub version: Version,
    /// How much.
    pub count: u64,
    /// Where it was taken from.
    pub parts: Vec<UsagePart>,
    /// Until when it can be taken back; none: for ever, the feature is reusable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Time>,
    /// How much of it exceeds what there was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub over: u64,
    /// Facts about the requester, as asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dictionary: Dictionary,
    /// The rule of the model that gave access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleCited>,
    /// The registered key that signed the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<KeyId>,
    /// What was asked beyond what is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Box<Asked>>,
}

/// Metered use of one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsagePart {
    /// The item.
    pub item: String,
    /// How much.
    pub count: u64,
    /// The named pool that it comes from; none: the default pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
}

/// Use from a time off line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsageBatch {
    /// When it was recorded.
    pub at: Time,
    /// Who used it.
    pub holder: Holder,
    /// The client whose count of entries this is.
    pub client: String,
    /// Everything up to this entry is recorded now.
    pub through: u64,
    /// The new entries.
    pub entries: Vec<Batched>,
    /// The registered key that signed the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<KeyId>,
}

/// One use off line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batched {
    /// The client's number of it.
    pub sequence: u64,
    /// The feature.
    pub feature: String,
    /// How much.
    pub count: u64,
    /// Its number here; none where no item has the feature, so that there is nothing to count it against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageId>,
    /// Why it would have been denied on line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DenialReason>,
    /// Where it was taken from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<UsagePart>,
    /// How much of it exceeds what there was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub over: u64,
    /// Until when it can be taken back; none: for ever, the feature is reusable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Time>,
    /// When, by the client's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Time>,
}

/// A model came into force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSet {
    /// By whom.
    pub by: String,
    /// Its number, from 1.
    pub version: u64,
    /// The time that is certain: items that are live then are in its pools.
    pub placed_at: Time,
    /// Its text.
    pub text: String,
    /// Leases that it would not give go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_leases: bool,
    /// What the author says about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The model was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelDeleted {
    /// By whom.
    pub by: String,
    /// Which.
    pub version: u64,
    /// The time that is certain.
    pub placed_at: Time,
    /// Leases of its pools go on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub keep_leases: bool,
}

/// A device's leases were taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceDropped {
    /// By whom.
    pub by: String,
    /// Which device.
    pub host: HostId,
    /// Why, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its leases: none can be renewed.
    pub leases: Vec<LeaseId>,
    /// Their seats come back then at the latest.
    pub until: Time,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
