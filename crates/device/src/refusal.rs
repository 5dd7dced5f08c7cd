//! The problems of a device: every reason of the vault and its status, in one place.
//!
//! Kept here: the mapping is exhaustive; what the operating system said goes to the log and not out.
//! Deliberately not here: the shell's own problems.

use tenure_container::UpdateRefusal;
use tenure_shell::fault::refusal_problem;
use tenure_shell::problem::{Code, Refused};
use tenure_vault::DeviceError;

/// The problem of something that was not done.
pub(crate) fn refused(error: DeviceError) -> Refused {
    let Some(code) = error.code() else {
        tracing::error!(%error, "the device folder can't be used");
        return Code::Internal
            .says("The device folder can't be read or written. The agent's log names the cause.");
    };
    let problem = refusal_problem(status(&error), code, &error.to_string());
    match error {
        DeviceError::InUse { .. } => Refused::from(problem).retry_after(1),
        DeviceError::InUseElsewhere { seconds, .. } | DeviceError::Shared { seconds, .. } => {
            Refused::from(problem).retry_after(seconds)
        }
        _ => problem.into(),
    }
}

fn status(error: &DeviceError) -> u16 {
    match error {
        DeviceError::NoContainer { .. } => 404,
        DeviceError::InUse { .. } => 503,
        DeviceError::Damaged { .. } => 500,
        DeviceError::BadRequest(_)
        | DeviceError::Document(_)
        | DeviceError::Update(
            UpdateRefusal::Malformed(_)
            | UpdateRefusal::TooManyItems { .. }
            | UpdateRefusal::BadCertificate(_)
            | UpdateRefusal::Unverified(_),
        ) => 422,
        DeviceError::NotThisMachine { .. }
        | DeviceError::NotThisMedium { .. }
        | DeviceError::UnknownMedium { .. }
        | DeviceError::InUseElsewhere { .. }
        | DeviceError::Shared { .. }
        | DeviceError::HoldLost { .. }
        | DeviceError::OtherDevice { .. }
        | DeviceError::TooFewTraits { .. }
        | DeviceError::OtherVersion { .. }
        | DeviceError::TooLarge { .. }
        | DeviceError::UsedUp { .. }
        | DeviceError::Transfer(_)
        | DeviceError::Update(_) => 409,
        DeviceError::Vault(_) => 500,
    }
}
