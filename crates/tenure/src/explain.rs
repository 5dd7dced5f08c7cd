//! What the errors of the lower floors are to the user of the program: refusal, fault or corruption, and what to do.
//!
//! Deliberately not here: the sentences themselves (each error has its own), exit codes (`exit`).

use crate::exit::Failure;
use tenure_container::UpdateRefusal;
use tenure_document::DocumentError;
use tenure_ledger::{Damage, Fault, LedgerError, LockError};
use tenure_vault::{DeviceError, VaultError};

/// A document that is not accepted.
pub fn document(error: DocumentError) -> Failure {
    Failure::refused(error.code(), error.to_string())
}

/// An update that is not applied.
pub fn update(refusal: UpdateRefusal) -> Failure {
    Failure::refused(refusal.code(), refusal.to_string())
}

/// A key, file or folder that can't be used.
pub fn vault(error: VaultError) -> Failure {
    let text = error.to_string();
    match error {
        VaultError::OpenToOthers { .. } => Failure::refused("open-to-others", text),
        VaultError::NotOwner { .. } => Failure::refused("not-owner", text),
        VaultError::WrongKind { .. } => Failure::refused("wrong-kind", text),
        VaultError::Exists { .. } => Failure::refused("exists", text),
        VaultError::WrongPassphrase { .. } => Failure::refused("wrong-passphrase", text),
        VaultError::PassphraseNeeded { .. } => Failure::refused("passphrase-needed", text)
            .hint("name a file that holds it in TENURE_PASSPHRASE_FILE"),
        VaultError::Malformed { .. } | VaultError::TooLarge { .. } => Failure::corrupt(text),
        VaultError::Io { source, .. } => Failure::fault(format!("{text}: {source}")),
        VaultError::Crypto(_) => Failure::fault(text),
    }
}

/// A folder that can't be had alone.
pub fn lock(error: LockError) -> Failure {
    match &error {
        LockError::InUse { .. } => Failure::refused("folder-in-use", error.to_string()),
        LockError::Io { source, .. } => Failure::fault(format!("{error}: {source}")),
    }
}

/// A ledger that can't be opened or read.
pub fn ledger(error: LedgerError) -> Failure {
    match &error {
        LedgerError::Locked(text) => Failure::refused("folder-in-use", text.clone())
            .hint(
                "stop that server, or ask it: tenure admin --data DIR container …; it archives old ledger entries by \
                 itself: ledger.keep_days",
            ),
        LedgerError::Archived { .. } => Failure::refused("archived", error.to_string())
            .hint("name the archive's folder with --archive"),
        LedgerError::WrongArchive(text) => Failure::refused("wrong-archive", text.clone()),
        LedgerError::Corrupt(found) => {
            let failure = Failure::corrupt(error.chain());
            match found.damage {
                Damage::UnusableState => {
                    failure.hint("tenure ledger rebuild --data DIR --archive FOLDER")
                }
                _ => failure,
            }
        }
        _ => Failure::fault(error.chain()),
    }
}

/// An engine that could not answer.
pub fn fault(fault: Fault) -> Failure {
    Failure::fault(fault.to_string())
}

/// Something with a device's container that was not done.
pub fn device(error: DeviceError) -> Failure {
    let code = error.code();
    let text = error.to_string();
    match (error, code) {
        (DeviceError::Vault(error), _) => vault(error),
        (DeviceError::Update(refusal), _) => update(refusal),
        (DeviceError::Document(error), _) => document(error),
        (DeviceError::Transfer(fault), _) => Failure::refused(fault.code(), text),
        (DeviceError::BadRequest(_), _) => Failure::usage(text),
        (DeviceError::Damaged { .. }, code) => {
            let hint = "bring back a backup of it, or have the container replaced as broken";
            let code = code.map(str::to_owned);
            Failure { code, ..Failure::corrupt(text).hint(hint) }
        }
        (DeviceError::OtherDevice { here, .. }, Some(code)) => {
            Failure::refused(code, text).hint(format!(
                "look for the file that was made for {}; `tenure inspect FILE` says whose a file is",
                here.join(" or ")
            ))
        }
        (DeviceError::NotThisMachine { .. }, Some(code)) => Failure::refused(code, text)
            .hint("tenure device doctor says what has changed and what to do"),
        (DeviceError::NotThisMedium { .. }, Some(code)) => Failure::refused(code, text)
            .hint("use the medium it was made on; `tenure device doctor` says what has changed"),
        (DeviceError::UnknownMedium { .. }, Some(code)) => Failure::refused(code, text).hint(
            "name a folder on the removable medium itself; a folder that a host shares with a guest shows no medium",
        ),
        (DeviceError::InUseElsewhere { .. }, Some(code)) => Failure::refused(code, text)
            .hint("end what uses it there; one machine or guest uses it at a time"),
        (DeviceError::Shared { .. }, Some(code)) => Failure::refused(code, text)
            .hint("pass the medium through to one guest only, wait, and try again there"),
        (DeviceError::OtherVersion { .. }, Some(code)) => Failure::refused(code, text)
            .hint("`tenure --version` says which one this is"),
        (DeviceError::TooFewTraits { .. }, Some(code)) => Failure::refused(code, text).hint(
            "run it as the user that may read the machine's firmware (root), or use a license server",
        ),
        (_, Some(code)) => Failure::refused(code, text),
        (_, None) => Failure::fault(text),
    }
}
