//! What can be asked of a license server, as plain values.
//!
//! Invariants: a command carries everything the decision needs; who asks was proven at the edge (tokens, signatures,
//! logins), here it is a fact. Deliberately not here: wire forms (api), the decisions.

use crate::account::{ClientKey, Role};
use crate::actor::Actor;
use crate::dictionary::Dictionary;
use crate::ids::{ReservationGroupId, TicketId, UsageId};
use crate::property::PropertyValue;
use crate::reservation::ReservationPosting;
use crate::term::Granularity;
use crate::usage_report::UsageReport;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_container::OpenedUpdate;
use tenure_document::{Bytes, Hash, Holder, HostId, KeyId, LeaseId, PublicKey, Time, Version};

/// The most features in one request.
pub(crate) const FEATURES_MAX: usize = 256;
/// The most seats in one request, all its features together.
pub(crate) const SEATS_MAX: u32 = 1_000_000;

/// Everything that can be asked for.
#[derive(Debug, Clone)]
pub enum Command {
    /// Grant leases.
    Checkout(Checkout),
    /// Lengthen leases. One: refused as a whole. Several: each by itself, one event each, in order.
    Renew(Vec<Renew>),
    /// Give leases back, borrowed ones early. One: refused as a whole. Several: each by itself.
    Release(Vec<Release>),
    /// Make a device hold exactly a list of features.
    SetDevice(DeviceSet),
    /// Use up some of a metered feature.
    Consume(Consume),
    /// Report metered use from a time off line, exactly once.
    ConsumeBatch(ConsumeBatch),
    /// Take metered use back.
    Undo(Undo),
    /// Apply an update file to the container.
    ApplyUpdate(Box<OpenedUpdate>),
    /// Change properties; `None` sets one back to its default.
    SetProperties {
        /// The administrator.
        by: String,
        /// New values by key.
        changes: BTreeMap<String, Option<PropertyValue>>,
    },
    /// Make a user.
    CreateUser {
        /// The administrator.
        by: String,
        /// The name to log in with.
        name: String,
        /// An argon2 hash string; opaque here.
        password_hash: String,
        /// What the user may do.
        roles: Vec<Role>,
    },
    /// Change a user's password or roles.
    ChangeUser {
        /// The administrator, or the user.
        by: String,
        /// Whose.
        name: String,
        /// To what.
        change: UserChange,
    },
    /// Delete a user.
    DeleteUser {
        /// The administrator.
        by: String,
        /// Whom.
        name: String,
    },
    /// Allow a client key to sign requests.
    AddClientKey {
        /// The administrator.
        by: String,
        /// The key; `added` is set by the decision.
        key: ClientKey,
    },
    /// Refuse a client key from now on.
    RevokeClientKey {
        /// The administrator.
        by: String,
        /// Which.
        id: KeyId,
    },
    /// Take a device's leases away; its seats come back after the cool-down.
    DropDevice {
        /// The administrator.
        by: String,
        /// Which device.
        host: HostId,
        /// Why, for the journal.
        reason: Option<String>,
    },
    /// Post, change or delete reservations.
    ChangeReservations {
        /// The administrator.
        by: String,
        /// What.
        change: ReservationChange,
    },
    /// Grant nothing new until resumed; renewals and returns go on.
    Suspend {
        /// The administrator.
        by: String,
        /// Why, for the journal and for denials.
        reason: Option<String>,
    },
    /// Grant again.
    Resume {
        /// The administrator.
        by: String,
    },
    /// The ledger was found to be behind a head known elsewhere: grant nothing new until every lease that may have
    /// been forgotten has ended.
    Reconcile {
        /// What showed it.
        evidence: String,
        /// A lease that somebody holds; where this ledger knows of it, nothing is shown by it.
        lease: Option<LeaseId>,
    },
    /// Keep a report of use that was made and signed.
    RecordUsage {
        /// Who ordered it.
        by: String,
        /// The entry up to which the report before reached.
        after: Option<u64>,
        /// The report; `at` and `taken` are set by the decision.
        report: UsageReport,
    },
    /// The office has the reports up to this one.
    UsageTaken {
        /// The ledger entry that it reaches to.
        to_sequence: u64,
    },
    /// Put on record that old entries of the ledger were archived; changes nothing else.
    RecordArchive {
        /// Who had it done.
        by: String,
        /// The entry that the ledger begins with from then on.
        begins: u64,
        /// Where the older ones are.
        folder: String,
    },
    /// Puts a model in force.
    SetModel {
        /// The administrator.
        by: String,
        /// Its text.
        text: String,
        /// Leases that it would not give go on.
        keep_leases: bool,
        /// What the author says about it.
        note: Option<String>,
        /// Only if this version is still in force; 0: only if none is.
        expected: Option<u64>,
    },
    /// No model any more: what comes back falls to the default pool.
    DeleteModel {
        /// The administrator.
        by: String,
        /// Leases of its pools go on.
        keep_leases: bool,
        /// Only if this version is still in force.
        expected: Option<u64>,
    },
    /// Take what a ticket was offered; nothing happens while it waits.
    Claim(Claim),
    /// End a ticket; what it was offered, or has taken, is given back.
    Cancel(Cancel),
    /// Nothing; time passes (see [`crate::Leasing::due`]).
    Tick,
}

/// Asks for leases. Stored with the ticket of a holder that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkout {
    /// Who will hold them.
    pub holder: Holder,
    /// What is wanted, each by itself unless `all`. Empty: the server decides.
    pub features: Vec<FeatureRequest>,
    /// Everything or nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub all: bool,
    /// Ask for leases to leave the network with, this long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_seconds: Option<u64>,
    /// Round the end of the leases up to this unit; the server's default otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granularity: Option<Granularity>,
    /// Facts about the requester for rules and reports.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dictionary: Dictionary,
    /// Only items that carry these selectors.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// How long the holder would wait in the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_seconds: Option<u64>,
    /// The client's nonce, echoed in the lease document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Bytes>,
    /// The hash of the client's request, echoed in the lease document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Hash>,
    /// The client's key, named in the lease document: proven at the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PublicKey>,
    /// The registered client key that signed the request: proven at the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<KeyId>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

impl Checkout {
    /// A plain request.
    pub fn new(holder: Holder, features: Vec<FeatureRequest>) -> Checkout {
        Checkout {
            holder,
            features,
            all: false,
            borrow_seconds: None,
            granularity: None,
            dictionary: Dictionary::new(),
            selectors: BTreeMap::new(),
            wait_seconds: None,
            nonce: None,
            request: None,
            client_key: None,
            signed_by: None,
        }
    }
}

/// One wanted feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureRequest {
    /// Its name.
    pub name: String,
    /// The lowest version that will do; exact is preferred.
    pub version: Version,
    /// How many seats.
    pub count: u32,
    /// Fewer will do, at least one.
    #[serde(default)]
    pub partial: bool,
}

impl FeatureRequest {
    /// All of `count` or nothing.
    pub fn new(name: impl Into<String>, version: Version, count: u32) -> FeatureRequest {
        FeatureRequest { name: name.into(), version, count, partial: false }
    }

    /// The least number of seats that will do.
    pub(crate) fn least(&self) -> u64 {
        if self.partial { 1 } else { u64::from(self.count) }
    }
}

/// Asks to lengthen one lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renew {
    /// Which.
    pub lease: LeaseId,
    /// Who asks.
    pub by: Actor,
    /// The client's nonce, echoed in the lease document.
    pub nonce: Option<Bytes>,
    /// The hash of the client's request, echoed in the lease document.
    pub request: Option<Hash>,
}

/// Asks for what a ticket was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Which.
    pub ticket: TicketId,
    /// Who asks.
    pub by: Actor,
    /// The client's nonce, echoed in the lease documents in place of that of the queued request.
    pub nonce: Option<Bytes>,
}

/// Ends a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// Which.
    pub ticket: TicketId,
    /// Who asks.
    pub by: Actor,
    /// Why, for the journal.
    pub reason: Option<String>,
}

/// Gives one lease back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Which.
    pub lease: LeaseId,
    /// Who asks.
    pub by: Actor,
    /// Why, for the journal.
    pub reason: Option<String>,
}

/// Asks that a device hold exactly what `wanted` lists: what it holds beyond is released, what is missing is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceSet {
    /// The device and what it shall hold.
    pub wanted: Checkout,
}

/// Asks to use up some of a metered feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consume {
    /// Who uses it.
    pub holder: Holder,
    /// The feature.
    pub feature: String,
    /// The lowest version that will do.
    pub version: Version,
    /// How much.
    pub count: u64,
    /// Only items that carry these selectors.
    pub selectors: BTreeMap<String, String>,
    /// Facts about the requester that rules may ask for.
    pub dictionary: Dictionary,
    /// The registered client key that signed the request: proven at the edge.
    pub signed_by: Option<KeyId>,
}

/// Metered use from a time off line. It has happened: it is recorded also where it exceeds what there was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumeBatch {
    /// Who used it.
    pub holder: Holder,
    /// Names the client's own count of entries, for example an installation ID.
    pub client: String,
    /// Entries in order of their sequence, which counts from 1 without gaps. What was reported before is skipped.
    pub entries: Vec<BatchEntry>,
    /// The registered client key that signed the request: proven at the edge.
    pub signed_by: Option<KeyId>,
}

/// One use off line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchEntry {
    /// The client's number of this entry.
    pub sequence: u64,
    /// The feature.
    pub feature: String,
    /// The version used.
    pub version: Version,
    /// How much.
    pub count: u64,
    /// When, by the client's clock.
    pub used_at: Option<Time>,
}

/// Takes metered use back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Which use.
    pub usage: UsageId,
    /// Who asks.
    pub by: Actor,
    /// Why, for the journal.
    pub reason: Option<String>,
}

/// A change of reservations. `keep_leases`: seats that others hold now stay with them as long as they renew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservationChange {
    /// A new group.
    Post {
        /// The group.
        posting: ReservationPosting,
        /// See above.
        keep_leases: bool,
    },
    /// A group becomes what is posted, in its place.
    Replace {
        /// Which.
        id: ReservationGroupId,
        /// What it becomes; without a name it keeps its own.
        posting: ReservationPosting,
        /// Only if this is still its revision.
        expected: Option<u64>,
        /// See above.
        keep_leases: bool,
    },
    /// Several groups, all of them or none.
    Import {
        /// The groups.
        postings: Vec<ReservationPosting>,
        /// Those whose name is there already become what is posted; otherwise that is refused.
        replace: bool,
        /// See above.
        keep_leases: bool,
    },
    /// A group is deleted; leases go on.
    Delete {
        /// Which.
        id: ReservationGroupId,
        /// Only if this is still its revision.
        expected: Option<u64>,
    },
}

/// A change of a user; `None` leaves a part as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// A new argon2 hash string; opaque here.
    pub password_hash: Option<String>,
    /// New roles.
    pub roles: Option<Vec<Role>>,
}
