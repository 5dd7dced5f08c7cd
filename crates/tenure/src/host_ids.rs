//! What identifies the machine the server runs on, most stable first; shown to administrators, decides nothing.
//!
//! Deliberately not here: the binding of device containers, which weighs traits.

use std::{fs, path::Path};
use tenure_document::{HostId, HostIdType};

/// The machine's host IDs as far as it can be asked.
pub fn of_this_machine() -> Vec<HostId> {
    let mut found = Vec::new();
    if let Some(uuid) = line("/sys/class/dmi/id/product_uuid") {
        found.push((HostIdType::VmUuid, uuid.to_uppercase()));
    }
    found.extend(permanent_addresses().into_iter().map(|mac| (HostIdType::Ethernet, mac)));
    if let Some(name) = line("/proc/sys/kernel/hostname") {
        found.push((HostIdType::String, name));
    }
    found.into_iter().filter_map(|(kind, value)| HostId::new(kind, value).ok()).collect()
}

/// MAC addresses of real network cards, in order of their names.
fn permanent_addresses() -> Vec<String> {
    let Ok(cards) = fs::read_dir("/sys/class/net") else { return Vec::new() };
    let mut cards: Vec<_> = cards.flatten().map(|card| card.path()).collect();
    cards.sort();
    let real = |card: &std::path::PathBuf| card.join("device").exists();
    cards.iter().filter(|card| real(card)).filter_map(|card| line(card.join("address"))).collect()
}

fn line(path: impl AsRef<Path>) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
