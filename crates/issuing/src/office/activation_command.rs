//! Changes of activations: what is asked, and what happened.
//!
//! Invariants: the events are a stored format and carry every number, time and revision that was chosen in deciding.
//! Deliberately not here: deciding (`activation_decide`), applying (`activation_fold`), and what updates and receipts do
//! to activations (fleet).

use super::activations::Step;
use super::asker::Asker;
use super::numbers::ActivationNo;
use serde::{Deserialize, Serialize};
use tenure_document::{ActivationId, ContainerId, ContainerKind, Time};

/// Units of a line that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The entitlement.
    pub activation_id: ActivationId,
    /// Its line.
    pub line: u32,
    /// How many units.
    pub quantity: u32,
}

/// A container that something shall be put into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Its identity.
    pub id: ContainerId,
    /// What it is.
    pub kind: ContainerKind,
}

/// A change of activations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ActivationCommand {
    /// Put units into a container.
    Activate {
        /// Who asks. Staff assigns; whoever shows an activation ID activates.
        by: Asker,
        /// Which container; the office must have met it.
        container: ContainerId,
        /// What.
        choices: Vec<Choice>,
    },
    /// Give units back.
    Return {
        /// Who asks.
        by: Asker,
        /// Which.
        activation: ActivationNo,
        /// How many; absent: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<u32>,
    },
    /// Take units back.
    Withdraw {
        /// By whom.
        by: String,
        /// Which.
        activation: ActivationNo,
        /// How many; absent: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quantity: Option<u32>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Take all units back and put units of another line in their place, at the same contact.
    Replace {
        /// By whom.
        by: String,
        /// Which.
        activation: ActivationNo,
        /// What instead.
        with: Choice,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Units shall be put into a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activated {
    /// Who asked.
    pub by: Asker,
    /// The number of the activation.
    pub activation: ActivationNo,
    /// The entitlement.
    pub activation_id: ActivationId,
    /// Its line.
    pub line: u32,
    /// The container.
    pub container: ContainerId,
    /// How many units.
    pub quantity: u32,
    /// `assign`, or `activate`.
    pub step: Step,
    /// The end of the line from now on, where its days begin to count now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_ends: Option<Time>,
}

/// Units shall come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnAsked {
    /// Who asked.
    pub by: Asker,
    /// Which activation.
    pub activation: ActivationNo,
    /// `withdraw`, or `return`.
    pub step: Step,
    /// Only this part of it, which is an activation of its own from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<ActivationPart>,
    /// No update with it was ever made: it is back at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_once: bool,
    /// Why, where said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A part of an activation that goes its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationPart {
    /// Its number from now on.
    pub activation: ActivationNo,
    /// How many units.
    pub quantity: u32,
}

/// Units that cooled down are free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CameBack {
    /// Which activations.
    pub activations: Vec<ActivationNo>,
}

/// What an update does about an activation: part of the event that records the update's operations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Which.
    pub activation: ActivationNo,
    /// What.
    pub step: Step,
    /// The revision of the line that its items are in.
    pub revision: u32,
}
