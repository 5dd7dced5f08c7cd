//! Why a container on this machine gives no seat, in the same words as a license server's denials.
//!
//! Not here: finding out.

use tenure_api::{DenialAnswer, DesiredFeature, RemedyAnswer};
use tenure_container::Unusable;
use tenure_vault::DeviceError;

/// A denial for one wanted feature.
pub(crate) fn denial(
    wanted: &DesiredFeature,
    reason: &str,
    explanation: String,
    remedy: Option<RemedyAnswer>,
) -> DenialAnswer {
    DenialAnswer {
        id: String::new(),
        feature: wanted.name.clone(),
        version: wanted.version,
        count: u64::from(wanted.count),
        reason: reason.to_owned(),
        explanation,
        remedy,
        pools: Vec::new(),
    }
}

pub(crate) fn remedy(code: &str, text: &str) -> Option<RemedyAnswer> {
    Some(RemedyAnswer { code: code.to_owned(), text: text.to_owned(), at: None, count: None })
}

/// Nothing of that name is on this machine.
pub(crate) fn unknown_feature(wanted: &DesiredFeature) -> DenialAnswer {
    let text = format!("no container on this machine holds {}", wanted.name);
    let help = remedy(
        "ask-publisher",
        "activate it: tenure device context, and send that to the publisher",
    );
    denial(wanted, "unknown-feature", text, help)
}

/// An item that may not be used now.
pub(crate) fn unusable(wanted: &DesiredFeature, why: &Unusable) -> DenialAnswer {
    let remedy = match why {
        Unusable::NotStarted { start, .. } => remedy("starts-at", "wait until it begins")
            .map(|remedy| RemedyAnswer { at: Some(*start), ..remedy }),
        Unusable::ClockBehind { .. } => remedy("set-clock", "set the clock of this machine right"),
        Unusable::CheckpointOverdue { .. } | Unusable::PoolEnded(_) => remedy(
            "exchange",
            "exchange with the publisher: tenure device pull, or a context out and an update in",
        ),
        Unusable::Virtual(_) => remedy("physical-machine", "use it on a physical machine"),
        Unusable::Carried(_) => remedy("transfer", "move it to the container of this machine"),
        Unusable::Expired { .. } | Unusable::TrialOnly(_) | Unusable::Revoked => {
            remedy("ask-publisher", "ask the publisher for a new license")
        }
    };
    denial(wanted, why.code(), why.to_string(), remedy)
}

/// A container that does not open.
pub(crate) fn closed(wanted: &DesiredFeature, error: &DeviceError) -> DenialAnswer {
    let code = error.code().unwrap_or("container-unreadable");
    let help = match error {
        DeviceError::InUseElsewhere { .. } => {
            remedy("release-first", "end what uses it on the other machine or guest")
        }
        DeviceError::Shared { .. } => {
            remedy("unplug-elsewhere", "pass the medium through to one guest only, and wait")
        }
        _ => remedy("device-doctor", "tenure device doctor says what is wrong and what to do"),
    };
    denial(wanted, code, error.to_string(), help)
}
