//! Denials: why a holder did not get what it asked for, what was tried, and what would help.
//!
//! Invariants: codes are stable; every denial names feature, holder, reason and the nearest remedy; the plain sentence
//! is made from the same data, so it never says something else. Deliberately not here: finding the reason.

use crate::asked::Asked;
use crate::dictionary::Dictionary;
use crate::ids::DenialId;
use crate::model_book::RuleCited;
use serde::{Deserialize, Serialize};
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
    /// The publisher must be heard of before the license can be used on.
    ContactDue = "contact-due",
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
    /// Of these, kept by reservations and not in use.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reserved: u64,
    /// Of these, free.
    pub free: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
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
    /// Wait in line: what is free is kept for those who wait.
    JoinQueue,
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
    /// The server must exchange a context and an update with the publisher's office.
    ContactPublisher,
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
    #[serde(default, skip_serializing_if = "Dictionary::is_empty")]
    pub dictionary: Dictionary,
    /// Why not.
    pub reason: DenialReason,
    /// The pools that were tried, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<PoolTried>,
    /// What would help.
    pub remedy: Remedy,
    /// The rule of the model that decided which pools could be tried, or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleCited>,
    /// What was asked beyond what is said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Box<Asked>>,
}

impl Denied {
    /// What is kept for lists and answers: all but what the asker said of itself, which may be large.
    pub(crate) fn listed(&self) -> Denied {
        Denied {
            id: self.id,
            at: self.at,
            holder: self.holder.clone(),
            feature: self.feature.clone(),
            version: self.version,
            count: self.count,
            borrow_seconds: self.borrow_seconds,
            dictionary: Dictionary::new(),
            reason: self.reason,
            pools: self.pools.clone(),
            remedy: self.remedy.clone(),
            rule: self.rule,
            asked: None,
        }
    }

    /// The reason for people, with the figures of this case.
    pub fn explanation(&self) -> String {
        let free = self.pools.iter().map(|pool| pool.free).sum::<u64>();
        let total = self.pools.iter().try_fold(0_u64, |sum, pool| Some(sum + pool.total?));
        if let (DenialReason::DeniedByRule, Some(rule)) = (self.reason, self.rule) {
            let (line, model) = (rule.line, rule.model);
            return format!("line {line} of model {model} denies {:?}", self.feature);
        }
        explain(self.reason, &self.feature, self.version, (self.count, free, total))
    }
}

/// The reason for people: of `count` wanted, `free` of `total` were free.
pub(crate) fn explain(
    reason: DenialReason,
    feature: &str,
    version: Version,
    (count, free, total): (u64, u64, Option<u64>),
) -> String {
    let of = total.map_or(String::new(), |total| format!(" of {total}"));
    match reason {
        DenialReason::UnknownFeature => format!("this server has no license for {feature:?}"),
        DenialReason::VersionTooLow => {
            format!("the license for {feature:?} does not cover version {version}")
        }
        DenialReason::SelectorMismatch => {
            format!("no license for {feature:?} carries the wanted selectors")
        }
        DenialReason::MeteredFeature => {
            format!("{feature:?} is metered: it is used up, not held")
        }
        DenialReason::NoSeats => {
            format!("{count} of {feature:?} wanted, {free}{of} free")
        }
        DenialReason::ReservedForOthers => {
            format!("the free seats of {feature:?} are reserved for others")
        }
        DenialReason::DeniedByRule => format!("a rule of this server denies {feature:?}"),
        DenialReason::MaxPerHolder => {
            format!("the holder has as many of {feature:?} as one holder may")
        }
        DenialReason::NotStarted => format!("the license for {feature:?} has not begun yet"),
        DenialReason::Expired => format!("the license for {feature:?} has expired"),
        DenialReason::VirtualNotAllowed => {
            format!("{feature:?} may not be used on virtual machines or in containers")
        }
        DenialReason::BorrowNotAllowed => format!("{feature:?} may not be borrowed"),
        DenialReason::BorrowTooLong => format!("{feature:?} may not be borrowed for so long"),
        DenialReason::QueueFull => format!("too many are waiting for {feature:?}"),
        DenialReason::AlreadyExclusive => {
            format!("{feature:?} may be held once only here, and it is")
        }
        DenialReason::OverMetered => {
            format!("{count} of {feature:?} wanted, {free}{of} left")
        }
        DenialReason::ClockBehind => format!(
            "the license for {feature:?} has expired by the time that is certain; the clock of \
             the server is behind it"
        ),
        DenialReason::ContactDue => format!(
            "the license for {feature:?} needs a word from its publisher, who was not heard of for too long"
        ),
        DenialReason::ContainerRolledBack => {
            "the server's records were restored from a copy; it grants again when forgotten \
             leases have ended"
                .to_owned()
        }
        DenialReason::ServerSuspended => "an administrator has suspended this server".to_owned(),
        DenialReason::UnsignedRequest => {
            "this server demands requests signed with a registered key".to_owned()
        }
        DenialReason::Revoked => "the key of the request, or this server, is revoked".to_owned(),
    }
}

impl Remedy {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Remedy::SmallerCount { .. } => "smaller-count",
            Remedy::LowerVersion { .. } => "lower-version",
            Remedy::WaitUntil { .. } => "wait-until",
            Remedy::JoinQueue => "join-queue",
            Remedy::StartsAt { .. } => "starts-at",
            Remedy::ShorterBorrow { .. } => "shorter-borrow",
            Remedy::WithoutBorrow => "without-borrow",
            Remedy::CheckName { .. } => "check-name",
            Remedy::Consume => "consume",
            Remedy::ReleaseFirst => "release-first",
            Remedy::PhysicalMachine => "physical-machine",
            Remedy::SetClock => "set-clock",
            Remedy::ContactPublisher => "contact-publisher",
            Remedy::SignRequest => "sign-request",
            Remedy::AskPublisher => "ask-publisher",
            Remedy::AskAdministrator => "ask-administrator",
        }
    }

    /// The remedy for people.
    pub fn text(&self) -> String {
        match self {
            Remedy::SmallerCount { count } => format!("ask for at most {count}"),
            Remedy::LowerVersion { version } => format!("version {version} is free"),
            Remedy::WaitUntil { at } => {
                format!("wait: at {at} at the latest something comes back, unless it is renewed")
            }
            Remedy::JoinQueue => {
                "wait in line: what is free is kept for those who wait already".to_owned()
            }
            Remedy::StartsAt { at } => format!("wait until the license begins at {at}"),
            Remedy::ShorterBorrow { seconds } => format!("borrow for at most {seconds} seconds"),
            Remedy::WithoutBorrow => "check out without borrowing".to_owned(),
            Remedy::CheckName { name } => format!("did you mean {name:?}?"),
            Remedy::Consume => "consume the feature instead of checking it out".to_owned(),
            Remedy::ReleaseFirst => "give back the lease that is held here".to_owned(),
            Remedy::PhysicalMachine => "ask from a physical machine".to_owned(),
            Remedy::SetClock => "set the clock of the server right".to_owned(),
            Remedy::ContactPublisher => {
                "let the server ask the publisher's office, or carry its context there and the update back".to_owned()
            }
            Remedy::SignRequest => "sign the request with a registered key".to_owned(),
            Remedy::AskPublisher => "ask the publisher for a new or larger license".to_owned(),
            Remedy::AskAdministrator => "ask the administrator of this license server".to_owned(),
        }
    }
}
