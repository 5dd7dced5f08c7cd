//! What every operating system is asked about the machine and this process.
//!
//! Kept here: a system need not know any of it; what is said fits into a holder, and tells nothing of where a remote
//! login comes from. Deliberately not here: how a system is asked, and which of them this is.

use tenure_document::{Hash, MachineKind};
use tenure_vault::Variable;

/// What an operating system says of the machine and of this process.
pub(super) trait Platform {
    /// The number that the installation of the system was given.
    fn machine_id(&self) -> Option<String>;
    /// What people call the machine.
    fn host_name(&self) -> Option<String>;
    /// Hardware, guest, container, or no telling.
    fn kind(&self) -> MachineKind;
    /// The terminal session; none at the machine itself, and for a service.
    fn session(&self) -> Option<String>;
    /// Who runs this process.
    fn user(&self) -> Option<String>;
}

/// The shell of a remote login, by a name that tells nothing of where it comes from.
pub(super) fn remote_shell(variable: Variable<'_>) -> Option<String> {
    let from = variable("SSH_CONNECTION")?;
    let hash = Hash::of(format!("TENURE-SESSION-V1\n{from}").as_bytes()).to_string();
    Some(format!("remote-{}", hash.chars().take(12).collect::<String>()))
}

/// A text that may stand in a holder.
pub(super) fn nonempty(text: Option<String>) -> Option<String> {
    let text: String = text?.trim().chars().filter(|c| !c.is_control()).take(256).collect();
    (!text.is_empty()).then_some(text)
}
