//! An item: one license line inside a container, as people write it and as it is signed.
//!
//! Invariants: an item that was read holds no zero, negative or huge count, ends after it
//! starts, and has non-empty id and feature; everything not written takes the default named
//! here. Not here: granting (leasing), and reading whole lists with errors for people
//! (`items_file.rs`).

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ext::Ext,
    holder::check_name,
    moves::Moves,
    terms::{
        Capacity, Count, Enforcement, Expiry, Kind, LARGEST_COUNT, Overdraft, Permission,
        SeatBasis, Tolerance,
    },
    time::Time,
    version::Version,
};

/// Longest lease away from the network: ten years.
const LONGEST_BORROW: u64 = 3_660 * 86_400;
const DAY: Duration = Duration::from_secs(86_400);
/// Longest term given in days: a hundred years.
const MOST_DAYS: u32 = 36_500;

/// One license line: feature, version, how many, until when, under which terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Item {
    /// Unique within its container.
    pub id: String,
    /// The feature an application asks for.
    pub feature: String,
    /// The version granted; a request names a minimum.
    pub version: Version,
    /// How many seats.
    pub count: Count,
    /// Grants begin here; absent: at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// Grants end here (grace follows).
    pub expiry: Expiry,
    /// Concurrent use or metered consumption.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Kind,
    /// How far use may exceed the count.
    #[serde(skip_serializing_if = "is_default")]
    pub overdraft: Overdraft,
    /// What one seat counts.
    #[serde(skip_serializing_if = "is_default")]
    pub seat_basis: SeatBasis,
    /// At most one holder at a time.
    #[serde(skip_serializing_if = "is_default")]
    pub exclusive: bool,
    /// Longest borrow, 0 for none at all; absent: the server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_max_seconds: Option<u64>,
    /// Lease length when the request names none; absent: the server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_interval_seconds: Option<u64>,
    /// Days of use after the expiry, marked "in grace".
    #[serde(skip_serializing_if = "is_default")]
    pub grace_days: u32,
    /// Whether virtual machines may hold it.
    #[serde(rename = "virtual", skip_serializing_if = "is_default")]
    pub virtual_machines: Permission,
    /// What happens to a request beyond the count.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
    /// Days a seat stays with its named user.
    #[serde(skip_serializing_if = "is_default")]
    pub min_named_user_days: u32,
    /// Days after which the container must have heard from the publisher again; 0: never.
    #[serde(skip_serializing_if = "is_default")]
    pub checkpoint_days: u32,
    /// How it may move to other containers without the publisher; absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<Moves>,
    /// How strictly its container must at least be bound to the machine; absent: as the
    /// container is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Tolerance>,
    /// Text the publisher hands to its own application.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vendor_string: String,
    /// The product the feature belongs to; the scope of the signing key is checked against it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub product: String,
    /// The activation the item came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
    /// The entitlement line the item came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entitlement_id: Option<String>,
    /// Who issued it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// A notice shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
    /// A serial number of the publisher's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Values a request may select by.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub selectors: BTreeMap<String, String>,
    /// Members of the publisher's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
}

/// The same members as they are written, before the rules between them are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an item")]
struct Written {
    id: String,
    feature: String,
    version: Version,
    count: Count,
    #[serde(default)]
    start: Option<Time>,
    expiry: Expiry,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    overdraft: Overdraft,
    #[serde(default)]
    seat_basis: SeatBasis,
    #[serde(default)]
    exclusive: bool,
    #[serde(default)]
    borrow_max_seconds: Option<u64>,
    #[serde(default)]
    borrow_interval_seconds: Option<u64>,
    #[serde(default)]
    grace_days: u32,
    #[serde(default, rename = "virtual")]
    virtual_machines: Permission,
    #[serde(default)]
    enforcement: Enforcement,
    #[serde(default)]
    min_named_user_days: u32,
    #[serde(default)]
    checkpoint_days: u32,
    #[serde(default)]
    moves: Option<Moves>,
    #[serde(default)]
    binding: Option<Tolerance>,
    #[serde(default)]
    vendor_string: String,
    #[serde(default)]
    product: String,
    #[serde(default)]
    activation_id: Option<String>,
    #[serde(default)]
    entitlement_id: Option<String>,
    #[serde(default)]
    issuer: Option<String>,
    #[serde(default)]
    notice: Option<String>,
    #[serde(default)]
    serial: Option<String>,
    #[serde(default)]
    selectors: BTreeMap<String, String>,
    #[serde(default)]
    ext: Option<Ext>,
}

/// Why a set of members is not an item: which member, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("item {item:?}: {member} {problem}")]
pub struct ItemFault {
    /// The item's id.
    pub item: String,
    /// The member at fault.
    pub member: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl TryFrom<Written> for Item {
    type Error = ItemFault;

    fn try_from(written: Written) -> Result<Item, ItemFault> {
        let Written {
            id, feature, version, count, start, expiry, kind, overdraft, seat_basis, ..
        } = written;
        let item = Item {
            id,
            feature,
            version,
            count,
            start,
            expiry,
            kind,
            overdraft,
            seat_basis,
            exclusive: written.exclusive,
            borrow_max_seconds: written.borrow_max_seconds,
            borrow_interval_seconds: written.borrow_interval_seconds,
            grace_days: written.grace_days,
            virtual_machines: written.virtual_machines,
            enforcement: written.enforcement,
            min_named_user_days: written.min_named_user_days,
            checkpoint_days: written.checkpoint_days,
            moves: written.moves,
            binding: written.binding,
            vendor_string: written.vendor_string,
            product: written.product,
            activation_id: written.activation_id,
            entitlement_id: written.entitlement_id,
            issuer: written.issuer,
            notice: written.notice,
            serial: written.serial,
            selectors: written.selectors,
            ext: written.ext,
        };
        item.check()?;
        Ok(item)
    }
}

impl Item {
    /// A concurrent, permanent item with every other term at its default.
    pub fn new(
        id: impl Into<String>,
        feature: impl Into<String>,
        version: Version,
        count: Count,
    ) -> Item {
        Item {
            id: id.into(),
            feature: feature.into(),
            version,
            count,
            start: None,
            expiry: Expiry::Permanent,
            kind: Kind::Concurrent,
            overdraft: Overdraft::None,
            seat_basis: SeatBasis::Process,
            exclusive: false,
            borrow_max_seconds: None,
            borrow_interval_seconds: None,
            grace_days: 0,
            virtual_machines: Permission::Allow,
            enforcement: Enforcement::Block,
            min_named_user_days: 0,
            checkpoint_days: 0,
            moves: None,
            binding: None,
            vendor_string: String::new(),
            product: String::new(),
            activation_id: None,
            entitlement_id: None,
            issuer: None,
            notice: None,
            serial: None,
            selectors: BTreeMap::new(),
            ext: None,
        }
    }

    /// The rules between members; what was read from JSON keeps them already.
    ///
    /// # Errors
    /// The first member at fault.
    pub fn check(&self) -> Result<(), ItemFault> {
        let fault = |member, problem: String| {
            let item = self.id.chars().take(80).collect();
            Err(ItemFault { item, member, problem })
        };
        for (member, text) in [("id", &self.id), ("feature", &self.feature)] {
            if check_name("it", text).is_err() {
                return fault(member, "must have 1 to 256 characters, none of them control".into());
            }
        }
        if let Count::Counted(count) = self.count
            && !(1..=LARGEST_COUNT).contains(&count)
        {
            return fault("count", format!("must be 1 to {LARGEST_COUNT}, not {count}"));
        }
        match self.overdraft {
            Overdraft::Count(count) if !(1..=LARGEST_COUNT).contains(&count) => {
                return fault(
                    "overdraft",
                    format!("count must be 1 to {LARGEST_COUNT}, not {count}"),
                );
            }
            Overdraft::Percent(percent) if !(1..=10_000).contains(&percent) => {
                return fault("overdraft", format!("percent must be 1 to 10000, not {percent}"));
            }
            _ => {}
        }
        if let (Some(start), Expiry::At(end)) = (self.start, self.expiry)
            && end <= start
        {
            return fault("expiry", format!("{end} is not after start {start}"));
        }
        // A longest borrow of nothing means: may not leave the network.
        for (member, least, seconds) in [
            ("borrow_max_seconds", 0, self.borrow_max_seconds),
            ("borrow_interval_seconds", 1, self.borrow_interval_seconds),
        ] {
            if seconds.is_some_and(|seconds| !(least..=LONGEST_BORROW).contains(&seconds)) {
                return fault(member, format!("must be {least} to {LONGEST_BORROW} seconds"));
            }
        }
        for (member, days) in [
            ("grace_days", self.grace_days),
            ("min_named_user_days", self.min_named_user_days),
            ("checkpoint_days", self.checkpoint_days),
        ] {
            if days > MOST_DAYS {
                return fault(member, format!("must be at most {MOST_DAYS}, not {days}"));
            }
        }
        match self.moves.as_ref().map(Moves::check) {
            Some(Err(problem)) => fault("moves", problem),
            _ => Ok(()),
        }
    }

    /// Whether the other item has the same terms: it differs in the count alone.
    pub fn has_terms_of(&self, other: &Item) -> bool {
        Item { count: other.count, ..self.clone() } == *other
    }

    /// Seats within the count, overdraft not included.
    pub fn capacity(&self) -> Capacity {
        match self.count {
            Count::Counted(count) => Capacity::Limited(u64::from(count)),
            Count::Uncounted => Capacity::Unlimited,
        }
    }

    /// Seats beyond the count; a percentage is rounded down.
    pub fn overdraft_seats(&self) -> Capacity {
        match (self.overdraft, self.count) {
            (_, Count::Uncounted) | (Overdraft::None, _) => Capacity::Limited(0),
            (Overdraft::Count(count), _) => Capacity::Limited(u64::from(count)),
            (Overdraft::Percent(percent), Count::Counted(count)) => {
                Capacity::Limited(u64::from(count) * u64::from(percent) / 100)
            }
            (Overdraft::Unlimited, _) => Capacity::Unlimited,
        }
    }

    /// When grants begin; nothing means at once.
    pub fn live_from(&self) -> Option<Time> {
        self.start
    }

    /// When the item expires, grace not included; nothing means never.
    pub fn ends(&self) -> Option<Time> {
        match self.expiry {
            Expiry::Permanent => None,
            Expiry::At(end) => Some(end),
        }
    }

    /// When the grace after the expiry is over; nothing means never.
    pub fn grace_end(&self) -> Option<Time> {
        self.ends().map(|end| end.plus(DAY * self.grace_days))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
