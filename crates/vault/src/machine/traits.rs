//! Traits of a machine: kinds, weights, values.
//!
//! Invariants: a value has no printed form; a machine holds each trait once, in order.
//! Deliberately not here: where traits are read.

use serde::{Deserialize, Serialize};
use std::{fmt, path::Path};
use tenure_document::MachineKind;

/// What kind of trait it is. The written names and the weights are part of the stored format of containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TraitKind {
    /// The UUID in the firmware of real hardware.
    ProductUuid,
    /// The serial number of the main board.
    BoardSerial,
    /// Serial number or world-wide name of the disk that the system is on.
    DiskSerial,
    /// The address burnt into a network card.
    MacAddress,
    /// The ID that the operating system was given at its installation.
    MachineId,
    /// The UUID of a virtual machine, or the name its cloud gave it.
    VmUuid,
    /// The model of the processor.
    CpuModel,
    /// The UUID of the root file system.
    RootFilesystem,
    /// The host name.
    HostName,
    /// The UUID of the file system on a medium.
    MediumFilesystem,
    /// The serial number of a medium.
    MediumSerial,
}

impl TraitKind {
    /// How much it counts: the harder to change by accident or at will, the more.
    pub const fn weight(self) -> u8 {
        match self {
            // A copy of the whole medium has the file system's UUID too: without the serial number it must not open.
            TraitKind::MediumSerial => 6,
            TraitKind::VmUuid => 4,
            TraitKind::ProductUuid
            | TraitKind::BoardSerial
            | TraitKind::DiskSerial
            | TraitKind::MediumFilesystem => 3,
            TraitKind::MacAddress | TraitKind::MachineId => 2,
            TraitKind::CpuModel | TraitKind::RootFilesystem | TraitKind::HostName => 1,
        }
    }

    /// The written name.
    pub const fn name(self) -> &'static str {
        match self {
            TraitKind::ProductUuid => "product-uuid",
            TraitKind::BoardSerial => "board-serial",
            TraitKind::DiskSerial => "disk-serial",
            TraitKind::MacAddress => "mac-address",
            TraitKind::MachineId => "machine-id",
            TraitKind::VmUuid => "vm-uuid",
            TraitKind::CpuModel => "cpu-model",
            TraitKind::RootFilesystem => "root-filesystem",
            TraitKind::HostName => "host-name",
            TraitKind::MediumFilesystem => "medium-filesystem",
            TraitKind::MediumSerial => "medium-serial",
        }
    }
}

impl fmt::Display for TraitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One trait: its kind, and the value in its normal form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MachineTrait {
    kind: TraitKind,
    value: String,
}

impl MachineTrait {
    /// A trait; none when the value says nothing.
    pub fn new(kind: TraitKind, value: impl Into<String>) -> Option<MachineTrait> {
        let value = value.into();
        (!value.is_empty()).then_some(MachineTrait { kind, value })
    }

    /// What kind it is.
    pub fn kind(&self) -> TraitKind {
        self.kind
    }

    /// For the derivation of keys and marks only.
    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

impl fmt::Debug for MachineTrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", self.kind)
    }
}

/// A machine as it shows itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Hardware, guest, container, or no telling.
    pub kind: MachineKind,
    /// Why that is thought, in words for people; no identifying value.
    pub evidence: Vec<String>,
    /// Traits that are there but that this user may not read.
    pub unreadable: Vec<TraitKind>,
    traits: Vec<MachineTrait>,
    medium: Vec<MachineTrait>,
    system: SystemMark,
}

/// What tells this boot of this machine from every other system that a medium may be plugged into.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct SystemMark {
    machine: String,
    boot: String,
}

impl SystemMark {
    /// A mark of a machine (or guest, or runtime container) and of one boot of it.
    pub fn new(machine: impl Into<String>, boot: impl Into<String>) -> SystemMark {
        SystemMark { machine: machine.into(), boot: boot.into() }
    }

    /// For salted hashes only.
    pub(crate) fn machine(&self) -> &str {
        &self.machine
    }

    /// For salted hashes only.
    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }
}

impl fmt::Debug for SystemMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SystemMark(…)")
    }
}

impl Machine {
    /// A machine with these traits; one that is given twice counts once.
    pub fn new(kind: MachineKind, evidence: Vec<String>, mut traits: Vec<MachineTrait>) -> Machine {
        traits.sort();
        traits.dedup();
        let (unreadable, medium, system) = Default::default();
        Machine { kind, evidence, unreadable, traits, medium, system }
    }

    /// The same machine as this boot of it.
    #[must_use]
    pub fn booted(mut self, system: SystemMark) -> Machine {
        self.system = system;
        self
    }

    /// The same machine with a medium plugged in.
    #[must_use]
    pub fn plugged(mut self, mut medium: Vec<MachineTrait>) -> Machine {
        medium.sort();
        self.medium = medium;
        self
    }

    /// The medium as what a container is bound to, in place of the machine.
    #[must_use]
    pub(crate) fn as_medium(&self) -> Machine {
        let medium = Machine::new(self.kind, self.evidence.clone(), self.medium.clone());
        medium.booted(self.system.clone())
    }

    /// What tells this system from others.
    pub(crate) fn system(&self) -> &SystemMark {
        &self.system
    }

    /// Its traits, in order of kind.
    pub fn traits(&self) -> &[MachineTrait] {
        &self.traits
    }

    /// The weight of all its traits.
    pub fn weight(&self) -> u32 {
        self.traits.iter().map(|one| u32::from(one.kind.weight())).sum()
    }
}

/// Something that can look at the machine.
pub trait TraitReader: Send + Sync {
    /// The machine as it is now. What can't be read is not there.
    fn read(&self) -> Machine;

    /// The machine as it is now, and the medium that a folder is on.
    fn read_with(&self, folder: &Path) -> Machine;
}
