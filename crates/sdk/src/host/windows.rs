//! Windows: what the environment of a process says without a call that would need unsafe code.
//!
//! The session is the window station's name: `Console` at the machine itself, `RDP-Tcp#5` and the
//! like in a session of a terminal server, nothing in a service. A session that is taken up again
//! gets another name; its lease under the old one ends within its term. Deliberately not here: the
//! firmware and the registry, so the kind of machine is not known and the host ID is the name.

use tenure_document::MachineKind;
use tenure_vault::Variable;

use super::platform::Platform;

pub(super) struct Windows<'a>(pub(super) Variable<'a>);

impl Platform for Windows<'_> {
    fn machine_id(&self) -> Option<String> {
        None
    }

    fn host_name(&self) -> Option<String> {
        (self.0)("COMPUTERNAME")
    }

    fn kind(&self) -> MachineKind {
        MachineKind::Unknown
    }

    fn session(&self) -> Option<String> {
        let name = (self.0)("SESSIONNAME")?;
        (!matches!(name.to_ascii_lowercase().as_str(), "console" | "services")).then_some(name)
    }

    fn user(&self) -> Option<String> {
        (self.0)("USERNAME")
    }
}
