//! What is asked of the office about containers, and what is recorded of it.
//!
//! Invariants: the structs of events are stored formats; a command that needs a person's name carries it.
//! Deliberately not here: the decisions (exchange, receipt, rulings, replacements), commands about activations.

use super::container::{Proposal, Sight};
use super::moves::{Removed, Shortfall};
use crate::contact::Finding;
use crate::office::activation_command::Choice;
use crate::office::activations::Step;
use crate::office::asker::Asker;
use crate::office::numbers::{ActivationNo, CustomerId};
use crate::office::terms::is_default;
use serde::{Deserialize, Serialize};
use tenure_document::{
    Bytes, ContainerId, ContainerKind, Context, Hash, KeyId, Op, PublicKey, Receipt, Time,
    Tolerance, Verified,
};

/// An order about one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ContainerCommand {
    /// Say whose it is, or how much of its machine may change.
    Describe {
        /// By whom.
        by: String,
        /// Which.
        id: ContainerId,
        /// Whose it is; inner none: nobody's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<Option<CustomerId>>,
        /// How much may change; inner none: as the policy says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        tolerance: Option<Option<Tolerance>>,
        /// Whether a key of its machine vouches for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        anchored: Option<bool>,
    },
    /// Make what is pending for it into operations, without a context.
    Push {
        /// Who asks.
        by: Asker,
        /// Which.
        id: ContainerId,
        /// Its certificate, where one is due, and the key that signed it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<(String, KeyId)>,
    },
    /// Give it up: it is lost or broken, and its licenses are needed elsewhere.
    Replace {
        /// Who asks.
        by: Asker,
        /// Which.
        id: ContainerId,
        /// What became of it.
        why: Gone,
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Decide about a container that is out of step, or end one.
    Rule {
        /// By whom.
        by: String,
        /// Which.
        id: ContainerId,
        /// How.
        ruling: Ruling,
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Believe a transfer that only its target has told: the source is gone, or a person has asked there.
    AcceptClaim {
        /// By whom.
        by: String,
        /// The transfer.
        nonce: Bytes,
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Decide a transfer that can't come to its end: the source gets back what the target never took.
    Refund {
        /// By whom.
        by: String,
        /// The transfer.
        nonce: Bytes,
        /// Why, for the journal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// What became of a container that is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gone {
    /// Nobody knows where it is.
    Lost,
    /// It does not work any more.
    Broken,
}

/// What a person decides about a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Ruling {
    /// The restored copy is the container from now on; it gets again what it forgot.
    AcceptRestored {
        /// The operations that it forgot, as the ledger has them (`ops-issued` of this container): from the one after
        /// that it showed to the last acknowledged one.
        forgotten: Vec<Op>,
    },
    /// It makes a new key and begins anew; the present generation is revoked when it does.
    NewGeneration {
        /// Only this key is taken, even without the word of the present one; none: the first that the present key
        /// vouches for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<KeyId>,
    },
    /// It is revoked; what it has is not free again.
    Revoke,
}

impl Ruling {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Ruling::AcceptRestored { .. } => "accept-restored",
            Ruling::NewGeneration { .. } => "new-generation",
            Ruling::Revoke => "revoke",
        }
    }
}

/// A context that came in, and what is asked with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The context, verified against the key it carries.
    pub context: Verified<Context>,
    /// Who brought it.
    pub by: Asker,
    /// A certificate, where one is due, and the key that signed it.
    pub certificate: Option<(String, KeyId)>,
    /// What shall be activated in it.
    pub claims: Vec<Choice>,
}

/// A receipt that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptIn {
    /// The receipt, verified against the key that the office knows.
    pub receipt: Verified<Receipt>,
    /// Who brought it.
    pub by: Asker,
}

/// A container was met for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerMet {
    /// Who brought its context.
    pub by: Asker,
    /// Its identity.
    pub id: ContainerId,
    /// Its generation.
    pub generation: u32,
    /// What its owner calls it.
    pub name: Box<str>,
    /// What it is stored on.
    pub kind: ContainerKind,
    /// Its key.
    pub key: PublicKey,
    /// It said that a key of its machine vouches for it: believed once, not written any more.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anchored: bool,
}

/// A context was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContextTaken {
    /// Who brought it.
    pub by: Asker,
    /// Whose it is.
    pub id: ContainerId,
    /// What it says about its container.
    pub finding: Finding,
    /// What it showed.
    pub sight: Sight,
}

/// Operations are known to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledged {
    /// By which container.
    pub id: ContainerId,
    /// Up to here.
    pub sequence: u64,
    /// Activations that it now has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confirmed: Vec<ActivationNo>,
    /// Activations that it says it has removed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<Removed>,
    /// Removals that took less than was ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub short: Vec<Shortfall>,
    /// By a receipt, not by a context.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by_receipt: bool,
    /// When that receipt was made, by the container's clock: contexts made before are old news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_at: Option<Time>,
}

/// Operations were added to a container's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpsIssued {
    /// Who asked.
    pub by: Asker,
    /// Whose.
    pub id: ContainerId,
    /// The number of the first one.
    pub first: u64,
    /// The operations, in their fixed order.
    pub ops: Vec<Op>,
    /// The activations that the last of them carry out, in the order of the operations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub works: Vec<IssuedWork>,
    /// The key that signed the certificate among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_by: Option<KeyId>,
    /// When that certificate ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certified_until: Option<Time>,
    /// Whose that certificate says the container is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<CustomerId>,
}

/// An activation whose wish became operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedWork {
    /// Which.
    pub activation: ActivationNo,
    /// What is done about it.
    pub step: Step,
    /// The revision of the line that its items are in.
    pub revision: u32,
    /// How many operations that takes.
    pub ops: u32,
}

/// A container was described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerDescribed {
    /// By whom.
    pub by: String,
    /// Which.
    pub id: ContainerId,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// How much of its machine may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// Whether a key of its machine vouches for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub anchored: bool,
    /// What was said before; absent in old entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Description>,
}

impl ContainerDescribed {
    /// What is said from now on.
    pub fn description(&self) -> Description {
        let ContainerDescribed { customer, tolerance, anchored, .. } = *self;
        Description { customer, tolerance, anchored }
    }
}

/// What the staff says about a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Description {
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// How much of its machine may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tolerance: Option<Tolerance>,
    /// Whether a key of its machine vouches for it.
    pub anchored: bool,
}

/// A container was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerGone {
    /// Who asked.
    pub by: Asker,
    /// Which.
    pub id: ContainerId,
    /// The generation that is revoked.
    pub generation: u32,
    /// What became of it; none: it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Gone>,
    /// Activations that are free again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freed: Vec<ActivationNo>,
    /// Against whose quota it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<CustomerId>,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A container out of step was ruled upon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruled {
    /// By whom.
    pub by: Asker,
    /// Which container.
    pub id: ContainerId,
    /// How.
    pub ruling: Ruling,
    /// Why, in the words of who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A key came that says it is a container's next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuccessorProposed {
    /// Which container.
    pub id: ContainerId,
    /// The key and how it came.
    pub proposal: Proposal,
}

/// A container began a new generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Regenerated {
    /// Who brought its context.
    pub by: Asker,
    /// Which.
    pub id: ContainerId,
    /// The generation that begins; the one before is revoked.
    pub generation: u32,
    /// Its key.
    pub key: PublicKey,
    /// Activations that are issued anew.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reissued: Vec<ActivationNo>,
    /// Activations that were on their way out: they ended with the generation before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<ActivationNo>,
    /// Against whose quota it counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<CustomerId>,
    /// SHA-256 of the context that showed it.
    pub context: Hash,
}
