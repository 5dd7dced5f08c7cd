//! The terms under which something is sold, before they become terms of an item in a container.
//!
//! Invariants: a stored format; a member that is not written takes the default named here, which is also the default of
//! the item; nothing here depends on the time at which it is used.
//! Deliberately not here: making items of them (`items`), and what they mean in use (leasing, container).

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerKind, Enforcement, Kind, Overdraft, Permission, SeatBasis, Time};

pub use tenure_document::{Moves, Tolerance};

/// What a license model promises, or a line in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Terms {
    /// How long it may be used.
    #[serde(skip_serializing_if = "is_default")]
    pub validity: Validity,
    /// In what kinds of container it may be; all when empty. License servers only: floating; bound only: node-locked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<ContainerKind>,
    /// How it is used and counted.
    #[serde(skip_serializing_if = "is_default")]
    pub usage: UsageTerms,
    /// The container must have met its publisher within so many days; 0: never again.
    #[serde(skip_serializing_if = "is_default")]
    pub checkpoint_days: u32,
    /// How it may be carried to another container without the office; absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<Moves>,
    /// Whether and when its units come back.
    #[serde(skip_serializing_if = "is_default")]
    pub returns: Returns,
    /// How strictly its container must at least be bound to the machine; absent: as the container is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Tolerance>,
}

/// How long something may be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Validity {
    /// For ever.
    #[default]
    Perpetual,
    /// So many days; the end can be moved by orders.
    Subscription {
        /// How many.
        days: u32,
        /// From when they count.
        #[serde(default)]
        from: Begins,
    },
    /// So many days to try; no container gets the same product for trial twice.
    Trial {
        /// How many.
        days: u32,
        /// From when they count.
        #[serde(default)]
        from: Begins,
    },
    /// Until a time that is the same for all.
    Until(Time),
}

/// From when days count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Begins {
    /// From the order, or from the start that it names.
    #[default]
    Order,
    /// From the first activation of the line, for all its units.
    FirstActivation,
    /// From each activation by itself; only where nothing can be returned, else a return would begin them anew.
    Activation,
}

/// How something is used and counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UsageTerms {
    /// Concurrent use or metered consumption.
    #[serde(skip_serializing_if = "is_default")]
    pub kind: Kind,
    /// What one seat counts.
    #[serde(skip_serializing_if = "is_default")]
    pub seat_basis: SeatBasis,
    /// How far use may exceed the count.
    #[serde(skip_serializing_if = "is_default")]
    pub overdraft: Overdraft,
    /// At most one holder at a time.
    #[serde(skip_serializing_if = "is_default")]
    pub exclusive: bool,
    /// Longest borrow, 0 for none at all; absent: the server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_max_seconds: Option<u64>,
    /// Lease length when a request names none; absent: the server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_interval_seconds: Option<u64>,
    /// Days of use after the end, marked "in grace".
    #[serde(skip_serializing_if = "is_default")]
    pub grace_days: u32,
    /// What happens to a request beyond the count.
    #[serde(skip_serializing_if = "is_default")]
    pub enforcement: Enforcement,
    /// Whether virtual machines may hold it.
    #[serde(rename = "virtual", skip_serializing_if = "is_default")]
    pub virtual_machines: Permission,
    /// Days a seat stays with its named user.
    #[serde(skip_serializing_if = "is_default")]
    pub min_named_user_days: u32,
}

/// Whether and when units come back to what was bought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Returns {
    /// A customer may give them back.
    pub allowed: bool,
    /// They are free so many days after the receipt of their removal; absent: as the office's policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cool_down_days: Option<u32>,
}

impl Default for Returns {
    fn default() -> Returns {
        Returns { allowed: true, cool_down_days: None }
    }
}

impl Validity {
    /// How many days from when, where days count.
    pub fn days(&self) -> Option<(u32, Begins)> {
        match *self {
            Validity::Subscription { days, from } | Validity::Trial { days, from } => {
                Some((days, from))
            }
            Validity::Perpetual | Validity::Until(_) => None,
        }
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
