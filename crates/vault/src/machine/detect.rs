//! Whether this is hardware, a guest of a hypervisor, or a container of a container runtime.
//!
//! Invariants: every answer comes with the evidence for it; without evidence for either side the answer is `unknown`;
//! a container inside a guest is a container.
//! Deliberately not here: what an item says about virtual machines.

use super::{placeholder::plain, root::Root};
use tenure_document::MachineKind;

/// What was found out.
pub(super) struct Detected {
    pub(super) kind: MachineKind,
    /// True in a guest, also in a container inside one.
    pub(super) is_guest: bool,
    pub(super) evidence: Vec<String>,
}

/// Vendors and products in the firmware of guests, in lower case.
const GUESTS: [&str; 19] = [
    "qemu",
    "kvm",
    "vmware",
    "virtualbox",
    "innotek gmbh",
    "xen",
    "bochs",
    "bhyve",
    "parallels",
    "amazon ec2",
    "google compute engine",
    "openstack",
    "ovirt",
    "rhev",
    "nutanix ahv",
    "apple virtualization",
    "digitalocean",
    "hetzner vserver",
    "standard pc (",
];

/// Words in the control groups of a process that a container runtime put there.
const RUNTIMES: [&str; 6] = ["docker", "kubepods", "containerd", "libpod", "lxc", "crio"];

pub(super) fn detect(root: &Root) -> Detected {
    let container = container_signs(root);
    let guest = guest_signs(root);
    let hardware = if guest.is_empty() { hardware_signs(root) } else { Vec::new() };
    let kind = match (container.is_empty(), guest.is_empty(), hardware.is_empty()) {
        (false, ..) => MachineKind::Container,
        (true, false, _) => MachineKind::Virtual,
        (true, true, false) => MachineKind::Physical,
        (true, true, true) => MachineKind::Unknown,
    };
    let is_guest = !guest.is_empty();
    Detected { kind, is_guest, evidence: [container, guest, hardware].concat() }
}

fn container_signs(root: &Root) -> Vec<String> {
    let mut signs = Vec::new();
    for file in [
        "/.dockerenv",
        "/run/.containerenv",
        "/run/systemd/container",
        "/run/host/container-manager",
    ] {
        if root.exists(file) {
            signs.push(format!("there is a file {file}"));
        }
    }
    let groups = root.text("/proc/self/cgroup").unwrap_or_default();
    if let Some(runtime) = RUNTIMES.iter().find(|name| groups.contains(**name)) {
        signs.push(format!("the control groups of this process are those of {runtime}"));
    }
    signs
}

fn guest_signs(root: &Root) -> Vec<String> {
    let mut signs = Vec::new();
    for name in ["sys_vendor", "product_name", "bios_vendor", "board_vendor"] {
        let Some(value) = root.line(format!("/sys/class/dmi/id/{name}")) else { continue };
        let value = plain(&value);
        let is_metal = value.ends_with(".metal");
        let is_hyper_v = name == "product_name" && value == "virtual machine";
        if is_hyper_v || (!is_metal && GUESTS.iter().any(|guest| value.contains(guest))) {
            signs.push(format!("the firmware names {value:?} ({name})"));
        }
    }
    if let Some(kind) = root.line("/sys/hypervisor/type") {
        // The first domain of Xen owns the hardware.
        let caps = root.line("/proc/xen/capabilities").unwrap_or_default();
        if !caps.contains("control_d") {
            signs.push(format!("it runs under the hypervisor {:?}", plain(&kind)));
        }
    }
    if cpu_flags(root).split(' ').any(|flag| flag == "hypervisor") {
        signs.push("the processor says that it is a hypervisor's".into());
    }
    if root.exists("/proc/device-tree/hypervisor/compatible") {
        signs.push("the device tree names a hypervisor".into());
    }
    if root.line("/proc/sys/kernel/osrelease").is_some_and(|release| release.contains("WSL")) {
        signs.push("it is the Linux subsystem of Windows".into());
    }
    // On Amazon's machines without a hypervisor, the vendor alone says "EC2".
    let metal = root.line("/sys/class/dmi/id/product_name");
    if metal.is_some_and(|name| plain(&name).ends_with(".metal")) {
        signs.retain(|sign| !sign.starts_with("the firmware names"));
    }
    signs
}

/// Firmware that names a maker, and no sign of a guest.
fn hardware_signs(root: &Root) -> Vec<String> {
    let vendor = root.line("/sys/class/dmi/id/sys_vendor").filter(|vendor| !vendor.is_empty());
    let model = root.line("/proc/device-tree/model");
    let mut signs = Vec::new();
    if let Some(vendor) = vendor {
        signs.push(format!("the firmware names the maker {:?}", plain(&vendor)));
    }
    if let Some(model) = model {
        signs.push(format!("the device tree names the model {:?}", plain(&model)));
    }
    signs
}

fn cpu_flags(root: &Root) -> String {
    let text = root.text("/proc/cpuinfo").unwrap_or_default();
    let flags = text.lines().find(|line| line.starts_with("flags"));
    flags.and_then(|line| line.split_once(':')).map(|(_, flags)| flags.into()).unwrap_or_default()
}
