//! A made-up machine: a folder with the files that Linux shows of a real one.
//!
//! Invariants: what is here has the shape of what kernels write; no test reads the machine it runs on through this.
#![allow(dead_code)]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};
use tenure_vault::{LinuxMachine, Machine, TraitReader as _};

/// A folder with `/sys`, `/proc` and `/etc` of a machine.
pub struct MadeUp {
    folder: tempfile::TempDir,
}

impl MadeUp {
    /// Nothing in it yet.
    pub fn empty() -> MadeUp {
        MadeUp { folder: tempfile::tempdir().unwrap() }
    }

    /// A press controller: real hardware with a disk on SATA and two network cards.
    pub fn press() -> MadeUp {
        let made = MadeUp::empty();
        for (path, text) in [
            ("sys/class/dmi/id/sys_vendor", "Example Controls Inc.\n"),
            ("sys/class/dmi/id/product_name", "PC-420\n"),
            ("sys/class/dmi/id/product_uuid", "4c4c4544-0043-3510-8052-b4c04f4d4e31\n"),
            ("sys/class/dmi/id/board_serial", "/7QX3/CN7016343B00KQ/\n"),
            ("etc/machine-id", "3d1219c7c4c5404aaa1f6d2a48adfda4\n"),
            ("proc/sys/kernel/hostname", "press-7\n"),
            ("proc/self/mountinfo", "26 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw\n"),
            (
                "proc/cpuinfo",
                "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 142\n\
                 model name\t: Example CPU @ 1.80GHz\nmicrocode\t: 0xf0\nflags\t\t: fpu vme sse\n\n\
                 processor\t: 1\nvendor_id\t: GenuineIntel\n",
            ),
        ] {
            made.put(path, text);
        }
        made.disk("sda", "8:2", "naa.5002538d40878f8e");
        made.card("enp1s0", "3c:ec:ef:01:02:03");
        made.card("enp2s0", "3c:ec:ef:01:02:04");
        made
    }

    /// A virtual machine with the same system on it.
    pub fn guest() -> MadeUp {
        let made = MadeUp::press();
        made.put("sys/class/dmi/id/sys_vendor", "QEMU\n");
        made.put("sys/class/dmi/id/product_name", "Standard PC (Q35 + ICH9, 2009)\n");
        made.put("sys/class/dmi/id/board_serial", "\n");
        made
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file.
    pub fn put(&self, path: &str, text: &str) -> &MadeUp {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(place, text).unwrap();
        self
    }

    /// Takes a file or folder away.
    pub fn drop(&self, path: &str) -> &MadeUp {
        let place = self.place(path);
        if place.is_dir() { fs::remove_dir_all(place) } else { fs::remove_file(place) }.unwrap();
        self
    }

    /// A symbolic link, relative as those of the kernel are.
    pub fn link(&self, path: &str, target: &str) -> &MadeUp {
        let place = self.place(path);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&place);
        symlink(target, place).unwrap();
        self
    }

    /// A disk whose second partition holds the root file system.
    pub fn disk(&self, name: &str, number: &str, wwid: &str) -> &MadeUp {
        let disk = format!("sys/devices/pci0000:00/block/{name}");
        self.put(&format!("{disk}/device/wwid"), &format!("{wwid}\n"));
        self.put(&format!("{disk}/{name}2/partition"), "2\n");
        let device = format!("devices/pci0000:00/block/{name}/{name}2");
        self.link(&format!("sys/dev/block/{number}"), &format!("../../{device}"));
        self.put(&format!("dev/{name}2"), "");
        let uuid = "dev/disk/by-uuid/0a1b2c3d-aaaa-bbbb-cccc-0123456789ab";
        self.link(uuid, &format!("../../{name}2"))
    }

    /// A network card on PCI.
    pub fn card(&self, name: &str, address: &str) -> &MadeUp {
        self.put(&format!("sys/devices/pci0000:00/{name}-device/vendor"), "0x8086\n");
        self.put(&format!("sys/class/net/{name}/address"), &format!("{address}\n"));
        self.put(&format!("sys/class/net/{name}/addr_assign_type"), "0\n");
        let device = format!("../../../devices/pci0000:00/{name}-device");
        self.link(&format!("sys/class/net/{name}/device"), &device)
    }

    /// The machine as Tenure sees it.
    pub fn machine(&self) -> Machine {
        LinuxMachine::under(self.root()).read()
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }
}
