//! Linux: the files of the machine, looked at by the vault's own detection.
//!
//! Deliberately not here: traits of the machine, which never leave it.

use std::fs;

use tenure_document::MachineKind;
use tenure_vault::{LinuxMachine, Variable};

use super::platform::{Platform, nonempty};

pub(super) struct Linux<'a> {
    machine: LinuxMachine,
    variable: Variable<'a>,
}

impl<'a> Linux<'a> {
    pub(super) fn this(variable: Variable<'a>) -> Linux<'a> {
        Linux { machine: LinuxMachine::this(), variable }
    }
}

impl Platform for Linux<'_> {
    fn machine_id(&self) -> Option<String> {
        let id = read("/etc/machine-id").or_else(|| read("/var/lib/dbus/machine-id"))?;
        (id.len() >= 32).then_some(id)
    }

    fn host_name(&self) -> Option<String> {
        read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"))
    }

    fn kind(&self) -> MachineKind {
        self.machine.kind()
    }

    fn session(&self) -> Option<String> {
        self.machine.session(self.variable)
    }

    fn user(&self) -> Option<String> {
        (self.variable)("USER").or_else(|| (self.variable)("LOGNAME"))
    }
}

fn read(path: &str) -> Option<String> {
    nonempty(fs::read_to_string(path).ok())
}
