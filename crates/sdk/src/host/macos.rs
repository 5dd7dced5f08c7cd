//! macOS: what the environment of a process says without a call that would need unsafe code.
//!
//! Everybody at the machine's own screen is the machine, a remote shell is a session. Deliberately
//! not here: the registry of devices, so the kind of machine is not known and the host ID is the
//! name.

use tenure_document::MachineKind;
use tenure_vault::Variable;

use super::platform::{Platform, remote_shell};

pub(super) struct MacOs<'a>(pub(super) Variable<'a>);

impl Platform for MacOs<'_> {
    fn machine_id(&self) -> Option<String> {
        None
    }

    fn host_name(&self) -> Option<String> {
        (self.0)("HOST").or_else(|| (self.0)("HOSTNAME"))
    }

    fn kind(&self) -> MachineKind {
        MachineKind::Unknown
    }

    fn session(&self) -> Option<String> {
        remote_shell(self.0)
    }

    fn user(&self) -> Option<String> {
        (self.0)("USER").or_else(|| (self.0)("LOGNAME"))
    }
}
