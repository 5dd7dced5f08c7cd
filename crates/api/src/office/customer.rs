//! Customers and their contacts.
//!
//! These are data about people: a customer can be forgotten (`POST …/forget`); its number and what it bought stay.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

/// A person at a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    pub name: String,
    /// Address for mail; may be empty.
    #[serde(default)]
    pub email: String,
}

/// `POST /api/v1/customers`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerRequest {
    /// Name.
    pub name: String,
    /// Its number in the publisher's own systems; unique where it is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// People to talk to.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
}

/// `PATCH /api/v1/customers/{id}`: what is left out stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerChange {
    /// Another name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Another number; empty: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Other contacts, all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<Contact>>,
    /// Other notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// Running number.
    #[schema(example = "C-000042")]
    pub id: String,
    /// Name.
    pub name: String,
    /// Its number in the publisher's own systems.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// People to talk to.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// For the staff.
    #[serde(default)]
    pub notes: String,
    /// Since when all that tells who it is is erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub forgotten_at: Option<Time>,
    /// Entitlements it has.
    #[serde(default)]
    pub entitlements: u64,
    /// When it was entered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Time,
}
