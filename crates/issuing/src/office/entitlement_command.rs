//! Changes of entitlements: what is asked, and what happened.
//!
//! Invariants: the events are a stored format and carry every number, time and revision that was chosen in deciding.
//! Deliberately not here: deciding (`entitlement_decide`) and applying (`entitlement_fold`).

use super::catalog::ProductKey;
use super::line::{LineAsked, LineOrdered, SoldPaper};
use super::numbers::CustomerId;
use super::terms::{Terms, is_default};
use serde::{Deserialize, Serialize};
use tenure_document::{ActivationId, Time};

/// An order: a reference, and lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderAsked {
    /// Its number in the shop or the books; each is taken once per entitlement.
    pub reference: String,
    /// What is bought.
    pub lines: Vec<LineAsked>,
}

/// A change of an entitlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum EntitlementCommand {
    /// Make one.
    Make {
        /// By whom.
        by: String,
        /// Its activation ID, made of fresh chance or brought.
        id: ActivationId,
        /// Who bought it.
        customer: CustomerId,
        /// What.
        order: OrderAsked,
        /// Not activated before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activate_from: Option<Time>,
        /// Not activated after.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        activate_until: Option<Time>,
        /// Anything else.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        notes: String,
        /// It is no repeat of an equal one that waits: its ID was brought, or a key tells its repeats.
        #[serde(default, skip_serializing_if = "is_default")]
        own: bool,
    },
    /// Buy more on the same activation ID: equal lines get more units, others are added.
    Order {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// What.
        order: OrderAsked,
    },
    /// Change what is said about it.
    Change {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// What.
        change: EntitlementChange,
    },
    /// Activate nothing for now.
    Suspend {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Activate again.
    Resume {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
    },
    /// Take everything back.
    Withdraw {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Let a line be used longer; containers get it at their next contact.
    Extend {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Its line.
        line: u32,
        /// How long.
        by_how_much: Extension,
    },
    /// Put a newer product in the place of a line's; only along an upgrade of the catalog.
    Upgrade {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Its line.
        line: u32,
        /// The newer product.
        to: ProductKey,
        /// Its license model; absent: the same as before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        model: Option<String>,
    },
    /// Put any other product or terms in the place of a line's.
    Replace {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Its line.
        line: u32,
        /// What instead.
        with: Replacement,
    },
    /// Take units that are free off a line.
    Reduce {
        /// By whom.
        by: String,
        /// Which.
        id: ActivationId,
        /// Its line.
        line: u32,
        /// How many.
        quantity: u32,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Parts of an entitlement that can be changed; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementChange {
    /// Another customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// Not activated before; `Some(None)`: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "clearable")]
    pub activate_from: Option<Option<Time>>,
    /// Not activated after; `Some(None)`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "clearable")]
    pub activate_until: Option<Option<Time>>,
    /// Other notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Tells a member that is `null` from one that is absent.
pub(crate) mod clearable {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use tenure_document::Time;

    pub fn serialize<S: Serializer>(
        value: &Option<Option<Time>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<Time>>, D::Error> {
        Option::<Time>::deserialize(deserializer).map(Some)
    }
}

/// How long a line is lengthened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extension {
    /// Until then.
    Until(Time),
    /// By so many days after its end, or from now where it has ended.
    Days(u32),
}

/// What stands in the place of a line's product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// The product.
    pub product: ProductKey,
    /// The license model.
    pub model: String,
    /// Terms in the place of the model's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// Use ends here; absent: as before where the time of use is the same, else as the new terms say, from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
}

/// An entitlement was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementMade {
    /// By whom.
    pub by: String,
    /// Its activation ID.
    pub id: ActivationId,
    /// Who bought it.
    pub customer: CustomerId,
    /// Its first order.
    pub reference: String,
    /// Its lines.
    pub lines: Vec<LineOrdered>,
    /// Not activated before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activate_from: Option<Time>,
    /// Not activated after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activate_until: Option<Time>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
}

/// More was bought on an entitlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementOrdered {
    /// By whom.
    pub by: String,
    /// Which.
    pub id: ActivationId,
    /// The order.
    pub reference: String,
    /// New lines, and units that lines got.
    pub lines: Vec<LineOrdered>,
}

/// What is said about an entitlement was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementChanged {
    /// By whom.
    pub by: String,
    /// Which.
    pub id: ActivationId,
    /// What.
    pub change: EntitlementChange,
}

/// An entitlement was suspended, resumed or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntitlementTurned {
    /// By whom.
    pub by: String,
    /// Which.
    pub id: ActivationId,
    /// Its state from now on.
    pub state: super::entitlements::EntitlementState,
    /// Why, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A line may be used longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineExtended {
    /// By whom.
    pub by: String,
    /// Which entitlement.
    pub id: ActivationId,
    /// Its line.
    pub line: u32,
    /// Its end from now on.
    pub ends: Time,
}

/// Something else stands in the place of a line's product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineReplaced {
    /// By whom.
    pub by: String,
    /// Which entitlement.
    pub id: ActivationId,
    /// Its line.
    pub line: u32,
    /// What is sold from now on.
    pub sold: SoldPaper,
    /// Its end from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
    /// Along an upgrade of the catalog.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub upgrade: bool,
}

/// Units were taken off a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineReduced {
    /// By whom.
    pub by: String,
    /// Which entitlement.
    pub id: ActivationId,
    /// Its line.
    pub line: u32,
    /// How many.
    pub quantity: u32,
    /// Why, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
