//! Entitlements: what a customer bought, as lines under one activation ID.
//!
//! `bought` = `active` + `in_return` + `free` for every line. Repeat orders on the same activation ID extend it.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

use super::terms::{LicenseTerms, TermsChange};

/// Whether an entitlement can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EntitlementState {
    /// It can.
    Active,
    /// Not now: nothing new is activated, what is active stays.
    Suspended,
    /// Never again: what is active is withdrawn at the next contact.
    Withdrawn,
}

impl EntitlementState {
    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// One line as it is ordered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRequest {
    /// `name@version`, or the name for its newest version that is sold.
    #[schema(example = "cad-suite@2.0")]
    pub product: String,
    /// Name of the license model; may be left out when the product is sold under one only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_model: Option<String>,
    /// How many.
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// Begins here; at once when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts: Option<Time>,
    /// Ends here; by the model when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// What differs from the model's terms.
    #[serde(default, skip_serializing_if = "TermsChange::is_empty")]
    pub terms: TermsChange,
}

/// `POST /api/v1/entitlements`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementRequest {
    /// Customer, by its running number.
    #[schema(example = "C-000042")]
    pub customer: String,
    /// The order it comes from: its number in the publisher's own systems.
    #[schema(example = "PO-2026-17")]
    pub order: String,
    /// What was bought.
    pub lines: Vec<LineRequest>,
    /// Not activated before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_from: Option<Time>,
    /// Not activated after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_until: Option<Time>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
    /// The activation ID, where it was printed beforehand or comes from another system; otherwise the office makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation_id: Option<String>,
}

/// `POST /api/v1/entitlements/{id}/orders`: a repeat order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderRequest {
    /// The order's number in the publisher's own systems; each is taken once.
    pub order: String,
    /// What was bought; a line equal to one that is there but for its quantity adds to it.
    pub lines: Vec<LineRequest>,
}

/// `PATCH /api/v1/entitlements/{id}`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntitlementChange {
    /// Another customer, by its running number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Not activated before; `null`: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_from: Option<Option<Time>>,
    /// Not activated after; `null`: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "clearable")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_until: Option<Option<Time>>,
    /// Other notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// `POST /api/v1/entitlements/{id}/lines/{n}/extend`: one of both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExtendRequest {
    /// The line ends here from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// So many days after its end, or from now where it has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

/// `POST /api/v1/entitlements/{id}/lines/{n}/upgrade`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpgradeRequest {
    /// The product that takes its place, `name@version`; the catalog must say that it is an upgrade.
    pub product: String,
    /// Name of its license model; the same as before when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_model: Option<String>,
}

/// `POST /api/v1/entitlements/{id}/lines/{n}/replace`: anything else stands in the line's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineReplaceRequest {
    /// `name@version`, or the name for its newest version that is sold.
    pub product: String,
    /// Name of the license model.
    pub license_model: String,
    /// What differs from the model's terms.
    #[serde(default, skip_serializing_if = "TermsChange::is_empty")]
    pub terms: TermsChange,
    /// Ends here; when left out as before where the validity is the same, else by the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
}

/// `POST /api/v1/entitlements/{id}/lines/{n}/reduce`: free units are taken off the line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReduceRequest {
    /// How many.
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}

/// Tells a member that is `null` from one that is absent.
mod clearable {
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

/// One line and how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntitlementLine {
    /// Number within the entitlement, from 1.
    pub line: u32,
    /// `name@version`.
    pub product: String,
    /// Name of the license model.
    pub license_model: String,
    /// The terms that hold for it.
    pub terms: LicenseTerms,
    /// The terms in a few words.
    #[serde(default)]
    pub summary: String,
    /// How many were bought.
    pub bought: u64,
    /// In containers, or on the way to one.
    pub active: u64,
    /// On the way back, not free yet.
    #[serde(default)]
    pub in_return: u64,
    /// Can be activated.
    pub free: u64,
    /// Begins here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts: Option<Time>,
    /// Ends here; absent: never, or not counted yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// Products it can be upgraded to.
    #[serde(default)]
    pub upgrades_to: Vec<String>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntitlementOrder {
    /// Its number in the publisher's own systems.
    pub order: String,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
    /// Lines it touched.
    #[serde(default)]
    pub lines: Vec<u32>,
}

/// An entitlement in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EntitlementRow {
    /// Activation ID.
    #[schema(example = "2PZ4K-8QXNR-3M7VT-6YBCD-HFJWG")]
    pub activation_id: String,
    /// Customer's running number.
    pub customer: String,
    /// Customer's name.
    #[serde(default)]
    pub customer_name: String,
    /// Whether it can be used.
    pub state: EntitlementState,
    /// The products, `name@version`.
    pub products: Vec<String>,
    /// The first order.
    #[serde(default)]
    pub order: String,
    /// Bought on all lines.
    pub bought: u64,
    /// Active on all lines.
    pub active: u64,
    /// Free on all lines.
    pub free: u64,
    /// The latest end; absent when a line never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ends: Option<Time>,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}

/// An entitlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Entitlement {
    /// Activation ID.
    pub activation_id: String,
    /// Customer's running number.
    pub customer: String,
    /// Customer's name.
    #[serde(default)]
    pub customer_name: String,
    /// Whether it can be used.
    pub state: EntitlementState,
    /// Not activated before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_from: Option<Time>,
    /// Not activated after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activate_until: Option<Time>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
    /// Its lines.
    pub lines: Vec<EntitlementLine>,
    /// Its orders.
    #[serde(default)]
    pub orders: Vec<EntitlementOrder>,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}
