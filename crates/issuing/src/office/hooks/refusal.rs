//! Why an order about web hooks is not carried out.
//!
//! Invariants: codes are stable. Deliberately not here: the checks.

use super::book::{DeliveryNo, HOOKS_MAX, HookNo};

/// Nothing was changed, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HookRefusal {
    /// There is no such subscription.
    #[error("there is no web hook W-{no:07}")]
    HookUnknown {
        /// Which.
        no: HookNo,
    },
    /// There is no such delivery, or it has ended.
    #[error("delivery msg_{no} does not wait: it has ended or never was")]
    DeliveryUnknown {
        /// Which.
        no: DeliveryNo,
    },
    /// Something can't be told there.
    #[error("{url:?} can't be a web hook: {why}")]
    BadUrl {
        /// The address.
        url: String,
        /// Why not.
        why: &'static str,
    },
    /// A pattern of event types makes no sense.
    #[error("{pattern:?} is no pattern of event types: {why}")]
    BadPattern {
        /// The pattern.
        pattern: String,
        /// Why not.
        why: &'static str,
    },
    /// A text is too long.
    #[error("{member} must have at most {most} characters, not {length}")]
    TooLong {
        /// Which.
        member: &'static str,
        /// The most.
        most: usize,
        /// How long it is.
        length: usize,
    },
    /// There are too many.
    #[error("there are {HOOKS_MAX} web hooks already, which is the most; delete one first")]
    TooMany,
}

impl HookRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            HookRefusal::HookUnknown { .. } => "webhook-unknown",
            HookRefusal::DeliveryUnknown { .. } => "delivery-unknown",
            HookRefusal::BadUrl { .. } => "bad-url",
            HookRefusal::BadPattern { .. } => "bad-pattern",
            HookRefusal::TooLong { .. } => "too-long",
            HookRefusal::TooMany => "too-many-webhooks",
        }
    }
}
