//! Who asks for something at the office.
//!
//! Invariants: a stored format; whoever is named here was found to be it by the shell (session, activation ID or
//! signature), nothing here proves it.
//! Deliberately not here: what each may do (people, and the decisions).

use serde::{Deserialize, Serialize};
use std::fmt;
use tenure_document::{ActivationId, ContainerId};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asker {
    /// A user of the office.
    Staff(String),
    /// Whoever knows this activation ID.
    Portal {
        /// The one that was shown.
        activation_id: ActivationId,
    },
    /// A container, by a document that it signed.
    Container(ContainerId),
    /// The office itself.
    System,
}

impl fmt::Display for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asker::Staff(name) => f.write_str(name),
            Asker::Portal { .. } => f.write_str("the portal"),
            Asker::Container(id) => write!(f, "container {}", id.serial()),
            Asker::System => f.write_str("the office"),
        }
    }
}
