//! Addresses of network cards that belong to the machine.
//!
//! Invariants: only addresses that a maker burnt into real hardware count; not those of bridges, tunnels, guests,
//! docking stations, nor any that software chose.
//! Deliberately not here: addresses on the network, which say where and not what a machine is.

use super::root::{Root, line};
use std::path::Path;

/// The most cards that count.
const CARDS_MAX: usize = 4;

/// Prefixes that makers of virtual machines give to their cards.
const VIRTUAL: [&str; 8] = [
    "00:05:69", // VMware
    "00:0c:29", "00:1c:14", "00:50:56", "00:15:5d", // Hyper-V
    "00:16:3e", // Xen
    "08:00:27", // VirtualBox
    "00:1c:42", // Parallels
];

/// The burnt-in addresses, in order.
pub(super) fn addresses(root: &Root) -> Vec<String> {
    let mut found: Vec<String> =
        root.names("/sys/class/net").iter().filter_map(|name| address(root, name)).collect();
    found.sort();
    found.dedup();
    found.truncate(CARDS_MAX);
    found
}

fn address(root: &Root, name: &str) -> Option<String> {
    let card = root.place(format!("/sys/class/net/{name}"));
    let device = card.join("device");
    if !device.exists() || is_plugged_in(&device) {
        return None;
    }
    // Cards that are bonded all show the bond's address; their own stands beside.
    let own = line(&card.join("bonding_slave/perm_hwaddr"));
    if own.is_none() && line(&card.join("addr_assign_type")).is_some_and(|kind| kind != "0") {
        return None;
    }
    own.or_else(|| line(&card.join("address"))).and_then(|text| permanent(&text))
}

/// Cards in docks and sticks on USB come and go.
fn is_plugged_in(device: &Path) -> bool {
    let real = device.canonicalize().unwrap_or_default();
    real.components().any(|part| part.as_os_str().to_string_lossy().starts_with("usb"))
}

/// The address in its normal form; none where it is not a maker's.
fn permanent(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase();
    let bytes: Option<Vec<u8>> = text
        .split(':')
        .map(|part| (part.len() == 2).then(|| u8::from_str_radix(part, 16).ok()).flatten())
        .collect();
    let bytes = bytes.filter(|bytes| bytes.len() == 6)?;
    // The two lowest bits of the first byte say "for a group" and "chosen by software".
    let is_makers = bytes.first().is_some_and(|first| first & 0b11 == 0);
    let says_something = bytes.iter().any(|byte| *byte != 0);
    let is_virtual = VIRTUAL.iter().any(|prefix| text.starts_with(prefix));
    (is_makers && says_something && !is_virtual).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn which_addresses_are_a_makers() {
        let shown: Vec<String> = [
            "3C:EC:EF:01:02:03",
            "02:42:ac:11:00:02",
            "52:54:00:12:34:56",
            "00:0c:29:aa:bb:cc",
            "00:15:5d:00:00:01",
            "00:00:00:00:00:00",
            "ff:ff:ff:ff:ff:ff",
            "3c:ec:ef:01:02",
            "nonsense",
        ]
        .iter()
        .map(|text| format!("{text}: {}", permanent(text).unwrap_or("-".into())))
        .collect();
        expect![[r#"
            3C:EC:EF:01:02:03: 3c:ec:ef:01:02:03
            02:42:ac:11:00:02: -
            52:54:00:12:34:56: -
            00:0c:29:aa:bb:cc: -
            00:15:5d:00:00:01: -
            00:00:00:00:00:00: -
            ff:ff:ff:ff:ff:ff: -
            3c:ec:ef:01:02: -
            nonsense: -"#]]
        .assert_eq(&shown.join("\n"));
    }
}
