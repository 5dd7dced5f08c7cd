//! Who this process is, where the application does not say so itself.
//!
//! The host ID is a hash of the machine ID, so the machine's own number does not leave it; without
//! one it is the host name. A publisher that needs more passes its own holder. The kind of machine
//! is a note, not a proof.

use std::fs;

use tenure_document::{Hash, Holder, HostId, HostIdType, MachineKind};

/// The holder that stands for this user and process on this machine.
pub fn this_machine() -> Holder {
    let mut holder = Holder::of(host_id());
    holder.user = nonempty(std::env::var("USER").ok().or_else(|| std::env::var("LOGNAME").ok()));
    holder.process = Some(std::process::id().to_string());
    holder.name = host_name();
    holder.kind = machine_kind();
    holder
}

/// The host ID of this machine.
fn host_id() -> HostId {
    let value = match machine_id() {
        Some(id) => {
            // Salted, so that nobody can look the machine's own number up by its hash.
            let hash = Hash::of(format!("TENURE-HOST-V1\n{id}").as_bytes()).to_string();
            hash.chars().take(22).collect()
        }
        None => host_name().unwrap_or_else(|| "localhost".to_owned()),
    };
    HostId { kind: HostIdType::String, value }
}

fn machine_id() -> Option<String> {
    let read = |path: &str| nonempty(fs::read_to_string(path).ok());
    let id = read("/etc/machine-id").or_else(|| read("/var/lib/dbus/machine-id"))?;
    (id.len() >= 32).then_some(id)
}

fn host_name() -> Option<String> {
    let read = |path: &str| nonempty(fs::read_to_string(path).ok());
    read("/proc/sys/kernel/hostname").or_else(|| read("/etc/hostname"))
}

fn machine_kind() -> MachineKind {
    if fs::exists("/.dockerenv").unwrap_or(false)
        || fs::exists("/run/.containerenv").unwrap_or(false)
    {
        return MachineKind::Container;
    }
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let flags = cpu.lines().find(|line| line.starts_with("flags"));
    match flags {
        Some(flags) if flags.split_whitespace().any(|flag| flag == "hypervisor") => {
            MachineKind::Virtual
        }
        Some(_) => MachineKind::Physical,
        None => MachineKind::Unknown,
    }
}

/// A text that may stand in a holder.
fn nonempty(text: Option<String>) -> Option<String> {
    let text: String = text?.trim().chars().filter(|c| !c.is_control()).take(256).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_stable_name_that_is_not_its_own_number() {
        let holder = this_machine();
        assert_eq!(holder.host, this_machine().host);
        assert!(HostId::new(holder.host.kind, holder.host.value.clone()).is_ok());
        if let Some(id) = machine_id() {
            assert!(!id.contains(&holder.host.value));
        }
    }
}
