//! Why units were not activated, returned or withdrawn.
//!
//! Invariants: codes are stable; a message names what is wrong and what would do, in the words of whoever holds the
//! activation ID.
//! Deliberately not here: the checks (`activation_decide`).

use super::activations::ActivationState;
use super::entitlements::EntitlementState;
use super::fleet::container::ContainerState;
use super::numbers::ActivationNo;
use tenure_document::{ActivationId, ContainerId, ContainerKind, Time};

/// The activations stay as they are, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActivationRefusal {
    /// Nothing was chosen.
    #[error("nothing was chosen: name at least one line and how many of it")]
    NothingChosen,
    /// Too much was chosen at once.
    #[error("{count} lines were chosen at once, the most is {most}")]
    TooManyChoices {
        /// How many.
        count: usize,
        /// The most.
        most: usize,
    },
    /// There is no such entitlement.
    #[error("there is no entitlement {id}; check the activation ID")]
    NoEntitlement {
        /// Which.
        id: ActivationId,
    },
    /// It has no such line.
    #[error("entitlement {id} has no line {line}; its lines are 1 to {lines}")]
    NoLine {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// How many there are.
        lines: usize,
    },
    /// No units were asked for.
    #[error("0 of line {line} were asked for; ask for at least 1")]
    NoQuantity {
        /// The line.
        line: u32,
    },
    /// It can't be used now.
    #[error("entitlement {id} is {}", .state.code())]
    WrongState {
        /// Which.
        id: ActivationId,
        /// Its state.
        state: EntitlementState,
    },
    /// It can't be activated yet.
    #[error("entitlement {id} can be activated from {from} on")]
    TooEarly {
        /// Which.
        id: ActivationId,
        /// From when.
        from: Time,
    },
    /// It can't be activated any more.
    #[error("entitlement {id} could be activated until {until}")]
    TooLate {
        /// Which.
        id: ActivationId,
        /// Until when.
        until: Time,
    },
    /// Its use has ended.
    #[error("line {line} of {id} ended at {ends}")]
    Ended {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// When.
        ends: Time,
    },
    /// Not so many units are free.
    #[error("{asked} of line {line} of {id} were asked for, {free} of {bought} are free{}", later(.cooling, .next_back))]
    NotFree {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// How many were asked for.
        asked: u32,
        /// How many are free.
        free: u32,
        /// How many were bought.
        bought: u32,
        /// How many were given back and are not free yet.
        cooling: u32,
        /// When the first of them are.
        next_back: Option<Time>,
    },
    /// The container is of a kind that these terms do not allow.
    #[error("line {line} of {id} may not be in a container of kind {}: only in {}", kind_name(.kind), kinds(.allowed))]
    WrongKind {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// The container's kind.
        kind: ContainerKind,
        /// What is allowed.
        allowed: Vec<ContainerKind>,
    },
    /// An unbound container takes nothing without an end.
    #[error(
        "line {line} of {id} has no end: a container that is bound to nothing takes trials only"
    )]
    Unbound {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
    },
    /// The container had this trial.
    #[error("container {} had {product} for trial already, by {before}", .container.serial())]
    TrialUsed {
        /// The container.
        container: ContainerId,
        /// The product.
        product: String,
        /// The activation it had it by.
        before: ActivationNo,
    },
    /// The office does not know the container.
    #[error("the office does not know container {}; send its context first", .container.serial())]
    NoContainer {
        /// Which.
        container: ContainerId,
    },
    /// A person must decide about the container first.
    #[error(
        "container {} is in state {:?}: nothing is issued to it until your vendor has decided about it", .container.serial(), .state.code()
    )]
    OutOfStep {
        /// The container.
        container: ContainerId,
        /// Its state.
        state: ContainerState,
    },
    /// There is no such activation.
    #[error("there is no activation {activation}")]
    NoActivation {
        /// Which.
        activation: ActivationNo,
    },
    /// The activation ID that was shown is not that of the activation.
    #[error("activation {activation} does not belong to the activation ID that was given")]
    NotYours {
        /// Which.
        activation: ActivationNo,
    },
    /// It is on its way back, or is back.
    #[error("activation {activation} is {} already", .state.code())]
    NotHeld {
        /// Which.
        activation: ActivationNo,
        /// Its state.
        state: ActivationState,
    },
    /// The terms do not let it come back.
    #[error("line {line} of {id} can't be returned under its terms; ask your vendor")]
    NoReturns {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
    },
    /// What is used up can't come back.
    #[error("line {line} of {id} is consumed by use ({feature}): it can't be returned")]
    Consumed {
        /// Which.
        id: ActivationId,
        /// The line.
        line: u32,
        /// The metered feature.
        feature: String,
    },
    /// A part of it was asked for that it does not have.
    #[error("{asked} of activation {activation} can't come back: it has {held}{}", if *.whole_only { " and can come back only as a whole" } else { "" })]
    BadPart {
        /// Which.
        activation: ActivationNo,
        /// How many were asked for.
        asked: u32,
        /// How many it has.
        held: u32,
        /// Its features are not counted, so that it has no parts.
        whole_only: bool,
    },
    /// There is no number left.
    #[error("there can be no more activations")]
    Full,
}

fn later(cooling: &u32, next_back: &Option<Time>) -> String {
    match (cooling, next_back) {
        (0, _) => String::new(),
        (count, Some(at)) => format!("; {count} more were given back and are free from {at} on"),
        (count, None) => {
            format!("; {count} more are on their way back (send the receipt of their container)")
        }
    }
}

fn kind_name(kind: &ContainerKind) -> &'static str {
    match kind {
        ContainerKind::Server => "server",
        ContainerKind::Bound => "bound",
        ContainerKind::Portable => "portable",
        ContainerKind::Unbound => "unbound",
    }
}

fn kinds(allowed: &[ContainerKind]) -> String {
    allowed.iter().map(kind_name).collect::<Vec<_>>().join(", ")
}

impl ActivationRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            ActivationRefusal::NothingChosen => "nothing-chosen",
            ActivationRefusal::TooManyChoices { .. } => "too-many-choices",
            ActivationRefusal::NoEntitlement { .. } => "no-entitlement",
            ActivationRefusal::NoLine { .. } => "no-line",
            ActivationRefusal::NoQuantity { .. } => "no-quantity",
            ActivationRefusal::WrongState { state, .. } => match state {
                EntitlementState::Active => "entitlement-active",
                EntitlementState::Suspended => "entitlement-suspended",
                EntitlementState::Withdrawn => "entitlement-withdrawn",
            },
            ActivationRefusal::TooEarly { .. } => "too-early",
            ActivationRefusal::TooLate { .. } => "too-late",
            ActivationRefusal::Ended { .. } => "ended",
            ActivationRefusal::NotFree { .. } => "not-free",
            ActivationRefusal::WrongKind { .. } => "wrong-container-kind",
            ActivationRefusal::Unbound { .. } => "unbound-container",
            ActivationRefusal::TrialUsed { .. } => "trial-used",
            ActivationRefusal::NoContainer { .. } => "no-container",
            ActivationRefusal::OutOfStep { state, .. } => state.code(),
            ActivationRefusal::NoActivation { .. } => "no-activation",
            ActivationRefusal::NotYours { .. } => "not-yours",
            ActivationRefusal::NotHeld { .. } => "not-held",
            ActivationRefusal::NoReturns { .. } => "no-returns",
            ActivationRefusal::Consumed { .. } => "consumed",
            ActivationRefusal::BadPart { .. } => "bad-part",
            ActivationRefusal::Full => "too-many-activations",
        }
    }
}
