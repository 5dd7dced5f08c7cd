//! A machine that the program is shown instead of the real one: files mounted over those of the kernel.
//!
//! Invariants: nothing outside of the mount namespace of one command changes.
//! Deliberately not here: who runs on it.
#![allow(dead_code, reason = "each test binary uses its part")]

use std::{fs, path::Path, process::Command};

/// A made-up machine.
pub struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    /// Hardware with this number on everything.
    pub fn number(number: u8) -> Machine {
        let machine = Machine { folder: tempfile::tempdir().unwrap() };
        machine
            .put("class/dmi/id/sys_vendor", "Example Controls Inc.")
            .put(
                "class/dmi/id/product_uuid",
                &format!("4c4c4544-0043-3510-8052-b4c04f4d4e{number:02x}"),
            )
            .put("class/dmi/id/board_serial", &format!("CN7016343B00{number:02x}"))
            .put("class/net/enp1s0/address", &format!("3c:ec:ef:01:02:{number:02x}"))
            .put("class/net/enp1s0/device/vendor", "0x8086")
            .put("machine-id", &format!("3d1219c7c4c5404aaa1f6d2a48adfd{number:02x}"))
            .put("cpuinfo", "processor : 0\nvendor_id : GenuineIntel\nmodel : 142\nflags : fpu\n")
            .put("hostname", &format!("press-{number}"))
            .put("boot_id", &format!("768e1bc6-0874-40c7-949f-9432c5df38{number:02x}"));
        machine
    }

    /// A guest of a hypervisor with this number on everything.
    pub fn guest(number: u8) -> Machine {
        let machine = Machine::number(number);
        machine.put("class/dmi/id/sys_vendor", "QEMU");
        machine
    }

    /// Writes one of its files.
    pub fn put(&self, path: &str, text: &str) -> &Machine {
        let place = self.folder.path().join(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, format!("{text}\n")).unwrap();
        self
    }

    /// Shell commands that show this machine, to be run in a mount namespace.
    pub fn mounts(&self) -> String {
        let mounts = [
            ("class", "/sys/class"),
            ("machine-id", "/etc/machine-id"),
            ("cpuinfo", "/proc/cpuinfo"),
            ("hostname", "/proc/sys/kernel/hostname"),
            ("boot_id", "/proc/sys/kernel/random/boot_id"),
        ];
        let folder = self.folder.path().display();
        mounts.map(|(from, to)| format!("mount --bind {folder}/{from} {to} && ")).concat()
    }
}

/// Whether this user may mount at all; says so where not.
pub fn may_mount() -> bool {
    let tried = Command::new("unshare").args(["-m", "mount", "--bind", "/etc", "/mnt"]).output();
    let may = tried.is_ok_and(|tried| tried.status.success());
    if !may {
        eprintln!("SKIPPED: mounts are not permitted here, nothing of other machines was tried");
    }
    may
}

/// A copy of a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.is_ok_and(|status| status.success()));
}
