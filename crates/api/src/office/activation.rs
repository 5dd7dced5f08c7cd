//! Activations: so many of one line in one container, and how far they are.
//!
//! Deliberately not here: when a return counts; the office decides it by its policy.

use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

use super::choice::Choice;

/// How far an activation is, in the order of its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ActivationState {
    /// Decided; no update with it was handed out yet.
    Assigned,
    /// An update with it was handed out; no receipt.
    Delivered,
    /// The container has it, by its own signature.
    Confirmed,
    /// To be given back: the next update takes it out.
    ReturnAsked,
    /// An update that takes it out was handed out; no receipt.
    ReturnedWithoutReceipt,
    /// It is out, by the container's own signature, which counts after a while.
    CoolingDown,
    /// Back: its units are free.
    Returned,
    /// Written off with its container: its units are free.
    WrittenOff,
    /// Taken back before any update held it: its units are free.
    Cancelled,
}

impl ActivationState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Assigned,
        Self::Delivered,
        Self::Confirmed,
        Self::ReturnAsked,
        Self::ReturnedWithoutReceipt,
        Self::CoolingDown,
        Self::Returned,
        Self::WrittenOff,
        Self::Cancelled,
    ];

    /// The word on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Assigned => "assigned",
            Self::Delivered => "delivered",
            Self::Confirmed => "confirmed",
            Self::ReturnAsked => "return-asked",
            Self::ReturnedWithoutReceipt => "returned-without-receipt",
            Self::CoolingDown => "cooling-down",
            Self::Returned => "returned",
            Self::WrittenOff => "written-off",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for ActivationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// One activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ActivationRow {
    /// Its number.
    #[schema(example = "A-0000123")]
    pub activation: String,
    /// Activation ID of its entitlement.
    pub activation_id: String,
    /// Line of the entitlement.
    pub line: u32,
    /// `name@version`.
    pub product: String,
    /// Customer's running number.
    pub customer: String,
    /// The container, by its serial.
    pub serial: String,
    /// How many.
    pub quantity: u32,
    /// How far it is.
    pub state: ActivationState,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Time,
    /// When what was returned is free again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub free_at: Option<Time>,
}

/// `POST /api/v1/activations`: the staff activates for the customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// Activation ID.
    pub activation_id: String,
    /// Line.
    pub line: u32,
    /// How many; 1 when left out.
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// The container, by its serial; the office must have met it.
    pub serial: String,
}

/// `POST /api/v1/activations/{activation}/return` and `…/withdraw`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackRequest {
    /// How many of it; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub quantity: Option<u32>,
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}

/// `POST /api/v1/activations/{activation}/replace`: all of it comes out and another line goes in, at the same contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceRequest {
    /// What goes in.
    pub with: Choice,
    /// Why, for the journal.
    #[serde(default)]
    pub reason: String,
}

fn one() -> u32 {
    1
}
