//! Reading the machine's traits on Linux: a few files of `/sys`, `/proc` and `/etc`.
//!
//! Invariants: reading never fails, what is not there is not a trait; no program is started and nothing is asked over
//! the network; product code looks at the real root only.
//! Deliberately not here: other operating systems.

use super::{
    detect::{Detected, detect},
    disk, medium, network, placeholder,
    root::Root,
    session::{Variable, session},
    traits::{Machine, MachineTrait, SystemMark, TraitKind, TraitReader},
};
use std::path::{Path, PathBuf};
use tenure_document::MachineKind;

/// A Linux machine, seen through its files.
pub struct LinuxMachine {
    root: PathBuf,
}

impl LinuxMachine {
    /// The machine that this program runs on.
    pub fn this() -> LinuxMachine {
        LinuxMachine { root: PathBuf::from("/") }
    }

    /// A machine made up of files below `root`, for tests: no command, setting or variable leads here.
    pub fn under(root: &Path) -> LinuxMachine {
        LinuxMachine { root: root.to_owned() }
    }

    /// Whether it is hardware, a guest or a container, without looking at its traits.
    pub fn kind(&self) -> MachineKind {
        detect(&Root::new(&self.root)).kind
    }

    /// The terminal session that this process is in; none for one at the machine itself, and for a service.
    pub fn session(&self, variable: Variable<'_>) -> Option<String> {
        session(&Root::new(&self.root), variable)
    }
}

impl TraitReader for LinuxMachine {
    fn read(&self) -> Machine {
        let root = Root::new(&self.root);
        let Detected { kind, is_guest, evidence } = detect(&root);
        let mut traits = Vec::new();
        let mut found = |kind: TraitKind, value: Option<String>| {
            traits.extend(value.and_then(|value| MachineTrait::new(kind, value)));
        };
        // The firmware of a guest is the guest: one fact counts once.
        if is_guest {
            found(TraitKind::VmUuid, guest_id(&root));
        } else {
            found(TraitKind::ProductUuid, product_uuid(&root));
        }
        found(TraitKind::BoardSerial, board_serial(&root));
        disk::serials(&root).into_iter().for_each(|one| found(TraitKind::DiskSerial, Some(one)));
        network::addresses(&root)
            .into_iter()
            .for_each(|one| found(TraitKind::MacAddress, Some(one)));
        found(TraitKind::MachineId, machine_id(&root));
        found(TraitKind::CpuModel, cpu_model(&root));
        found(TraitKind::RootFilesystem, disk::filesystem(&root));
        let name = root.line("/proc/sys/kernel/hostname");
        found(TraitKind::HostName, name.and_then(|name| placeholder::host_name(&name)));
        let mut machine = Machine::new(kind, evidence, traits);
        machine.unreadable = unreadable(&root, is_guest);
        machine.booted(system(&root, kind))
    }

    fn read_with(&self, folder: &Path) -> Machine {
        self.read().plugged(medium::traits(&Root::new(&self.root), folder))
    }
}

/// What tells this system from others that look the same: guests have IDs of their own, containers of a runtime at least
/// numbers of their processes of their own.
fn system(root: &Root, kind: MachineKind) -> SystemMark {
    let machine = machine_id(root).or_else(|| root.line("/proc/sys/kernel/hostname"));
    let mut machine = machine.unwrap_or_default();
    if kind == MachineKind::Container {
        machine += &root.link("/proc/self/ns/pid").unwrap_or_default();
    }
    SystemMark::new(machine, root.line("/proc/sys/kernel/random/boot_id").unwrap_or_default())
}

/// Firmware shows these to the superuser only.
fn unreadable(root: &Root, is_guest: bool) -> Vec<TraitKind> {
    let uuid = if is_guest { TraitKind::VmUuid } else { TraitKind::ProductUuid };
    [("product_uuid", uuid), ("board_serial", TraitKind::BoardSerial)]
        .into_iter()
        .filter(|(name, _)| root.is_forbidden(&format!("/sys/class/dmi/id/{name}")))
        .map(|(_, kind)| kind)
        .collect()
}

fn product_uuid(root: &Root) -> Option<String> {
    placeholder::uuid(&root.line("/sys/class/dmi/id/product_uuid")?)
}

/// The name that a cloud gave the machine, else the UUID that its hypervisor did.
fn guest_id(root: &Root) -> Option<String> {
    let tag = root.line("/sys/class/dmi/id/board_asset_tag");
    let instance = tag.filter(|tag| tag.starts_with("i-") && tag.len() >= 10);
    instance
        .map(|id| placeholder::plain(&id))
        .or_else(|| product_uuid(root))
        .or_else(|| placeholder::uuid(&root.line("/sys/hypervisor/uuid")?))
}

/// The board's serial number; single-board computers have theirs in the device tree.
fn board_serial(root: &Root) -> Option<String> {
    ["/sys/class/dmi/id/board_serial", "/proc/device-tree/serial-number"]
        .iter()
        .filter_map(|path| root.line(path))
        .find_map(|value| placeholder::serial(&value))
}

fn machine_id(root: &Root) -> Option<String> {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .iter()
        .filter_map(|path| root.line(path))
        .find_map(|value| placeholder::machine_id(&value))
}

/// What stays the same over updates of microcode and kernel.
fn cpu_model(root: &Root) -> Option<String> {
    const LASTING: [&str; 7] = [
        "vendor_id",
        "cpu family",
        "model",
        "model name",
        "CPU implementer",
        "CPU part",
        "CPU variant",
    ];
    let text = root.text("/proc/cpuinfo")?;
    let first = text.split("\n\n").next().unwrap_or_default();
    let said: Vec<String> = first
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| LASTING.contains(&name.trim()))
        .map(|(_, value)| placeholder::plain(value))
        .collect();
    (!said.is_empty()).then(|| said.join("|"))
}
