//! The terms of a license model, and the changes that one line of an entitlement makes to them.
//!
//! Every member has a default, so a model names only what is special about it. Deliberately not here: what becomes of
//! them in a container (items) and in a license server (leasing).

use serde::{Deserialize, Serialize};
use tenure_document::{ContainerKind, Enforcement, Kind, Overdraft, Permission, SeatBasis, Time};
use utoipa::ToSchema;

use super::schema::{
    ContainerKindSchema, EnforcementSchema, KindSchema, OverdraftSchema, PermissionSchema,
    SeatBasisSchema,
};

/// The terms of a license model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LicenseTerms {
    /// How long it may be used.
    #[schema(value_type = ValiditySchema)]
    pub validity: Validity,
    /// Kinds of containers that may hold it; empty: every kind. `server` alone is floating, `bound` alone node-locked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<ContainerKindSchema>)]
    pub containers: Vec<ContainerKind>,
    /// How it is used and counted.
    pub usage: UsageTerms,
    /// The container must have been in contact with the office within so many days; absent: never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_days: Option<u32>,
    /// How it may be carried to another container without the office; absent: not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moves: Option<MoveTerms>,
    /// Whether and when its units come back.
    pub returns: ReturnTerms,
    /// How much of a machine may change before its container does not open; absent: as the container says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Tolerance>,
}

/// How long a license may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Until an instant that is the same for all.
    Until(Time),
}

/// The published shape of [`Validity`], which holds an instant without a name.
#[derive(ToSchema)]
#[schema(as = Validity, rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum ValiditySchema {
    Perpetual,
    Subscription { days: u32, from: Option<Begins> },
    Trial { days: u32, from: Option<Begins> },
    Until(String),
}

/// From when days count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Begins {
    /// From the order, or from the start that it names.
    #[default]
    Order,
    /// From the first activation of the line, for all its units.
    FirstActivation,
    /// From each activation by itself; only where nothing can be returned.
    Activation,
}

/// How something is used and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsageTerms {
    /// Concurrent use or metered consumption.
    #[schema(value_type = KindSchema)]
    pub kind: Kind,
    /// What one seat counts.
    #[schema(value_type = SeatBasisSchema)]
    pub seat_basis: SeatBasis,
    /// How far use may exceed the count.
    #[schema(value_type = OverdraftSchema)]
    pub overdraft: Overdraft,
    /// At most one holder at a time.
    pub exclusive: bool,
    /// Longest borrow in seconds, 0 for none at all; absent: the license server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_max_seconds: Option<u64>,
    /// Length of a lease in seconds when the request names none; absent: the license server's setting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub borrow_interval_seconds: Option<u64>,
    /// Days of use after the end.
    pub grace_days: u32,
    /// What happens to a request beyond the count.
    #[schema(value_type = EnforcementSchema)]
    pub enforcement: Enforcement,
    /// Whether virtual machines may hold it.
    #[serde(rename = "virtual")]
    #[schema(value_type = PermissionSchema)]
    pub virtual_machines: Permission,
    /// Days a seat stays with its named user.
    pub min_named_user_days: u32,
}

/// How units may be carried to another container without the office.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MoveTerms {
    /// How often before they must come back to the publisher; absent: no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    pub times: Option<u32>,
    /// Days between one move and the next.
    pub days_between: u32,
    /// Only between containers of the same customer.
    pub within_account: bool,
    /// Only into and out of portable containers, which carry it and do not use it.
    pub hop_only: bool,
}

/// Whether and how licenses come back to the entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReturnTerms {
    /// The customer may return them.
    pub allowed: bool,
    /// They are free so many days after the receipt of their removal; absent: as the office's policy says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cool_down_days: Option<u32>,
}

impl Default for ReturnTerms {
    fn default() -> Self {
        Self { allowed: true, cool_down_days: None }
    }
}

/// How much of a machine must still be as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tolerance {
    /// 40 % of its weight.
    Loose,
    /// 60 %.
    Medium,
    /// 80 %.
    Strict,
}

impl Tolerance {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Loose => "loose",
            Self::Medium => "medium",
            Self::Strict => "strict",
        }
    }
}

/// What one line of an entitlement has instead of its model's terms: members as in [`LicenseTerms`], merged into them as
/// RFC 7396 says (`null` takes a member back to its default).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct TermsChange(
    /// The members that differ.
    pub serde_json::Map<String, serde_json::Value>,
);

impl TermsChange {
    /// Nothing differs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
