//! Denials: why a holder did not get what it asked for, what was tried, and what would help.
//!
//! Invariants: codes are stable; every denial names feature, holder, reason and the nearest remedy; the plain sentence
//! is made from the same data, so it never says something else. Deliberately not here: finding the reason.

use crate::ids::DenialId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tenure_document::{Holder, Time, Version};

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// Why a request was denied.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum DenialReason { $($(#[$doc])* #[serde(rename = $code)] $name),* }

        impl DenialReason {
            /// All of them.
            pub const ALL: &'static [DenialReason] = &[$(DenialReason::$name),*];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(DenialReason::$name => $code),* }
            }
        }
    };
}

reasons! {
    /// No item has this feature.
    UnknownFeature = "unknown-feature",
    /// Only lower versions are there.
    VersionTooLow = "version-too-low",
    /// No item carries the wanted selectors.
    SelectorMismatch = "selector-mismatch",
    /// The feature is used up, not held: consume it.
    MeteredFeature = "metered-feature",
    /// All seats are taken.
    NoSeats = "no-seats",
    /// The free seats are kept for others.
    ReservedForOthers = "reserved-for-others",
    /// A rule of the model says no.
    DeniedByRule = "denied-by-rule",
    /// The holder has as many as one holder may.
    MaxPerHolder = "max-per-holder",
    /// The license begins later.
    NotStarted = "not-started",
    /// The license has ended.
    Expired = "expired",
    /// Not on virtual machines or in containers.
    VirtualNotAllowed = "virtual-not-allowed",
    /// The license may not leave the network.
    BorrowNotAllowed = "borrow-not-allowed",
    /// Longer than the license may leave the network.
    BorrowTooLong = "borrow-too-long",
    /// Too many are waiting.
    QueueFull = "queue-full",
    /// The holder has its one lease.
    AlreadyExclusive = "already-exclusive",
    /// The metered amount is used up.
    OverMetered = "over-metered",
    /// The license has ended by the time that is certain; the clock of the server is behind it.
    ClockBehind = "clock-behind",
    /// The server's ledger was restored from a copy; it grants again when forgotten leases have ended.
    ContainerRolledBack = "container-rolled-back",
    /// An administrator has suspended the server.
    ServerSuspended = "server-suspended",
    /// Requests must be signed with a registered key.
    UnsignedRequest = "unsigned-request",
    /// The key of the request, or the server itself, is revoked.
    Revoked = "revoked",
}

/// How a pool stood when it was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolTried {
    /// The pool's name.
    pub pool: String,
    /// Seats in it that could serve this request, overdraft included; none: unlimited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Of these, in use.
    pub used: u64,
    /// Of these, free.
    pub free: u64,
}

/// What would help, nearest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Remedy {
    /// So many can be had at once.
    SmallerCount {
        /// The largest count.
        count: u64,
    },
    /// This version can be had at once.
    LowerVersion {
        /// Which.
        version: Version,
    },
    /// Wait: a seat comes back then at the latest, unless it is renewed.
    WaitUntil {
        /// When.
        at: Time,
    },
    /// Wait: the license begins then.
    StartsAt {
        /// When.
        at: Time,
    },
    /// Borrow for a shorter time.
    ShorterBorrow {
        /// At most.
        seconds: u64,
    },
    /// Check out without borrowing.
    WithoutBorrow,
    /// A feature with nearly this name exists.
    CheckName {
        /// Which.
        name: String,
    },
    /// Consume the feature instead of checking it out.
    Consume,
    /// Give back the lease that the holder has.
    ReleaseFirst,
    /// Ask from a physical machine.
    PhysicalMachine,
    /// Set the server's clock right.
    SetClock,
    /// Sign the request with a registered key.
    SignRequest,
    /// The publisher must renew or enlarge the license.
    AskPublisher,
    /// The administrator of the license server must act.
    AskAdministrator,
}

/// A denied request for one feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Denied {
    /// Its number.
    pub id: DenialId,
    /// When.
    pub at: Time,
    /// Who asked.
    pub holder: Holder,
    /// For what.
    pub feature: String,
    /// The lowest version that would have done.
    pub version: Version,
    /// How many.
    pub count: u64,
    /// For so long away from the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub borrow_seconds: Option<u64>,
    /// Facts about the requester, as asked.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dictionary: BTreeMap<String, String>,
    /// Why not.
    pub reason: DenialReason,
    /// The pools that were tried, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolTried>,
    /// What would help.
    pub remedy: Remedy,
}
