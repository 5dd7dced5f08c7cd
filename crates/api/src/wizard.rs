//! Wire types of the wizard's page: what is here, what can be had, what was done and what is next.
//!
//! Served by the wizard for its own page on the same machine and by nobody else. Papers go in and out as the texts of
//! their files. Deliberately not here: paths (the wizard's), the calls of office and device.

use serde::{Deserialize, Serialize};
use tenure_document::Time;
use utoipa::ToSchema;

use crate::device::DeviceContainer;

/// What the address of a wizard holds, good for one browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WizardEntry {
    /// The token of the address; in the answer, the one that every other call needs.
    pub token: String,
}

/// What is here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardState {
    /// Where the device is; absent when none is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// Its containers, also those that do not open.
    #[serde(default)]
    pub containers: Vec<DeviceContainer>,
    /// Why the device can't be asked, and what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<WizardFault>,
    /// The address of the office; absent when none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    /// Papers at hand, the newest of each kind and container.
    #[serde(default)]
    pub papers: Vec<WizardPaper>,
    /// Devices of the list that is being served, or was; 0 when there is none.
    #[serde(default)]
    pub devices: u64,
}

/// Why something was not done, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardFault {
    /// Stable code; empty where there is none.
    #[serde(default)]
    pub code: String,
    /// What is wrong.
    pub text: String,
    /// What to do; empty where nothing is known.
    #[serde(default)]
    pub advice: String,
}

/// A paper that is carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardPaper {
    /// `context`, `update` or `receipt`.
    pub kind: String,
    /// The container.
    pub serial: String,
    /// What people call it, where the paper says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Time,
}

/// The address of the office.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WizardOffice {
    /// Such as `https://licenses.example.com`; empty: none.
    pub address: String,
}

/// What shall be looked up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WizardLookUp {
    /// Activation IDs as they were typed.
    pub activation_ids: Vec<String>,
    /// The container that shall have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// What can be had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardOffer {
    /// One for each activation ID.
    pub entitlements: Vec<WizardEntitlement>,
}

/// What stands under one activation ID.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardEntitlement {
    /// Activation ID in its written form.
    pub activation_id: String,
    /// Customer's name.
    pub customer: String,
    /// Its lines.
    pub lines: Vec<WizardLine>,
}

/// A line, for one container.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardLine {
    /// Number within the entitlement.
    pub line: u32,
    /// The product for people.
    pub product: String,
    /// The terms in a few words.
    #[serde(default)]
    pub summary: String,
    /// How many were bought.
    pub bought: u64,
    /// How many are free.
    pub free: u64,
    /// How many the container holds already.
    pub here: u32,
    /// Why none can be activated now; absent: it can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What shall be done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WizardJob {
    /// The container, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// What it shall hold in all: `ID`, or `ID/LINE=QUANTITY`.
    #[serde(default)]
    pub wishes: Vec<String>,
    /// By files, without asking the office now.
    #[serde(default)]
    pub carry: bool,
    /// A new round, whatever papers are at hand.
    #[serde(default)]
    pub afresh: bool,
}

/// What was done, and what is next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardOutcome {
    /// The container.
    pub serial: String,
    /// `confirmed`, `applied`, `nothing-to-do`, `newer-generation`, `context-at-device`, `apply-at-device`,
    /// `ask-at-office`, `hand-over-at-office`; `trouble` when something was in the way.
    pub end: String,
    /// The operation that the container is at, where that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<u64>,
    /// What was done, step by step.
    #[serde(default)]
    pub steps: Vec<String>,
    /// What was in the way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<WizardFault>,
    /// The paper to carry, where one is to be carried: `context`, `update` or `receipt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
}

/// A run over many devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardTrip {
    /// It has not come to its end.
    pub running: bool,
    /// One for each device, in the order of the list.
    pub rows: Vec<WizardRow>,
}

/// One device of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WizardRow {
    /// Its name in the list.
    pub name: String,
    /// The container; empty until it is known.
    #[serde(default)]
    pub serial: String,
    /// `waiting`, `working`, `done`, `nothing-to-do`, `to-carry`, `refused` or `failed`.
    pub result: String,
    /// The code of a refusal.
    #[serde(default)]
    pub code: String,
    /// What was done last, or what was wrong.
    #[serde(default)]
    pub what: String,
    /// What to do next.
    #[serde(default)]
    pub next: String,
}
