//! Why an order about host keys, or a check of one, is refused.
//!
//! Invariants: codes are stable. A refused check is not an answer: it takes no key away.
//! Deliberately not here: the checks.

use crate::office::numbers::{CustomerId, HostGroupId};
use tenure_document::{ActivationId, HostKeyId, HostName};

/// Nothing was changed, because of this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyRefusal {
    /// There is no such key.
    #[error("there is no host key {id}")]
    NoKey {
        /// Which.
        id: HostKeyId,
    },
    /// There is no such group.
    #[error("there are no host keys {id}")]
    NoGroup {
        /// Which.
        id: HostGroupId,
    },
    /// There is no such product.
    #[error("there is no product {product:?} that is sold; enter it in the catalog first")]
    NoProduct {
        /// Which.
        product: String,
    },
    /// A key for a public host belongs to somebody.
    #[error(
        "a key for {host} belongs to a customer: name one; only keys for development do without"
    )]
    CustomerMissing {
        /// The host.
        host: HostName,
    },
    /// The activation ID is not there, or is not the customer's.
    #[error("customer {customer} has no entitlement {id}")]
    NotTheirs {
        /// Which.
        id: ActivationId,
        /// Whose it should be.
        customer: CustomerId,
    },
    /// The entitlement can't be used.
    #[error("entitlement {id} is {state}: nothing new is issued under it")]
    NotActive {
        /// Which.
        id: ActivationId,
        /// How it stands.
        state: &'static str,
    },
    /// The group has a live key for the host.
    #[error("{group} has a key for {host} already; revoke that one first, or change its terms")]
    HostTaken {
        /// Which group.
        group: HostGroupId,
        /// Which host.
        host: HostName,
    },
    /// A member can't be as it is.
    #[error("{member} {problem}")]
    BadValue {
        /// Which.
        member: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl HostKeyRefusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            HostKeyRefusal::NoKey { .. } => "host-key-unknown",
            HostKeyRefusal::NoGroup { .. } => "host-keys-unknown",
            HostKeyRefusal::NoProduct { .. } => "no-product",
            HostKeyRefusal::CustomerMissing { .. } | HostKeyRefusal::BadValue { .. } => "bad-value",
            HostKeyRefusal::NotTheirs { .. } => "no-entitlement",
            HostKeyRefusal::NotActive { .. } => "not-active",
            HostKeyRefusal::HostTaken { .. } => "host-taken",
        }
    }
}
